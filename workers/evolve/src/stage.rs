//! The stage: read the instance and the last ledger, cool a population, seal the best timetable seen.

use std::time::{Duration, Instant};

use search::{Annealer, Grid, Philox, Spot, State, Tally, Thresholds, Weights};
use shared::artifact::Kind;
use shared::model::timetable::Claim;
use shared::model::{Cost, Instance, Timetable, cost};
use shared::wire::{Failure, FailureKind};
use shared::worker::{Budget, Context, Done};

use crate::crossover::connected_courses;
use crate::engine::{CpuEngine, Cross, Engine, Standing};
use crate::pace::{Pace, Progress};
use crate::pilot::{self, BINS};
use crate::population::resample;
use crate::schedule::{Range, Reading, Schedule};

/// Individuals on a processor: enough to couple, few enough that each is cooled slowly. Not a matter of threads, which must
/// not show in the result.
const POPULATION: usize = 8;
/// Fewer individuals than this are not a population.
const SMALLEST_POPULATION: usize = 2;
/// An individual needs about so many proposals for each class to freeze well from the melt; measured on comp05, comp12 and
/// a 2,298-class instance.
const ENOUGH_PER_CLASS: f64 = 50_000.0;
/// Proposals that are tried to learn the speed of the machine, where only time is given.
const CALIBRATION: u64 = 20_000;
/// Proposals of one unit of effort, per class, over the whole population.
const PROPOSALS_PER_CLASS: u64 = 1_000_000;
/// Share of the work that the pilot gets.
const PILOT_SHARE: f64 = 0.06;
const STEPS: usize = 400;
/// An engine is never away for longer than this many proposals of each individual, so that orders are heard.
const CHUNK: u64 = 100_000;
/// Weight of a hard violation when the start has none: no proposal that breaks a hard constraint passes.
const HARD_WALL: i32 = 1_000;
/// Weight of a hard violation when the start has some: they may be traded for one another while it is hot.
const HARD_PRICE: i32 = 200;
/// Children are made only above this temperature; a cold child stays bad.
const CROSS_ABOVE: f64 = 0.6;
/// A child adopts at most one course in so many.
const CROSS_SHARE: usize = 6;
/// Kept of a time budget for choosing, sealing and saying so.
const SEAL_RESERVE: Duration = Duration::from_millis(25);
/// Decisions draw from a stream that no individual uses.
const DECISIONS: u64 = 1 << 40;

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
    /// Whether the work was cut by a clock, a stop or a relief.
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
        effort: outcome.proposals as f64 / proposals_per_effort(&instance) as f64,
        steps: outcome.proposals,
        reproducible: !outcome.cut && !matches!(context.budget(), Budget::Time(_)),
        optimal,
    })
}

fn proposals_per_effort(instance: &Instance) -> u64 {
    PROPOSALS_PER_CLASS * instance.class_count().max(1) as u64
}

/// Cools a population that starts from `start` and returns the best timetable seen, which may be `start` itself.
///
/// # Errors
/// When the instance is larger than the search supports.
pub fn evolve(context: &Context, instance: &Instance, start: &Timetable, plan: Plan) -> Result<Outcome, Failure> {
    let given = cost::recount(instance, start).cost();
    let hard_weight = if given.is_feasible() { HARD_WALL } else { HARD_PRICE };
    let grid = Grid::new(instance, Weights::ud2(hard_weight))
        .map_err(|error| Failure::new(FailureKind::Infeasible, format!("failed to {error}")))?;
    let state = State::new(&grid, start);
    let rate = rate(&grid, &state);
    let total = match context.budget() {
        Budget::Effort(effort) | Budget::Both(effort, _) => effort * proposals_per_effort(instance) as f64,
        Budget::Time(time) => rate * f64::from(context.args().threads) * time.as_secs_f64(),
    };
    let (population, range) = fit(plan.population, total / grid.classes.max(1) as f64);
    let mut engine = CpuEngine::new(&grid, &state, population, plan.seed);
    let pace = match context.budget() {
        Budget::Effort(_) | Budget::Both(..) => Pace::Counted { total: (total / population as f64) as u64 },
        Budget::Time(time) => Pace::Timed { total: time.saturating_sub(SEAL_RESERVE) },
    };
    let rate = rate * f64::from(context.args().threads) / population as f64;
    let mut cooling = Cooling { rate, ..Cooling::new(context, &grid, plan.seed, pace, range, given) };
    cooling.cool(&mut engine);
    let ((hard, soft), spots) = engine.best();
    let found = Cost { hard: hard as u64, unplaced: 0, soft: soft as u64 };
    let (timetable, cost) = if found < given { (Spot::timetable(spots), found) } else { (start.clone(), given) };
    Ok(Outcome { timetable, cost, proposals: cooling.proposals * population as u64, cut: cooling.cut })
}

