//! Further sweeps of STAGE2A: other clusters, while the one before has gained enough; and a run that is broken off in the second
//! ends as if it had not been.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::campus_oracle::judge;
use crate::harness::journal::{JournalBytes, speaks_of};
use crate::harness::run::Finished;
use crate::harness::{Run, college, root};
use crate::waves::campus;

/// Little work, so that a test is short, and the first sweep leaves something to the second.
const EFFORT: &str = "0.02";

fn short() -> Run {
    on_threads("2")
}

fn on_threads(threads: &str) -> Run {
    Run::of(&college()).flag("--effort", EFFORT).flag("--threads", threads)
}

/// The sweeps that a run made, by what `result.json` says: violations and cost before and after each.
fn sweeps(run: &Finished) -> Vec<[(u64, u64); 2]> {
    let gains = run.result()["gains"].as_array().expect("a list").clone();
    let of = |gain: &Value, when: &str| {
        let number = |key: &str| gain[when][key].as_u64().expect("a number");
        (number("hard") + number("unplaced"), number("cost"))
    };
    gains
        .iter()
        .filter(|gain| gain["stage"] == "solve")
        .map(|gain| ["before", "after"].map(|at| of(gain, at)))
        .collect()
}

fn names_of(run: &Finished, kind: &str) -> BTreeSet<String> {
    run.events_of(kind).iter().filter_map(|event| event["job"].as_str().map(str::to_owned)).collect()
}

/// A sweep begins where the one before has ended, is never worse, and all but the last one gain a twentieth; each has another
/// partition. The same bytes come out on one thread.
#[test]
fn sweeps_of_a_college_gain_until_they_do_not() {
    let run = short().finish();
    run.expect(&[0]);
    let gains = sweeps(&run);
    assert!(gains.len() > 1, "{gains:?}");
    assert!(gains.windows(2).all(|pair| pair[0][1] == pair[1][0]), "{gains:?}");
    for [before, after] in &gains[..gains.len() - 1] {
        assert!(before.0 == 0 && (before.1 - after.1) * 20 >= before.1, "{gains:?}");
    }
    let partitions: BTreeSet<Vec<u8>> =
        (0..gains.len()).map(|sweep| fs::read(run.path(&format!("partition-{sweep}.art"))).unwrap()).collect();
    assert_eq!(partitions.len(), gains.len());
    assert!(!run.path(&format!("partition-{}.art", gains.len())).exists());
    let all = run.result()["gains"].as_array().unwrap().clone();
    assert_eq!(all.last().unwrap()["after"]["cost"], run.result()["cost"]);
    assert!(all.windows(2).all(|pair| pair[0]["after"] == pair[1]["before"]), "{all:?}");
    let words = format!("cost: guide {} → sweep 1 {} → sweep 2 {}", gains[0][0].1, gains[0][1].1, gains[1][1].1);
    assert!(run.told().contains(&words), "{}", run.told());
    let again = on_threads("1").finish();
    for name in ["solution.sol", "partition-1.art", "ledger-1-0.art", "fragment-1-0.art"] {
        assert!(fs::read(run.path(name)).unwrap() == fs::read(again.path(name)).unwrap(), "{name} differs");
    }
}

#[test]
fn there_are_no_more_sweeps_than_were_asked_for() {
    let run = short().flag("--set", "solve.sweeps=1").flag("--until", "solve").finish();
    assert_eq!(sweeps(run.expect(&[0])).len(), 1);
    assert!(!run.path("partition-1.art").exists());
}

/// Where one cluster is the whole there are no others to try.
#[test]
fn one_cluster_is_not_made_twice() {
    let run = Run::of(&root().join("examples/tiny")).flag("--effort", EFFORT).flag("--until", "solve").finish();
    let gains = sweeps(run.expect(&[0]));
    assert!(gains.len() == 1 && gains[0][1] != gains[0][0], "{gains:?}");
    assert!(run.read("run.log").contains("[STAGE1] 1 cluster in 1 wave ·"), "{}", run.read("run.log"));
}

