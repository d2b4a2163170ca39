//! A run that was broken off and is taken up again: whatever had happened, it ends as if nothing had.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;

use nix::sys::signal::Signal;

use crate::harness::commands::carillon;
use crate::harness::run::{Finished, Running};
use crate::harness::{Run, college, wait};

/// Little work, so that a test is short.
const EFFORT: &str = "0.02";

fn short() -> Run {
    Run::of_overfull_college().flag("--effort", EFFORT).flag("--threads", "2")
}

/// The timetable of an undisturbed run.
fn undisturbed() -> &'static str {
    static SOLUTION: OnceLock<String> = OnceLock::new();
    SOLUTION.get_or_init(|| short().finish().expect(&[0]).read("solution.sol"))
}

/// A run whose orchestrator was killed while a worker for `stage` was at its first attempt at `job`, and would have been for
/// as long as it takes.
fn killed_in(stage: &str, job: &str) -> Finished {
    let mut run = short().with_unruly(stage, "deaf").variable("UNRULY_JOB", job).start();
    run.hears(job, 1);
    run.killed()
}

/// Asserts that a resumed run ends complete, with the bytes of the undisturbed one, and leaves nobody.
fn ends_as_undisturbed(run: &Finished) {
    run.expect(&[0]);
    assert!(run.read("solution.sol") == undisturbed(), "another timetable:\n{}", run.read("run.log"));
    assert_eq!(run.result()["exit_code"].as_u64(), Some(0));
    assert_eq!(run.result()["reproducible"].as_bool(), Some(true));
    assert_eq!(run.result()["cost"].as_u64(), Some(run.judgement().cost()));
    wait::until("nobody of the run is left", || run.processes().is_empty().then_some(()));
}

/// Kills the orchestrator at a job, resumes on one thread, and looks at what was done once more.
fn goes_on_after_a_kill_in(stage: &str, job: &str, done_before: &[&str]) {
    let run = killed_in(stage, job).resume().flag("--threads", "1").finish();
    ends_as_undisturbed(&run);
    let started = run.started_again();
    assert!(started.iter().any(|name| name == job), "{job} is not among {started:?}");
    assert!(done_before.iter().all(|done| !started.iter().any(|name| name == done)), "{started:?}");
    let story = run.read("run.log");
    assert!(story.lines().any(|line| line.starts_with("resumed: ") && line.contains("done already")), "{story}");
    let rows = run.read("attempts.tsv");
    let attempts: Vec<&str> = rows.lines().filter(|row| row.starts_with(&format!("{job}\t"))).collect();
    assert_eq!(attempts.len(), 2, "a row for each attempt, the lost one too:\n{rows}");
    assert!(attempts[1].starts_with(&format!("{job}\t2\t")), "{rows}");
}

#[test]
fn killed_in_load_it_begins_again() {
    goes_on_after_a_kill_in("load", "load", &[]);
}

#[test]
fn killed_after_load_it_goes_on() {
    goes_on_after_a_kill_in("cluster", "cluster", &["load"]);
}

#[test]
fn killed_in_solve_it_goes_on() {
    goes_on_after_a_kill_in("solve", "solve.1", &["load", "cluster", "commit.0-0"]);
}

#[test]
fn killed_in_commit_it_goes_on() {
    goes_on_after_a_kill_in("commit", "commit.0-1", &["load", "cluster", "commit.0-0", "solve.0"]);
}

#[test]
fn killed_in_evolve_it_goes_on() {
    goes_on_after_a_kill_in("evolve", "evolve", &["load", "cluster", "commit.0-0", "solve.0"]);
}

#[test]
fn killed_in_an_audit_it_goes_on() {
    goes_on_after_a_kill_in("audit", "audit.evolve", &["load", "cluster", "solve.0", "evolve"]);
}

#[test]
fn killed_in_resolve_it_goes_on() {
    goes_on_after_a_kill_in("resolve", "resolve", &["load", "cluster", "solve.0", "evolve", "audit.evolve"]);
}

#[test]
fn killed_in_export_it_goes_on() {
    goes_on_after_a_kill_in("export", "export", &["load", "cluster", "evolve", "resolve", "audit.resolve"]);
}

/// The same with real workers in the midst of their work.
#[test]
fn killed_among_real_workers_it_goes_on() {
    let mut run = short().start();
    run.hears("evolve", 1);
    ends_as_undisturbed(&run.killed().resume().finish());
}

