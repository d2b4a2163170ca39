//! Signals, and what is left behind: a run ends in order, and nobody outlives it.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::{endless, ends_whole, short};
use crate::harness::wait;

/// What a worker leaves behind in its process group ends with it.
#[test]
fn a_grandchild_does_not_outlive_its_worker() {
    let run = short().with_unruly("cluster", "grandchild").finish();
    ends_whole(&run, &[0]);
}

/// Nothing is left running when the orchestrator dies without a word.
#[test]
fn nothing_outlives_a_killed_orchestrator() {
    for run in [endless(), short().with_unruly("solve", "deaf")] {
        let mut run = run.start();
        wait::until("there are workers", || (run.processes().len() >= 2 || run.has_ended()).then_some(()));
        run.signal(Signal::SIGKILL);
        let gone = || run.processes().is_empty().then_some(());
        assert!(wait::within(Duration::from_secs(10), gone).is_some(), "still there: {:?}", run.processes());
    }
}

/// Interrupted, a run exports the best that it has and says by its exit code what ended it.
fn exports_when_interrupted_by(signal: Signal, code: i32) {
    let mut run = endless().start();
    run.worker("evolve");
    run.signal(signal);
    let run = run.finish();
    ends_whole(&run, &[code]);
    assert_eq!(run.result()["exit_code"].as_i64(), Some(code.into()));
    assert_eq!(run.result()["reproducible"].as_bool(), Some(false));
}

#[test]
fn an_interrupted_run_exports_its_best() {
    exports_when_interrupted_by(Signal::SIGINT, 130);
}

#[test]
fn a_terminated_run_exports_its_best() {
    exports_when_interrupted_by(Signal::SIGTERM, 143);
}

#[test]
fn a_run_whose_terminal_closes_exports_its_best() {
    exports_when_interrupted_by(Signal::SIGHUP, 129);
}

/// The second signal waits for nobody: what works is ended at once, and what is sealed waits for the run to be taken up again.
#[test]
fn a_second_interrupt_ends_at_once() {
    // Whoever has been asked to stop once would have longer than the test has patience.
    let mut run = short().with_unruly("evolve", "deaf").flag("--set", "grace.stop=10m").start();
    run.hears("evolve", 1);
    let worker = run.worker("evolve");
    run.signal(Signal::SIGINT);
    run.tells("interrupted");
    assert!(worker.is_alive(), "it was only asked");
    run.signal(Signal::SIGINT);
    let run = run.finish();
    run.expect(&[130]).leaves_nothing();
    assert!(run.told().contains("interrupted again by SIGINT"), "{}", run.told());
    assert!(!run.path("solution.sol").exists());
    ends_whole(&run.resume().finish(), &[0]);
}

/// A worker that does not listen is ended all the same.
#[test]
fn a_deaf_worker_does_not_hold_up_the_end() {
    let mut run = short().with_unruly("evolve", "deaf").start();
    let worker = run.worker("evolve");
    run.signal(Signal::SIGTERM);
    worker.gone();
    ends_whole(&run.finish(), &[143]);
}
