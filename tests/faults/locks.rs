//! Two runs that want one directory: one of them gets it.

use nix::sys::signal::Signal;

use super::{endless, ends_whole, short};
use crate::harness::run::{Finished, Running};
use crate::harness::wait;

/// A second run in the same directory ends at once, and harms nothing.
#[test]
fn a_second_run_is_kept_out_by_the_lock() {
    let mut first = endless().start();
    first.worker("evolve");
    let second = run_beside(&first);
    second.expect(&[75]);
    assert!(
        second.told().to_lowercase().contains("lock") || second.told().contains("another run"),
        "{}",
        second.told()
    );
    first.signal(Signal::SIGINT);
    ends_whole(&first.finish(), &[130]);
}

/// A lock is held by a process, not by a file: what a killed run leaves behind keeps nobody out.
#[test]
fn a_lock_left_by_a_killed_run_keeps_nobody_out() {
    let mut first = endless().start();
    first.worker("evolve");
    first.signal(Signal::SIGKILL);
    wait::until("the first run is gone", || first.processes().is_empty().then_some(()));
    let second = run_beside(&first);
    second.expect(&[73]);
    assert!(second.told().contains("holds a run already"), "{}", second.told());
}

/// A short run in the directory of another one.
fn run_beside(first: &Running) -> Finished {
    short().in_the_directory_of(first).finish()
}