/// The same at moments that nobody has chosen: whenever the journal has grown by another eighth.
#[test]
fn killed_anywhere_it_goes_on() {
    let whole = short().finish();
    let length = fs::metadata(whole.expect(&[0]).path("run.journal")).unwrap().len();
    for eighth in 0..8 {
        let mut run = short().start();
        let journal = run.run_dir().join("run.journal");
        // A run that has not written its first record has not begun.
        let enough = (length * eighth / 8).max(400);
        wait::until("the journal has grown", || {
            let grown = fs::metadata(&journal).is_ok_and(|found| found.len() >= enough);
            (grown || run.has_ended()).then_some(())
        });
        ends_as_undisturbed(&run.killed().resume().finish());
    }
}

#[test]
fn a_run_may_be_killed_and_resumed_again_and_again() {
    let first = short().with_unruly("solve", "deaf").with_unruly("evolve", "deaf").start();
    let kill_in = |mut run: Running, job: &str| {
        run.hears(job, 1);
        run.killed()
    };
    let second = kill_in(first, "solve.0").resume();
    let second = second.variable("UNRULY", "deaf").variable("UNRULY_ATTEMPTS", "1").variable("UNRULY_JOB", "evolve");
    let third = kill_in(second.start(), "evolve").resume().finish();
    ends_as_undisturbed(&third);
    assert_eq!(third.events_of("resumed").len(), 2);
}

#[test]
fn a_finished_run_is_left_as_it_is() {
    let run = short().finish();
    let (before, journal) = (run.expect(&[0]).read("result.json"), fs::read(run.path("run.journal")).unwrap());
    let again = run.resume().flag("--output", "json").finish();
    again.expect(&[0]);
    assert!(again.told().contains("nothing is left to do"), "{}", again.told());
    assert_eq!(again.read("result.json"), before);
    assert_eq!(fs::read(again.path("run.journal")).unwrap(), journal);
}

/// A run that a signal has ended has exported its best; resumed, it makes up for what the signal cut.
#[test]
fn an_interrupted_run_goes_on_to_the_end() {
    let mut run = short().with_unruly("evolve", "deaf").start();
    run.hears("evolve", 1);
    run.signal(Signal::SIGTERM);
    let run = run.finish();
    run.expect(&[143]);
    ends_as_undisturbed(&run.resume().finish());
}

#[test]
fn a_torn_journal_is_cut_and_gone_on_from() {
    let run = killed_in("evolve", "evolve");
    let path = run.path("run.journal");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 5);
    bytes.extend_from_slice(b"noise that is no record of anything");
    fs::write(&path, bytes).unwrap();
    ends_as_undisturbed(&run.resume().finish());
}

/// What is sealed and was not written down yet is not done once more.
#[test]
fn sealed_outputs_that_nobody_wrote_down_are_adopted() {
    let run = killed_in("evolve", "evolve");
    let path = run.path("run.journal");
    let bytes = fs::read(&path).unwrap();
    // The header and the first record, which says what the run is: its length is told in its first four bytes.
    let first = 16 + 24 + u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    fs::write(&path, &bytes[..first]).unwrap();
    let run = run.resume().finish();
    ends_as_undisturbed(&run);
    let started = run.started_again();
    assert!(!started.iter().any(|job| job.starts_with("solve") || job == "cluster" || job == "load"), "{started:?}");
    assert!(
        run.read("run.log").contains("partition-0.art was sealed and not written down yet"),
        "{}",
        run.read("run.log")
    );
}

