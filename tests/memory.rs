//! Memory: a worker that takes more than its allotment is ended, what it held is back, and the whole pipeline stays below
//! its limit, seen from outside.

use crate::harness::processes::Process;
use crate::harness::{Run, benchmarks, wait};

/// The part of `--memory` that the whole pipeline may hold.
const LIMIT_PERCENT: u64 = 70;

/// By looking alone, a worker that leaks is killed at its allotment; its memory is back before the next attempt starts, and the run ends.
#[test]
fn a_leaking_worker_is_killed_at_its_allotment() {
    let run = Run::of_overfull_college()
        .flag("--effort", "0.02")
        .flag("--memory", "512M")
        .flag("--set", "memory.enforce=poll")
        .with_unruly("evolve", "leak")
        .finish();
    run.expect(&[0, 3]).leaves_nothing();
    assert_eq!(run.judgement().violations(), 0);
    let of_evolve = |kind: &str| -> Vec<serde_json::Value> {
        run.events_of(kind).into_iter().filter(|event| event["stage"] == "evolve").collect()
    };
    let killed = of_evolve("killed");
    let bytes = |event: &serde_json::Value, field: &str| event[field].as_u64().unwrap_or_default();
    assert!(!killed.is_empty(), "nobody was killed:\n{}", run.told());
    let (charge, allotment) = (bytes(&killed[0], "charge"), bytes(&killed[0], "allotment"));
    assert!(charge > allotment && allotment > 0, "{}", killed[0]);
    assert!(allotment <= (512 << 20) * LIMIT_PERCENT / 100, "{}", killed[0]);
    let freed = of_evolve("freed");
    assert!(freed.iter().any(|event| bytes(event, "freed") >= allotment / 2), "little came back: {freed:?}");
    assert!(of_evolve("spawned").len() >= 2, "no second attempt");
}

/// While STAGE2A fans out, the private memory of all processes together stays below 70 % of `--memory`.
#[test]
fn the_pipeline_stays_below_its_limit() {
    let public = benchmarks().map(|folder| folder.join("cbctt/instances/comp07.ctt"));
    let run = public.map_or_else(Run::of_overfull_college, |instance| Run::of(&instance));
    let memory = 256_u64;
    let mut run = run.flag("--time-limit", "4s").flag("--memory", format!("{memory}M")).start();
    let (mut peak, mut most_at_once) = (0, 0);
    wait::until("the run ends", || {
        let processes = run.processes();
        peak = peak.max(processes.iter().map(Process::private_bytes).sum());
        most_at_once = most_at_once.max(processes.iter().filter(|process| process.stage() == Some("solve")).count());
        run.has_ended().then_some(())
    });
    let run = run.finish();
    run.expect(&[0]);
    assert!(most_at_once >= 1, "no solve was seen");
    assert!(peak > 0 && peak < (memory << 20) * LIMIT_PERCENT / 100, "{} MiB of {memory} MiB", peak >> 20);
    assert!(run.result()["peak_bytes"].as_u64().unwrap_or(u64::MAX) < (memory << 20) * LIMIT_PERCENT / 100);
}

/// What cannot fit is said, not tried.
#[test]
fn a_budget_too_small_is_refused() {
    let run = Run::of_overfull_college().flag("--effort", "0.02").flag("--memory", "8M").finish();
    run.expect(&[102]).leaves_nothing();
    assert!(run.told().contains("8.0MB") || run.told().contains("--memory"), "{}", run.told());
}

/// Without a control group of our own, memory is watched by polling, and the run says so before the first worker starts.
#[test]
fn the_run_says_that_memory_is_only_sampled() {
    let run = Run::of_overfull_college().flag("--effort", "0.02").flag("--set", "memory.enforce=poll").finish();
    let story = run.expect(&[0]).read("run.log");
    let before: Vec<&str> = story.lines().take_while(|line| !line.starts_with('[')).collect();
    assert!(before.iter().any(|line| line.contains("memory is sampled every") && line.contains("above its allotment")));
}