/// In a campus the students clash less from sweep to sweep, and nothing else is broken.
#[test]
fn sweeps_of_a_campus_break_nothing_but_that_students_clash_less() {
    let (_home, folder) = campus();
    let run = Run::of(&folder).flag("--until", "solve").flag("--effort", "0.3").flag("--threads", "2");
    let run = run.flag("--set", "cluster.lectures=100").finish();
    let gains = sweeps(&run);
    assert!(gains.len() > 1 && gains[1][1] <= gains[1][0], "{gains:?}");
    let mut broken = judge(&folder, &run.path("timetable.csv"));
    assert_eq!(std::mem::take(&mut broken[5]), gains.last().unwrap()[1].0, "the oracle counts other clashes");
    assert_eq!(broken, [0; 15], "H1 to H14 without H5");
}

/// Kills the orchestrator while a worker of the second sweep is at work, and takes the run up again.
fn goes_on_after_a_kill_in(stage: &str, job: &str, done_before: &[&str]) {
    let undisturbed = short().finish();
    let mut run = short().with_unruly(stage, "deaf").variable("UNRULY_JOB", job).start();
    run.hears(job, 1);
    let run = run.killed().resume().flag("--threads", "1").finish();
    run.expect(&[0]).leaves_nobody();
    assert!(run.read("solution.sol") == undisturbed.read("solution.sol"), "{}", run.read("run.log"));
    let started = run.started_again();
    assert!(started.iter().any(|name| name == job), "{job} is not among {started:?}");
    assert!(done_before.iter().all(|done| !started.iter().any(|name| name == done)), "{started:?}");
    assert_eq!(run.result()["gains"], undisturbed.result()["gains"]);
    assert_eq!(run.result()["reproducible"].as_bool(), Some(true));
}

#[test]
fn killed_in_the_second_clustering_it_goes_on() {
    goes_on_after_a_kill_in("cluster", "cluster.1", &["cluster", "solve.0", "commit.0-1"]);
}

#[test]
fn killed_in_a_cluster_of_the_second_sweep_it_goes_on() {
    goes_on_after_a_kill_in("solve", "solve.1-0", &["cluster", "solve.0", "cluster.1", "commit.1-0"]);
}

#[test]
fn killed_in_a_commit_of_the_second_sweep_it_goes_on() {
    goes_on_after_a_kill_in("commit", "commit.1-1", &["cluster", "solve.0", "cluster.1", "commit.1-0", "solve.1-0"]);
}

/// Whatever record of the second sweep was the last one to be written, the run ends as if nothing had happened: with the files
/// that a dead orchestrator would have left, whose workers had sealed what the journal speaks of.
#[test]
fn broken_off_behind_any_record_of_the_second_sweep_it_goes_on() {
    let whole = short().flag("--until", "solve").finish();
    let journal = JournalBytes::read(&whole.expect(&[0]).path("run.journal"));
    let spoken = |records: usize, name: &str| speaks_of(journal.cut(records, 0), name);
    let cuts = (0..journal.records.len()).filter(|cut| spoken(*cut, "cluster.1") && !spoken(*cut, "cluster.2"));
    let cuts: Vec<usize> = cuts.collect();
    assert!(cuts.len() > 20, "{} records", cuts.len());
    for cut in cuts {
        let run = whole.copied();
        fs::write(run.path("run.journal"), journal.cut(cut, 0)).unwrap();
        for file in fs::read_dir(run.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
            if Path::new(&file).extension().is_some_and(|ending| ending == "art") && !spoken(cut, &file) {
                fs::remove_file(run.path(&file)).unwrap();
            }
        }
        let run = run.resume().finish();
        run.expect(&[0]);
        for name in ["solution.sol", "partition-1.art", "ledger-1-2.art"] {
            let is_same = fs::read(run.path(name)).unwrap() == fs::read(whole.path(name)).unwrap();
            assert!(is_same, "{name} differs behind record {cut}: {}", run.read("run.log"));
        }
        assert_eq!(run.result()["gains"], whole.result()["gains"], "behind record {cut}");
    }
}

/// A cluster that is never solved is given up, and named to the next clustering, which keeps it with a neighbour.
#[test]
fn a_cluster_that_was_not_solved_goes_with_its_neighbour_next_time() {
    let run = short().with_unruly("solve", "abort").variable("UNRULY_JOB", "solve.0").variable("UNRULY_ATTEMPTS", "9");
    let run = run.flag("--until", "solve").finish();
    run.expect(&[3]);
    let story = run.read("run.log");
    assert!(story.contains("solve.0 (attempt 3)") && story.contains("given up, what it got goes forward"), "{story}");
    assert!(story.contains("clusters that were not solved"), "{story}");
    assert!(names_of(&run, "sealed").iter().any(|job| job.starts_with("solve.1-")), "{story}");
}