fn flip_a_bit(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_artifact_is_made_again_with_all_that_depends_on_it() {
    let run = killed_in("resolve", "resolve");
    flip_a_bit(&run.path("draft.art"));
    let run = run.resume().finish();
    ends_as_undisturbed(&run);
    let started = run.started_again();
    assert_eq!(started.iter().filter(|job| *job == "evolve" || *job == "audit.evolve").count(), 2, "{started:?}");
    assert!(!started.iter().any(|job| job.starts_with("solve")), "{started:?}");
}

#[test]
fn a_damaged_artifact_that_nobody_needs_any_more_costs_nothing() {
    let run = killed_in("resolve", "resolve");
    flip_a_bit(&run.path("fragment-0-0.art"));
    let run = run.resume().finish();
    ends_as_undisturbed(&run);
    assert!(!run.started_again().iter().any(|job| job == "solve.0" || job == "evolve"));
}

#[test]
fn a_changed_instance_runs_again_from_the_start() {
    let run = killed_in("evolve", "evolve");
    fs::copy(college(), run.instance()).unwrap();
    let run = run.resume().finish();
    run.expect(&[0]);
    assert!(run.read("run.log").contains("has changed"), "{}", run.read("run.log"));
    assert!(run.started_again().iter().any(|job| job == "load"));
    let fresh = Run::of(&college()).flag("--effort", EFFORT).finish();
    assert!(run.read("solution.sol") == fresh.expect(&[0]).read("solution.sol"), "not that of a fresh run");
}

/// What export writes, in the order in which a run directory shows it.
const EXPORTED: [&str; 4] = ["timetable.csv", "unplaced.csv", "solution.sol", "timetable.json"];

/// Killed while it exports, with one more file there each time, a run leaves every file whole or not at all.
#[test]
fn an_export_that_is_killed_leaves_nothing_by_halves() {
    let whole = short().finish();
    for count in 0..=EXPORTED.len() {
        let mut run = short().start();
        run.hears("export", 1);
        let folder = run.run_dir();
        let there = || EXPORTED.iter().filter(|name| folder.join(name).exists()).count();
        wait::until("so many files are there", || (there() >= count || run.has_ended()).then_some(()));
        run.processes().iter().filter(|process| process.stage() == Some("export")).for_each(|worker| {
            worker.signal(Signal::SIGKILL);
        });
        let run = run.killed();
        for name in EXPORTED.into_iter().filter(|name| run.path(name).exists()) {
            assert!(run.read(name) == whole.read(name), "{name} is not whole, killed with {count} files there");
        }
        ends_as_undisturbed(&run.resume().finish());
    }
}

/// A process of the dead run that outlived it is ended before anything else begins.
#[test]
fn leftovers_of_the_dead_run_are_swept() {
    let endless = Run::of_overfull_college().flag("--skip", "solve").flag("--effort", "100000");
    // Without control groups, by which any run that starts meanwhile would know it for a dead run's and end it.
    let endless = endless.flag("--set", "memory.enforce=poll");
    let mut run = endless.with_unruly("evolve", "grandchild").start();
    run.hears("evolve", 1);
    let killed = run.killed();
    let lingering = wait::until("only what does not die with its parent is left", || {
        let left = killed.processes();
        (left.len() == 1 && left[0].stage().is_none()).then_some(left)
    });
    let mut run = killed.resume().start();
    run.hears("evolve", 2);
    assert!(!lingering[0].is_alive(), "{lingering:?}");
    run.signal(Signal::SIGINT);
    let run = run.finish();
    run.expect(&[130]).leaves_nothing();
    assert!(run.read("run.log").contains("processes of the run that were left"));
}

/// What is left of the time limit is used, and at least enough to export.
#[test]
fn a_time_limit_counts_what_was_used_before() {
    // Long enough that a slow machine does not leave resolve out.
    let run = Run::of_overfull_college().flag("--time-limit", "6s");
    let mut run = run.with_unruly("resolve", "deaf").start();
    run.hears("resolve", 1);
    let run = run.killed().resume().finish();
    run.expect(&[0]);
    assert_eq!(run.judgement().violations(), 0);
    assert_eq!(run.result()["irreproducible_because"].as_str(), Some("clock"));
}

#[test]
fn a_living_run_is_not_resumed() {
    let mut run = short().with_unruly("evolve", "deaf").start();
    run.hears("evolve", 1);
    let worker = run.worker("evolve");
    let answer = carillon(["resume".as_ref(), run.run_dir().as_os_str()]);
    assert_eq!(answer.code, 75, "{}", answer.stderr);
    assert!(worker.is_alive());
    ends_as_undisturbed(&run.killed().resume().finish());
}

#[test]
fn what_is_no_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let resume = |path: &Path| carillon(["resume".as_ref(), path.as_os_str()]);
    for path in [folder.path().join("missing"), folder.path().to_owned()] {
        let answer = resume(&path);
        assert_eq!(answer.code, 66, "{}", answer.stderr);
        assert!(answer.stderr.contains("there is no run in it"), "{}", answer.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written into it");
    let journal = folder.path().join("run.journal");
    fs::write(&journal, "CARILJNL, or so it says, but it is not").unwrap();
    let answer = resume(folder.path());
    assert_eq!(answer.code, 65, "{}", answer.stderr);
    assert!(answer.stderr.contains("damaged"), "{}", answer.stderr);
}
