//! The tricks that are about memory: leaks of every kind, and memory that is nobody's business.
//!
//! Every leak ends by itself far above any allotment of a test, so that a broken supervisor does not take the machine down.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, hint, thread};

use ipc_channel::ipc::IpcSharedMemory;
use memmap2::{Advice, MmapMut, MmapOptions};
use shared::artifact::{Artifact, Column, Header, Kind};
use shared::wire::{Failure, FailureKind};
use shared::worker::Context;

use super::pause;

/// One step of a leak.
const STEP_BYTES: usize = 1 << 20;
/// A leak ends here even if nobody kills it.
const STEPS_MAX: usize = 2048;
/// A burst is one mapping of that size.
const BURST_BYTES: usize = 1 << 30;
/// A page as the processor has it, and the large kind.
const PAGE_BYTES: usize = 4096;
const HUGE_PAGE_BYTES: usize = 2 << 20;
/// Processes of a crowd.
const CROWD: usize = 256;
/// How many times [`pause`] memory is held that is nobody's business: the orchestrator has looked many times by then.
const HELD_PAUSES: u64 = 20;

/// Takes memory in steps, and touches it, at the rate of `UNRULY_RATE` MiB a second.
pub(crate) fn leak(context: &Context) {
    let mut held: Vec<Vec<u8>> = Vec::new();
    in_steps(context, || held.push(hint::black_box(vec![1; STEP_BYTES])));
}

/// The same with memory that other processes could share: it is in no anonymous page.
pub(crate) fn leak_shared(context: &Context) {
    let mut held = Vec::new();
    in_steps(context, || held.push(IpcSharedMemory::from_byte(1, STEP_BYTES)));
}

/// The same with a file in the folder `UNRULY_FOLDER`, which is memory where that is a tmpfs. It is not removed.
pub(crate) fn leak_tmpfs(context: &Context) {
    let folder = PathBuf::from(env::var_os("UNRULY_FOLDER").expect("UNRULY_FOLDER names a folder"));
    let mut file = File::create(folder.join("leak")).expect("the folder is the test's");
    let step = vec![1; STEP_BYTES];
    in_steps(context, || file.write_all(&step).expect("there is room in the folder"));
}

/// Lets another process take it, and does nothing but live.
#[expect(clippy::zombie_processes, reason = "a child that nobody waits for is the trick")]
pub(crate) fn leak_in_a_grandchild(context: &Context) {
    let this = env::current_exe().expect("a running program has a path");
    let mut grandchild = Command::new(this);
    grandchild.arg("swell").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    grandchild.spawn().expect("there is room for a process");
    loop {
        context.beat(1);
        pause();
    }
}

/// That other process.
pub(crate) fn swell() -> ! {
    let mut held: Vec<Vec<u8>> = Vec::new();
    for _ in 0..STEPS_MAX {
        held.push(hint::black_box(vec![1; STEP_BYTES]));
        thread::sleep(Duration::from_millis(1));
    }
    super::park()
}

fn in_steps(context: &Context, mut step: impl FnMut()) {
    let rate = env::var("UNRULY_RATE").ok().and_then(|rate| rate.parse::<u32>().ok()).unwrap_or(1000);
    let between = Duration::from_secs(1) / rate.max(1);
    for _ in 0..STEPS_MAX {
        step();
        context.beat(1);
        thread::sleep(between);
    }
}

/// Takes a gibibyte at once.
pub(crate) fn burst(context: &Context) {
    context.beat(1);
    let map = MmapOptions::new().len(BURST_BYTES).populate().map_anon();
    hold(context, &map);
}

