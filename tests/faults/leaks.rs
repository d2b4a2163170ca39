//! Memory that grows where it must not, and memory that only looks as if it did.

use std::fs;
use std::path::Path;

use serde_json::Value;
use shared::artifact::{ArtifactKey, ArtifactWriter, Column, Kind};

use super::{EFFORT, ends_whole, short};
use crate::harness::Run;
use crate::harness::groups::Meadow;
use crate::harness::run::Finished;

pub(super) fn bytes(event: &Value, field: &str) -> u64 {
    event[field].as_u64().unwrap_or_default()
}

/// Asserts that the first attempt at a job was ended at its allotment, by us or by the kernel, and nobody else was. Returns
/// how that was told.
pub(super) fn was_ended_at_its_line(run: &Finished, job: &str) -> Value {
    let killed = run.events_of("killed");
    let [event] = &killed[..] else { panic!("one was to be killed, not {killed:?}:\n{}", run.told()) };
    assert!(event["job"] == job && event["attempt"] == 1, "{event}");
    assert!(event["why"] == "over_allotment" || event["why"] == "kernel_limit", "{event}");
    let (charge, allotment) = (bytes(event, "charge"), bytes(event, "allotment"));
    assert!(charge >= allotment / 100 * 95 && allotment > 0, "{event}");
    assert!(!event["largest"].as_array().is_none_or(Vec::is_empty), "who else was there is told: {event}");
    let story = run.read("run.log");
    assert!(story.lines().any(|line| line.contains("allotment") && line.contains(job)), "{story}");
    event.clone()
}

/// A leak costs its own worker an attempt, and the worker beside it nothing, however fast it is.
#[test]
fn a_leak_costs_its_worker_and_nobody_else() {
    for rate in ["100", "1000"] {
        let two = Run::of_two_colleges().flag("--effort", EFFORT).flag("--memory", "512M").flag("--threads", "2");
        let leaking = two.with_unruly("solve", "leak").variable("UNRULY_JOB", "solve.0").variable("UNRULY_RATE", rate);
        let run = leaking.finish();
        ends_whole(&run, &[0]);
        was_ended_at_its_line(&run, "solve.0");
        let is_beside = |event: &&Value| event["job"] == "solve.1" && event["attempt"] == 1;
        let outcomes = run.events_of("outcome");
        assert_eq!(outcomes.iter().find(is_beside).expect("it ran")["outcome"], "sealed", "at {rate} MiB/s");
        let again =
            run.events_of("spawned").into_iter().find(|event| event["job"] == "solve.0" && event["attempt"] == 2);
        let first = run.events_of("spawned").into_iter().find(|event| event["job"] == "solve.0").expect("it ran");
        assert!(bytes(&again.expect("it is tried again"), "allotment") > bytes(&first, "allotment"), "with more");
    }
}

/// Memory that could be shared is private as long as nobody shares it.
#[test]
fn a_leak_of_shared_memory_is_noticed() {
    let run = short().flag("--memory", "512M").with_unruly("evolve", "leak-shared").finish();
    ends_whole(&run, &[0]);
    was_ended_at_its_line(&run, "evolve");
}

/// A worker that fills a tmpfs fills memory that is in no process: only the kernel can say whose it is.
#[test]
fn a_leak_into_a_tmpfs_is_noticed_by_a_control_group() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        println!("skipped: no tmpfs at /dev/shm that we may write to");
        return;
    };
    let Some(meadow) = Meadow::new() else { return };
    let leaking = short().flag("--memory", "512M").with_unruly("evolve", "leak-tmpfs").held_in(&meadow);
    let run = leaking.variable("UNRULY_FOLDER", folder.path().to_str().expect("a plain path")).finish();
    ends_whole(&run, &[0]);
    meadow.is_empty();
    assert_eq!(was_ended_at_its_line(&run, "evolve")["who"], "kernel");
    let freed = run.events_of("freed").into_iter().find(|event| event["job"] == "evolve").expect("it has ended");
    let length = fs::metadata(folder.path().join("leak")).expect("nobody removes it").len();
    assert!(bytes(&freed, "residual") >= length / 100 * 95, "what no exit gives back is left, and told: {freed}");
}

/// A leak in another process of the worker is the worker's, where nobody but us looks at it, too.
#[test]
fn a_leak_in_a_grandchild_is_noticed_by_looking() {
    let polled = short().flag("--memory", "512M").flag("--set", "memory.enforce=poll");
    let run = polled.with_unruly("evolve", "leak-grandchild").finish();
    ends_whole(&run, &[0]);
    assert_eq!(was_ended_at_its_line(&run, "evolve")["why"], "over_allotment");
}

