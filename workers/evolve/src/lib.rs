//! STAGE2B: population annealing over the whole timetable, and the disposable process that looks for a GPU.
//!
//! A population of timetables is cooled together (Hukushima, Iba, "Population Annealing and Its Application to a Spin Glass",
//! 2003): after each step of temperature the individuals are resampled by their Boltzmann weight, and while it is hot a
//! duplicate becomes a child of itself and another survivor. All decisions are made here from costs; an [`engine`] only moves
//! states, so that an engine on a device can make the same run.

mod checkpoint;
mod cooling;
pub mod engine;
mod gpu_probe;
mod pace;
mod pilot;
mod plan;
mod population;
mod position;
mod schedule;
mod stage;
mod table;

use std::process::ExitCode;

use shared::wire::{Failure, FailureKind, Stage};
use shared::worker::WorkerArgs;

pub use plan::Plan;
pub use stage::{Outcome, evolve};

/// Runs the worker for `evolve` or `gpu-probe`.
pub fn main(args: WorkerArgs) -> ExitCode {
    shared::worker::run(args, |context| match context.args().stage {
        Stage::Evolve => stage::run(context),
        Stage::GpuProbe => Ok(gpu_probe::run(context)),
        other => Err(Failure::new(FailureKind::Bug, format!("{other} is no stage of this worker"))),
    })
}
