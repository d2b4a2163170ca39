//! The exact words.

use std::path::PathBuf;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::model::{Components, Rule};

use super::*;
use crate::supervise::{Death, Outcome};
use crate::watch::Host;
use crate::watch::{Capacity, CapacitySource, LargeProcess};

fn mib(count: f64) -> Bytes {
    Bytes((count * f64::from(1 << 20)) as u64)
}

fn who(stage: Stage, job: &str, attempt: u32) -> Who {
    Who { stage, job: job.to_owned(), attempt }
}

fn situation(pipeline: f64, host_percent: f64) -> Situation {
    Situation {
        kept: Bytes(0),
        capacity: mib(4096.0),
        host_limit: mib(1000.0),
        host_used: mib(10.0 * host_percent),
        orchestrator: mib(10.0),
        tmpfs: Bytes(0),
        charges: mib(pipeline - 10.0),
    }
}

fn told(fact: &Fact) -> Vec<String> {
    lines(fact, 70).into_iter().map(|line| line.text).collect()
}

fn host_at(percent: f64) -> Host {
    Host { limit: mib(1000.0), used: mib(10.0 * percent) }
}

fn memory_before(stage: Stage, jobs: usize, waves: usize) -> Fact {
    Fact::MemoryBefore { stage, situation: situation(14.25, 50.0), jobs, waves, at_once: 2, allotment: mib(96.0) }
}

fn stage_freed(stage: Stage, jobs: usize) -> Fact {
    Fact::StageFreed {
        stage,
        freed: mib(131.7),
        peak: mib(144.0),
        jobs,
        longest_release: Duration::from_micros(4900),
        residual: Bytes(0),
        host_before: host_at(58.1),
        host_after: host_at(54.8),
    }
}

#[test]
fn memory_before_and_freed_after_as_the_original_said_it() {
    let table = [
        (Stage::Load, "[STAGE0] Memory before load: 14.2MB (0.3%)"),
        (Stage::Cluster, "[STAGE1] Memory before clustering: 14.2MB (0.3%)"),
        (Stage::Evolve, "[STAGE2B] Memory before GA: 14.2MB (0.3%)"),
        (Stage::Resolve, "[STAGE3] Memory before RL: 14.2MB (0.3%)"),
    ];
    for (stage, expected) in table {
        assert_eq!(told(&memory_before(stage, 1, 1)), [expected]);
        let tail = "(peak 144.0MB, longest release 4 ms, residual 0.0MB, host 58.1% → 54.8%)";
        let expected = format!("[{}] ✅ Freed 131.7MB after {} {tail}", tag(stage), act(stage));
        assert_eq!(told(&stage_freed(stage, 1)), [expected]);
    }
    assert_eq!(told(&memory_before(Stage::Commit, 1, 1)), Vec::<String>::new());
}

#[test]
fn cp_sat_tells_of_its_clusters() {
    assert_eq!(
        told(&memory_before(Stage::Solve, 12, 4)),
        ["[STAGE2A] Memory before CP-SAT: 14.2MB (0.3%) · 12 clusters in 4 waves · 2 at once · allotment 96.0MB each"]
    );
    assert_eq!(
        told(&memory_before(Stage::Solve, 1, 1)),
        ["[STAGE2A] Memory before CP-SAT: 14.2MB (0.3%) · 1 cluster in 1 wave · 2 at once · allotment 96.0MB each"]
    );
    assert_eq!(
        told(&stage_freed(Stage::Solve, 12)),
        ["[STAGE2A] ✅ Freed 131.7MB after CP-SAT (peak 144.0MB, 12 jobs, longest release 4 ms, residual 0.0MB, \
          host 58.1% → 54.8%)"]
    );
}

#[test]
fn high_memory_speaks_of_the_host() {
    let high = Fact::HighMemory { stage: Stage::Resolve, pass: 1, situation: situation(37.2, 82.3) };
    assert_eq!(told(&high), ["[STAGE3] ⚠️ High memory (82.3%), forcing cleanup · pass 1 of 3"]);
    let situation = situation(37.2, 78.9);
    let after = Fact::AfterCleanup { stage: Stage::Resolve, pass: 1, before: mib(60.0), situation };
    assert_eq!(told(&after), ["[STAGE3] After cleanup: 37.2MB (78.9%)"]);
}

#[test]
fn the_opening_says_whose_limit_it_is() {
    let began = Fact::Began {
        instance: PathBuf::from("comp01.ctt"),
        run_dir: PathBuf::from("runs/a"),
        capacity: Capacity { bytes: mib(256.0), source: CapacitySource::Asked },
        host: host_at(25.0),
        threads: 2,
        seed: 1,
    };
    assert_eq!(
        told(&began),
        ["comp01.ctt → runs/a · memory 256.0MB by --memory, limit 70% · host 25.0% used · 2 threads · seed 1",]
    );
}

