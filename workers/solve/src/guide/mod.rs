//! The guide: the first timetable of the whole instance, in milliseconds.
//!
//! What had a place in a timetable before keeps it where that is allowed. Then three steps, each with bounded work: greedy
//! construction, ejection while lectures are missing, and a short descent over the soft cost. What cannot be placed stays
//! unplaced; what is placed breaks no rule.

mod construct;
mod descend;
mod eject;

pub(crate) use eject::Ejection;

use crate::rules::Rules;
use crate::sketch::Sketch;

/// Ejection steps of the guide. Instances that need more are left to the repair.
const STEPS: u64 = 6_000;
/// Candidates that the guide's ejection may look at, so that a large instance does not take seconds.
const LOOKS: u64 = 4_000_000;

/// Places as many lectures as the bounded work allows.
pub(crate) fn sketch(rules: &Rules, seed: u64) -> Sketch<'_> {
    let mut sketch = Sketch::new(rules);
    keep(&mut sketch);
    construct::fill(&mut sketch);
    let sketch = Ejection::new(sketch, seed).run(STEPS, LOOKS, &mut |_| false);
    descend::improve(sketch)
}

/// Places lectures where their courses were before, as far as that breaks no rule.
fn keep(sketch: &mut Sketch<'_>) {
    let rules = sketch.rules();
    for course in 0..rules.courses() {
        for period in (0..rules.periods).filter(|period| rules.homes.was_there(course, *period)) {
            if sketch.missing(course) > 0 && sketch.is_open(course, period) {
                sketch.add(course, period);
            }
        }
    }
}
