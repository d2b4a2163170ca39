//! Workers that say what is not so: nobody believes them.

use std::fs;

use super::{ends_whole, short};
use crate::harness::damage::damage;

/// A worker that says it has sealed what it has not is not believed.
#[test]
fn a_worker_that_lies_about_its_output_is_retried() {
    let run = short().with_unruly("evolve", "lie").finish();
    ends_whole(&run, &[0]);
}

/// One that is there to count and has not is not believed either: no run ends well without a count.
#[test]
fn an_audit_or_export_that_has_not_counted_is_retried() {
    for (stage, job) in [("audit", "audit.evolve"), ("export", "export")] {
        let run = short().with_unruly(stage, "lie").variable("UNRULY_JOB", job).finish();
        ends_whole(&run, &[0]);
        let killed = run.events_of("killed");
        assert_eq!(killed.len(), 1, "{killed:?}");
        assert!(killed[0]["job"] == job && killed[0]["why"] == "untrustworthy", "{killed:?}");
    }
}

/// One flipped bit in a sealed file is noticed by its next reader, and no timetable is made from it: where the stage can be
/// done without, its input goes forward; where it cannot, the run ends and says which file it does not trust.
#[test]
fn a_damaged_artifact_is_noticed() {
    for (stage, artifact, code) in [("cluster", "partition-0.art", 74), ("evolve", "draft.art", 3)] {
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

/// What lies in the place of an output is looked at when it is said to be sealed: anything but a sound file costs an attempt.
#[test]
fn whatever_is_no_artifact_is_noticed_at_once() {
    for how in ["cut", "empty", "other", "gone", "loop", "nowhere", "device", "pipe"] {
        for (stage, artifact) in [("cluster", "partition-0.art"), ("evolve", "draft.art")] {
            let run = short().with_unruly(stage, "damage").variable("UNRULY_DAMAGE", how).finish();
            ends_whole(&run, &[0]);
            let killed = run.events_of("killed");
            assert_eq!(killed.len(), 1, "{how}, {artifact}: {killed:?}");
            assert!(killed[0]["stage"] == stage && killed[0]["why"] == "untrustworthy", "{how}: {killed:?}");
            let story = run.read("run.log");
            assert!(
                story.lines().any(|line| line.contains(artifact) && line.contains("trying again")),
                "{how}: {story}"
            );
        }
    }
}

/// Nobody can write where a folder lies, and nobody removes what is in it: the run ends, says so, and goes on when it is gone.
#[test]
fn a_folder_in_the_place_of_an_artifact_ends_the_run_in_order() {
    let run = short().with_unruly("cluster", "damage").variable("UNRULY_DAMAGE", "full-folder").finish();
    run.expect(&[74]).leaves_nothing();
    assert!(run.told().contains("partition-0.art"), "{}", run.told());
    let run = run.resume().finish();
    run.expect(&[73]).leaves_nothing();
    assert!(run.told().contains("partition-0.art: Directory not empty"), "{}", run.told());
    fs::remove_dir(run.path("partition-0.art/precious")).unwrap();
    ends_whole(&run.resume().finish(), &[0]);
}

/// A file that is cut while it is mapped ends its reader by a signal (SIGBUS), and nobody else. The next reader sees the damage;
/// no timetable is made of it, and the run goes on from what is sound.
#[test]
fn a_file_cut_beneath_its_reader_ends_the_reader() {
    let undisturbed = short().finish().expect(&[0]).read("solution.sol");
    for stage in ["evolve", "resolve"] {
        let run = short().with_unruly(stage, "bus").finish();
        run.expect(&[74]).leaves_nothing();
        let story = run.read("run.log");
        assert!(story.contains(&format!("{stage} crashed (SIGBUS)")), "{story}");
        assert!(story.contains("failed to trust"), "{story}");
        assert!(!run.path("solution.sol").exists());
        let run = run.resume().finish();
        ends_whole(&run, &[0]);
        assert!(run.read("solution.sol") == undisturbed, "{stage}: another timetable");
    }
}

/// The same before a run is taken up: what is not sound is made again, with all that depends on it.
#[test]
fn whatever_is_no_artifact_any_more_is_made_again() {
    let undisturbed = short().finish().expect(&[0]).read("solution.sol");
    let all = ["flip", "cut", "empty", "other", "gone", "folder", "loop", "nowhere", "device", "pipe"];
    for (artifact, damages) in [("draft.art", &all[..]), ("instance.art", &["flip", "folder"])] {
        for how in damages {
            let mut run = short().with_unruly("resolve", "deaf").start();
            run.hears("resolve", 1);
            let run = run.killed();
            damage(&run.path(artifact), how);
            let run = run.resume().finish();
            ends_whole(&run, &[0]);
            assert!(run.read("solution.sol") == undisturbed, "{how}, {artifact}: another timetable");
            assert_eq!(run.result()["reproducible"].as_bool(), Some(true), "{how}, {artifact}");
        }
    }
}

/// A damaged fragment is left out of its ledger; the run is complete without it, but it is not the run that it would have been.
#[test]
fn a_fragment_that_is_left_out_is_no_repetition() {
    let run = short().with_unruly("solve", "damage").finish();
    ends_whole(&run, &[0]);
    assert!(run.read("run.log").contains("is not committed: failed to trust"), "{}", run.read("run.log"));
    assert_eq!(run.result()["reproducible"].as_bool(), Some(false));
    assert!(run.result()["irreproducible_because"].is_string());
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
