//! What has to hold of all those runs.

use shared::exit::Exit;

use super::*;
use crate::dispatch::{DeviceFact, Next};

fn is_told(facts: &[Fact], is_meant: impl Fn(&Fact) -> bool) -> bool {
    facts.iter().any(is_meant)
}

/// A device that was there was lost, or could not be had.
fn is_without_device(fact: &Fact) -> bool {
    matches!(fact, Fact::Device(DeviceFact::Lost { .. } | DeviceFact::Passed { .. }))
}

#[test]
fn well_behaved_runs_end_complete_or_with_a_rejected_stage() {
    for seed in 0..500 {
        let (ending, facts) = World::new(seed, 0).run(None);
        let is_rejected = is_told(&facts, |fact| matches!(fact, Fact::Verdict { accepted: false, .. }));
        let is_late = ending.exit == Exit::Deadline || ending.exit == Exit::NoDevice;
        let is_without = is_told(&facts, is_without_device);
        assert!(
            ending.exit != Exit::NoDevice
                || !is_told(&facts, |fact| matches!(fact, Fact::Device(DeviceFact::Chosen { .. })))
        );
        let expected = if is_rejected { Exit::Degraded } else { Exit::Complete };
        let is_less = is_without && ending.exit == Exit::Degraded;
        assert!(ending.exit == expected || is_late || is_less, "seed {seed}: {ending:?}");
        assert_eq!(ending.components.is_some(), !is_late, "seed {seed}: {ending:?}");
    }
}

#[test]
fn whatever_workers_do_a_run_ends_and_can_be_explained() {
    for seed in 0..2000 {
        let (ending, facts) = World::new(seed, 3 + seed % 30).run(None);
        let gave_up = is_told(
            &facts,
            |fact| matches!(fact, Fact::Ended { who, next: Next::GivenUp, .. } if who.stage != Stage::GpuProbe),
        );
        let rejected = is_told(&facts, |fact| matches!(fact, Fact::Verdict { accepted: false, .. }));
        match ending.exit {
            Exit::Complete => assert!(!gave_up && !rejected && ending.components.is_some(), "seed {seed}: {ending:?}"),
            Exit::Degraded => {
                let is_less = !ending.reproducible || is_told(&facts, is_without_device);
                assert!(is_less && ending.components.is_some(), "seed {seed}: {ending:?}");
            }
            _ => assert!(ending.reason.is_some(), "seed {seed}: {ending:?}"),
        }
    }
}

#[test]
fn an_interrupted_run_ends_with_its_signal_and_exports_what_there_is() {
    for seed in 0..2000 {
        let (ending, facts) = World::new(seed, seed % 12).run(Some(seed as usize % 120));
        let has_ledger = is_told(&facts, |fact| matches!(fact, Fact::Sealed { who, .. } if who.stage == Stage::Commit));
        let is_interrupted = is_told(&facts, |fact| matches!(fact, Fact::Interrupted { .. }));
        if is_interrupted && ending.exit == Exit::Terminated {
            assert!(ending.components.is_some() == has_ledger || ending.reason.is_some(), "seed {seed}: {ending:?}");
            assert!(!ending.reproducible);
        }
        assert!(!is_interrupted || ending.exit != Exit::Complete, "seed {seed}: {ending:?}");
    }
}
