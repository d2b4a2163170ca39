//! Workers that fail again and again: what can be done without is, and what cannot ends the run.

use super::{ends_whole, short};

/// A stage that fails at every attempt is given up: its input goes forward, and the exit code says so.
#[test]
fn a_stage_out_of_attempts_passes_its_input_on() {
    let run = short().with_unruly("evolve", "abort").variable("UNRULY_ATTEMPTS", "99").finish();
    ends_whole(&run, &[3]);
    assert_eq!(run.result()["exit_code"].as_u64(), Some(3));
    assert!(!run.path("draft.art").exists());
}

/// What nothing can stand in for ends the run, and no timetable is made up.
#[test]
fn a_stage_that_nothing_can_replace_ends_the_run() {
    for stage in ["load", "cluster", "export"] {
        let run = short().with_unruly(stage, "abort").variable("UNRULY_ATTEMPTS", "99").finish();
        run.expect(&[100]).leaves_nothing();
        assert!(!run.path("solution.sol").exists(), "{stage}");
    }
}

/// Crashes that come faster than restarts make sense end the run.
#[test]
fn a_crash_loop_ends_the_run() {
    let run = short().with_unruly("solve", "abort").variable("UNRULY_ATTEMPTS", "99").finish();
    run.expect(&[101]).leaves_nothing();
    assert_eq!(run.judgement().violations(), 0, "the guide's timetable is exported all the same");
}
