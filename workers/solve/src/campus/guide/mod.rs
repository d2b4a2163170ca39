//! The guide of a campus: the first timetable, in seconds for a whole university.
//!
//! What had a place before keeps it. Greedy construction, ejection while classes are missing, and a short descent. What cannot be placed stays unplaced.

mod construct;
mod descend;
mod eject;
mod keep;

pub(crate) use descend::descend;
pub(crate) use eject::eject;

use super::ground::Ground;
use super::plan::Plan;

/// Ejection steps of the guide, for each class without a place. What needs more is left to the repair.
const STEPS_PER_CLASS: usize = 200;
/// Rounds of the descent over all classes.
const ROUNDS: usize = 20;

/// Places as many classes as the bounded work allows. `beat` is called now and then, and says whether to go on.
pub(crate) fn plan<'a>(ground: &'a Ground<'a>, seed: u64, beat: &mut dyn FnMut() -> bool) -> Plan<'a> {
    let mut plan = Plan::new(ground);
    keep::keep(&mut plan, beat);
    construct::fill(&mut plan, beat);
    let steps = STEPS_PER_CLASS * plan.unplaced();
    let plan = eject(plan, seed, steps, beat);
    descend(plan, ROUNDS, beat)
}
