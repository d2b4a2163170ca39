//! Control groups: the kernel holds a worker at its allotment and not a byte beyond, whoever of the worker's descendants takes
//! it, and no group outlives the run, or at the latest the next one.

use std::fs;

use nix::sys::signal::Signal;

use super::leaks::{bytes, was_ended_at_its_line};
use super::lifetime::Ice;
use super::{endless, ends_whole, short};
use crate::harness::groups::Meadow;
use crate::harness::processes::Process;
use crate::harness::run::{Finished, Run};

/// The row of an attempt in `attempts.tsv`.
fn row(run: &Finished, job: &str, attempt: &str) -> Vec<String> {
    let table = run.read("attempts.tsv");
    let rows = table.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    rows.into_iter().find(|row| row[0] == job && row[1] == attempt).expect("every attempt has a row")
}

/// The limit of the group is the allotment, to the page; it grows with it, and so does that of the next attempt.
#[test]
fn a_leak_is_held_at_its_allotment_by_the_kernel() {
    let Some(meadow) = Meadow::new() else { return };
    let leaking = short().flag("--memory", "512M").with_unruly("evolve", "leak").variable("UNRULY_RATE", "200");
    let run = leaking.held_in(&meadow).finish();
    ends_whole(&run, &[0]);
    meadow.is_empty();
    let killed = was_ended_at_its_line(&run, "evolve");
    assert!(killed["who"] == "kernel" && killed["why"] == "kernel_limit", "{killed}");
    let of = |kind: &str, attempt: u64| {
        let mut events = run.events_of(kind).into_iter();
        events.find(|event| event["job"] == "evolve" && event["attempt"] == attempt).expect("it is told")
    };
    let (spawned, freed, again) = (of("spawned", 1), of("freed", 1), of("spawned", 2));
    let (granted, held) = (bytes(&spawned, "allotment"), bytes(&killed, "allotment"));
    assert!(held > granted, "near its line it gets more, and the group has to know: {killed}");
    let peak = bytes(&freed, "peak");
    assert!(peak <= held && peak >= held / 100 * 99, "at the limit and not a byte beyond: {freed}");
    assert_eq!(freed["peak_source"], "cgroup");
    assert!(bytes(&again, "allotment") > granted, "{again}");
    let row = row(&run, "evolve", "1");
    assert_eq!(row[5..7], ["oom_allotment".to_owned(), held.to_string()]);
    assert_eq!(row[12..15], ["cgroup", "kernel", "kernel_limit"]);
    let story = run.read("run.log");
    assert!(story.contains("a control group of version 1 holds each worker at its allotment"), "{story}");
    assert!(story.contains("the kernel ended it at the limit of its allotment"), "{story}");
}

/// The kernel ends the largest process and not the whole attempt: the rest of it is ended by us, and it is one kill.
#[test]
fn a_leak_in_a_grandchild_ends_the_attempt() {
    let Some(meadow) = Meadow::new() else { return };
    let run = short().flag("--memory", "512M").with_unruly("evolve", "leak-grandchild").held_in(&meadow).finish();
    ends_whole(&run, &[0]);
    meadow.is_empty();
    assert_eq!(was_ended_at_its_line(&run, "evolve")["why"], "kernel_limit");
}

/// Who makes groups below its own, and hides in them, ends with its attempt; and so do the groups.
#[test]
fn groups_below_that_of_an_attempt_go_with_it() {
    let Some(meadow) = Meadow::new() else { return };
    let run = short().with_unruly("cluster", "nest").held_in(&meadow).finish();
    ends_whole(&run, &[0]);
    assert!(run.read("attempts/cluster-1/stderr.log").contains("nested"), "it was in no group of its own");
    meadow.is_empty();
}

/// Whatever signal ends it, no group of a run is left.
#[test]
fn an_interrupted_run_leaves_no_group() {
    let Some(meadow) = Meadow::new() else { return };
    let mut run = endless().held_in(&meadow).start();
    run.hears("evolve", 1);
    assert_eq!(meadow.enclosures().len(), 1);
    run.signal(Signal::SIGINT);
    ends_whole(&run.finish(), &[130]);
    meadow.is_empty();
}

/// A killed orchestrator cannot clear away its groups: the next run does, and leaves those of the living alone.
#[test]
fn groups_of_a_dead_run_are_swept_by_the_next() {
    let Some(meadow) = Meadow::new() else { return };
    let mut living = endless().held_in(&meadow).start();
    living.hears("evolve", 1);
    let mut dead = endless().held_in(&meadow).start();
    dead.hears("evolve", 1);
    dead.killed().leaves_nobody();
    assert_eq!(meadow.enclosures().len(), 2, "one that is alive, one that is dead");
    let next = short().held_in(&meadow).finish();
    ends_whole(&next, &[0]);
    assert!(next.read("run.log").contains("removed the control groups of 1 dead run\n"), "{}", next.read("run.log"));
    assert_eq!(meadow.enclosures().len(), 1, "one that is alive");
    living.signal(Signal::SIGINT);
    ends_whole(&living.finish(), &[130]);
    meadow.is_empty();
}

