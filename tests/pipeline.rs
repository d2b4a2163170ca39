//! Whole runs: from an instance to a verified timetable, through a process for each stage.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::harness::{Run, benchmarks};

/// Enough work to place the college without a violation, little enough for a test.
const EFFORT: &str = "0.02";
/// The stages in the order of the data, by their names.
const STAGES: [&str; 6] = ["load", "cluster", "solve", "evolve", "resolve", "export"];

/// A run ends complete, the oracle finds its timetable feasible and prices it as the run does, and each stage was a
/// process of its own.
#[test]
fn a_run_ends_complete_and_the_oracle_agrees() {
    let run = Run::of_overfull_college().flag("--effort", EFFORT).finish();
    run.expect(&[0]);
    let (result, judgement) = (run.result(), run.judgement());
    assert_eq!(judgement.violations(), 0, "{judgement:?}");
    assert_eq!(result["cost"].as_u64(), Some(judgement.cost()), "{judgement:?}");
    assert_eq!(result["hard"].as_u64(), Some(0));
    assert_eq!(result["unplaced"].as_u64(), Some(0));
    assert_eq!(result["exit_code"].as_u64(), Some(0));
    assert_eq!(result["reproducible"].as_bool(), Some(true), "counted work repeats");
    let counted = [
        ("RoomCapacity", judgement.room_capacity),
        ("MinimumWorkingDays", judgement.min_working_days),
        ("CurriculumCompactness", judgement.curriculum_compactness),
        ("RoomStability", judgement.room_stability),
    ];
    for (name, count) in counted {
        assert_eq!(result["components"][name].as_u64(), Some(count), "{name} in {}", result["components"]);
    }

    let mut pids: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for event in run.events_of("hello") {
        let stage = event["stage"].as_str().unwrap_or_default().to_owned();
        pids.entry(stage).or_default().insert(event["pid"].as_u64().unwrap());
    }
    for stage in STAGES {
        assert!(pids.contains_key(stage), "no process for {stage}: {pids:?}");
    }
    let all: BTreeSet<&u64> = pids.values().flatten().collect();
    assert_eq!(all.len(), pids.values().map(BTreeSet::len).sum::<usize>(), "a process served two stages: {pids:?}");
    run.leaves_nothing();
}

/// The story holds the lines that users of the original system look for.
#[test]
fn the_story_tells_memory_before_and_freed_for_each_stage() {
    let run = Run::of_overfull_college().flag("--effort", EFFORT).finish();
    run.expect(&[0]);
    let story = run.read("run.log");
    for label in ["STAGE0", "STAGE1", "STAGE2A", "STAGE2B", "STAGE3"] {
        for words in ["Memory before ", "✅ Freed "] {
            let told = story.lines().any(|line| line.starts_with(&format!("[{label}] {words}")) && line.contains("MB"));
            assert!(told, "no line `[{label}] {words}…` in:\n{story}");
        }
    }
    assert!(story.contains("✅ Completed successfully"), "{story}");
}

/// Counted work gives the same bytes, on one thread and on two, and again.
#[test]
fn threads_do_not_change_the_result() {
    let solution = |threads: &str| {
        let run =
            Run::of_overfull_college().flag("--effort", EFFORT).flag("--threads", threads).flag("--seed", "7").finish();
        run.expect(&[0]).read("solution.sol")
    };
    let first = solution("1");
    for threads in ["1", "2", "2"] {
        assert!(solution(threads) == first, "another timetable on {threads} threads");
    }
}

