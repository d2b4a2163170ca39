//! Whole runs in which a worker leaks, holds, or is killed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{Measured, median, most};

const PROGRAM: &str = env!("CARGO_BIN_EXE_carillon");
const MIB: f64 = (1 << 20) as f64;

/// A finished run of the college, of which evolve is this benchmark.
struct Run {
    folder: TempDir,
    events: Vec<Value>,
}

impl Run {
    fn with_holder(enforce: &str, allotment: u64, rate: u64, take: u64) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let own = std::env::current_exe()?;
        let mut command = Self::command(&folder);
        command.args(["--skip", "solve", "--memory", "8G", "--set", &format!("memory.enforce={enforce}")]);
        command.args(["--stage-memory", &format!("evolve={allotment}M")]);
        command.arg("--worker-program").arg(format!("evolve={}", own.display()));
        command.env("HOLD_RATE", rate.to_string()).env("HOLD_MOST", take.to_string());
        command.env("HOLD_COUNT", folder.path().join("count"));
        command.status()?;
        Self::read(folder)
    }

    fn command(folder: &TempDir) -> Command {
        let mut command = Command::new(PROGRAM);
        let instance = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/college.ctt");
        command.arg("run").arg(instance).arg("--run-dir").arg(folder.path().join("run"));
        command.args(["--effort", "0.01", "--threads", "2", "--progress", "never"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn read(folder: TempDir) -> Result<Self, Box<dyn std::error::Error>> {
        let text = fs::read_to_string(folder.path().join("run/events.jsonl"))?;
        let events = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Self { folder, events })
    }

    fn of(&self, event: &str, attempt: u64) -> Option<&Value> {
        let is_meant = |value: &&Value| {
            value["event"] == event && value["job"] == "evolve" && value["attempt"].as_u64() == Some(attempt)
        };
        self.events.iter().find(is_meant)
    }

    fn figure(&self, event: &str, attempt: u64, field: &str) -> Option<f64> {
        self.of(event, attempt)?[field].as_f64()
    }

    /// Bytes that the holder had taken when it was gone, and how fast in MiB a second.
    fn taken(&self) -> Option<(f64, f64)> {
        let bytes = fs::read(self.folder.path().join("count")).ok()?;
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?) as f64);
        let (taken, micros) = (number(0)?, number(8)?);
        Some((taken, taken / MIB / (micros / 1e6)))
    }
}

/// How the workers can be held here.
pub(crate) fn tiers() -> Result<Vec<&'static str>, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let mut probe = Run::command(&folder);
    let is_there = probe.args(["--until", "load", "--set", "memory.enforce=cgroup"]).status()?.success();
    Ok(if is_there { vec!["cgroup", "poll"] } else { vec!["poll"] })
}

/// How far a leak gets past its allotment. By polling: what it had taken less its allotment (its own few hundred KiB come on
/// top). By the kernel: the peak of its control group less its limit.
pub(crate) fn overshoot() -> Measured {
    const REPEATS: usize = 5;
    const ALLOTMENT: u64 = 256;
    println!("\n### A leak past its allotment of {ALLOTMENT} MiB ({REPEATS} runs each)\n");
    println!("| held by | asked for | seen MiB/s | over, median MiB | over, most MiB | killed by |");
    println!("|---|---|---|---|---|---|");
    for tier in tiers()? {
        for (words, rate) in [("0.1 GB/s", 95), ("1 GB/s", 954), ("as fast as it goes", 0)] {
            let (mut over, mut rates, mut killer) = (Vec::new(), Vec::new(), String::new());
            for _ in 0..REPEATS {
                let run = Run::with_holder(tier, ALLOTMENT, rate, 4096)?;
                let allotment = run.figure("killed", 1, "allotment").ok_or("nobody was killed")?;
                let (taken, rate) = run.taken().ok_or("nothing was taken")?;
                let peak = run.figure("freed", 1, "peak").unwrap_or_default();
                let held = if tier == "cgroup" { peak } else { taken };
                over.push((held - allotment) / MIB);
                rates.push(rate);
                killer = run.of("killed", 1).map(|event| event["who"].to_string()).unwrap_or_default();
            }
            let (most, rate) = (over.iter().copied().fold(f64::MIN, f64::max), median(rates));
            let killer = killer.trim_matches('"');
            println!("| {tier} | {words} | {rate:.0} | {:.2} | {most:.2} | {killer} |", median(over));
        }
    }
    Ok(())
}

