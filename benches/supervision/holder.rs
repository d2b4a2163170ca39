//! The processes that are supervised: they take memory at a given speed, hold it, or sleep.
//!
//! `HOLD_RATE` is MiB a second (0 is as fast as it goes), `HOLD_MOST` MiB are held in the end, `HOLD_COUNT` is a file into which
//! the bytes taken so far are written: it tells the truth when somebody has been killed.

use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use shared::wire::Stage;
use shared::worker::{Done, WorkerArgs};

/// Taken at once: fine enough to be counted by.
const STEP: usize = 256 << 10;

#[derive(Parser)]
struct Call {
    #[command(subcommand)]
    worker: Worker,
}

#[derive(clap::Subcommand)]
enum Worker {
    Worker(Box<WorkerArgs>),
}

/// In a stage's place: the first attempt holds memory, the next one is the real program.
pub(crate) fn work() -> ExitCode {
    let words = std::env::args_os().filter(|word| word != "--bench");
    let Worker::Worker(args) = Call::parse_from(words).worker;
    if args.stage == Stage::Audit {
        // Started by the thousand, to be reaped.
        return ExitCode::FAILURE;
    }
    if args.attempt > 1 {
        let error = Command::new(env!("CARGO_BIN_EXE_carillon")).args(std::env::args_os().skip(1)).exec();
        panic!("failed to become the real program: {error}");
    }
    shared::worker::run(*args, |context| {
        take(|| context.beat(1));
        Ok(Done::PLAIN)
    })
}

/// Outside of any supervision: `leak RATE MOST COUNT_FILE`.
pub(crate) fn leak_alone(words: &[String]) -> ExitCode {
    let word = |at: usize| words.get(at).map_or("0", String::as_str);
    take_at(word(0), word(1), word(2), || {});
    ExitCode::SUCCESS
}

/// Does nothing until it is killed.
pub(crate) fn sleep() -> ExitCode {
    thread::sleep(Duration::from_mins(10));
    ExitCode::SUCCESS
}

fn take(beat: impl Fn()) {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    take_at(&variable("HOLD_RATE"), &variable("HOLD_MOST"), &variable("HOLD_COUNT"), beat);
}

fn take_at(rate: &str, most: &str, count: &str, beat: impl Fn()) {
    let (rate, most) = (rate.parse().unwrap_or(0.0_f64), most.parse().unwrap_or(2048_usize));
    let count = OpenOptions::new().create(true).write(true).truncate(true).open(count).ok();
    let began = Instant::now();
    let mut held: Vec<Vec<u8>> = Vec::new();
    while held.len() * STEP < most << 20 {
        held.push(black_box(vec![1; STEP]));
        let taken = held.len() * STEP;
        note(count.as_ref(), 0, taken as u64);
        note(count.as_ref(), 8, began.elapsed().as_micros() as u64);
        beat();
        if rate > 0.0 {
            let due = Duration::from_secs_f64(taken as f64 / (rate * f64::from(1 << 20)));
            thread::sleep(due.saturating_sub(began.elapsed()));
        }
    }
    loop {
        beat();
        thread::sleep(Duration::from_millis(50));
    }
}

fn note(count: Option<&File>, at: u64, number: u64) {
    // The count is for the one who reads it; the memory is taken all the same.
    let _ = count.map(|file| file.write_all_at(&number.to_le_bytes(), at));
}