/// Five large classes for a large room of four periods: one sits in the small room, 21 students short, and its course has two
/// rooms. Counting alone knows it, so nobody searches for less.
#[test]
fn a_timetable_that_costs_what_each_must_is_proven_optimal() {
    let run = Run::of_text(
        "crowded.ctt",
        "Name: crowded\nCourses: 2\nRooms: 2\nDays: 2\nPeriods_per_day: 2\nCurricula: 0\nConstraints: 0\n\n\
         COURSES:\nA t 3 1 51\nB u 2 1 60\n\nROOMS:\nlarge 90\nsmall 30\n\nCURRICULA:\n\n\
         UNAVAILABILITY_CONSTRAINTS:\n\nEND.\n",
    );
    let run = run.flag("--time-limit", "20m").finish();
    run.expect(&[0]);
    let (result, judgement) = (run.result(), run.judgement());
    assert_eq!((judgement.violations(), judgement.cost()), (0, 22), "{judgement:?}");
    assert_eq!((result["cost"].as_u64(), result["bound"].as_u64()), (Some(22), Some(22)));
    assert_eq!(result["optimal"].as_bool(), Some(true));
    assert!(run.read("run.log").contains("cost 22 (proven optimal)"), "{}", run.read("run.log"));
}

/// A sealed artifact can be read by its owner and group, and written by nobody; nothing half-written is left.
#[test]
fn sealed_artifacts_are_writable_by_nobody() {
    let run = Run::of_overfull_college().flag("--effort", EFFORT).finish();
    run.expect(&[0]);
    let mut sealed = BTreeSet::new();
    for entry in fs::read_dir(run.path("")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "art") {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o440, "{}", path.display());
            sealed.insert(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        assert!(path.extension().is_none_or(|end| end != "partial"), "{}", path.display());
    }
    for name in ["instance.art", "partition-0.art", "ledger-0-0.art", "draft.art", "timetable.art"] {
        assert!(sealed.contains(name), "no {name} among {sealed:?}");
    }
}

/// `--until` stops behind a stage and still exports what there is.
#[test]
fn until_stops_behind_a_stage_and_exports() {
    let run = Run::of_overfull_college().flag("--effort", EFFORT).flag("--until", "STAGE2A").finish();
    run.expect(&[0, 10]);
    let judgement = run.judgement();
    assert_eq!(run.result()["cost"].as_u64(), Some(judgement.cost()));
    let stages: BTreeSet<String> =
        run.events_of("spawned").iter().map(|event| event["stage"].as_str().unwrap_or_default().to_owned()).collect();
    assert!(stages.contains("solve") && stages.contains("export"), "{stages:?}");
    assert!(!stages.contains("evolve") && !stages.contains("resolve"), "{stages:?}");
}

/// `--skip` leaves a stage out; the run ends with a timetable all the same.
#[test]
fn skipped_stages_are_left_out() {
    for skipped in ["evolve", "resolve"] {
        let run = Run::of_overfull_college().flag("--effort", EFFORT).flag("--skip", skipped).finish();
        run.expect(&[0]);
        assert_eq!(run.judgement().violations(), 0);
        assert!(run.events_of("spawned").iter().all(|event| event["stage"] != *skipped), "{skipped} ran");
    }
}

/// The exports hold one row for each class, and agree with the solution.
#[test]
fn exports_hold_each_class_once() {
    let run = Run::of_overfull_college().flag("--effort", EFFORT).finish();
    run.expect(&[0]);
    let classes = run.read("solution.sol").lines().count();
    assert!(classes >= 50, "the college has some 60 classes, not {classes}");
    assert_eq!(run.read("timetable.csv").lines().count(), classes + 1, "a row for each class, and the header");
    let exported: serde_json::Value = serde_json::from_str(&run.read("timetable.json")).unwrap();
    assert!(exported.is_object() || exported.is_array());
}

/// A public instance of real size, where this machine has it.
#[test]
fn a_public_instance_ends_feasible() {
    let Some(folder) = benchmarks() else { return };
    let instance = folder.join("cbctt/instances/comp01.ctt");
    let run = Run::of(&instance).flag("--time-limit", "4s").finish();
    run.expect(&[0]);
    let judgement = run.judgement();
    assert_eq!(judgement.violations(), 0, "{judgement:?}");
    assert_eq!(run.result()["cost"].as_u64(), Some(judgement.cost()));
}
