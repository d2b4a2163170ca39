//! Workers that run out of memory, and workers that end for another reason: only the first get more, and when there is no more,
//! less to do.

use nix::sys::signal::Signal;
use serde_json::Value;

use super::{endless, ends_whole, short};
use crate::harness::Run;
use crate::harness::run::Finished;

/// More than there is, in MiB.
const BEYOND: &str = "700";

/// A run of 512 MiB whose workers for `stage` want more than there is.
fn insatiable(stage: &str) -> Run {
    let run = short().flag("--memory", "512M").flag("--threads", "2").with_unruly(stage, "appetite");
    run.variable("UNRULY_APPETITE", BEYOND).variable("UNRULY_ATTEMPTS", "99")
}

/// What each attempt at a job was given.
fn allotments(run: &Finished, job: &str) -> Vec<u64> {
    let of_job = |event: &Value| (event["job"] == job).then(|| event["allotment"].as_u64().unwrap());
    run.events_of("spawned").iter().filter_map(of_job).collect()
}

fn rungs(run: &Finished) -> Vec<String> {
    run.events_of("degraded").iter().map(|event| event["rung"].as_str().unwrap_or_default().to_owned()).collect()
}

/// First there is more memory, then less work, rung by rung, and in the end the stage is given up: its input goes forward.
#[test]
fn a_stage_that_never_has_enough_goes_down_the_ladder_and_is_given_up() {
    let run = insatiable("evolve").finish();
    ends_whole(&run, &[3]);
    assert_eq!(rungs(&run), ["one thread", "a population of 4", "a population of 2", "a population of 1"]);
    let given = allotments(&run, "evolve");
    assert!(given.len() > rungs(&run).len() + 1 && given[1] > given[0], "{given:?}");
    assert!(given.iter().all(|bytes| *bytes <= (512 << 20) * 7 / 10), "{given:?}");
    assert_eq!(run.result()["reproducible"].as_bool(), Some(false));
    assert!(!run.path("draft.art").exists());
}

/// A rung that helps is enough: the stage counts, and the run says that it is not what it would be with more memory.
#[test]
fn a_smaller_job_that_fits_is_done() {
    let run = insatiable("evolve").variable("UNRULY_CONTENT_WITH", "evolve.population").finish();
    ends_whole(&run, &[0]);
    assert_eq!(rungs(&run), ["one thread", "a population of 4"]);
    assert!(run.path("draft.art").exists());
    assert_eq!(run.result()["reproducible"].as_bool(), Some(false));
    // It is known again: what was made with less counts as such, and is not tried with more.
    let again = run.resume().flag("--set", "resolve.streams=2").finish();
    ends_whole_again(&again);
    assert_eq!(again.started_again(), ["resolve", "audit.resolve", "export"]);
    assert_eq!(again.result()["irreproducible_because"].as_str(), Some("degraded"));
}

fn ends_whole_again(run: &Finished) {
    run.expect(&[0]).leaves_nothing();
    assert_eq!(run.judgement().violations(), 0);
}

/// What nothing can stand in for and nothing can make smaller ends the run: it does not fit.
#[test]
fn a_stage_that_nothing_can_replace_does_not_fit() {
    let run = insatiable("load").finish();
    run.expect(&[102]).leaves_nothing();
    let given = allotments(&run, "load");
    assert!(given.len() > 1 && given[1] > given[0], "more was tried: {given:?}");
    assert!(rungs(&run).is_empty() && !run.path("solution.sol").exists());
}

/// Who is cancelled, hangs or crashes has not shown that it needs more: it gets what it had.
#[test]
fn only_want_of_memory_is_answered_with_memory() {
    let mut run = endless().flag("--memory", "512M").with_unruly("evolve", "deaf").start();
    run.hears("evolve", 1);
    run.signal(Signal::SIGTERM);
    let cancelled = run.finish();
    ends_whole(&cancelled, &[143]);
    let mut again = cancelled.resume().start();
    again.hears("evolve", 2);
    again.signal(Signal::SIGTERM);
    let again = again.finish();
    again.expect(&[143]).leaves_nothing();
    same_allotment_twice(&again, "cancelled");

    let mut run =
        short().flag("--memory", "512M").with_unruly("evolve", "deaf").flag("--set", "deadline.silence=1s").start();
    run.hears("evolve", 1);
    run.worker("evolve").signal(Signal::SIGSTOP);
    let stopped = run.finish();
    ends_whole(&stopped, &[0]);
    same_allotment_twice(&stopped, "stopped");

    let crashed = short().flag("--memory", "512M").with_unruly("evolve", "abort").finish();
    ends_whole(&crashed, &[0]);
    same_allotment_twice(&crashed, "crashed");
}

fn same_allotment_twice(run: &Finished, how: &str) {
    let given = allotments(run, "evolve");
    assert!(given.len() == 2 && given[0] == given[1], "{how}: {given:?}");
}