/// A run that is taken up again finds the groups of its own past, which have its own name.
#[test]
fn a_resumed_run_sweeps_its_own_past() {
    let Some(meadow) = Meadow::new() else { return };
    let mut run = short().with_unruly("evolve", "deaf").held_in(&meadow).start();
    run.hears("evolve", 1);
    let run = run.killed();
    assert_eq!(meadow.enclosures().len(), 1);
    let run = run.resume().within(&meadow).finish();
    ends_whole_after_a_kill(&run);
    let story = run.read("run.log");
    assert!(story.contains("removed the control groups of 1 dead run"), "{story}");
    assert_eq!(story.matches("holds each worker at its allotment").count(), 2, "as it was asked for: {story}");
    meadow.is_empty();
}

/// Attempts of the start that was killed have no end.
fn ends_whole_after_a_kill(run: &Finished) {
    run.expect(&[0]).leaves_nothing();
    assert_eq!(run.judgement().violations(), 0);
}

/// A group with a process that the kernel does not let go of stays (`EBUSY`). That is said, it holds up nobody, and the next run
/// removes it.
#[test]
fn a_group_that_does_not_go_away_is_told_and_removed_by_the_next_run() {
    let (Some(meadow), Some(ice)) = (Meadow::new(), Ice::new()) else { return };
    let deaf = short().with_unruly("evolve", "deaf").flag("--set", "deadline.silence=1s");
    let mut run = deaf.flag("--set", "deadline.kill=500ms").held_in(&meadow).start();
    run.hears("evolve", 1);
    let frozen = run.worker("evolve");
    ice.freeze(&frozen);
    let run = run.finish();
    run.expect(&[3]);
    let [left] = &run.events_of("group_left")[..] else { panic!("{}", run.told()) };
    assert!(left["why"].as_str().is_some_and(|why| why.contains("evolve-1")), "{left}");
    assert!(run.read("run.log").contains("A control group of the run is left"), "{}", run.read("run.log"));
    assert_eq!(meadow.enclosures().len(), 1);
    ice.thaw();
    frozen.gone();
    let next = short().held_in(&meadow).finish();
    ends_whole(&next, &[0]);
    assert!(next.read("run.log").contains("removed the control groups of 1 dead run"), "{}", next.read("run.log"));
    meadow.is_empty();
}

/// Where groups cannot be made it is said why, and memory is sampled; who insists on them gets no run, and is told.
#[test]
fn what_the_kernel_cannot_hold_is_said() {
    let Some(meadow) = Meadow::new() else { return };
    let read_only = |run: Run| {
        let mut shell = std::process::Command::new("unshare");
        let script = "mount -o remount,bind,ro /sys/fs/cgroup/memory && exec \"$0\" \"$@\"";
        shell.args(["--mount", "/bin/sh", "-c", script]);
        run.through(shell).within(&meadow)
    };
    let probe = std::process::Command::new("unshare").args(["--mount", "true"]).status();
    if !probe.is_ok_and(|status| status.success()) {
        println!("skipped: this machine does not let us mount anything");
        return;
    }
    let run = read_only(short()).finish();
    ends_whole(&run, &[0]);
    let story = run.read("run.log");
    let line = story.lines().find(|line| line.starts_with("no control group holds the workers (failed to create "));
    assert!(line.is_some_and(|line| line.contains("memory is sampled every")), "{story}");
    let refused = read_only(short().flag("--set", "memory.enforce=cgroup")).finish();
    refused.expect(&[69]).leaves_nothing();
    assert!(refused.told().contains("failed to hold the workers by control groups"), "{}", refused.told());
    meadow.is_empty();
}

/// When the machine has no memory left the kernel takes a worker, and not the one who would notice.
#[test]
fn the_kernel_would_rather_end_a_worker_than_the_orchestrator() {
    let mut run = endless().start();
    run.hears("evolve", 1);
    let worker = run.worker("evolve");
    let score = |pid: &str, file: &str| -> i32 {
        let text = fs::read_to_string(format!("/proc/{pid}/{file}")).expect("it runs");
        text.trim().parse().expect("it is a number")
    };
    let of = |process: &Process, file: &str| score(&process.pid().to_string(), file);
    let orchestrator = run.processes().into_iter().find(|process| process.stage().is_none()).expect("it runs");
    assert_eq!(of(&worker, "oom_score_adj"), 500);
    assert_eq!(of(&orchestrator, "oom_score_adj"), score("self", "oom_score_adj"), "as it was started");
    assert!(of(&worker, "oom_score") > of(&orchestrator, "oom_score"));
    run.signal(Signal::SIGINT);
    ends_whole(&run.finish(), &[130]);
}
