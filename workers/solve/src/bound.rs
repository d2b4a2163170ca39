//! Driving the bound: ask for something better than the best, recompute its true cost, ask again, until nothing better exists.
//!
//! An engine's own optimiser walks down its loose slack; here each answer is tightened first, and its true cost sets the next
//! bound. When the whole question is too hard, it is asked about neighbourhoods: some courses free, the others as they are in
//! the best so far. What the engine learns there holds for the whole question too.

use search::{Philox, below};

use crate::engine::{Answer, Engine, Question};
use crate::lower::Lowered;
use crate::meter::Meter;
use crate::model::Var;

/// Stream of the random numbers, apart from those of other stages.
const STREAM: u64 = 0x626f_756e;
/// Work of one question about the whole cluster, in the first round; it grows.
const WHOLE: u64 = 12_000;
/// Work of one question about a neighbourhood.
const NEIGHBOURHOOD: u64 = 2_500;
/// Free courses of the smallest neighbourhood.
const COURSES: usize = 3;

/// The best choice of periods for a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Best {
    /// Free course: its periods, ascending.
    pub(crate) chosen: Vec<Vec<usize>>,
    /// Its cost as the model counts it.
    pub(crate) cost: i64,
    /// Whether it is proven that the model allows nothing better.
    pub(crate) optimal: bool,
}

/// Lowers the cost from a start until nothing better exists or the meter stops it.
pub(crate) fn minimise<E: Engine>(
    lowered: &Lowered,
    engine: &mut E,
    start: &[Vec<usize>],
    related: &[Vec<usize>],
    seed: u64,
    meter: &mut Meter,
) -> Best {
    let values = lowered.values(start);
    let best = Best { chosen: start.to_vec(), cost: lowered.model.cost(&values), optimal: false };
    engine.prefer(&values);
    let mut descent = Descent { lowered, engine, related, best, random: Philox::new(seed, STREAM), draws: 0 };
    let mut whole = WHOLE;
    while !meter.is_over() && !descent.best.optimal {
        match descent.ask(&[], whole, meter) {
            Answer::Solution(_) => {}
            Answer::Impossible => descent.best.optimal = true,
            Answer::Unknown => {
                descent.neighbourhoods(meter);
                whole = whole.saturating_mul(2);
            }
        }
    }
    descent.best
}

struct Descent<'d, E> {
    lowered: &'d Lowered,
    engine: &'d mut E,
    /// Free course: the free courses that share a curriculum or a teacher with it.
    related: &'d [Vec<usize>],
    best: Best,
    random: Philox,
    draws: u64,
}

impl<E: Engine> Descent<'_, E> {
    fn draw(&mut self, bound: usize) -> usize {
        self.draws += 1;
        below(self.random.block(self.draws)[0], bound)
    }

    /// Asks for anything better with these Booleans fixed, and takes it.
    fn ask(&mut self, fixed: &[Var], work: u64, meter: &mut Meter) -> Answer {
        meter.slice(work);
        let answer = self.engine.ask(Question { at_most: Some(self.best.cost - 1), fixed }, meter);
        if let Answer::Solution(values) = &answer {
            let mut values = values.clone();
            self.lowered.model.tighten(&mut values);
            let cost = self.lowered.model.cost(&values);
            debug_assert!(cost < self.best.cost, "{cost} is not below {}", self.best.cost);
            self.best = Best { chosen: self.lowered.chosen(&values), cost, optimal: false };
            self.engine.prefer(&values);
        }
        answer
    }

    /// Asks about neighbourhoods of growing size until as many in a row as there are courses bring nothing.
    fn neighbourhoods(&mut self, meter: &mut Meter) {
        let courses = self.best.chosen.len();
        let (mut size, mut idle) = (COURSES.min(courses), 0);
        while !meter.is_over() && idle < 2 * courses {
            let free = self.neighbourhood(size);
            match self.ask(&self.fix_others(&free), NEIGHBOURHOOD, meter) {
                Answer::Solution(_) => idle = 0,
                Answer::Impossible => {
                    idle += 1;
                    if idle % courses == courses / 2 {
                        size = (size + 1).min(courses);
                    }
                }
                Answer::Unknown => {
                    idle += 1;
                    size = (size - 1).max(COURSES.min(courses));
                }
            }
        }
    }

    /// A random course, courses related to it, and others to make up the number.
    fn neighbourhood(&mut self, size: usize) -> Vec<bool> {
        let courses = self.best.chosen.len();
        let mut free = vec![false; courses];
        let mut inside = vec![self.draw(courses)];
        free[inside[0]] = true;
        while inside.len() < size {
            let from = inside[self.draw(inside.len())];
            let others: Vec<usize> = self.related[from].iter().copied().filter(|other| !free[*other]).collect();
            let next = if others.is_empty() || self.draw(4) == 0 {
                let first = self.draw(courses);
                (0..courses).map(|step| (first + step) % courses).find(|course| !free[*course])
            } else {
                Some(others[self.draw(others.len())])
            };
            let Some(next) = next else { break };
            free[next] = true;
            inside.push(next);
        }
        free
    }

    /// The Booleans that hold the courses outside of a neighbourhood where they are.
    fn fix_others(&self, free: &[bool]) -> Vec<Var> {
        let rows = self.lowered.taught.iter().zip(&self.best.chosen).zip(free).filter(|(_, free)| !**free);
        let there = |(vars, periods): (&Vec<(usize, Var)>, &Vec<usize>)| -> Vec<Var> {
            let here = |(period, _): &&(usize, Var)| periods.binary_search(period).is_ok();
            vars.iter().filter(here).map(|(_, var)| *var).collect()
        };
        rows.flat_map(|(row, _)| there(row)).collect()
    }
}
