//! What is measured: the private memory of each worker's process tree, the machine, and the limits above us.
//!
//! Everything here reads the kernel's files and counts; nothing decides. What follows from a measurement is `policy`.
//!
//! ```text
//! Sampler    charge, peak and growth of each watched process tree      every 1 to 100 ms, see [`interval`]
//! Gauge      the same by a control group of the attempt's own, where there is one
//! Memory     the machine (sysinfo) and the cgroups above us            at most ten times a second
//! tmpfs      whether artifacts are memory too, and how much
//! ```

mod account;
pub mod cgroup;
mod gauge;
pub mod interval;
mod memory;
mod process;
mod sampler;
pub mod tmpfs;
mod tree;

pub use account::{KernelAccount, KernelKill, PeakSource};
pub use gauge::Gauge;
pub use memory::{Capacity, CapacitySource, Host, LargeProcess, Memory, MemoryRequest, MemoryRequestError, WatchError};
pub use process::high_water;
pub use sampler::{Sample, Sampler};
pub use tree::{all_children, families, group_members, own_children, start_ticks};
