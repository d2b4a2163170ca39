//! What tests tell the driver, all of it by environment variables:
//!
//! | variable | what it says |
//! |---|---|
//! | `FAKE_GPU_UUID` | the cards, by the names that `nvidia-smi` gives them (`GPU-…`), with commas between; one card where it is not set |
//! | `FAKE_GPU_MEMORY` | bytes of each card; 16 GiB |
//! | `FAKE_GPU_CONTEXT` | bytes that a context takes on a card before anything is allocated; 256 MiB, at most an eighth of the card |
//! | `FAKE_GPU_SMS` | multiprocessors; 132 |
//! | `FAKE_GPU_SHARED` | the most shared memory that a block may ask for, in bytes; 227 KiB |
//! | `FAKE_GPU_SEED` | which lane goes on: 0 for always the one furthest behind, any other number for dice |
//! | `FAKE_GPU_LIMIT` | instructions of one block after which it is said never to end; 10 G |
//! | `FAKE_GPU_STATE` | a folder in which processes see each other's memory (`usage.rs` says how) |
//! | `FAKE_GPU_LINGER_MS` | how long the memory of a process stays when it is dead; 0 |
//! | `FAKE_GPU_COUNT` | a file for counts: lines of a name and a number, written anew after each launch and at the end of a context |
//! | `FAKE_GPU_FAULT` | what goes wrong, with commas between |
//!
//! Faults: `oom` or `oom:N` (each allocation, or the Nth one, finds no memory), `launch:N` (the Nth launch fails), `hang:N` (the Nth launch never
//! ends), `lost:N` (from the Nth launch on the card has fallen off the bus), `crash:N` (the Nth launch ends the process), `init-hang` and `nvml-hang`
//! (the first call never returns), `init-fail` (there is a library, and no device), `no-processes` (nobody's process ids are known, as in a container).
//!
//! `CUDA_VISIBLE_DEVICES` hides cards from CUDA, and not from NVML.

use std::env;
use std::path::PathBuf;

/// The card where no other is asked for.
const UUID: &str = "GPU-ca411105-0000-4000-8000-000000000001";

const MEMORY_BYTES: u64 = 16 << 30;

const CONTEXT_BYTES: u64 = 256 << 20;

const MULTIPROCESSORS: u32 = 132;

const SHARED_MAX: u32 = 227 << 10;

const INSTRUCTIONS_MAX: u64 = 10_000_000_000;

/// What goes wrong, and at which of the calls that it is about, counted from 1; 0 is each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// There is no memory.
    OutOfMemory(u64),
    /// A launch fails.
    Launch(u64),
    /// A launch never ends.
    Hang(u64),
    /// The card is gone from this launch on.
    Lost(u64),
    /// The process ends.
    Crash(u64),
    /// The library never gets ready.
    InitHang,
    /// The library finds no device.
    InitFail,
    /// The other library never answers.
    NvmlHang,
    /// Nobody's process ids are known.
    NoProcesses,
}

/// All that was said.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The cards, all of them.
    pub uuids: Vec<String>,
    /// Those of them that CUDA shows, in its order.
    pub visible: Vec<usize>,
    /// Of each card.
    pub memory_bytes: u64,
    /// Of each context.
    pub context_bytes: u64,
    /// Of each card.
    pub multiprocessors: u32,
    /// Bytes of shared memory that a block may ask for.
    pub shared_max: u32,
    /// Which lane goes on.
    pub seed: u64,
    /// Of one block.
    pub instructions_max: u64,
    /// Where processes see each other.
    pub state: Option<PathBuf>,
    /// How long the dead hold memory.
    pub linger_ms: u64,
    /// Where counts go.
    pub count: Option<PathBuf>,
    /// What goes wrong.
    pub faults: Vec<Planted>,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Panics
    ///
    /// If it holds what this does not know: a test that says it would show nothing.
    pub fn from_environment() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str, default: u64| {
            text(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
        };
        let list = |text: Option<String>| -> Vec<String> {
            text.map(|text| text.split(',').map(|item| item.trim().to_owned()).collect()).unwrap_or_default()
        };
        let mut uuids = list(text("FAKE_GPU_UUID"));
        if uuids.is_empty() {
            uuids.push(UUID.to_owned());
        }
        let memory_bytes = number("FAKE_GPU_MEMORY", MEMORY_BYTES);
        Self {
            visible: visible(&uuids, env::var("CUDA_VISIBLE_DEVICES").ok().as_deref()),
            uuids,
            memory_bytes,
            context_bytes: number("FAKE_GPU_CONTEXT", CONTEXT_BYTES.min(memory_bytes / 8)),
            multiprocessors: number("FAKE_GPU_SMS", u64::from(MULTIPROCESSORS)) as u32,
            shared_max: number("FAKE_GPU_SHARED", u64::from(SHARED_MAX)) as u32,
            seed: number("FAKE_GPU_SEED", 0),
            instructions_max: number("FAKE_GPU_LIMIT", INSTRUCTIONS_MAX),
            state: text("FAKE_GPU_STATE").map(PathBuf::from),
            linger_ms: number("FAKE_GPU_LINGER_MS", 0),
            count: text("FAKE_GPU_COUNT").map(PathBuf::from),
            faults: list(text("FAKE_GPU_FAULT")).iter().map(|fault| planted(fault)).collect(),
        }
    }

    /// Whether this goes wrong.
    pub fn has(&self, fault: Planted) -> bool {
        self.faults.contains(&fault)
    }
}

fn planted(fault: &str) -> Planted {
    let (name, number) = fault.split_once(':').unwrap_or((fault, "0"));
    let number = number.parse().unwrap_or_else(|_| panic!("FAKE_GPU_FAULT: {fault} has no number"));
    match name {
        "oom" => Planted::OutOfMemory(number),
        "launch" => Planted::Launch(number),
        "hang" => Planted::Hang(number),
        "lost" => Planted::Lost(number),
        "crash" => Planted::Crash(number),
        "init-hang" => Planted::InitHang,
        "init-fail" => Planted::InitFail,
        "nvml-hang" => Planted::NvmlHang,
        "no-processes" => Planted::NoProcesses,
        _ => panic!("FAKE_GPU_FAULT: {fault} is not known"),
    }
}

/// The cards that CUDA shows: all, or those that are named by number or by the beginning of their names, up to the first name that is none.
fn visible(uuids: &[String], said: Option<&str>) -> Vec<usize> {
    let Some(said) = said else { return (0..uuids.len()).collect() };
    let card = |name: &str| match name.parse::<usize>() {
        Ok(index) => (index < uuids.len()).then_some(index),
        Err(_) => uuids.iter().position(|uuid| !name.is_empty() && uuid.starts_with(name)),
    };
    said.split(',').map_while(|name| card(name.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::visible;

    /// Cards are named by number or by the beginning of a name, and what follows a name that is none is not shown.
    #[test]
    fn cards_are_hidden_as_cuda_hides_them() {
        let uuids = ["GPU-aa".to_owned(), "GPU-bb".to_owned()];
        assert_eq!(visible(&uuids, None), [0, 1]);
        assert_eq!(visible(&uuids, Some("1,0")), [1, 0]);
        assert_eq!(visible(&uuids, Some("GPU-b")), [1]);
        assert_eq!(visible(&uuids, Some("1,7,0")), [1]);
        assert_eq!(visible(&uuids, Some("")), [0; 0]);
        assert_eq!(visible(&uuids, Some("-1")), [0; 0]);
    }
}
