//! What is decided about memory: pure functions and plain structs. No clock, no file, no process is touched here, so that
//! whole runs are simulated by the thousand.
//!
//! ```text
//! Thresholds   every number that may be set, with its default
//! Need         what a job must have and what it would like              need_of, after_out_of_memory
//! Lessons      what earlier runs have taught about the needs           Lessons::learn, informed
//! Budget       what all jobs together may have now (promise 7)          Budget::new, admit
//! gpu          whether a device may be used, and is back                 gate, is_high
//! Rung         how a job becomes smaller when there is no more           rungs
//! Governor     from one observation to the next: relieve, enlarge, kill, wait, give up
//! ```
//!
//! All times are durations since the start of the run; all shares are hundredths.

mod allotment;
mod budget;
mod governor;
pub mod gpu;
mod ladder;
mod lesson;
#[cfg(test)]
mod simulate;
mod thresholds;
mod victim;
mod watermark;

pub use allotment::{
    Need, StageMemory, StageMemoryError, after_out_of_memory, need_of, need_of_solve, solve_memory, watching,
    with_device,
};
pub use budget::{Admission, Budget, Situation, admit};
pub use governor::{Action, Governor, Observation, Why, WorkerView};
pub use ladder::{Rung, rungs};
pub use lesson::{Lesson, Lessons, Trial, informed};
pub use thresholds::Thresholds;
pub use victim::choose as choose_victim;
pub use watermark::{Change, Watermark};
