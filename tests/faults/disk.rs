//! Disks that are full, or refuse: the run ends in order, nothing half-written is believed, and once there is room again it is
//! gone on with as if nothing had been.

use std::process::Command;
use std::sync::OnceLock;

use nix::sys::signal::Signal;

use crate::harness::Run;
use crate::harness::disk::{Disk, Frozen};
use crate::harness::run::Finished;

/// As little work as there can be: it is done very often here.
const EFFORT: &str = "0.01";

fn tiny() -> Run {
    Run::of_overfull_college().flag("--effort", EFFORT)
}

/// The timetable of an undisturbed run.
fn undisturbed() -> &'static str {
    static SOLUTION: OnceLock<String> = OnceLock::new();
    SOLUTION.get_or_init(|| tiny().finish().expect(&[0]).read("solution.sol"))
}

/// What a wall stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stopped {
    /// Nothing: there was enough room.
    Nothing,
    /// The beginning: there is no run.
    Beginning,
    /// The run, somewhere on its way.
    Run,
}

/// Asserts that a run that hit a wall has ended in order, and says what was stopped.
fn ended_in_order(run: &Finished, what: &str) -> Stopped {
    assert!([0, 73, 74].contains(&run.code()), "{what}: exit {}\n{}", run.code(), run.told());
    run.leaves_nothing();
    let has_solution = run.path("solution.sol").exists();
    assert!(!has_solution || run.read("solution.sol") == undisturbed(), "{what}: half a timetable is shown");
    if run.code() == 0 {
        return Stopped::Nothing;
    }
    let told = run.told();
    assert!(told.contains("failed to ") && told.contains("os error"), "{what}: it does not say why:\n{told}");
    if run.path("run.journal").exists() { Stopped::Run } else { Stopped::Beginning }
}

/// Asserts that what was stopped can be made up for, now that the wall is gone.
fn is_made_up_for(run: Finished, stopped: Stopped, what: &str) {
    let run = match stopped {
        Stopped::Nothing => run,
        // The directory is free: whoever tries again needs no other.
        Stopped::Beginning => tiny().in_directory(run.path("")).finish(),
        Stopped::Run => run.resume().finish(),
    };
    assert_eq!(run.code(), 0, "{what}, and then:\n{}", run.told());
    assert!(run.read("solution.sol") == undisturbed(), "{what}: another timetable\n{}", run.told());
    assert_eq!(run.result()["reproducible"].as_bool(), Some(true), "{what}");
}

/// A disk that is full at some size: each file that a run writes is the one that does not fit any more, for some size.
#[test]
fn a_disk_full_at_any_size_stops_the_run_and_spoils_nothing() {
    let mut stops = Vec::new();
    for kib in (4..=124).step_by(8).chain([400]) {
        let what = format!("a disk of {kib} KiB");
        let Some(disk) = Disk::of(&format!("size={kib}k")) else { return };
        let run = tiny().in_directory(disk.run_dir()).finish();
        let stopped = ended_in_order(&run, &what);
        disk.becomes("size=8m");
        is_made_up_for(run, stopped, &what);
        stops.push(stopped);
    }
    assert_eq!((stops.first(), stops.last()), (Some(&Stopped::Beginning), Some(&Stopped::Nothing)), "{stops:?}");
    assert!(stops.iter().filter(|stopped| **stopped == Stopped::Run).count() > 8, "{stops:?}");
}

/// The same where it is the number of files that is limited: making one fails, not writing it.
#[test]
fn a_disk_without_room_for_another_file_stops_the_run_and_spoils_nothing() {
    for files in (1..60).step_by(6) {
        let what = format!("a disk of {files} files");
        let Some(disk) = Disk::of(&format!("size=8m,nr_inodes={files}")) else { return };
        let run = tiny().in_directory(disk.run_dir()).finish();
        let stopped = ended_in_order(&run, &what);
        disk.becomes("nr_inodes=1000");
        is_made_up_for(run, stopped, &what);
    }
}

