//! STAGE2A: one cluster by CP-SAT (`solve`), and the process between the waves that keeps the ledger (`commit`).
//!
//! ```text
//! commit   guide (greedy, ejection) or the fragments of the wave that ended; leases   → ledger
//! solve    one cluster: periods by the engine, rooms by matching                      → fragment
//! solve    the repair: all courses, hard rules only, when something is unplaced       → fragment
//! ```
//!
//! A campus has rules of its own, and its own way to keep them: see `campus`.

mod accept;
mod assignment;
mod bound;
mod campus;
mod commit;
mod engine;
mod guide;
mod inquiry;
mod lease;
mod lower;
mod meter;
mod model;
mod pieces;
mod repair;
mod rooms;
mod rules;
mod scope;
mod sketch;
mod solve;
#[cfg(test)]
mod testing;

use std::process::ExitCode;

pub use engine::EngineArgs;
pub use inquiry::{Finding, Inquiry};
pub use model::{Constraint, Literal, Model, Term, Var};
use shared::wire::{Failure, FailureKind, Stage};
use shared::worker::{Context, Done, WorkerArgs};

/// Runs `solve` or `commit` as a worker process.
pub fn main(args: WorkerArgs) -> ExitCode {
    shared::worker::run(args, work)
}

/// Says whether the engine that a user may bring can be used.
pub fn engine(args: EngineArgs) -> ExitCode {
    engine::tell(args)
}

fn work(context: &Context) -> Result<Done, Failure> {
    match context.args().stage {
        Stage::Commit => commit::work(context),
        Stage::Solve => solve::work(context),
        other => Err(Failure::new(FailureKind::Bug, format!("this program does not do {other}"))),
    }
}

/// The seed of a job: another one in each sweep.
fn seed(context: &Context) -> Result<u64, Failure> {
    let sweep = context.args().read_count("sweep")?.unwrap_or(0);
    Ok(context.args().seed.wrapping_add(u64::from(sweep) << 32))
}

/// A number among the settings that must be there.
fn number(context: &Context, key: &'static str) -> Result<usize, Failure> {
    let number = context.args().read(key, "a whole number", |text| text.parse().ok())?;
    number.ok_or_else(|| Failure::new(FailureKind::Bug, format!("no --set {key}=NUMBER given")))
}
