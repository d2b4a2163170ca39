//! The stage: read the instance and the last ledger, cool a population, seal the best timetable seen.

use std::time::{Duration, Instant};

use search::{Annealer, Grid, GridError, Landscape, Philox, Spot, Thresholds, Weights, campus};
use shared::artifact::{Artifact, Kind};
use shared::bytes::Bytes;
use shared::model::timetable::Claim;
use shared::model::{Cost, Instance, Timetable, cost};
use shared::wire::{Failure, FailureKind};
use shared::worker::{Budget, Checkpoints, Context, Done};

use crate::checkpoint;
use crate::cooling::{Cooling, DECISIONS, Pauses};
use crate::engine::{CpuEngine, Engine, Snapshot};
use crate::pace::Pace;
use crate::position::Position;
use crate::schedule::Range;

/// Individuals on a processor: enough to couple, few enough that each is cooled slowly. Not a matter of threads, which must
/// not show in the result.
const POPULATION: usize = 8;
/// Fewer individuals than this are not a population.
const SMALLEST_POPULATION: usize = 2;
/// Proposals that are tried to learn the speed of the machine, where only time is given.
const CALIBRATION: u64 = 20_000;
/// An engine is never away for longer than this many proposals of each individual, so that orders are heard.
const CHUNK: u64 = 100_000;
/// Weight of a hard violation when the start has none: no proposal that breaks a hard constraint passes.
const HARD_WALL: i32 = 1_000;
/// Kept of a time budget for choosing, sealing and saying so.
const SEAL_RESERVE: Duration = Duration::from_millis(25);
/// Share of the allotment that the stage fills at most, in hundredths.
const FILL_PERCENT: u64 = 80;
/// What the stage holds beside its population: threads, the compiled instance, buffers. Measured with room to spare.
const BESIDE: Bytes = Bytes::mib(6);

/// What suits one kind of instance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Suited {
    /// Proposals of one unit of effort, per class, over the whole population.
    proposals_per_class: u64,
    /// An individual needs about so many proposals for each class to freeze well from the melt.
    enough_per_class: f64,
    /// Weight of a hard violation when the start has some: they may be traded for one another while it is hot.
    hard_price: i32,
    /// The temperatures of a whole cooling.
    range: Range,
    /// The temperature below which hardly any violation is removed any more, and with many left the cooling ends.
    frozen_below: f64,
}

/// Measured on comp05, comp12 and a 2,298-class instance.
const COMPETITION: Suited = Suited {
    proposals_per_class: 1_000_000,
    enough_per_class: 50_000.0,
    hard_price: 200,
    range: Range::FULL,
    frozen_below: 0.0,
};
/// A campus is large, and its proposals cost several times as much. Its violations are mostly students in two places; they
/// freeze between half and a twentieth of their price, and a hotter start only destroys what STAGE2A has made. Chosen on one
/// generated university.
const CAMPUS: Suited = Suited {
    proposals_per_class: 100_000,
    enough_per_class: 20_000.0,
    hard_price: 25,
    range: Range { hottest: 12.0, ..Range::FULL },
    frozen_below: 1.25,
};

/// Where there was a timetable before, the hottest temperature is so many times below the price of a change: at it a lecture is rarely
/// away for nothing.
const GENTLE: f64 = 8.0;
/// Without a price it is still no melt that destroys what was.
const GENTLE_LEAST: f64 = 0.5;

impl Suited {
    fn to(instance: &Instance) -> Self {
        let suited = if instance.campus().is_some() { CAMPUS } else { COMPETITION };
        let Some(homes) = instance.homes() else { return suited };
        let gentle = (f64::from(homes.price().period) / GENTLE).max(GENTLE_LEAST);
        Self { range: Range { hottest: suited.range.hottest.min(gentle), ..suited.range }, ..suited }
    }

