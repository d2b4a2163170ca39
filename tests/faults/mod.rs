//! What may happen to a run from outside, and what it must do then: go on, or end in order, and never leave anybody behind.

use std::collections::BTreeSet;

use crate::harness::Run;
use crate::harness::run::Finished;

mod clock;
mod deaths;
mod device;
mod disk;
mod endings;
mod endurance;
mod floods;
mod giving_up;
mod gpu;
mod groups;
mod kernel;
mod ladder;
mod leaks;
mod lifetime;
mod locks;
mod neighbours;
mod starting;
mod transitions;
mod trust;

/// Little work, so that a test is short.
const EFFORT: &str = "0.02";
/// So much work that no search ends by itself while a test looks at it.
const ENDLESS: &str = "100000";

/// A run of little work.
fn short() -> Run {
    Run::of_overfull_college().flag("--effort", EFFORT)
}

/// A run that is in evolve soon, and stays there.
fn endless() -> Run {
    Run::of_overfull_college().flag("--skip", "solve").flag("--effort", ENDLESS)
}

/// Asserts that a run has ended with a whole timetable, and nobody is left of it.
fn ends_whole(run: &Finished, codes: &[i32]) {
    run.expect(codes).leaves_nothing();
    one_attempt_at_a_time(run);
    let judgement = run.judgement();
    assert_eq!(judgement.violations(), 0, "{judgement:?}");
    assert_eq!(run.result()["cost"].as_u64(), Some(judgement.cost()));
}

/// Asserts that no attempt at a job began before the last one was gone and its memory was measured to be back. Whoever could
/// not be killed is not gone, and is told of.
fn one_attempt_at_a_time(run: &Finished) {
    let mut living = BTreeSet::new();
    for event in run.events() {
        let job = event["job"].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str() {
            Some("spawned") => assert!(living.insert(job), "two at once: {event}"),
            // Whoever outlived a dead orchestrator was ended before it was taken up.
            Some("resumed") => living.clear(),
            Some("freed" | "left") => assert!(living.remove(&job), "nobody to be freed: {event}"),
            _ => {}
        }
    }
    assert!(living.is_empty(), "never freed: {living:?}");
}
