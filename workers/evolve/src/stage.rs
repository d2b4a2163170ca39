//! The stage: read the instance and the last ledger, cool a population, seal the best timetable seen.

use std::time::Duration;

use search::{Grid, GridError, Landscape, Spot, Weights, campus};
use shared::artifact::{Artifact, Kind};
use shared::model::timetable::Claim;
use shared::model::{Cost, Instance, Timetable, cost};
use shared::wire::{Failure, FailureKind};
use shared::worker::{Budget, Checkpoints, Context, Done};

use crate::checkpoint;
use crate::cooling::Pauses;
use crate::engine::Engine;
use crate::plan::{Plan, Suited};
use crate::position::Position;
use crate::table::{Laid, Table, device_failure, tell_device};

/// An engine is never away for longer than this many proposals of each individual, so that orders are heard.
const CHUNK: u64 = 100_000;
/// Weight of a hard violation when the start has none: no proposal that breaks a hard constraint passes.
const HARD_WALL: i32 = 1_000;
/// What a device holds is told so often.
const DEVICE_TOLD: Duration = Duration::from_secs(1);

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The best timetable seen.
    pub timetable: Timetable,
    /// What it costs, as the search counts it.
    pub cost: Cost,
    /// Proposals made.
    pub proposals: u64,
    /// Whether the work was cut by a clock, a stop, a relief, or an allotment too small for the population.
    pub cut: bool,
}

pub(crate) fn run(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let start = Timetable::open(context.input("timetable")?, &instance)?;
    let population = context.args().read_count("evolve.population")?.map(|count| count as usize);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(context.args().threads as usize)
        .build()
        .map_err(|error| Failure::new(FailureKind::Memory, format!("failed to start threads: {error}")))?;
    let plan = Plan { seed: context.args().seed, population };
    let outcome = pool.install(|| evolve(context, &instance, &start, plan))?;
    let optimal = cost::is_optimal(&instance, outcome.cost);
    let claim = Claim { cost: outcome.cost, optimal };
    context.seal(&outcome.timetable.artifact(Kind::Draft, context.key()?, &claim), "draft")?;
    Ok(Done {
        effort: outcome.proposals as f64 / Suited::to(&instance).unit(&instance) as f64,
        steps: outcome.proposals,
        reproducible: !outcome.cut && !matches!(context.budget(), Budget::Time(_)),
        optimal,
    })
}

/// Cools a population that starts from `start` and returns the best timetable seen, which may be `start` itself. Goes on from
/// a checkpoint, and seals others, as the arguments say.
///
/// # Errors
/// When the instance is larger than the search supports, or an input cannot be read.
pub fn evolve(context: &Context, instance: &Instance, start: &Timetable, plan: Plan) -> Result<Outcome, Failure> {
    let mut checkpoints = Checkpoints::new(context);
    let from = checkpoints.begin();
    let key = context.key()?;
    let mut told_at = Duration::ZERO;
    let mut seal = |engine: &mut dyn Engine, position: &Position| {
        if context.elapsed() >= told_at + DEVICE_TOLD {
            told_at = context.elapsed();
            tell_device(context, engine)?;
        }
        if checkpoints.is_due() {
            checkpoints.seal(&checkpoint::write(key, position, &engine.snapshot()?));
        }
        Ok(())
    };
    let pauses = Pauses { every: CHUNK, act: &mut seal };
    search(context, instance, start, plan, from.as_ref(), pauses)
}

/// The same with the checkpoints in the caller's hands.
fn search(
    context: &Context,
    instance: &Instance,
    start: &Timetable,
    plan: Plan,
    from: Option<&Artifact>,
    pauses: Pauses<'_>,
) -> Result<Outcome, Failure> {
    let given = cost::recount(instance, start).priced();
    let suited = Suited::to(instance);
    let hard_weight = if given.is_feasible() { HARD_WALL } else { suited.hard_price };
    let cannot = |error: GridError| Failure::new(FailureKind::Infeasible, format!("failed to {error}"));
    let work = Work { context, start, given, plan, from, unit: suited.unit(instance), suited };
    if instance.campus().is_none() {
        return work.on(&Grid::new(instance, Weights::ud2(hard_weight)).map_err(cannot)?, pauses);
    }
    let found = work.on(&campus::Problem::new(instance, hard_weight).map_err(cannot)?, pauses)?;
    // There the search counts a little more than the rules do: students pair by pair, and rooms by their classes.
    let counted = cost::recount(instance, &found.timetable).priced();
    let is_better = counted < given;
    let timetable = if is_better { found.timetable } else { start.clone() };
    Ok(Outcome { timetable, cost: if is_better { counted } else { given }, ..found })
}

/// What there is before an instance is compiled.
struct Work<'a> {
    context: &'a Context,
    start: &'a Timetable,
    given: Cost,
    plan: Plan,
    from: Option<&'a Artifact>,
    /// Proposals of one unit of effort.
    unit: u64,
    suited: Suited,
}

impl Work<'_> {
    fn on<L: Landscape>(&self, landscape: &L, pauses: Pauses<'_>) -> Result<Outcome, Failure> {
        let Self { context, start, given, plan, from, unit, suited } = *self;
        let state = landscape.state(start);
        let table = Table { context, landscape, state, plan, given, unit, suited };
        let (found, spots, position) = cool(table, from, pauses)?;
        let is_better = found < given;
        let timetable = if is_better { landscape.timetable(&spots) } else { start.clone() };
        let cost = if is_better { found } else { given };
        Ok(Outcome { timetable, cost, proposals: position.steps, cut: position.cut })
    }
}

/// Cools to the end: the best that was seen, where its classes were, and where the work stood.
fn cool<L: Landscape>(
    table: Table<'_, L>,
    from: Option<&Artifact>,
    mut pauses: Pauses<'_>,
) -> Result<(Cost, Vec<Spot>, Position), Failure> {
    let Laid { mut engine, position, rate, is_new } = table.lay(from)?;
    let mut cooling = table.cooling(position, rate, engine.size());
    drop(table);
    let done =
        if is_new { cooling.begin(engine.as_mut(), &mut pauses) } else { cooling.go_on(engine.as_mut(), &mut pauses) };
    done.map_err(|error| device_failure(&error))?;
    let ((hard, soft), spots) = engine.best();
    let found = Cost { hard: hard as u64, unplaced: 0, soft: soft as u64 };
    Ok((found, spots.to_vec(), cooling.position().clone()))
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
