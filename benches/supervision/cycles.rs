//! Starting, sampling and ending workers by the thousand, with the orchestrator's own parts and without a run around them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hint::black_box;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orchestrator::supervise::{Attempt, MAIL_MAX, Mail, Programs};
use orchestrator::watch::Sampler;
use shared::wire::Stage;
use shared::worker::WorkerArgs;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use super::overhead::private_mib;
use super::{Measured, median, most};

/// Worker cycles in all.
const CYCLES: u32 = 10_000;

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Workers that end at once.
fn programs() -> std::io::Result<Programs> {
    Ok(Programs::new(BTreeMap::from([(Stage::Audit, std::env::current_exe()?)]), "a benchmark".to_owned()))
}

/// What it takes to start a worker, by how much its parent holds; and to look at many of them.
pub(crate) fn spawn_and_sampler() -> Measured {
    println!("\n### Starting a worker (100 each)\n");
    println!("| the parent holds GiB | median ms | most ms |\n|---|---|---|");
    let programs = programs()?;
    let runtime = runtime()?;
    for gib in [0_usize, 1, 4] {
        let held = black_box(vec![1_u8; gib << 30]);
        let folder = tempfile::tempdir()?;
        let mut took = Vec::new();
        for number in 0..100 {
            let args = WorkerArgs::new(Stage::Audit, "audit", number, folder.path());
            let log = File::create(folder.path().join("log"))?;
            let mut child = {
                let _inside = runtime.enter();
                let from = Instant::now();
                let child = programs.spawn(&args, log, None)?;
                took.push(from.elapsed().as_secs_f64() * 1e3);
                child
            };
            runtime.block_on(child.wait())?;
        }
        println!("| {gib} | {:.2} | {:.2} |", median(took.clone()), most(&took));
        drop(held);
    }
    sampler()
}

fn sampler() -> Measured {
    const LOOKS: u32 = 300;
    println!("\n### Looking at everybody's memory ({LOOKS} looks each, 10 ms apart)\n");
    println!("| workers | one look µs | of a core at 10 ms % |\n|---|---|---|");
    for count in [2, 16, 256] {
        let mut sleepers: Vec<Child> = (0..count).map(|_| sleeper()).collect::<Result<_, _>>()?;
        let mut sampler = Sampler::new();
        for child in &sleepers {
            sampler.watch(child.id());
        }
        let mut spent = Duration::ZERO;
        for _ in 0..LOOKS {
            let now = Instant::now();
            for child in &sleepers {
                black_box(sampler.sample(child.id(), now));
            }
            spent += now.elapsed();
            std::thread::sleep(Duration::from_millis(10));
        }
        let look = spent.as_secs_f64() / f64::from(LOOKS);
        println!("| {count} | {:.1} | {:.2} |", look * 1e6, look / 0.01 * 100.0);
        for child in &mut sleepers {
            child.kill()?;
            child.wait()?;
        }
    }
    Ok(())
}

fn sleeper() -> std::io::Result<Child> {
    let nothing = Stdio::null;
    Command::new(std::env::current_exe()?).arg("sleep").stdin(nothing()).stdout(nothing()).stderr(nothing()).spawn()
}

/// Memory and files of a process that has started and reaped workers by the thousand.
pub(crate) fn cycles() -> Measured {
    println!("\n### {CYCLES} workers started and reaped one after the other\n");
    println!("| workers | private MiB | open files |\n|---|---|---|");
    let programs = programs()?;
    let runtime = runtime()?;
    let from = Instant::now();
    runtime.block_on(async {
        let (mail, mut letters) = mpsc::channel(MAIL_MAX);
        let folder = tempfile::tempdir()?;
        let mut sampler = Sampler::new();
        for key in 0..=CYCLES {
            if key % 2000 == 0 {
                let files = fs::read_dir("/proc/self/fd")?.count();
                println!("| {key} | {:.1} | {files} |", private_mib(std::process::id()));
            }
            let mut args = WorkerArgs::new(Stage::Audit, "audit", key, folder.path());
            let log = File::create(folder.path().join("log"))?;
            let attempt = Attempt::start(key, &programs, &mut args, log, &mail, Duration::from_secs(10), None)?;
            sampler.watch(attempt.pid());
            loop {
                if let Some(Mail::Gone { .. }) = letters.recv().await {
                    break;
                }
            }
            sampler.forget(attempt.pid());
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    println!("\n{:.1} ms a worker.", from.elapsed().as_secs_f64() * 1e3 / f64::from(CYCLES));
    Ok(())
}