    /// Proposals of one unit of effort.
    fn unit(self, instance: &Instance) -> u64 {
        self.proposals_per_class * instance.class_count().max(1) as u64
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Seed of all randomness.
    pub seed: u64,
    /// Individuals.
    pub population: usize,
}

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
    let population = context.args().read_count("evolve.population")?.map_or(POPULATION, |count| count as usize);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(context.args().threads as usize)
        .build()
        .map_err(|error| Failure::new(FailureKind::Memory, format!("failed to start threads: {error}")))?;
    let plan = Plan { seed: context.args().seed, population };
    let outcome = pool.install(|| evolve(context, &instance, &start, plan))?;
    let optimal = outcome.cost == Cost::default();
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
    let mut seal = |engine: &mut dyn Engine, position: &Position| {
        if checkpoints.is_due() {
            checkpoints.seal(&checkpoint::write(key, position, &engine.snapshot()));
        }
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
        return Ok(work.on(&Grid::new(instance, Weights::ud2(hard_weight)).map_err(cannot)?, pauses));
    }
    let found = work.on(&campus::Problem::new(instance, hard_weight).map_err(cannot)?, pauses);
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
    fn on<L: Landscape>(&self, landscape: &L, pauses: Pauses<'_>) -> Outcome {
        let Self { context, start, given, plan, from, unit, suited } = *self;
        let state = landscape.state(start);
        let mut table = Table { context, landscape, state, plan, given, unit, suited, rate: 0.0 };
        if let Budget::Time(_) = context.budget() {
            table.rate = rate(landscape, &table.state) * f64::from(context.args().threads);
        }
        let (found, spots, position) = cool(table, from, pauses);
        let is_better = found < given;
        let timetable = if is_better { landscape.timetable(&spots) } else { start.clone() };
        let cost = if is_better { found } else { given };
        Outcome { timetable, cost, proposals: position.steps, cut: position.cut }
    }
}

/// Cools to the end: the best that was seen, where its classes were, and where the work stood.
fn cool<L: Landscape>(
    table: Table<'_, L>,
    from: Option<&Artifact>,
    mut pauses: Pauses<'_>,
) -> (Cost, Vec<Spot>, Position) {
    let resumed = from.and_then(|artifact| table.resumed(artifact));
    let is_new = resumed.is_none();
    let (position, mut engine) = resumed.unwrap_or_else(|| table.begun());
    let mut cooling = table.cooling(position, engine.size());
    drop(table);
    if is_new {
        cooling.begin(&mut engine, &mut pauses);
    } else {
        cooling.go_on(&mut engine, &mut pauses);
    }
    let ((hard, soft), spots) = engine.best();
    let found = Cost { hard: hard as u64, unplaced: 0, soft: soft as u64 };
    (found, spots.to_vec(), cooling.position().clone())
}

/// What the work is set up from.
struct Table<'a, L: Landscape> {
    context: &'a Context,
    landscape: &'a L,
    /// The start.
    state: L::State,
    plan: Plan,
    given: Cost,
    /// Proposals of one unit of effort.
    unit: u64,
    suited: Suited,
    /// Proposals a second, where they matter.
    rate: f64,
}

impl<'a, L: Landscape> Table<'a, L> {
    /// Work that begins at the start.
    fn begun(&self) -> (Position, CpuEngine<'a, L>) {
        let per_class = self.total() / self.landscape.classes().max(1) as f64;
        let (wanted, range) = fit(self.plan.population, per_class, self.suited);
        let size = self.affordable(wanted);
        let position = Position { cut: size < wanted, ..Position::new(size, range, self.given) };
        (position, CpuEngine::new(self.landscape, &self.state, size, self.plan.seed))
    }