#[test]
fn who_holds_the_workers_is_said_and_what_sampling_can_miss() {
    let bound = "memory is sampled every 1 to 100 ms, and a worker that grows by 1 GiB/s can be 3.1MB above its allotment \
                 before it is ended";
    let said = |enforcement| told(&Fact::Enforced(enforcement));
    assert_eq!(said(Enforcement::Sampling(None)), [format!("no control group holds the workers: {bound}")]);
    let why = Some("memory.enforce=poll".to_owned());
    let expected = format!("no control group holds the workers (memory.enforce=poll): {bound}");
    assert_eq!(said(Enforcement::Sampling(why)), [expected]);
    for (version, number) in [(Version::One, 1), (Version::Two, 2)] {
        let expected = format!("a control group of version {number} holds each worker at its allotment");
        assert_eq!(said(Enforcement::Kernel(version)), [expected]);
    }
}

#[test]
fn what_the_dead_have_left_is_said() {
    let swept = |runs, processes, left: &[&str]| {
        told(&Fact::Swept(Swept { runs, processes, left: left.iter().map(|why| (*why).to_owned()).collect() }))
    };
    assert_eq!(swept(0, 0, &[]), Vec::<String>::new());
    assert_eq!(swept(1, 0, &[]), ["removed the control groups of 1 dead run"]);
    assert_eq!(swept(2, 1, &[]), ["removed the control groups of 2 dead runs, and ended 1 process in them"]);
    assert_eq!(swept(0, 0, &["failed to x"]), ["a control group of a dead run stays: failed to x"]);
}

#[test]
fn a_kill_says_who_why_and_who_else_was_there() {
    let largest = vec![LargeProcess { pid: 7, name: "python3".to_owned(), resident: mib(3440.0) }];
    let killed = |why, largest| Fact::Killed {
        who: who(Stage::Solve, "solve.3", 2),
        why,
        charge: mib(97.1),
        allotment: mib(96.0),
        largest,
    };
    assert_eq!(
        told(&killed(KillReason::OverAllotment, largest)),
        ["[STAGE2A] ❌ Killed solve.3 (attempt 2): it held 97.1MB, its allotment is 96.0MB · largest on this host: \
          python3 (7) 3440.0MB"]
    );
    assert_eq!(
        told(&killed(KillReason::Hang, Vec::new())),
        ["[STAGE2A] ❌ Killed solve.3 (attempt 2): its heart stood still"]
    );
    assert_eq!(told(&killed(KillReason::RunEnds, Vec::new())), Vec::<String>::new());
}

#[test]
fn a_bad_end_says_what_follows() {
    let outcome = Outcome::Crash { death: Death::Signal(9), words: "a\nb".to_owned() };
    let ended = |next| Fact::Ended { who: who(Stage::Evolve, "evolve", 1), outcome: outcome.clone(), next };
    let crashed = "[STAGE2B] ⚠️ evolve crashed (SIGKILL): a b";
    let table = [
        (Next::Again { pause: Duration::ZERO }, "trying again"),
        (Next::Again { pause: Duration::from_millis(500) }, "trying again in 500 ms"),
        (Next::GivenUp, "given up, what it got goes forward"),
        (Next::RunEnds(Exit::CrashLoop), "the run cannot go on"),
    ];
    for (next, expected) in table {
        assert_eq!(told(&ended(next)), [format!("{crashed}: {expected}")]);
    }
    assert_eq!(told(&ended(Next::Accepted)), Vec::<String>::new());
}

#[test]
fn pressure_verdicts_and_interruptions() {
    let counted = Components::default().with(Rule::RoomCapacity, 57).with(Rule::Conflicts, 2);
    let verdict = |accepted| Fact::Verdict { stage: Stage::Evolve, accepted, components: counted.clone() };
    let table = [
        (
            Fact::PressureBegan { situation: situation(37.0, 84.1) },
            "⚠️ Others use 80.4% of the host's memory: nothing starts until they give it back",
        ),
        (Fact::PressureEnded, "Others have given memory back: going on"),
        (verdict(true), "[STAGE2B] Recounted: 2 hard · cost 57"),
        (verdict(false), "[STAGE2B] ⚠️ Rejected: its timetable is worse than the one it got (2 hard · cost 57)"),
        (Fact::Interrupted { signal: "SIGTERM" }, "⚠️ SIGTERM: stopping, the best timetable so far is exported"),
    ];
    for (fact, expected) in table {
        assert_eq!(told(&fact), [expected]);
    }
}

#[test]
fn a_resumed_run_says_what_is_done_and_what_was_found() {
    let fact = |jobs, remarks| Fact::Resumed { done: 7, jobs, remarks };
    assert_eq!(told(&fact(Some(19), Vec::new())), ["resumed: 7 of 19 jobs are done already"]);
    let found = vec!["the instance has changed".to_owned()];
    let expected = ["resumed: 7 jobs are done already", "resumed: the instance has changed"];
    assert_eq!(told(&fact(None, found)), expected);
}
