//! A card for tests: it runs the text of kernels as shipped, lane by lane, and watches what the lanes do to each other.
//!
//! * `ptx` reads the text, `code` is what becomes of it.
//! * `run` runs a launch: blocks, their warps, the lanes of each.
//! * `memory` is what they read and write, with a note for each byte on who did so last.
//! * `driver` is what a driver knows: cards, contexts, allocations, launches, and the faults that tests plant.
//!
//! The library that programs load in place of NVIDIA's is made of this by `tests/device/cuda`, which has the C functions and
//! nothing else. It is for integer kernels; it knows nothing of time, and says nothing about speed but how many instructions
//! there were.

mod code;
pub mod driver;
mod fault;
mod memory;
mod ptx;
mod run;
#[cfg(test)]
mod tests;

pub use code::Kernel;
pub use fault::{Fault, FaultKind};
pub use memory::DeviceMemory;
pub use ptx::{Module, Placing, Refusal, read};
pub use run::{Launch, Work, launch};