/// A gibibyte at once is far above the line before anybody can look: it is noticed all the same.
#[test]
fn a_burst_is_noticed() {
    let run = short().flag("--memory", "512M").with_unruly("evolve", "burst").finish();
    ends_whole(&run, &[0]);
    was_ended_at_its_line(&run, "evolve");
}

/// Just below its line a worker is safe, though huge pages come two mebibytes at a time.
#[test]
fn a_full_allotment_is_no_crime() {
    // What is left of the budget is too little to be worth an enlargement: the line stays where it is.
    let tight = short().flag("--memory", "256M").flag("--stage-memory", "evolve=160M");
    let run = tight.with_unruly("evolve", "full").finish();
    ends_whole(&run, &[0]);
    assert!(run.events_of("killed").is_empty() && run.events_of("enlarged").is_empty(), "{}", run.read("run.log"));
    let freed = run.events_of("freed").into_iter().find(|event| event["job"] == "evolve").expect("it has ended");
    assert!(bytes(&freed, "peak") >= 155 << 20, "it was not full: {freed}");
}

/// A sealed file of three times the allotment may be mapped and read to its end: its pages are the kernel's.
#[test]
fn a_mapped_file_is_nobodys_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.art");
    seal_a_large_file(&file, 64 << 20);
    let run = short().flag("--stage-memory", "evolve=20M").with_unruly("evolve", "mapped");
    let run = run.variable("UNRULY_FILE", file.to_str().expect("a plain path")).finish();
    ends_whole(&run, &[0]);
    assert!(run.events_of("killed").is_empty(), "{}", run.read("run.log"));
    assert!(fs::metadata(&file).unwrap().len() > 3 * (20 << 20), "larger than three allotments");
}

fn seal_a_large_file(path: &Path, length: usize) {
    let mut artifact = ArtifactWriter::new(Kind::Draft, ArtifactKey(0));
    artifact.column(Column::TextBytes, &vec![7_u8; length]);
    artifact.seal(&path.with_extension("partial"), path).unwrap();
}

/// A gibibyte of small pages takes its time to come back: until it is back nobody else is ended, and nothing starts in its place.
#[test]
fn memory_that_comes_back_slowly_is_waited_for() {
    let two = Run::of_two_colleges().flag("--effort", EFFORT).flag("--memory", "4G").flag("--threads", "2");
    let run = two.flag("--stage-memory", "solve=1000M").with_unruly("solve", "leak").variable("UNRULY_RATE", "100000");
    let run = run.variable("UNRULY_JOB", "solve.0").finish();
    ends_whole(&run, &[0]);
    was_ended_at_its_line(&run, "solve.0");
    let events = run.events();
    let at = |kind: &str, attempt: u64| {
        let is_meant =
            |event: &Value| event["event"] == kind && event["job"] == "solve.0" && event["attempt"] == attempt;
        events.iter().position(is_meant).unwrap_or_else(|| panic!("{kind} {attempt}: {}", run.told()))
    };
    assert!(at("killed", 1) < at("freed", 1) && at("freed", 1) < at("spawned", 2));
    let freed = &events[at("freed", 1)];
    assert!(bytes(freed, "freed") >= 900 << 20 && bytes(freed, "residual") == 0, "{freed}");
}

/// Two that leak at the same time are two kills, and no emergency: each has its own line.
#[test]
fn two_leaks_at_once_are_two_kills() {
    let two = Run::of_two_colleges().flag("--effort", EFFORT).flag("--memory", "512M").flag("--threads", "2");
    let run = two.with_unruly("solve", "leak").finish();
    ends_whole(&run, &[0]);
    let at =
        |kind: &str, job: &str| run.events().iter().position(|event| event["event"] == kind && event["job"] == job);
    assert!(at("spawned", "solve.1") < at("killed", "solve.0"), "they did not run at the same time");
    let killed = run.events_of("killed");
    let of_first_wave = |job: &str| killed.iter().filter(|event| event["job"] == job).count();
    assert_eq!((of_first_wave("solve.0"), of_first_wave("solve.1")), (1, 1), "{killed:?}");
    assert!(
        killed.iter().all(|event| event["why"] == "over_allotment" || event["why"] == "kernel_limit"),
        "{killed:?}"
    );
}

/// Many small processes are one large worker, and all of them end with it.
#[test]
fn a_crowd_is_counted_as_one() {
    let run = short().flag("--stage-memory", "evolve=24M").with_unruly("evolve", "crowd").finish();
    ends_whole(&run, &[0]);
    was_ended_at_its_line(&run, "evolve");
}
