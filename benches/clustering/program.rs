//! The program that is measured, what it is given, and what the kernel says of processes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_carillon");
pub(crate) const MIB: f64 = (1 << 20) as f64;

/// A generated campus below a folder: always the same one.
pub(crate) fn campus(folder: &Path, preset: &str, more: &[&str]) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let path = folder.join(preset);
    let mut command = Command::new(PROGRAM);
    command.args(["generate", "campus", "--preset", preset]).args(more).arg(&path);
    quietly(&mut command)?;
    Ok(path)
}

/// Runs a command that must succeed.
pub(crate) fn quietly(command: &mut Command) -> Result<(), Box<dyn std::error::Error>> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// A line of the kernel's account of this process, in bytes.
pub(crate) fn status_bytes(key: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok()).unwrap_or_default() << 10
}

/// CPU milliseconds of this process, or of the children that it has waited for.
pub(crate) fn used_ms(who: UsageWho) -> f64 {
    let usage = getrusage(who).expect("the kernel keeps account");
    (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e3
}

/// CPU milliseconds of something that this process does, and what came of it.
pub(crate) fn cpu_ms<T>(act: impl FnOnce() -> T) -> (f64, T) {
    let before = used_ms(UsageWho::RUSAGE_SELF);
    let made = act();
    (used_ms(UsageWho::RUSAGE_SELF) - before, made)
}

/// The median of some figures; zero of none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The largest of some figures; zero of none.
pub(crate) fn most(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}