    /// Work that goes on from a checkpoint, unless that is unsound: then a note says so.
    fn resumed(&self, artifact: &Artifact) -> Option<(Position, CpuEngine<'a, L>)> {
        let unsound = |why: &dyn std::fmt::Display| self.context.note(format!("begun anew: failed to {why}"));
        let (mut position, mut snapshot) =
            checkpoint::read(artifact, self.landscape.classes()).map_err(|error| unsound(&error)).ok()?;
        let size = self.affordable(snapshot.individuals.len());
        if size < snapshot.individuals.len() {
            shrink(&mut position, &mut snapshot, size);
        }
        let mut engine = CpuEngine::new(self.landscape, &self.state, size, self.plan.seed);
        engine.restore(&snapshot).map_err(|error| unsound(&error)).ok()?;
        let done = position.at().begin() * 100.0;
        self.context.note(format!("goes on from a checkpoint, with {done:.0} % of the work done"));
        Some((position, engine))
    }

    /// Proposals of the whole work, over all individuals.
    fn total(&self) -> f64 {
        match self.context.budget() {
            Budget::Effort(effort) | Budget::Both(effort, _) => effort * self.unit as f64,
            Budget::Time(time) => self.rate * time.as_secs_f64(),
        }
    }

    /// As many of `wanted` individuals as the allotment holds, with a note where it is fewer.
    fn affordable(&self, wanted: usize) -> usize {
        let each = CpuEngine::bytes_each(self.landscape, &self.state);
        let size = self.context.args().memory().map_or(wanted, |allotment| affordable(wanted, each, allotment));
        if size < wanted {
            self.context.note(format!("population {wanted} → {size}, to fit its allotment"));
        }
        size
    }

    fn cooling(&self, position: Position, size: usize) -> Cooling<'a, L> {
        let pace = match self.context.budget() {
            Budget::Effort(_) | Budget::Both(..) => {
                Pace::Counted { total: (self.total() / position.population as f64) as u64 }
            }
            Budget::Time(time) => {
                Pace::Timed { total: time.saturating_sub(SEAL_RESERVE), begun: position.at().begin() }
            }
        };
        let rate = self.rate / size as f64;
        Cooling::new(self.context, self.landscape, self.plan.seed, (pace, rate), position, self.suited.frozen_below)
    }
}

/// Leaves out all but the first individuals of a population for which there was room once.
fn shrink(position: &mut Position, snapshot: &mut Snapshot, size: usize) {
    let gone = snapshot.individuals.split_off(size);
    let best_of_gone = gone.iter().map(|individual| individual.best);
    snapshot.dropped = best_of_gone.chain(snapshot.dropped).min();
    position.pilot.gather(&(0..size).collect::<Vec<_>>());
    position.cut = true;
}

/// As many of `wanted` individuals as fit an allotment beside everything else, at least one.
fn affordable(wanted: usize, bytes_each: usize, allotment: Bytes) -> usize {
    let room = allotment.percent(FILL_PERCENT).less(BESIDE);
    (room.0 / bytes_each.max(1) as u64).clamp(1, wanted.max(1) as u64) as usize
}

/// Proposals a second on one thread, by trying.
fn rate<L: Landscape>(landscape: &L, state: &L::State) -> f64 {
    let mut state = state.clone();
    let mut view = landscape.view(&mut state);
    let mut annealer = Annealer::new(Philox::new(0, DECISIONS), &view);
    let from = Instant::now();
    annealer.anneal(&mut view, &Thresholds::new(1.0), CALIBRATION);
    CALIBRATION as f64 / from.elapsed().as_secs_f64().max(1e-6)
}

/// Fits the population and its temperatures to the work that can be done, given as proposals for each class: where an
/// individual would get too few, fewer individuals get more each, and at last the start is not melted any more.
fn fit(population: usize, proposals_per_class: f64, suited: Suited) -> (usize, Range) {
    let is_enough = |size: usize| proposals_per_class / size as f64 >= suited.enough_per_class;
    let mut size = population;
    while size > SMALLEST_POPULATION && !is_enough(size) {
        size = (size / 2).max(SMALLEST_POPULATION);
    }
    let hottest = if is_enough(size) { suited.range.hottest } else { suited.range.hottest.min(Range::WARM.hottest) };
    (size, Range { hottest, ..suited.range })
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