/// Takes `UNRULY_APPETITE` MiB at once, and is content with that; or with nothing, where it is told the setting that
/// `UNRULY_CONTENT_WITH` names.
pub(crate) fn appetite(context: &Context) {
    let modest = env::var("UNRULY_CONTENT_WITH").unwrap_or_default();
    if context.args().settings.iter().any(|setting| setting.key == modest) {
        return;
    }
    let appetite = env::var("UNRULY_APPETITE").ok().and_then(|size| size.parse::<usize>().ok());
    let bytes = appetite.expect("UNRULY_APPETITE is a number of MiB") << 20;
    context.beat(1);
    let map = MmapOptions::new().len(bytes).populate().map_anon();
    hold(context, &map);
}

/// Fills 99 hundredths of the allotment, with huge pages as far as there are any.
pub(crate) fn full(context: &Context) {
    let allotment = context.args().memory.expect("the orchestrator says how much there is") as usize;
    let goal = allotment / 100 * 99;
    let mut map = MmapMut::map_anon(goal).expect("there is room for it");
    // Where the kernel knows no huge pages small ones are as good.
    let _ = map.advise(Advice::HugePage);
    let mut page = 0;
    while page < map.len() {
        let room = goal.saturating_sub(private_bytes());
        if room < 2 * HUGE_PAGE_BYTES {
            let _ = map.advise(Advice::NoHugePage);
        }
        if room < PAGE_BYTES {
            break;
        }
        map[page] = 1;
        page += PAGE_BYTES;
    }
    hold(context, &map);
}

/// Maps the sealed file `UNRULY_FILE`, which is larger than the allotment, and reads all of it.
pub(crate) fn mapped(context: &Context) -> Result<(), Failure> {
    let path = PathBuf::from(env::var_os("UNRULY_FILE").expect("UNRULY_FILE names a sealed file"));
    let failed = |error| Failure::new(FailureKind::Io, format!("failed to {error}"));
    let artifact = Artifact::open(&path, Kind::Draft).map_err(failed)?;
    let bytes: &[u8] = artifact.column(Column::TextBytes).map_err(failed)?;
    hint::black_box(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
    hold(context, &artifact);
    Ok(())
}

/// Maps its timetable, loses the file beneath the map, and reads on: the kernel has no page to give.
pub(crate) fn lose_a_page(context: &Context) -> Result<(), Failure> {
    let failed = |error| Failure::new(FailureKind::Io, format!("failed to {error}"));
    let path = context.input("timetable")?;
    let kind = Header::read(path).map_err(failed)?.kind;
    let artifact = Artifact::open(path, kind).map_err(failed)?;
    let periods: &[u32] = artifact.column(Column::ClassPeriod).map_err(failed)?;
    super::damage::damage(path, "empty");
    hint::black_box(periods.iter().fold(0_u32, |sum, period| sum.wrapping_add(*period)));
    Ok(())
}

/// Starts many processes, each of which is small.
#[expect(clippy::zombie_processes, reason = "children that nobody waits for are the trick")]
pub(crate) fn crowd(context: &Context) {
    let this = env::current_exe().expect("a running program has a path");
    for _ in 0..CROWD {
        let mut one = Command::new(&this);
        one.arg("linger").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        one.spawn().expect("there is room for a process");
        context.beat(1);
    }
    loop {
        context.beat(1);
        pause();
    }
}

/// Holds that much until somebody ends it.
pub(crate) fn hold_for_ever(mebibytes: usize) -> ! {
    let _held = hint::black_box(vec![1_u8; mebibytes << 20]);
    super::park()
}

/// Holds `memory` for a while, and goes on beating.
fn hold<T>(context: &Context, memory: &T) {
    for _ in 0..HELD_PAUSES {
        hint::black_box(memory);
        context.beat(1);
        pause();
    }
}

/// What this process holds, as its supervisor counts it.
fn private_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("a process may look at itself");
    let is_private = |line: &&str| ["RssAnon:", "RssShmem:", "VmSwap:"].iter().any(|key| line.starts_with(key));
    let kib = |line: &str| line.split_whitespace().nth(1).and_then(|count| count.parse::<usize>().ok());
    status.lines().filter(is_private).filter_map(kib).sum::<usize>() << 10
}
