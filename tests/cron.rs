//! Runs that nobody watches: locks, waiting, and what is left of one run when the next one starts.

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::Signal;

use crate::harness::nightly::{Ended, Nightly, text};

/// Two starts at the same moment: exactly one runs, and the other one says who does.
#[test]
fn of_two_starts_at_once_one_runs() {
    let place = Nightly::new();
    let both = [place.short().start(), place.short().start()];
    let mut codes = both.map(|call| call.finish().code);
    codes.sort_unstable();
    // A machine that is slow enough starts the second one when the first one is over.
    assert!(codes == [0, 75] || codes == [0, 0], "{codes:?}");
    assert_eq!(place.runs_of("college").len(), codes.iter().filter(|code| **code == 0).count());
    place.leaves_nobody();
}

/// Of many starts at the same moment that wait, each one runs, one behind the other, in a directory of its own.
#[test]
fn starts_that_wait_run_one_after_the_other() {
    let place = Nightly::new();
    let calls: Vec<_> = (0..4).map(|_| place.short().flag("--if-running", "wait=2m").start()).collect();
    for call in calls {
        call.finish().expect(0);
    }
    assert_eq!(place.runs_of("college").len(), 4);
    assert!(place.latest().is_some_and(|latest| place.runs_of("college").contains(&latest)));
    place.leaves_nobody();
}

/// Who does not wait ends at once, and leaves nothing that looks like a run. Who waits says once for whom.
#[test]
fn a_living_run_is_waited_for_or_left_alone() {
    let place = Nightly::new();
    let first = place.endless().start();
    place.worker("evolve");
    place.short().finish().expect(75).tells("another run is using it (process ");
    place.short().flag("--if-running", "wait=1ms").finish().expect(75).tells("waiting for its end");
    assert_eq!(place.runs_of("college").len(), 1);
    let mut second = place.short().flag("--if-running", "wait=10m").start();
    second.tells("waiting for its end");
    first.killed_alone();
    let second = second.finish();
    assert_eq!(second.expect(0).told.matches("waiting for its end").count(), 1, "{}", second.told);
    place.leaves_nobody();
}

/// A signal ends who waits, with the code that belongs to it, and who is waited for does not notice.
#[test]
fn a_signal_ends_who_waits() {
    let place = Nightly::new();
    let first = place.endless().start();
    place.worker("evolve");
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let mut waiting = place.short().flag("--if-running", "wait=10m").start();
        waiting.tells("waiting for its end");
        waiting.signal(signal);
        waiting.finish().expect(code);
    }
    assert_eq!(place.runs_of("college").len(), 1);
    first.killed();
}

/// What lies in a lock file keeps nobody out: nothing, rubbish, the number of a process that is another one by now.
#[test]
fn a_lock_file_is_no_lock() {
    let place = Nightly::new();
    fs::create_dir_all(place.path("carillon-runs/college")).unwrap();
    for left in ["", "\0\u{7}rubbish", "process 1 since 20260101T000000Z\n"] {
        fs::write(place.path("carillon-runs/college/lock"), left).unwrap();
        place.call(["run", "college.ctt", "--until", "load"]).finish().expect(0);
    }
    let first = place.endless().start();
    place.worker("evolve");
    first.killed_alone();
    place.short().finish().expect(0);
    place.leaves_nobody();
}

/// A lock is the orchestrator's alone: no worker has it open, so that none that is left behind could hold it.
#[test]
fn no_worker_inherits_a_lock() {
    let place = Nightly::new();
    let run = place.endless().start();
    place.worker("evolve");
    let opened = |pid: i32| -> Vec<PathBuf> {
        let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
        entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).collect()
    };
    let holders = place.processes().into_iter().filter(|process| {
        opened(process.number()).iter().any(|path| path.file_name().is_some_and(|name| name == "lock"))
    });
    let stages: Vec<Option<String>> = holders.map(|process| process.stage().map(str::to_owned)).collect();
    assert_eq!(stages, [None], "the orchestrator alone");
    run.killed();
}

/// Instances of the same name share neither lock nor `latest`, and each one finds its own folder again.
#[test]
fn instances_of_one_name_stay_apart() {
    let place = Nightly::new();
    let paths = ["college.ctt", "other/college.ectt", "third/college.ctt"];
    for path in &paths[1..] {
        fs::create_dir_all(place.path(path).parent().unwrap()).unwrap();
        fs::copy(place.path("college.ctt"), place.path(path)).unwrap();
    }
    let short = |path: &str| place.call(["run", path, "--until", "load"]);
    for _ in 0..2 {
        for path in ["college.ctt", "other/college.ectt", "third/college.ctt", "third/../college.ctt"] {
            // The ending .ectt is that of another format: what counts here is where the run goes.
            let _: Ended = short(path).finish();
        }
    }
    assert_eq!(["college", "college-2", "college-3"].map(|name| place.runs_of(name).len()), [4, 2, 2]);
    let first = place.endless().start();
    place.worker("evolve");
    short("college.ctt").finish().expect(75);
    short("third/college.ctt").finish().expect(0);
    first.killed();
}

/// What has no name cannot name a folder.
#[test]
fn a_path_without_a_name_is_refused() {
    let place = Nightly::new();
    for path in ["..", ".", "/"] {
        place.call(["run", path]).finish().expect(2).tells("has no name of its own");
    }
    assert!(!place.path("carillon-runs").exists());
}

/// Only what is verified moves `latest`: a run that fails, is interrupted or killed leaves the last good one untouched.
#[test]
fn latest_moves_only_to_what_is_verified() {
    let place = Nightly::new();
    place.short().finish().expect(0);
    let good = place.latest().expect("a verified run moves it");
    let solution = text(&place.path("carillon-runs/college/latest/solution.sol"));
    place.short().unruly("load", "exit").finish().expect(100);
    assert_eq!(place.latest().as_ref(), Some(&good), "a failed run");
    let interrupted = place.endless().start();
    place.worker("evolve");
    interrupted.signal(Signal::SIGINT);
    interrupted.finish().expect(130);
    assert_eq!(place.latest().as_ref(), Some(&good), "an interrupted run");
    let killed = place.endless().start();
    place.worker("evolve");
    killed.killed();
    assert_eq!(place.latest().as_ref(), Some(&good), "a killed run");
    assert_eq!(text(&place.path("carillon-runs/college/latest/solution.sol")), solution);
    let last = place.runs_of("college").pop().unwrap();
    let last = format!("carillon-runs/college/{last}");
    place.call(["resume", &last]).finish().expect(0);
    assert!(last.ends_with(&place.latest().unwrap()), "what was killed is verified in the end");
}
