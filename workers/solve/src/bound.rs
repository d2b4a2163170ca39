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
pub(crate) fn minimise<E: Engine + ?Sized>(
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
    let mut whole = descent.engine.pace().whole;
    while !meter.is_over() && !descent.best.optimal {
        match descent.ask(&[], whole, meter) {
            Answer::Solution(_) => {}
            Answer::Least(_) | Answer::Impossible => descent.best.optimal = true,
            Answer::Unknown => {
                descent.neighbourhoods(meter);
                whole = whole.saturating_mul(2);
            }
        }
    }
    descent.best
}

struct Descent<'d, E: ?Sized> {
    lowered: &'d Lowered,
    engine: &'d mut E,
    /// Free course: the free courses that share a curriculum or a teacher with it.
    related: &'d [Vec<usize>],
    best: Best,
    random: Philox,
    draws: u64,
}

impl<E: Engine + ?Sized> Descent<'_, E> {
    fn draw(&mut self, bound: usize) -> usize {
        self.draws += 1;
        below(self.random.block(self.draws)[0], bound)
    }

    /// Asks for anything better with these Booleans fixed, and takes it.
    fn ask(&mut self, fixed: &[Var], work: u64, meter: &mut Meter) -> Answer {
        meter.slice(work);
        let answer = self.engine.ask(Question { at_most: Some(self.best.cost - 1), fixed }, meter);
        if let Answer::Solution(values) | Answer::Least(values) = &answer {
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
        let pace = self.engine.pace();
        let (mut size, mut idle) = (pace.courses.min(courses), 0);
        while !meter.is_over() && idle < 2 * courses {
            let free = self.neighbourhood(size);
            match self.ask(&self.fix_others(&free), pace.neighbourhood, meter) {
                Answer::Solution(_) | Answer::Least(_) => idle = 0,
                Answer::Impossible => {
                    idle += 1;
                    if idle % courses == courses / 2 {
                        size = (size + 1).min(courses);
                    }
                }
                Answer::Unknown => {
                    idle += 1;
                    size = (size - 1).max(pace.courses.min(courses));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use shared::ids::{ClassId, Id};
    use shared::model::{Instance, InstanceTables, Timetable};

    use super::*;
    use crate::engine::{Engines, Pumpkin};
    use crate::guide;
    use crate::rooms::{self, Halls};
    use crate::rules::Rules;
    use crate::scope::Scope;
    use crate::testing::{context, random_tables, soft_without_stability};

    /// The guide's timetable, and the scope with these courses free and all cells leased.
    fn start<'a>(instance: &Instance, rules: &'a Rules, is_free: impl Fn(usize) -> bool) -> (Timetable, Scope<'a>) {
        let timetable = rooms::timetable(instance, &guide::sketch(rules, 1));
        let all: Vec<u32> = (0..(rules.periods * rules.rooms()) as u32).collect();
        let scope = Scope::new(instance, rules, &timetable, is_free, &all).unwrap();
        (timetable, scope)
    }

    /// The recounted cost with the free lectures in these periods, seated by size in the leased rooms.
    fn recounted(instance: &Instance, base: &Timetable, scope: &Scope, chosen: &[Vec<usize>]) -> i64 {
        let mut timetable = base.clone();
        for free in &scope.courses {
            instance.course_classes(Id::new(free.course)).for_each(|class| timetable.set(ClassId::new(class), None));
        }
        let halls = Halls::by_size(instance, scope.by_period(chosen), scope.rooms.clone());
        for (class, at) in rooms::placements(instance, &halls) {
            timetable.set(class, Some(at));
        }
        soft_without_stability(instance, &timetable)
    }

    fn small(tables: &mut InstanceTables) {
        tables.courses.truncate(3);
        tables.courses.iter_mut().for_each(|course| course.lectures = course.lectures.min(2));
        (tables.days, tables.slots_per_day) = (2, 3);
        tables.unavailable.clear();
        tables.curricula.iter_mut().for_each(|(_, members)| members.iter_mut().for_each(|course| course.0 %= 3));
        let count = tables.courses.len() as u32;
        tables.curricula.iter_mut().for_each(|(_, members)| members.retain(|course| course.0 < count));
    }

    /// The least recounted cost over all choices of periods.
    fn brute_force(instance: &Instance, base: &Timetable, scope: &Scope, chosen: &mut Vec<Vec<usize>>) -> i64 {
        let rules = scope.fixed.rules();
        let Some(free) = scope.courses.get(chosen.len()) else { return recounted(instance, base, scope, chosen) };
        let sets = (0..1_u32 << rules.periods).filter(|set| set.count_ones() as usize == free.start.len());
        let mut least = i64::MAX;
        for set in sets {
            let periods: Vec<usize> = (0..rules.periods).filter(|period| set >> period & 1 == 1).collect();
            let mut sketch = scope.fixed.clone();
            for (free, periods) in scope.courses.iter().zip(chosen.iter()) {
                for period in periods {
                    sketch.add(free.course, *period);
                }
            }
            if periods.iter().all(|period| sketch.is_open(free.course, *period)) {
                chosen.push(periods);
                least = least.min(brute_force(instance, base, scope, chosen));
                chosen.pop();
            }
        }
        least
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_optimum_is_that_of_brute_force(mut tables in random_tables()) {
            small(&mut tables);
            let instance = tables.instance().unwrap();
            let rules = Rules::new(&instance);
            let (base, scope) = start(&instance, &rules, |_| true);
            prop_assume!(scope.courses.iter().all(|free| free.start.len() == rules.lectures[free.course] as usize));
            let lowered = Lowered::with_costs(&scope);
            let context = context(1.0);
            let least = brute_force(&instance, &base, &scope, &mut Vec::new());
            for engines in Engines::all() {
                let mut meter = Meter::new(&context, 10_000_000);
                let mut engine = engines.load(&lowered.model, 1);
                let best = minimise(&lowered, engine.as_mut(), &scope.start(), &scope.related(), 1, &mut meter);
                prop_assert!(best.optimal, "{:?}", engines);
                prop_assert_eq!(recounted(&instance, &base, &scope, &best.chosen), least, "{:?}", engines);
            }
        }

        #[test]
        fn the_model_counts_changes_as_the_recount_does(tables in random_tables(), share in 1_usize..4) {
            let instance = tables.instance().unwrap();
            let rules = Rules::new(&instance);
            let (base, scope) = start(&instance, &rules, |course| course % share == 0);
            let lowered = Lowered::with_costs(&scope);
            let cost = |chosen: &[Vec<usize>]| lowered.model.cost(&lowered.values(chosen));
            let context = context(1.0);
            for engines in Engines::all() {
                let mut meter = Meter::new(&context, 200_000);
                let mut engine = engines.load(&lowered.model, 1);
                let begin = scope.start();
                let best = minimise(&lowered, engine.as_mut(), &begin, &scope.related(), 1, &mut meter);
                prop_assert_eq!(best.cost, cost(&best.chosen));
                let missing = |chosen: &[Vec<usize>]| chosen.iter().map(Vec::len).sum::<usize>();
                prop_assert!(missing(&best.chosen) >= missing(&begin));
                if missing(&best.chosen) == missing(&begin) {
                    let of = |chosen: &[Vec<usize>]| recounted(&instance, &base, &scope, chosen);
                    prop_assert_eq!(of(&best.chosen) - of(&begin), best.cost - cost(&begin));
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
        /// However little work each question gets, the engine takes the next, and in the end it knows what a fresh one finds.
        #[test]
        fn an_engine_that_was_cut_short_answers_the_next_question(tables in random_tables()) {
            let instance = tables.instance().unwrap();
            let rules = Rules::new(&instance);
            let (_, scope) = start(&instance, &rules, |_| true);
            let lowered = Lowered::with_costs(&scope);
            let values = lowered.values(&scope.start());
            let question = |less: i64| Question { at_most: Some(lowered.model.cost(&values) - less), fixed: &[] };
            let context = context(1.0);
            let mut meter = Meter::new(&context, 1_000_000);
            let mut engine = Pumpkin::new(&lowered.model, 1);
            engine.prefer(&values);
            for work in 0..80 {
                meter.slice(work);
                let _ = engine.ask(question(1 + work as i64 % 3), &mut meter);
            }
            meter.slice(20_000);
            let last = engine.ask(question(1), &mut meter);
            meter.slice(20_000);
            let fresh = Pumpkin::new(&lowered.model, 1).ask(question(1), &mut meter);
            let is_known = |answer: &Answer| *answer != Answer::Unknown;
            if is_known(&last) && is_known(&fresh) {
                prop_assert_eq!(last == Answer::Impossible, fresh == Answer::Impossible);
            }
        }
    }

    #[test]
    fn the_budget_is_counted_and_a_repetition_is_equal() {
        let mut runner = TestRunner::deterministic();
        let tables = random_tables().new_tree(&mut runner).unwrap().current();
        let instance = tables.instance().unwrap();
        let rules = Rules::new(&instance);
        let (_, scope) = start(&instance, &rules, |_| true);
        let lowered = Lowered::with_costs(&scope);
        let run = |work: u64| {
            let context = context(1.0);
            let mut meter = Meter::new(&context, work);
            let mut engine = Pumpkin::new(&lowered.model, 1);
            let best = minimise(&lowered, &mut engine, &scope.start(), &scope.related(), 1, &mut meter);
            assert!(!meter.was_cut());
            (best.chosen, best.cost, meter.done())
        };
        assert_eq!(run(0).2, 0, "no work allowed, none done");
        let (short, long) = (run(40), run(40_000));
        assert!(short.2 >= 40 && short.2 < 200, "{} units of work where 40 were allowed", short.2);
        assert!(long.1 <= short.1);
        assert_eq!(run(40_000), long);
    }
}
