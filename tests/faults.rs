//! What may happen to a run from outside, and what it must do then: go on, or end in order, and never leave anybody behind.

use std::fs;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::run::{Finished, Running};
use crate::harness::{Run, wait};

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
    let judgement = run.judgement();
    assert_eq!(judgement.violations(), 0, "{judgement:?}");
    assert_eq!(run.result()["cost"].as_u64(), Some(judgement.cost()));
}

/// Kills the first worker of a stage by a signal that nobody can catch, in the middle of its work: the unruly worker holds
/// that moment as long as it takes. The next attempt is the real one.
fn survives_the_death_of(stage: &str, job: &str) {
    let mut run = short().with_unruly(stage, "deaf").variable("UNRULY_JOB", job).start();
    let victim = run.worker(stage);
    assert_eq!(victim.name(), format!("carillon-{stage}"), "what `ps` shows");
    victim.signal(Signal::SIGKILL);
    ends_whole(&run.finish(), &[0]);
}

#[test]
fn a_killed_load_is_retried() {
    survives_the_death_of("load", "load");
}

#[test]
fn a_killed_cluster_is_retried() {
    survives_the_death_of("cluster", "cluster");
}

#[test]
fn a_killed_commit_is_retried() {
    survives_the_death_of("commit", "commit.0-0");
}

#[test]
fn a_killed_solve_is_retried() {
    survives_the_death_of("solve", "solve.0");
}

#[test]
fn a_killed_evolve_is_retried() {
    survives_the_death_of("evolve", "evolve");
}

#[test]
fn a_killed_resolve_is_retried() {
    survives_the_death_of("resolve", "resolve");
}

#[test]
fn a_killed_export_is_retried() {
    survives_the_death_of("export", "export");
}

/// The same with a real worker: its second attempt takes up the work, and has a timetable when the run is interrupted.
#[test]
fn a_worker_killed_in_its_search_is_replaced() {
    let mut run = endless().start();
    let victim = run.worker("evolve");
    victim.signal(Signal::SIGKILL);
    victim.gone();
    run.worker("evolve");
    run.signal(Signal::SIGINT);
    ends_whole(&run.finish(), &[130]);
}

/// A worker may die before it has said a word; nobody waits for its call for ever.
#[test]
fn a_worker_that_ends_at_once_is_retried() {
    let run = short().with_unruly("cluster", "exit").finish();
    ends_whole(&run, &[0]);
}

#[test]
fn a_worker_that_aborts_is_retried() {
    let run = short().with_unruly("evolve", "abort").finish();
    ends_whole(&run, &[0]);
}

/// A worker that never calls is ended when its time to call is over.
#[test]
fn a_worker_that_never_calls_is_replaced() {
    let run = short().with_unruly("cluster", "mute").flag("--set", "deadline.hello=400ms").finish();
    ends_whole(&run, &[0]);
    assert!(run.events_of("killed").iter().any(|event| event["why"] == "no_hello"), "{}", run.told());
}

/// A worker that has called and is never heard of again is ended too.
#[test]
fn a_worker_whose_heart_stands_still_is_replaced() {
    let run = short().with_unruly("cluster", "silent").flag("--set", "deadline.silence=1500ms").finish();
    ends_whole(&run, &[0]);
    assert!(run.events_of("killed").iter().any(|event| event["why"] == "hang"), "{}", run.told());
}

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

/// A worker that says it has sealed what it has not is not believed.
#[test]
fn a_worker_that_lies_about_its_output_is_retried() {
    let run = short().with_unruly("evolve", "lie").finish();
    ends_whole(&run, &[0]);
}

/// One flipped bit in a sealed file is noticed by its next reader, and no timetable is made from it: where the stage can be
/// done without, its input goes forward; where it cannot, the run ends and says which file it does not trust.
#[test]
fn a_damaged_artifact_is_noticed() {
    for (stage, artifact, code) in [("cluster", "partition.art", 74), ("evolve", "draft.art", 3)] {
        let run = short().with_unruly(stage, "damage").finish();
        run.expect(&[code]).leaves_nothing();
        let story = run.read("run.log");
        let noticed = |line: &str| line.contains(artifact) && line.contains("checksum");
        assert!(story.lines().any(noticed), "nobody noticed the damage by {stage}:\n{story}");
        if code == 3 {
            ends_whole(&run, &[3]);
        } else {
            assert!(!run.path("solution.sol").exists(), "a timetable was made from a damaged file");
        }
    }
}

/// A stage that makes the timetable worse is rejected by the audit, whatever it claims.
#[test]
fn a_worse_output_is_rejected() {
    for stage in ["evolve", "resolve"] {
        let run = short().with_unruly(stage, "spoil").variable("UNRULY_ATTEMPTS", "99").finish();
        ends_whole(&run, &[3]);
        assert!(!run.events_of("verdict").is_empty(), "no verdict on {stage}");
    }
}

/// Twenty thousand notes at once neither stop the run nor fill the orchestrator.
#[test]
fn a_flood_of_notes_drowns_nobody() {
    let mut run = short().with_unruly("cluster", "flood").start();
    let orchestrator = run.processes().into_iter().find(|process| process.stage().is_none());
    let mut peak = 0;
    wait::until("the run ends", || {
        peak = peak.max(orchestrator.as_ref().map_or(0, crate::harness::processes::Process::private_bytes));
        run.has_ended().then_some(())
    });
    ends_whole(&run.finish(), &[0]);
    assert!(peak < 64 << 20, "the orchestrator held {} MiB", peak >> 20);
}

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

/// A worker that does not listen is ended all the same.
#[test]
fn a_deaf_worker_does_not_hold_up_the_end() {
    let mut run = short().with_unruly("evolve", "deaf").start();
    let worker = run.worker("evolve");
    run.signal(Signal::SIGTERM);
    worker.gone();
    ends_whole(&run.finish(), &[143]);
}

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

/// A full disk ends the run in order: the exit code says what it was, the story says which file, and what was sealed
/// before is still whole.
#[test]
fn a_full_disk_ends_the_run_in_order() {
    let whole = short().finish();
    whole.expect(&[0]);
    let longest = |name: &str| fs::metadata(whole.path(name)).unwrap().len();
    // Enough for the first artifact, too little for the solution of the last stage or the story before it.
    let limit = longest("instance.art").max(longest("partition.art")) - 1024;
    let run = short().with_files_up_to(limit).finish();
    run.expect(&[74]).leaves_nothing();
    let told = run.told();
    assert!(told.contains("failed to") && told.contains(".art"), "{told}");
    assert!(!run.path("solution.sol").exists());
}
