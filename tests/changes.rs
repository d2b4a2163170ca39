//! A run that is taken up again with something changed: exactly what depends on it runs again, and the timetable is the one of
//! a fresh run.

use std::fs;
use std::path::Path;

use crate::harness::run::{Finished, PROGRAM};
use crate::harness::{Run, college, unruly};

/// Little work, so that a test is short.
const EFFORT: &str = "0.02";

fn short() -> Run {
    Run::of_overfull_college().flag("--threads", "2")
}

/// Asserts that the run ended well, that everything in `must` was started again, and nothing else but what is in `may`; a
/// name with a dot at its end stands for all that begin with it.
fn ran_again(run: &Finished, must: &[&str], may: &[&str], what: &str) {
    run.expect(&[0]).leaves_nothing();
    let is_named = |job: &str, names: &[&str]| {
        names.iter().any(|name| job == *name || (name.ends_with('.') && job.starts_with(name)))
    };
    let started = run.started_again();
    for name in must {
        assert!(started.iter().any(|job| is_named(job, &[name])), "{what}: {name} is not among {started:?}");
    }
    let others: Vec<&String> = started.iter().filter(|job| !is_named(job, must) && !is_named(job, may)).collect();
    assert!(others.is_empty(), "{what}: {others:?} did not have to run again");
    assert_eq!(run.result()["cost"].as_u64(), Some(run.judgement().cost()), "{what}");
    assert_eq!(run.judgement().violations(), 0, "{what}");
}

/// Whatever is said anew, that runs again which depends on it. What stands behind it may turn out to be the same.
#[test]
fn exactly_what_depends_on_a_setting_runs_again() {
    let whole = short().flag("--effort", EFFORT).finish();
    whole.expect(&[0]);
    let behind_solve = ["commit.", "cluster.", "evolve", "audit.", "resolve"];
    let behind_cluster = ["solve.", "commit.", "cluster.", "evolve", "audit.", "resolve"];
    let table: [(&str, &str, &[&str], &[&str]); 7] = [
        ("--set", "memory.margin=5M", &["export"], &[]),
        ("--set", "resolve.streams=2", &["resolve", "audit.resolve", "export"], &[]),
        ("--set", "evolve.population=5", &["evolve", "audit.evolve", "export"], &["resolve", "audit.resolve"]),
        ("--set", "solve.parts=2", &["solve.", "export"], &behind_solve),
        ("--effort", "0.03", &["solve.", "export"], &behind_solve),
        ("--set", "cluster.lectures=20", &["cluster", "export"], &behind_cluster),
        ("--seed", "7", &["cluster", "export"], &behind_cluster),
    ];
    for (flag, value, must, may) in table {
        let what = format!("{flag} {value}");
        let run = whole.copied().resume().flag(flag, value).finish();
        ran_again(&run, must, may, &what);
        let fresh = if flag == "--effort" { short() } else { short().flag("--effort", EFFORT) };
        let fresh = fresh.flag(flag, value).finish();
        assert!(run.read("solution.sol") == fresh.expect(&[0]).read("solution.sol"), "{what}: not that of a fresh run");
        assert_eq!(run.result()["reproducible"].as_bool(), Some(true), "{what}");
        assert_eq!(run.read("config.toml").lines().last(), fresh.read("config.toml").lines().last());
    }
}

/// What was said anew stays so, for every start that follows.
#[test]
fn what_was_said_anew_is_not_forgotten() {
    let planted = short().flag("--effort", EFFORT).with_unruly("resolve", "deaf").variable("UNRULY_ATTEMPTS", "0");
    let whole = planted.finish();
    whole.expect(&[0]);
    let other = whole.resume().flag("--set", "resolve.streams=2").flag("--seed", "3");
    let mut other = other.variable("UNRULY", "deaf").variable("UNRULY_ATTEMPTS", "9").start();
    other.hears("resolve", 2);
    let run = other.killed().resume().finish();
    ran_again(&run, &["resolve", "audit.resolve", "export"], &[], "killed amid");
    let fresh = short().flag("--effort", EFFORT).flag("--set", "resolve.streams=2").flag("--seed", "3").finish();
    assert!(run.read("solution.sol") == fresh.expect(&[0]).read("solution.sol"), "not that of a fresh run");
    let again = run.resume().finish();
    assert!(again.told().contains("nothing is left to do"), "{}", again.told());
}

