//! What STAGE3 learns in one run, the next one may begin with; and whatever is wrong with it, no run is worse off.

use std::fs;
use std::path::Path;

use crate::harness::Run;
use crate::harness::commands::carillon;
use crate::harness::run::Finished;

fn short() -> Run {
    Run::of_overfull_college().flag("--effort", "0.02")
}

fn run() -> Run {
    short().flag("--threads", "2")
}

fn with(policy: &Path) -> Run {
    beginning_with(policy, run())
}

fn beginning_with(policy: &Path, run: Run) -> Run {
    run.flag("--set", format!("resolve.policy={}", policy.display()))
}

/// A run that has learned.
fn learner() -> Finished {
    let learner = run().flag("--set", "resolve.select=learn").finish();
    learner.expect(&[0]);
    learner
}

fn policies(run: &Finished) -> (Option<String>, Option<String>) {
    let of = |key: &str| run.result()["policy"][key].as_str().map(str::to_owned);
    (of("before"), of("after"))
}

#[test]
fn a_run_leaves_what_it_has_learned_and_the_next_one_begins_with_it() {
    let first = learner();
    let (before, after) = policies(&first);
    assert!(before.is_none() && after.is_some(), "it began with what the program brings along");
    let second = with(&first.path("policy.json")).finish();
    second.expect(&[0]);
    assert_eq!(policies(&second).0, after, "the second begins where the first has ended");
    assert_eq!(second.read("policy-before.json"), first.read("policy.json"));
    let learned: serde_json::Value = serde_json::from_str(&second.read("policy.json")).unwrap();
    assert_eq!(learned["parent"].as_str().map(str::to_owned), after);
    let shown = carillon(["policy", "show", &second.path("policy.json").to_string_lossy()]);
    assert!(shown.stdout.contains("timetable-16-v1 by timetable-14-v1, learned from"), "{}", shown.stdout);
    assert_eq!(shown.code, 0);
    let third = beginning_with(&first.path("policy.json"), short().flag("--threads", "1")).finish();
    assert_eq!(third.read("solution.sol"), second.read("solution.sol"), "the same policy, the same timetable");
    assert_eq!(third.read("policy.json"), second.read("policy.json"));
}

#[test]
fn a_run_that_does_not_learn_leaves_no_policy() {
    let run = run().finish();
    run.expect(&[0]);
    assert!(!run.path("policy.json").exists() && run.result()["policy"].is_null());
}

/// Corrupt, truncated, huge, not a number, of another version, of another search, or not there: a line in the story, once, and the
/// run is the one without a policy.
#[test]
fn a_policy_that_cannot_be_used_is_told_once_and_costs_nothing() {
    let whole = learner().read("policy.json");
    let without = run().finish().read("solution.sol");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.json");
    let wrong = [
        (Some(whole.replacen("\"counts\": [", "\"counts\": [1", 1)), "its sum is not that of its content"),
        (Some(whole[..whole.len() / 2].to_owned()), "EOF"),
        (Some(format!("{whole}{}", " ".repeat(1 << 20))), "larger than 64 KiB"),
        (Some(whole.replacen("\n    [", "\n    [NaN,", 1)), "expected value"),
        (Some(whole.replace("\"schema\": 1", "\"schema\": 9")), "its schema is 9"),
        (Some(whole.replace("timetable-14-v1", "campus-8-v1")), "its set of features is campus-8-v1"),
        (None, "No such file"),
    ];
    for (text, why) in wrong {
        match text {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let ended = with(&path).finish();
        ended.expect(&[0]);
        let story = ended.read("run.log");
        let warnings: Vec<&str> = story.lines().filter(|line| line.contains("⚠️") && line.contains("policy")).collect();
        assert!(warnings.len() == 1 && warnings[0].contains(why), "{why}: {warnings:?}");
        assert_eq!(ended.read("solution.sol"), without, "{why}");
    }
}

/// The run keeps the policy that it began with: after a kill it goes on with that, even where the file has changed since.
#[test]
fn a_run_with_a_policy_that_is_killed_ends_as_if_nothing_had_been() {
    let first = learner();
    let policy = first.path("policy.json");
    let undisturbed = with(&policy).finish();
    let mut killed = with(&policy).with_unruly("resolve", "deaf").variable("UNRULY_JOB", "resolve").start();
    killed.hears("resolve", 1);
    let killed = killed.killed();
    fs::remove_file(&policy).unwrap();
    let resumed = killed.resume().finish();
    resumed.expect(&[0]);
    for file in ["solution.sol", "policy.json", "policy-before.json"] {
        assert_eq!(resumed.read(file), undisturbed.read(file), "{file}");
    }
    assert_eq!(policies(&resumed), policies(&undisturbed));
}

/// The same in the midst of real work, from a checkpoint.
#[test]
fn a_run_with_a_policy_that_is_killed_at_work_ends_as_if_nothing_had_been() {
    let first = learner();
    let policy = first.path("policy.json");
    let call = || with(&policy).flag("--set", "checkpoint.every=1ms");
    let undisturbed = call().finish();
    let mut killed = call().start();
    killed.hears("resolve", 1);
    let resumed = killed.killed().resume().finish();
    resumed.expect(&[0]);
    for file in ["solution.sol", "policy.json"] {
        assert_eq!(resumed.read(file), undisturbed.read(file), "{file}");
    }
}

#[test]
fn another_policy_makes_the_stage_run_again_and_only_that() {
    let first = learner();
    let run = run().finish();
    let setting = format!("resolve.policy={}", first.path("policy.json").display());
    let resumed = run.resume().flag("--set", setting).finish();
    resumed.expect(&[0]);
    let started = resumed.started_again();
    assert!(started.iter().any(|job| job == "resolve") && !started.iter().any(|job| job == "evolve"), "{started:?}");
    assert_eq!(policies(&resumed).0, policies(&first).1);
    let without = resumed.resume().flag("--set", "resolve.policy=none").flag("--set", "resolve.select=prior").finish();
    without.expect(&[0]);
    assert!(!without.path("policy.json").exists(), "what is not of this timetable does not stay");
}
