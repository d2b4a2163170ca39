//! Workers that talk too much: nobody drowns.

use std::fs;

use super::{ends_whole, short};
use crate::harness::Run;
use crate::harness::processes::Process;
use crate::harness::run::Finished;
use crate::harness::wait;

/// Lets a run go to its end. Returns it with the most private memory that its orchestrator was seen to hold.
fn watched(run: Run) -> (Finished, u64) {
    let mut run = run.start();
    let orchestrator = run.processes().into_iter().find(|process| process.stage().is_none());
    let mut peak = 0;
    wait::until("the run ends", || {
        peak = peak.max(orchestrator.as_ref().map_or(0, Process::private_bytes));
        run.has_ended().then_some(())
    });
    (run.finish(), peak)
}

/// Twenty thousand notes at once neither stop the run nor fill the orchestrator, and not all of them are written down.
#[test]
fn a_flood_of_notes_drowns_nobody() {
    let (run, peak) = watched(short().with_unruly("cluster", "flood"));
    ends_whole(&run, &[0]);
    assert!(peak < 64 << 20, "the orchestrator held {} MiB", peak >> 20);
    let told = run.events_of("note").into_iter().filter(|note| note["attempt"] == 1 && note["job"] == "cluster");
    let told: Vec<String> = told.map(|note| note["text"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(told.len(), 10_000);
    assert!(told.last().is_some_and(|last| last.contains("messages are enough")), "{:?}", told.last());
}

/// What a worker prints is kept up to a limit: 64 MiB cost little of the disk, none of the memory, and no attempt.
#[test]
fn a_flood_of_prints_fills_no_disk() {
    let (run, peak) = watched(short().with_unruly("cluster", "chatter"));
    ends_whole(&run, &[0]);
    assert!(peak < 64 << 20, "the orchestrator held {} MiB", peak >> 20);
    let log = fs::read_to_string(run.path("attempts/cluster-1/stderr.log")).unwrap();
    assert!(log.len() <= 8 << 20, "the log has {} MiB", log.len() >> 20);
    assert!(log.starts_with("nobody reads this"));
    assert!(log.contains("bytes are left out here"), "it was cut, and says so");
    let outcomes = run.events_of("outcome");
    assert!(
        outcomes.iter().filter(|end| end["job"] == "cluster").all(|end| end["outcome"] == "sealed"),
        "{outcomes:?}"
    );
}

/// What is no message, whatever length it claims, ends the one who sends it: the orchestrator neither believes nor allocates it.
#[test]
fn a_hostile_message_ends_its_sender_and_nobody_else() {
    for frame in ["hostile", "hostile-full", "noise", "empty", "long"] {
        let (run, peak) = watched(short().with_unruly("cluster", "garble").variable("UNRULY_FRAME", frame));
        ends_whole(&run, &[0]);
        assert!(peak < 32 << 20, "{frame}: the orchestrator held {} MiB", peak >> 20);
        let killed = run.events_of("killed");
        let [event] = &killed[..] else { panic!("{frame}: one was to be killed, not {killed:?}\n{}", run.told()) };
        assert!(event["why"] == "untrustworthy" && event["job"] == "cluster", "{frame}: {event}");
        assert!(run.read("run.log").contains("failed to understand a message"), "{frame}: {}", run.read("run.log"));
    }
}