/// A limit on the length of each file, which needs no root: it hits the longest files first, the journal and the story.
#[test]
fn a_limit_on_files_at_any_size_stops_the_run_and_spoils_nothing() {
    for blocks in [1, 2, 4, 5, 6, 9, 12, 20, 30, 36, 80] {
        let what = format!("files of {} bytes at most", blocks * 512);
        let run = tiny().with_files_up_to(blocks * 512).finish();
        let stopped = ended_in_order(&run, &what);
        is_made_up_for(run, stopped, &what);
    }
}

/// A quota is no full disk, and is told when data is to be safe, not when it is written. The folder of the run and the first
/// record of its journal are the first that have to be safe: without them there is no run.
#[test]
fn what_cannot_be_made_safe_does_not_count() {
    for rules in ["fsync=EDQUOT", "fsync=EIO", "fdatasync=EDQUOT", "fdatasync=ENOSPC"] {
        let run = tiny().denied(rules).finish();
        let stopped = ended_in_order(&run, rules);
        assert_eq!(stopped, Stopped::Beginning, "{rules}");
        is_made_up_for(run, stopped, rules);
    }
}

/// The same for one worker alone: reading and writing that failed is not tried again, and what the stage got goes forward.
#[test]
fn a_worker_that_cannot_write_is_not_tried_again() {
    for (stage, code) in [("load", 74), ("cluster", 74), ("evolve", 3), ("resolve", 3), ("export", 74)] {
        let run = tiny().with_unruly(stage, "denied").variable("UNRULY_DENY", "fsync=EDQUOT").finish();
        run.expect(&[code]).leaves_nothing();
        let ends = run.events_of("outcome").into_iter().filter(|end| end["stage"] == stage);
        let outcomes: Vec<_> = ends.map(|end| end["outcome"].clone()).collect();
        assert_eq!(outcomes, ["io"], "{stage}: {}", run.told());
        assert!(run.read("run.log").contains("Disk quota exceeded"), "{stage}: {}", run.told());
        if code == 3 {
            assert_eq!(run.judgement().violations(), 0);
        } else {
            is_made_up_for(run, Stopped::Run, stage);
        }
    }
}

/// A directory that nobody may write: there is no run.
#[test]
fn a_read_only_directory_is_refused() {
    let Some(disk) = Disk::of("size=8m") else { return };
    disk.becomes("ro");
    let run = tiny().in_directory(disk.run_dir()).finish();
    run.expect(&[73]).leaves_nothing();
    assert!(run.told().contains("Read-only file system"), "{}", run.told());
    disk.becomes("rw");
    is_made_up_for(run, Stopped::Beginning, "a read-only directory");
}

/// A directory in which nothing can be made any more, from the moment at which a worker is lost.
#[test]
fn a_directory_that_becomes_immutable_stops_the_run_and_spoils_nothing() {
    for (stage, job) in [("cluster", "cluster"), ("solve", "solve.0"), ("evolve", "evolve"), ("export", "export")] {
        let mut run = tiny().with_unruly(stage, "deaf").variable("UNRULY_JOB", job).start();
        run.hears(job, 1);
        let worker = run.worker(stage);
        let Some(frozen) = Frozen::new(&run.run_dir()) else { return };
        worker.signal(Signal::SIGKILL);
        let run = run.finish();
        let stopped = ended_in_order(&run, stage);
        drop(frozen);
        is_made_up_for(run, stopped, stage);
    }
}

/// Too few open files are allowed: the run does not begin, or it does with what there is.
#[test]
fn too_few_open_files_are_refused_before_anything_is_written() {
    for (most, is_refused) in [(12, true), (40, true), (63, true), (64, false)] {
        let mut limit = Command::new("/bin/sh");
        limit.arg("-c").arg(format!("ulimit -n {most}; exec \"$0\" \"$@\""));
        let run = tiny().flag("--threads", "2").through(limit).finish();
        run.expect(&[if is_refused { 74 } else { 0 }]).leaves_nothing();
        assert_eq!(run.told().contains("open files"), is_refused, "{most}: {}", run.told());
        assert_eq!(run.path("").exists(), !is_refused, "{most}");
    }
}
