//! Ejection: a missing lecture is put where it drives out the fewest others; those may not come back for a while.
//!
//! Tabu search over partial timetables that break no rule (Blöchliger and Zufferey, "A graph coloring heuristic using partial
//! solutions and a reactive tabu scheme", 2008): the cost is the number of missing lectures, a move adds one and takes out
//! whatever is in its way.

use search::{Philox, below};

use crate::sketch::Sketch;

/// Stream of the random numbers, apart from those of other stages.
const STREAM: u64 = 0x6775_6964;
/// Steps for which a driven out lecture may not come back, beyond the number of missing lectures.
const TENURE: usize = 10;

/// The state of the search.
#[derive(Debug)]
pub(crate) struct Ejection<'a> {
    sketch: Sketch<'a>,
    /// Course × period: the step from which on the course may come back.
    tabu: Vec<u64>,
    random: Philox,
    step: u64,
    draws: u64,
    looks: u64,
    best_missing: usize,
}

/// A lecture to add and how many it drives out.
#[derive(Clone, Copy)]
struct Move {
    course: usize,
    period: usize,
    driven_out: usize,
}

impl<'a> Ejection<'a> {
    /// Starts from a sketch.
    pub(crate) fn new(sketch: Sketch<'a>, seed: u64) -> Self {
        let cells = sketch.rules().courses() * sketch.rules().periods;
        Self {
            best_missing: sketch.missing_total(),
            tabu: vec![0; cells],
            random: Philox::new(seed, STREAM),
            step: 0,
            draws: 0,
            looks: 0,
            sketch,
        }
    }

    /// Searches until nothing is missing, a limit is reached or `stop` says so (it is asked every 64 steps and told the
    /// steps done since). Returns the best sketch.
    pub(crate) fn run(mut self, steps: u64, looks: u64, stop: &mut dyn FnMut(u64) -> bool) -> Sketch<'a> {
        let mut best = None;
        while self.sketch.missing_total() > 0 && self.step < steps && self.looks < looks {
            if self.step % 64 == 63 && stop(64) {
                break;
            }
            let Some(chosen) = self.choose() else {
                self.step += 1;
                continue;
            };
            if self.sketch.missing_total() == self.best_missing && chosen.driven_out > 0 && best.is_none() {
                best = Some(self.sketch.clone());
            }
            self.apply(chosen);
            if self.sketch.missing_total() < self.best_missing {
                self.best_missing = self.sketch.missing_total();
                best = None;
            }
        }
        best.unwrap_or(self.sketch)
    }

    fn draw(&mut self, bound: usize) -> usize {
        self.draws += 1;
        below(self.random.block(self.draws)[0], bound)
    }

    /// The move that drives out least and is not tabu; ties at random.
    fn choose(&mut self) -> Option<Move> {
        let rules = self.sketch.rules();
        let mut best: Option<Move> = None;
        let mut ties = 0;
        for course in 0..rules.courses() {
            if self.sketch.missing(course) == 0 {
                continue;
            }
            self.looks += rules.periods as u64;
            for period in 0..rules.periods {
                let least = best.map_or(usize::MAX, |best| best.driven_out);
                let driven_out = self.driven_out(course, period);
                if driven_out > least
                    || !self.sketch.is_candidate(course, period)
                    || self.is_tabu(course, period, driven_out)
                {
                    continue;
                }
                ties = if driven_out < least { 1 } else { ties + 1 };
                if self.draw(ties) == 0 {
                    best = Some(Move { course, period, driven_out });
                }
            }
        }
        best
    }

    fn driven_out(&self, course: usize, period: usize) -> usize {
        let clashes = self.sketch.clashes(course, period);
        let stay = self.sketch.courses_in(period).len() - clashes;
        clashes + usize::from(stay >= self.sketch.rules().rooms())
    }

    fn is_tabu(&self, course: usize, period: usize, driven_out: usize) -> bool {
        let leads_to_best = self.sketch.missing_total() - 1 + driven_out < self.best_missing;
        !leads_to_best && self.tabu[course * self.sketch.rules().periods + period] > self.step
    }

    fn apply(&mut self, chosen: Move) {
        let Move { course, period, .. } = chosen;
        let rules = self.sketch.rules();
        self.step += 1;
        let conflicts = &rules.conflicts[course];
        let in_the_way = |other: &u32| conflicts.binary_search(other).is_ok();
        let victims: Vec<u32> = self.sketch.courses_in(period).iter().copied().filter(in_the_way).collect();
        for victim in victims {
            self.drive_out(victim as usize, period);
        }
        if self.sketch.courses_in(period).len() == rules.rooms() {
            let victim = self.dispensable(period);
            self.drive_out(victim, period);
        }
        self.sketch.add(course, period);
    }

    fn drive_out(&mut self, course: usize, period: usize) {
        self.sketch.remove(course, period);
        let tenure = self.sketch.missing_total() + self.draw(TENURE);
        self.tabu[course * self.sketch.rules().periods + period] = self.step + tenure as u64;
    }

    /// The course of a full period that has most periods to go to; ties at random.
    fn dispensable(&mut self, period: usize) -> usize {
        let rules = self.sketch.rules();
        self.looks += (rules.rooms() * rules.periods) as u64;
        let mut best = (0, 0);
        let mut ties = 0;
        for index in 0..self.sketch.courses_in(period).len() {
            let course = self.sketch.courses_in(period)[index] as usize;
            let open = (0..rules.periods).filter(|other| self.sketch.is_open(course, *other)).count();
            ties = match open.cmp(&best.1) {
                _ if ties == 0 => 1,
                std::cmp::Ordering::Less => continue,
                std::cmp::Ordering::Equal => ties + 1,
                std::cmp::Ordering::Greater => 1,
            };
            if self.draw(ties) == 0 {
                best = (course, open);
            }
        }
        best.0
    }
}
