//! Workers that say what is not so: nobody believes them.

use super::{ends_whole, short};

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
