//! Workers that talk too much: nobody drowns.

use super::{ends_whole, short};
use crate::harness::processes::Process;
use crate::harness::wait;

/// Twenty thousand notes at once neither stop the run nor fill the orchestrator.
#[test]
fn a_flood_of_notes_drowns_nobody() {
    let mut run = short().with_unruly("cluster", "flood").start();
    let orchestrator = run.processes().into_iter().find(|process| process.stage().is_none());
    let mut peak = 0;
    wait::until("the run ends", || {
        peak = peak.max(orchestrator.as_ref().map_or(0, Process::private_bytes));
        run.has_ended().then_some(())
    });
    ends_whole(&run.finish(), &[0]);
    assert!(peak < 64 << 20, "the orchestrator held {} MiB", peak >> 20);
}