/// How long memory takes to come back, and how much of it does.
pub(crate) fn release() -> Measured {
    println!("\n### What a killed worker gives back (3 runs each)\n");
    println!("| held by | held MiB | freed MiB | residual MiB | from the signal to proven free, median ms | most ms |");
    println!("|---|---|---|---|---|---|");
    for tier in tiers()? {
        for allotment in [64, 256, 1024] {
            let (mut freed, mut residual, mut took) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..3 {
                let run = Run::with_holder(tier, allotment, 0, 4096)?;
                freed.push(run.figure("freed", 1, "freed").ok_or("nothing was freed")? / MIB);
                residual.push(run.figure("freed", 1, "residual").unwrap_or_default() / MIB);
                took.push(run.figure("freed", 1, "took_ms").unwrap_or_default());
            }
            let (most_took, residual) = (most(&took), most(&residual));
            let (freed, took) = (median(freed), median(took));
            println!("| {tier} | {allotment} | {freed:.1} | {residual:.1} | {took:.1} | {most_took:.1} |");
        }
    }
    Ok(())
}

/// From a kill from outside to the next attempt.
pub(crate) fn restart() -> Measured {
    const REPEATS: usize = 20;
    println!("\n### From the death of a worker to the next attempt ({REPEATS} kills from outside, 64 MiB held)\n");
    println!("| held by | from | median ms | most ms |\n|---|---|---|---|");
    for tier in tiers()? {
        let (mut after_free, mut after_kill) = (Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            let (run, after_signal) = killed_from_outside(tier)?;
            let freed = run.figure("freed", 1, "t_ms").ok_or("it was not reaped")?;
            let again = run.figure("spawned", 2, "t_ms").ok_or("there was no second attempt")?;
            after_free.push(again - freed);
            after_kill.push(after_signal.as_secs_f64() * 1e3);
        }
        println!("| {tier} | its memory proven free | {:.2} | {:.2} |", median(after_free.clone()), most(&after_free));
        println!("| {tier} | the signal | {:.2} | {:.2} |", median(after_kill.clone()), most(&after_kill));
    }
    Ok(())
}

/// A run whose evolve was killed by somebody else while it held 64 MiB, and the time until its next attempt was told of.
fn killed_from_outside(tier: &str) -> Result<(Run, Duration), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let own = std::env::current_exe()?;
    let mut command = Run::command(&folder);
    command
        .args(["--skip", "solve", "--set", &format!("memory.enforce={tier}")])
        .arg("--worker-program")
        .arg(format!("evolve={}", own.display()));
    command.env("HOLD_MOST", "64").env("HOLD_COUNT", folder.path().join("count"));
    let mut child = command.spawn()?;
    let hello = told(&folder, "hello", 1)?;
    let pid = hello["pid"].as_i64().ok_or("a hello without a process")? as i32;
    let full = (64_u64 << 20).to_le_bytes();
    wait_for(|| fs::read(folder.path().join("count")).ok()?.starts_with(&full).then_some(()))?;
    let signalled = Instant::now();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL)?;
    told(&folder, "spawned", 2)?;
    let took = signalled.elapsed();
    child.wait()?;
    Ok((Run::read(folder)?, took))
}

/// Waits until a run tells of an attempt at evolve.
fn told(folder: &TempDir, event: &str, attempt: u64) -> Result<Value, Box<dyn std::error::Error>> {
    wait_for(|| {
        let text = fs::read_to_string(folder.path().join("run/events.jsonl")).unwrap_or_default();
        let mut events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events.find(|told| told["event"] == event && told["job"] == "evolve" && told["attempt"] == attempt)
    })
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> Result<T, Box<dyn std::error::Error>> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_mins(1) {
        if let Some(seen) = look() {
            return Ok(seen);
        }
        std::thread::sleep(Duration::from_micros(300));
    }
    Err("what was waited for does not happen".into())
}
