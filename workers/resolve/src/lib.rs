//! STAGE3: learned repair of what is still in conflict, then polish. Never returns worse than it got.
//!
//! Takes a timetable of the whole instance and gives one back. Operators rearrange a few classes at a time; a contextual
//! bandit may choose among them; annealing decides what is kept. It knows nothing of clusters and populations.

mod accept;
mod actions;
mod begin;
mod campus;
mod command;
mod crew;
mod emphasis;
mod features;
mod guard;
mod improve;
mod learn;
mod mix;
mod operators;
mod outcome;
mod policy;
mod policy_file;
mod random;
mod settings;
mod shape;
mod snapshot;
#[cfg(test)]
mod stage_tests;
mod story;
mod stream;
mod target;
#[cfg(test)]
mod testing;
mod transaction;

use std::path::Path;
use std::process::ExitCode;

use search::{Grid, GridError, State, Weights};
use shared::artifact::{Column, Header, Kind};
use shared::codec;
use shared::model::cost::{is_optimal, recount};
use shared::model::timetable::Claim;
use shared::model::{Cost, Instance, Timetable};
use shared::wire::{Failure, FailureKind};
use shared::worker::{Budget, Context, Done, WorkerArgs};

use begin::begin;
use improve::improve;
use settings::Settings;
use stream::Stream;

pub use command::{PolicyArgs, policy};

/// What a hard violation weighs against soft cost while violations are repaired.
const HARD_WEIGHT: i32 = 100;

/// Runs the stage as a worker process.
pub fn main(args: WorkerArgs) -> ExitCode {
    shared::worker::run(args, work)
}

fn work(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let is_campus = instance.campus().is_some();
    let shape = if is_campus { &campus::stream::SHAPE } else { &stream::SHAPE };
    let settings = Settings::read(context.args(), shape)?;
    let path = context.input("timetable")?;
    let input = Timetable::open(path, &instance)?;
    let before = recount(&instance, &input).priced();
    if is_optimal(&instance, before) || before.is_feasible() && claims_optimal(path, before) {
        context.note(format!("rl: nothing to do, the cost of {} is the least possible", before.soft));
        seal(context, &input, Claim { cost: before, optimal: true }, None)?;
        return Ok(Done { effort: 0.0, steps: 0, reproducible: true, optimal: true });
    }
    let settings = begin(context, settings, shape);
    let improved = if is_campus {
        campus::resolve(context, &instance, (&input, before), &settings)?
    } else {
        let grid = Grid::new(&instance, Weights::ud2(HARD_WEIGHT)).map_err(|error| refused(&error))?;
        let start = State::new(&grid, &input);
        improve::<Stream<'_>>(context, &grid, start, before, &settings, context.key()?)
    };
    context.note(improved.story.clone());
    let (timetable, cost) = if is_campus {
        campus::choose(&instance, (&input, before), &improved)
    } else {
        outcome::choose(&instance, (&input, before), &improved, |why| context.note(why))
    };
    let optimal = is_optimal(&instance, cost);
    let policy = improved.known.as_ref().map(|known| policy_file::write(known, shape));
    seal(context, &timetable, Claim { cost, optimal }, policy)?;
    let counted = !matches!(context.budget(), Budget::Time(_)) && !improved.cut;
    Ok(Done { effort: improved.effort, steps: improved.evaluations, reproducible: counted, optimal })
}

fn refused(error: &GridError) -> Failure {
    Failure::new(FailureKind::BadInput, format!("failed to {error}"))
}

/// Whether the artifact says, about this very cost, that it is the least possible.
fn claims_optimal(path: &Path, counted: Cost) -> bool {
    let claim = Header::read(path).ok().and_then(|header| codec::decode::<Claim>(&header.note).ok());
    claim.is_some_and(|claim| claim.optimal && claim.cost == counted)
}

/// Seals the timetable, and with it, where something was learned, the policy: `export` writes that out once the timetable is verified.
fn seal(context: &Context, timetable: &Timetable, claim: Claim, policy: Option<String>) -> Result<(), Failure> {
    let mut artifact = timetable.artifact(Kind::Timetable, context.key()?, &claim);
    if let Some(policy) = policy {
        artifact.column(Column::PolicyText, policy.as_bytes());
    }
    context.seal(&artifact, "timetable")?;
    Ok(())
}