/// An instance that has changed is read again; where it says the same, nothing else has to run.
#[test]
fn an_instance_that_says_the_same_costs_a_load() {
    let whole = short().flag("--effort", EFFORT).finish();
    let before = whole.expect(&[0]).read("solution.sol");
    let text = fs::read_to_string(whole.instance()).unwrap();
    fs::write(whole.instance(), format!("{text}\n")).unwrap();
    let run = whole.resume().finish();
    ran_again(&run, &["load", "export"], &[], "another line feed");
    assert_eq!(run.read("solution.sol"), before);
    let story = run.read("run.log");
    assert!(story.contains("has changed") && story.contains("need not run again"), "{story}");
    let recalled = run.events_of("recalled");
    let jobs = recalled.iter().flat_map(|event| event["jobs"].as_array().cloned().unwrap_or_default());
    assert!(jobs.into_iter().any(|job| job == "audit.resolve"), "{recalled:?}");

    fs::copy(college(), run.instance()).unwrap();
    let run = run.resume().finish();
    ran_again(
        &run,
        &["load", "cluster", "solve.", "evolve", "export"],
        &["commit.", "cluster.", "audit.", "resolve"],
        "other words",
    );
    let fresh = Run::of(&college()).flag("--effort", EFFORT).finish();
    assert!(run.read("solution.sol") == fresh.expect(&[0]).read("solution.sol"), "not that of a fresh run");
}

/// What another version of the program has made is made again: all of it.
#[test]
fn another_version_makes_everything_again() {
    let mut run = short().flag("--effort", EFFORT).with_unruly("resolve", "deaf").start();
    run.hears("resolve", 1);
    let run = run.killed();
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("carillon");
    other_version(&other);
    let run = run.resume().by(&other).finish();
    let all = ["load", "cluster", "commit.", "solve.", "evolve", "audit.", "resolve", "export"];
    ran_again(&run, &all, &[], "another version");
    let fresh = short().flag("--effort", EFFORT).finish();
    assert!(run.read("solution.sol") == fresh.expect(&[0]).read("solution.sol"), "it works in the same way");
}

/// The program as it would be if nothing but its version had changed.
fn other_version(to: &Path) {
    let version = format!("carillon {}", env!("CARGO_PKG_VERSION"));
    fs::copy(PROGRAM, to).unwrap();
    let mut bytes = fs::read(to).unwrap();
    let places: Vec<usize> = memchr(&bytes, version.as_bytes());
    assert!(!places.is_empty(), "the program says its version somewhere");
    for at in places {
        bytes[at + version.len() - 1] ^= 1;
    }
    fs::write(to, bytes).unwrap();
}

fn memchr(bytes: &[u8], word: &[u8]) -> Vec<usize> {
    (0..=bytes.len() - word.len()).filter(|at| bytes[*at] == word[0] && bytes[*at..].starts_with(word)).collect()
}

/// Another program in a stage's place makes that stage again, and what stands behind it.
#[test]
fn another_program_for_a_stage_makes_that_stage_again() {
    let folder = tempfile::tempdir().unwrap();
    let planted = folder.path().join("evolve");
    fs::copy(unruly(), &planted).unwrap();
    let run = short().flag("--effort", EFFORT).with_unruly("resolve", "deaf").variable("UNRULY_JOB", "resolve");
    let mut run = run.flag("--worker-program", format!("evolve={}", planted.display())).start();
    run.hears("resolve", 1);
    let run = run.killed();
    let mut bytes = fs::read(&planted).unwrap();
    // Behind all that matters to whoever starts it.
    bytes.push(0);
    fs::write(&planted, bytes).unwrap();
    let run = run.resume().finish();
    ran_again(&run, &["evolve", "audit.evolve", "resolve", "audit.resolve", "export"], &[], "another evolve");
}
