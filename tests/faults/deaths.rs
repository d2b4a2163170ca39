//! Workers that die, or are as good as dead: the next attempt does their work.

use nix::sys::signal::Signal;

use super::{endless, ends_whole, short};

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
