//! Old runs go, and nothing else does.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use nix::sys::signal::Signal;

use crate::harness::disk::Frozen;
use crate::harness::nightly::{Ended, Nightly, text};

/// A name that a run of long ago would have.
const OLD: &str = "20200101T000000Z";

fn folder(place: &Nightly, name: &str) -> PathBuf {
    place.path("carillon-runs/college").join(name)
}

/// A short run that keeps so many.
fn keeping(place: &Nightly, count: &str) -> Ended {
    let ended = place.short().flag("--keep", count).finish();
    ended.expect(0);
    ended
}

/// A short run, which is called as if it had been one of long ago.
fn old_run(place: &Nightly, name: &str) {
    place.short().flag("--run-dir", folder(place, name)).finish().expect(0);
}

/// Night after night the newest runs stay, and the last one is whole.
#[test]
fn the_newest_verified_runs_stay() {
    let place = Nightly::new();
    let mut nights = Vec::new();
    for _ in 0..4 {
        let ended = keeping(&place, "2");
        let name = place.latest().unwrap();
        nights.push(name.clone());
        let expected = &nights[nights.len().saturating_sub(2)..];
        assert_eq!(place.runs_of("college"), expected);
        let gone = nights.len().checked_sub(3).map(|gone| nights[gone].as_str());
        assert!(
            gone.is_none_or(|gone| ended.told.contains(&format!("removed what is older: {gone}"))),
            "{}",
            ended.told
        );
        assert!(folder(&place, &name).join("result.json").is_file());
    }
    keeping(&place, "9");
    assert_eq!(place.runs_of("college").len(), 3, "there are fewer than that");
    place.short().finish().expect(0);
    assert_eq!(place.runs_of("college").len(), 4, "nothing goes unless it is asked for");
    place.leaves_nobody();
}

/// Whatever is no run of ours is none of our business, whatever it is called.
#[test]
fn what_is_no_run_stays() {
    let place = Nightly::new();
    place.short().finish().expect(0);
    let first = place.latest().unwrap();
    let precious = place.path("precious");
    let others = ["20200101T000001Z", "20200101T000002Z", "notes", "20200101", ".removed-notes"];
    for path in others.map(|name| folder(&place, name)).iter().chain([&precious]) {
        fs::create_dir(path).unwrap();
        fs::write(path.join("words"), "precious").unwrap();
    }
    fs::write(folder(&place, others[1]).join("run.journal"), "somebody else's").unwrap();
    fs::write(folder(&place, "20200101T000003Z"), "a file").unwrap();
    symlink(&precious, folder(&place, "20200101T000004Z")).unwrap();
    symlink(folder(&place, &first), folder(&place, "20200101T000005Z")).unwrap();
    keeping(&place, "1");
    assert!(!folder(&place, &first).exists(), "the run of ours is gone");
    for path in others.map(|name| folder(&place, name)).iter().chain([&precious]) {
        assert_eq!(text(&path.join("words")), "precious");
    }
    assert!(folder(&place, "20200101T000003Z").is_file());
    for link in ["20200101T000004Z", "20200101T000005Z"] {
        assert!(fs::symlink_metadata(folder(&place, link)).is_ok(), "{link}");
    }
}

/// A run that fails removes nothing: the last good one is untouched, and so is what failed after it.
#[test]
fn a_run_that_fails_leaves_the_last_good_one() {
    let place = Nightly::new();
    old_run(&place, OLD);
    place.short().finish().expect(0);
    let good = place.latest().unwrap();
    let solution = text(&folder(&place, &good).join("solution.sol"));
    place.short().flag("--keep", "1").unruly("load", "exit").finish().expect(100);
    let interrupted = place.endless().flag("--keep", "1").start();
    place.worker("evolve");
    interrupted.signal(Signal::SIGINT);
    interrupted.finish().expect(130);
    assert_eq!((place.latest().as_ref(), place.runs_of("college").len()), (Some(&good), 4));
    assert_eq!(text(&folder(&place, &good).join("solution.sol")), solution);
    keeping(&place, "2");
    assert_eq!(place.runs_of("college").len(), 4, "what is newer than the last but one good run stays: {good}");
    assert!(!folder(&place, OLD).exists() && folder(&place, &good).exists());
    keeping(&place, "1");
    assert_eq!(place.runs_of("college"), [place.latest().unwrap()]);
}

/// A run that somebody is using is not removed, however old it is called.
#[test]
fn a_living_run_is_not_removed() {
    let place = Nightly::new();
    let living = place.endless().flag("--run-dir", folder(&place, OLD)).start();
    let worker = place.worker("evolve");
    keeping(&place, "1");
    assert!(worker.is_alive() && folder(&place, OLD).join("run.journal").is_file());
    living.killed();
    place.call(["resume", &format!("carillon-runs/college/{OLD}")]).finish().expect(0);
    keeping(&place, "1");
    assert!(!folder(&place, OLD).exists(), "now it is over");
}

/// What cannot be removed is said and costs nothing else; what is left of a removal that was broken off goes the next time.
#[test]
fn what_cannot_be_removed_is_told() {
    let place = Nightly::new();
    old_run(&place, OLD);
    old_run(&place, "20200102T000000Z");
    let left = folder(&place, ".removed-20190101T000000Z");
    fs::create_dir_all(left.join("attempts")).unwrap();
    let frozen = Frozen::new(&folder(&place, OLD).join("attempts"));
    let ended = keeping(&place, "1");
    assert!(!left.exists() && !folder(&place, "20200102T000000Z").exists());
    assert!(!folder(&place, OLD).exists(), "nothing that is half removed looks like a run");
    if frozen.is_some() {
        ended.tells(&format!("an old run stays: failed to remove carillon-runs/college/.removed-{OLD}"));
    }
    let aside = folder(&place, &format!(".removed-{OLD}"));
    assert_eq!(aside.exists(), frozen.is_some());
    drop(frozen.map(|frozen| frozen.moved_to(&aside.join("attempts"))));
    keeping(&place, "1");
    assert!(!aside.exists());
}

/// A folder that was chosen is nobody's to tidy up.
#[test]
fn runs_elsewhere_are_not_tidied_up() {
    let place = Nightly::new();
    place.short().flag("--run-dir", "here").flag("--keep", "1").finish().expect(2);
    place.short().flag("--keep", "0").finish().expect(2);
    assert!(!place.path("here").exists() && !place.path("carillon-runs").exists());
}