/// Proposals a second on one thread, by trying.
fn rate(grid: &Grid, state: &State) -> f64 {
    let mut state = state.clone();
    let mut view = state.view(grid);
    let mut annealer = Annealer::new(Philox::new(0, DECISIONS), &view);
    let from = Instant::now();
    annealer.anneal(&mut view, &Thresholds::new(1.0), CALIBRATION);
    CALIBRATION as f64 / from.elapsed().as_secs_f64().max(1e-6)
}

/// Fits the population and its temperatures to the work that can be done, given as proposals for each class: where an
/// individual would get too few, fewer individuals get more each, and at last the start is not melted any more.
fn fit(population: usize, proposals_per_class: f64) -> (usize, Range) {
    let is_enough = |size: usize| proposals_per_class / size as f64 >= ENOUGH_PER_CLASS;
    let mut size = population;
    while size > SMALLEST_POPULATION && !is_enough(size) {
        size = (size / 2).max(SMALLEST_POPULATION);
    }
    (size, if is_enough(size) { Range::FULL } else { Range::WARM })
}

/// The work in progress.
struct Cooling<'a> {
    context: &'a Context,
    grid: &'a Grid,
    decisions: Philox,
    pace: Pace,
    range: Range,
    /// Proposals of each individual so far.
    proposals: u64,
    rate: f64,
    reported: Cost,
    told_at: Duration,
    cut: bool,
}

impl<'a> Cooling<'a> {
    fn new(context: &'a Context, grid: &'a Grid, seed: u64, pace: Pace, range: Range, given: Cost) -> Self {
        Self {
            context,
            grid,
            decisions: Philox::new(seed, DECISIONS),
            pace,
            range,
            proposals: 0,
            rate: 0.0,
            reported: given,
            told_at: Duration::ZERO,
            cut: false,
        }
    }

    fn cool(&mut self, engine: &mut dyn Engine) {
        if self.is_over(engine) {
            return;
        }
        let range = self.range;
        let mut readings = Vec::with_capacity(BINS);
        for bin in 0..BINS {
            let size = self.relieve(engine.size());
            if size < engine.size() {
                engine.gather(&(0..size).collect::<Vec<_>>());
            }
            let proposals = self.due(PILOT_SHARE * (bin + 1) as f64 / BINS as f64);
            readings.push(self.look(engine, range.at((bin as f64 + 0.5) / BINS as f64), proposals));
            if self.is_over(engine) {
                return;
            }
        }
        let schedule = Schedule::new(range, &readings);
        let mut before = range.hottest;
        for step in 0..STEPS {
            let progress = step as f64 / (STEPS - 1) as f64;
            let temperature = schedule.temperature(progress);
            self.select(engine, step as u64, 1.0 / temperature - 1.0 / before, temperature);
            before = temperature;
            let proposals = self.due(PILOT_SHARE + (1.0 - PILOT_SHARE) * (step + 1) as f64 / STEPS as f64);
            self.anneal(engine, &Thresholds::new(temperature), proposals);
            if self.is_over(engine) {
                return;
            }
        }
    }

    fn due(&self, position: f64) -> u64 {
        let progress = Progress { elapsed: self.context.elapsed(), proposals: self.proposals, rate: self.rate };
        self.pace.until(position, progress)
    }

