//! The last job: what the waves could not place. Feasibility alone, every course free to move if need be.
//!
//! The guide has tried ejection. Here the engine is asked: first with only the missing courses and their neighbours free, then
//! with the neighbours of those, then with all courses. Periods only, rooms as counts; the whole timetable is seated anew.

use shared::ids::{ClassId, Id};
use shared::model::cost::recount;
use shared::model::{Fragment, Instance, Timetable};
use shared::wire::Failure;
use shared::worker::{Context, Done};

use crate::engine::{Answer, Engines, Question};
use crate::lower::Lowered;
use crate::meter::Meter;
use crate::rooms;
use crate::rules::Rules;
use crate::scope::{Scope, keep};
use crate::solve::{Found, Inputs, pieces_of, publish};

/// Work of one unit of effort, some seconds of one core; only what is needed is done.
const WORK: u64 = 6_000_000;
/// Work of each question about a neighbourhood.
const NEIGHBOURHOOD: u64 = 100_000;
/// Questions about neighbourhoods, each as large as the one before with its neighbours, up to half of the courses (or up to
/// one of so many pieces as the job may be solved in).
const NEIGHBOURHOODS: usize = 2;

/// Runs the repair.
pub(crate) fn work(context: &Context, inputs: &Inputs) -> Result<Done, Failure> {
    let Inputs { instance, ledger, .. } = inputs;
    let before = recount(instance, &ledger.timetable).priced();
    let mut meter = Meter::new(context, WORK);
    let mut found = Found { fragment: Fragment { placements: Vec::new() }, cost: before, unit: WORK };
    if !before.is_feasible() {
        let (rules, engines) = (Rules::new(instance), Engines::of(context)?);
        let repair =
            Repair::new(instance, &rules, &ledger.timetable, &engines, context.args().seed, pieces_of(context)?);
        match repair.complete(&mut meter)? {
            Finding::Complete(timetable) => {
                let classes = (0..instance.class_count()).map(ClassId::new);
                found.fragment.placements = classes.map(|class| (class, timetable.get(class))).collect();
                found.cost = recount(instance, &timetable).priced();
            }
            Finding::Impossible => context.note("proven: no timetable of this instance places every lecture"),
            Finding::Unknown => {}
        }
        answer_relief(context, &mut meter);
    }
    publish(context, instance, before, &found, &meter)
}

/// Says that the search has ended for a relief order, where it has. Its engine is gone by then.
pub(crate) fn answer_relief(context: &Context, meter: &mut Meter) {
    if let Some(pass) = meter.take_order() {
        context.relieved(pass, "the search for places for the last classes");
    }
}

/// What a question about complete timetables came to.
#[derive(Debug)]
pub(crate) enum Finding {
    /// One that breaks no rule.
    Complete(Timetable),
    /// There is none in which only the free courses move.
    Impossible,
    /// The work given did not suffice.
    Unknown,
}

/// A timetable that misses lectures.
#[derive(Debug)]
pub(crate) struct Repair<'r> {
    instance: &'r Instance,
    rules: &'r Rules,
    timetable: &'r Timetable,
    engines: &'r Engines,
    seed: u64,
    pieces: usize,
    all_cells: Vec<u32>,
}

impl<'r> Repair<'r> {
    /// The repair of a timetable that breaks no rule. With more than one piece, no model holds more courses than one of them.
    pub(crate) fn new(
        instance: &'r Instance,
        rules: &'r Rules,
        timetable: &'r Timetable,
        engines: &'r Engines,
        seed: u64,
        pieces: usize,
    ) -> Self {
        let all_cells = (0..(rules.periods * rules.rooms()) as u32).collect();
        Self { instance, rules, timetable, engines, seed, pieces, all_cells }
    }

    /// Looks near the missing courses, then everywhere.
    pub(crate) fn complete(&self, meter: &mut Meter) -> Result<Finding, Failure> {
        if let Some(timetable) = self.complete_near(meter)? {
            return Ok(Finding::Complete(timetable));
        }
        if self.pieces > 1 {
            return Ok(Finding::Unknown);
        }
        meter.slice(u64::MAX);
        self.ask(|_| true, meter)
    }

    /// A complete timetable that moves only neighbours of the missing courses, where one is found.
    pub(crate) fn complete_near(&self, meter: &mut Meter) -> Result<Option<Timetable>, Failure> {
        let mut near = self.missing_courses();
        for _ in 0..NEIGHBOURHOODS {
            near = self.with_neighbours(&near);
            if near.iter().filter(|near| **near).count() > near.len() / self.pieces.max(2) {
                break;
            }
            meter.slice(NEIGHBOURHOOD);
            if let Finding::Complete(timetable) = self.ask(|course| near[course], meter)? {
                return Ok(Some(timetable));
            }
        }
        Ok(None)
    }

    /// Asks the engine for places for all lectures of the free courses, and seats the whole timetable anew.
    fn ask(&self, is_free: impl Fn(usize) -> bool, meter: &mut Meter) -> Result<Finding, Failure> {
        let scope = Scope::new(self.instance, self.rules, self.timetable, is_free, &self.all_cells)?;
        let lowered = Lowered::hard_only(&scope);
        let mut engine = self.engines.load(&lowered.model, self.seed);
        engine.prefer(&lowered.values(&scope.start()));
        let values = match engine.ask(Question { at_most: None, fixed: &[] }, meter) {
            Answer::Solution(values) | Answer::Least(values) => values,
            Answer::Impossible => return Ok(Finding::Impossible),
            Answer::Unknown => return Ok(Finding::Unknown),
        };
        let mut sketch = scope.fixed.clone();
        for (free, periods) in scope.courses.iter().zip(lowered.chosen(&values)) {
            for period in periods {
                keep(&mut sketch, free.course, period)?;
            }
        }
        Ok(Finding::Complete(rooms::timetable(self.instance, &sketch)))
    }

    /// Courses with lectures that are not placed.
    fn missing_courses(&self) -> Vec<bool> {
        let placed = |class: usize| self.timetable.get(ClassId::new(class)).is_some();
        self.instance.courses().map(|course| !self.instance.course_classes(course).all(placed)).collect()
    }

    fn with_neighbours(&self, courses: &[bool]) -> Vec<bool> {
        let conflicts = &self.rules.conflicts;
        let near = |course: usize| courses[course] || conflicts[course].iter().any(|other| courses[*other as usize]);
        (0..courses.len()).map(near).collect()
    }
}
