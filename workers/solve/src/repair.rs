//! The last job: what the waves could not place. Feasibility alone, every course free to move if need be.
//!
//! The guide has tried ejection. Here the engine is asked: first with only the missing courses and their neighbours free, then
//! with the neighbours of those, then with all courses. Periods only, rooms as counts; the whole timetable is seated anew.

use shared::ids::{ClassId, Id};
use shared::model::cost::recount;
use shared::model::{Fragment, Instance, Timetable};
use shared::wire::Failure;
use shared::worker::{Context, Done};

use crate::engine::{Answer, Engine, Pumpkin, Question};
use crate::lower::Lowered;
use crate::meter::Meter;
use crate::rooms;
use crate::rules::Rules;
use crate::scope::{Scope, keep};
use crate::solve::{Found, Inputs, publish};

/// Work of one unit of effort, some seconds of one core; only what is needed is done.
const WORK: u64 = 12_000_000;
/// Part of it for each question about a neighbourhood.
const NEIGHBOURHOOD_SHARE: u64 = 8;
/// Questions about neighbourhoods before the whole is asked about.
const NEIGHBOURHOODS: usize = 2;

/// Runs the repair.
pub(crate) fn work(context: &Context, inputs: &Inputs, lease: &[u32]) -> Result<Done, Failure> {
    let Inputs { instance, ledger, .. } = inputs;
    let before = recount(instance, &ledger.timetable).cost();
    let mut meter = Meter::new(context, WORK);
    let mut found = Found { fragment: Fragment { placements: Vec::new() }, cost: before, unit: WORK };
    if !before.is_feasible() {
        let rules = Rules::new(instance);
        if let Some(timetable) = complete(&rules, inputs, lease, context.args().seed, &mut meter)? {
            let cost = recount(instance, &timetable).cost();
            if cost < before {
                let classes = (0..instance.class_count()).map(ClassId::new);
                found.fragment.placements = classes.map(|class| (class, timetable.get(class))).collect();
                found.cost = cost;
            }
        }
    }
    publish(context, before, &found, &meter)
}

/// A timetable that places more.
fn complete(
    rules: &Rules,
    inputs: &Inputs,
    lease: &[u32],
    seed: u64,
    meter: &mut Meter,
) -> Result<Option<Timetable>, Failure> {
    let Inputs { instance, ledger, .. } = inputs;
    let missing = missing_courses(instance, &ledger.timetable);
    let mut near = missing.clone();
    for _ in 0..NEIGHBOURHOODS {
        near = with_neighbours(rules, &near);
        meter.slice(WORK / NEIGHBOURHOOD_SHARE);
        if let Some(timetable) = ask(rules, inputs, |course| near[course], lease, seed, meter)? {
            return Ok(Some(timetable));
        }
    }
    meter.slice(u64::MAX);
    ask(rules, inputs, |_| true, lease, seed, meter)
}

/// Asks the engine for places for all lectures of the free courses.
fn ask(
    rules: &Rules,
    inputs: &Inputs,
    is_free: impl Fn(usize) -> bool,
    lease: &[u32],
    seed: u64,
    meter: &mut Meter,
) -> Result<Option<Timetable>, Failure> {
    let Inputs { instance, ledger, .. } = inputs;
    let scope = Scope::new(instance, rules, &ledger.timetable, is_free, lease)?;
    let lowered = Lowered::hard_only(&scope);
    let mut engine = Pumpkin::new(&lowered.model, seed);
    engine.prefer(&lowered.values(&scope.start()));
    let Answer::Solution(values) = engine.ask(Question { at_most: None, fixed: &[] }, meter) else { return Ok(None) };
    let mut sketch = scope.fixed.clone();
    for (free, periods) in scope.courses.iter().zip(lowered.chosen(&values)) {
        for period in periods {
            keep(&mut sketch, free.course, period)?;
        }
    }
    Ok(Some(rooms::timetable(instance, &sketch)))
}

/// Courses with lectures that are not placed.
fn missing_courses(instance: &Instance, timetable: &Timetable) -> Vec<bool> {
    let placed = |class: usize| timetable.get(ClassId::new(class)).is_some();
    instance.courses().map(|course| !instance.course_classes(course).all(placed)).collect()
}

fn with_neighbours(rules: &Rules, courses: &[bool]) -> Vec<bool> {
    let near = |course: usize| courses[course] || rules.conflicts[course].iter().any(|other| courses[*other as usize]);
    (0..courses.len()).map(near).collect()
}