    fn look(&mut self, engine: &mut dyn Engine, temperature: f64, proposals: u64) -> Reading {
        let hard_weight = self.grid.weights.hard;
        let mut anneal = |engine: &mut dyn Engine, thresholds: &Thresholds, proposals: u64| {
            self.anneal(engine, thresholds, proposals)
        };
        pilot::look(engine, temperature, proposals, hard_weight, &mut anneal)
    }

    /// Anneals in chunks, so that orders are heard and improvements told between them.
    fn anneal(&mut self, engine: &mut dyn Engine, thresholds: &Thresholds, proposals: u64) -> Tally {
        let mut sum = Tally::default();
        let mut left = proposals;
        while left > 0 {
            let chunk = left.min(CHUNK);
            let from = self.context.elapsed();
            let tally = engine.anneal(thresholds, chunk);
            sum = Tally { proposed: sum.proposed + tally.proposed, accepted: sum.accepted + tally.accepted };
            self.account(from, chunk);
            self.context.beat(chunk);
            left -= chunk;
            self.tell(engine);
            if self.context.should_stop() {
                break;
            }
        }
        sum
    }

    fn account(&mut self, from: Duration, proposals: u64) {
        self.proposals += proposals;
        let spent = self.context.elapsed().saturating_sub(from).as_secs_f64();
        if proposals > 0 && spent > 0.0 {
            let lately = proposals as f64 / spent;
            self.rate = 0.8 * self.rate + 0.2 * lately;
        }
    }

    /// Resamples the population, and makes children of duplicates while it is hot.
    fn select(&mut self, engine: &mut dyn Engine, step: u64, beta_step: f64, temperature: f64) {
        let size = self.relieve(engine.size());
        let weight = i64::from(self.grid.weights.hard);
        let cost = |(hard, soft): &Standing| i64::from(*hard) * weight + i64::from(*soft);
        let costs: Vec<i64> = engine.standings().iter().map(cost).collect();
        let sources = resample(&costs, beta_step.max(0.0), size, self.decisions, 2 * step);
        engine.gather(&sources);
        if temperature > CROSS_ABOVE {
            engine.cross(&self.crosses(&sources, step));
        }
    }

    fn crosses(&self, sources: &[usize], step: u64) -> Vec<Cross> {
        let most = self.grid.courses.div_ceil(CROSS_SHARE);
        let duplicates = sources.iter().enumerate().filter(|(place, source)| place != *source).map(|(place, _)| place);
        duplicates
            .map(|child| {
                let counter = (2 * step + 1) << 20 | child as u64;
                let turn = search::below(self.decisions.block(counter)[3], sources.len());
                let other = (0..sources.len())
                    .map(|offset| (turn + offset) % sources.len())
                    .find(|place| sources[*place] != sources[child]);
                Cross {
                    child,
                    other: other.unwrap_or(child),
                    courses: connected_courses(self.grid, self.decisions, counter, most),
                }
            })
            .filter(|cross| cross.other != cross.child)
            .collect()
    }

    /// Gives half of the population back for each relief order, down to two.
    fn relieve(&mut self, size: usize) -> usize {
        let pass = self.context.take_relief();
        if pass == 0 {
            return size;
        }
        let smaller = (size / 2).max(2).min(size);
        self.cut |= smaller < size;
        self.context.relieved(pass, format!("population {size} → {smaller}"));
        smaller
    }

    fn is_over(&mut self, engine: &mut dyn Engine) -> bool {
        self.tell(engine);
        let stopped = self.context.should_stop();
        self.cut |= stopped;
        stopped || engine.best().0 == (0, 0)
    }

    /// Reports a better timetable, at most twenty times a second.
    fn tell(&mut self, engine: &dyn Engine) {
        const INTERVAL: Duration = Duration::from_millis(50);
        let (hard, soft) = engine.best().0;
        let cost = Cost { hard: hard as u64, unplaced: 0, soft: soft as u64 };
        let now = self.context.elapsed();
        if cost < self.reported && (now >= self.told_at + INTERVAL || self.reported.violations() > 0) {
            self.reported = cost;
            self.told_at = now;
            self.context.incumbent(cost);
        }
    }
}
