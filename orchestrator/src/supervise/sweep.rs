//! The end of everybody: whoever lost its parent has become our child, and nobody of a run outlives the run.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

/// Generations of descendants that are looked for: each look finds those whose parents the one before has ended.
const GENERATIONS_MAX: usize = 64;

/// Ends and reaps every child of this process, and whoever becomes one by that. Call it when no worker is left.
pub fn sweep_children() {
    for _ in 0..GENERATIONS_MAX {
        let children = children();
        if children.is_empty() {
            return;
        }
        for child in children {
            // One that is gone by itself still has to be reaped.
            let _ = kill(child, Signal::SIGKILL);
            let _ = waitpid(child, None);
        }
    }
}

/// The children of all threads of this process; none where the kernel keeps no such lists.
fn children() -> Vec<Pid> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let numbers = |list: String| list.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<i32>>();
    lists.flat_map(numbers).map(Pid::from_raw).collect()
}
