//! Workers by the thousand: whoever starts and reaps them holds no more in the end than in the beginning.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use orchestrator::supervise::{Attempt, MAIL_MAX, Mail, Programs};
use orchestrator::watch::Sampler;
use shared::wire::Stage;
use shared::worker::WorkerArgs;
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use crate::harness::PROGRAM;
use crate::harness::processes::Process;

/// Workers in all, and those after which everything is as large as it will be.
const CYCLES: u32 = 10_000;
const WARM: u32 = 1_000;
/// What an allocator may keep on top, in bytes.
const SLACK: u64 = 4 << 20;

/// Files and threads that may be open for a moment.
const FEW: usize = 6;

/// What this process holds: private memory, open files, threads.
fn held() -> (u64, usize, usize) {
    let count = |folder: &str| fs::read_dir(folder).expect("a process may look at itself").count();
    let this = Process::look(std::process::id() as i32).expect("it lives");
    (this.private_bytes(), count("/proc/self/fd"), count("/proc/self/task"))
}

/// Half of the workers call and fail, half of them end without a word. No run has so many: so the orchestrator's own parts are
/// driven without a run around them.
#[test]
#[ignore = "it takes minutes, and must have its process for itself: CONTRIBUTING.md says how it is run"]
fn ten_thousand_workers_leave_no_trace() {
    let planted = BTreeMap::from([(Stage::Audit, PathBuf::from(PROGRAM)), (Stage::Export, PathBuf::from("/bin/true"))]);
    let programs = Programs::new(planted, format!("endurance-{}", std::process::id()));
    let folder = tempfile::tempdir().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut warm = None;
    runtime.block_on(async {
        let (mail, mut letters) = mpsc::channel(MAIL_MAX);
        let mut sampler = Sampler::new();
        for key in 1..=CYCLES {
            let stage = if key % 2 == 0 { Stage::Audit } else { Stage::Export };
            let attempt = start(key, stage, &programs, folder.path(), &mail);
            sampler.watch(attempt.pid());
            while !matches!(letters.recv().await, Some(Mail::Gone { .. })) {}
            sampler.forget(attempt.pid());
            drop(attempt);
            if key == WARM {
                warm = Some(held());
            }
        }
    });
    let (memory, files, threads) = warm.expect("it got warm");
    let (memory_now, files_now, threads_now) = held();
    println!(
        "after {WARM} workers {memory} bytes, {files} files; after {CYCLES} {memory_now} bytes, {files_now} files"
    );
    // The last worker may still have one that is about to be closed.
    assert!(
        files_now <= files + FEW && threads_now <= threads + FEW,
        "{files} files became {files_now}, {threads} threads {threads_now}"
    );
    assert!(memory_now <= memory + SLACK, "{memory} bytes became {memory_now}");
}

fn start(key: u32, stage: Stage, programs: &Programs, folder: &Path, mail: &mpsc::Sender<Mail>) -> Attempt {
    let mut args = WorkerArgs::new(stage, "job", key, folder);
    let log = File::options().create(true).read(true).append(true).open(folder.join("log")).unwrap();
    Attempt::start(key, programs, &mut args, log, mail, Duration::from_secs(10), None).unwrap()
}
