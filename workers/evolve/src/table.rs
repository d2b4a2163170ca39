//! What the work is set up from: on what the population lives, how large it is, where it begins.

use std::time::{Duration, Instant};

use search::{Annealer, Landscape, Philox, Spot, Thresholds};
use shared::artifact::Artifact;
use shared::bytes::Bytes;
use shared::model::Cost;
use shared::wire::{Failure, FailureKind, Report};
use shared::worker::{Budget, Context};

use crate::checkpoint;
use crate::cooling::{Cooling, DECISIONS};
use crate::engine::{CpuEngine, Device, DeviceError, Engine, Held, RestoreError, Site, Snapshot};
use crate::pace::Pace;
use crate::plan::{Plan, Suited};
use crate::population::best;
use crate::position::Position;
use crate::schedule::Range;

/// Individuals on a processor: enough to couple, few enough that each is cooled slowly. Not a matter of threads, which must
/// not show in the result.
const POPULATION: usize = 8;
/// As many at the most, where there is work for them.
const POPULATION_MOST: usize = 64;
/// An individual with so many proposals for each class hardly gains by more of them: there the work goes into more individuals.
const PLENTY_PER_CLASS: f64 = 2_000_000.0;
/// Fewer individuals than this are not a population.
const SMALLEST_POPULATION: usize = 2;
/// Proposals that are tried to learn the speed of the machine, where only time is given.
const CALIBRATION: u64 = 20_000;
/// Kept of a time budget for choosing, sealing and saying so.
const SEAL_RESERVE: Duration = Duration::from_millis(25);
/// Share of the allotment that the stage fills at most, in hundredths.
const FILL_PERCENT: u64 = 80;
/// What the stage holds beside its population: threads, the compiled instance, buffers. Measured with room to spare.
const BESIDE: Bytes = Bytes::mib(6);

/// What the work is set up from.
pub(crate) struct Table<'a, L: Landscape> {
    pub(crate) context: &'a Context,
    pub(crate) landscape: &'a L,
    /// The start.
    pub(crate) state: L::State,
    pub(crate) plan: Plan,
    pub(crate) given: Cost,
    /// Proposals of one unit of effort.
    pub(crate) unit: u64,
    pub(crate) suited: Suited,
}

/// Work that is set up.
pub(crate) struct Laid<'a> {
    pub(crate) engine: Box<dyn Engine + 'a>,
    pub(crate) position: Position,
    /// Proposals a second of the whole population, where that matters.
    pub(crate) rate: f64,
    /// Whether it begins at the start.
    pub(crate) is_new: bool,
}

impl<'a, L: Landscape> Table<'a, L> {
    /// Sets up work that goes on from a checkpoint, where that is sound, or begins at the start.
    pub(crate) fn lay(&self, from: Option<&Artifact>) -> Result<Laid<'a>, Failure> {
        let laid = match from {
            Some(artifact) => self.resumed(artifact)?,
            None => None,
        };
        let laid = laid.map_or_else(|| self.begun(), Ok)?;
        tell_device(self.context, laid.engine.as_ref()).map_err(|error| device_failure(&error))?;
        Ok(laid)
    }

    /// Work that begins at the start.
    fn begun(&self) -> Result<Laid<'a>, Failure> {
        let seed = self.plan.seed;
        if let Some(id) = &self.context.args().device
            && let Some(laid) = self.begun_on(id).map_err(|error| device_failure(&error))?
        {
            return Ok(laid);
        }
        let rate = self.rate();
        let per_class = self.per_class(rate);
        let (wanted, range) = fit(self.wanted(per_class), per_class, self.suited);
        let size = self.affordable(wanted);
        let position = Position { cut: size < wanted, ..Position::new(size, range, self.given) };
        let engine = Box::new(CpuEngine::new(self.landscape, &self.state, size, seed));
        Ok(Laid { engine, position, rate, is_new: true })
    }

    /// The same on a device. Where work is counted the population is the one that the processor would have; where only time is
    /// given it is as large as runs at once, since fewer would not be faster. Nothing where the device is only offered, and the
    /// processor better.
    fn begun_on(&self, id: &str) -> Result<Option<Laid<'a>>, DeviceError> {
        let site = self.site(id)?;
        let is_offered = self.context.args().device_offered;
        if is_offered && !site.is_close() {
            self.context
                .note("the GPU is left idle: a timetable of this size does not fit a multiprocessor's own memory");
            return Ok(None);
        }
        let population = self.plan.population;
        let (wanted, counted) = if self.is_timed() {
            (population.unwrap_or_else(|| site.resident()), None)
        } else {
            let per_class = self.per_class(0.0);
            let (wanted, range) = fit(self.wanted(per_class), per_class, self.suited);
            (wanted, Some(range))
        };
        let (size, start) = (self.fitting(&site, wanted)?, self.start());
        let mut engine = site.populate(&start, size, self.plan.seed)?;
        let rate = if is_offered || counted.is_none() { engine.rate(&start)? } else { 0.0 };
        if is_offered && !self.is_better_there(rate, size) {
            return Ok(None);
        }
        let range = counted.unwrap_or_else(|| range(self.per_class(rate) / size as f64, self.suited));
        let position = Position { cut: size < wanted, ..Position::new(size, range, self.given) };
        Ok(Some(Laid { engine: Box::new(engine), position, rate, is_new: true }))
    }

    /// Whether a device that is only offered is better than what this processor can do in the same time; a note says if not.
    /// There it has to be faster in all, and each individual deep: breadth makes up for depth, but a timetable that was hardly
    /// moved stays bad, however many there are of it.
    fn is_better_there(&self, rate: f64, size: usize) -> bool {
        let here = self::rate(self.landscape, &self.state) * f64::from(self.context.args().threads);
        let depth_of = |rate: f64, size: usize| self.per_class(rate) / size as f64;
        let enough = self.suited.enough_per_class.min(depth_of(here, POPULATION));
        let is_better = rate >= here && (!self.is_timed() || depth_of(rate, size) >= enough);
        if !is_better {
            let (there, here) = (rate / 1e6, here / 1e6);
            let words = format!(
                "{size} individuals make {there:.0} M proposals a second there, {POPULATION} make {here:.0} M here"
            );
            self.context.note(format!("the GPU is left idle: {words}"));
        }
        is_better
    }

    fn site(&self, id: &str) -> Result<Site<'a, L>, DeviceError> {
        Site::new(self.landscape, Device::open(Some(id).filter(|id| !id.is_empty()))?)
    }

    /// As many of `wanted` individuals as the device may hold.
    fn fitting(&self, site: &Site<'_, L>, wanted: usize) -> Result<usize, DeviceError> {
        let cap = self.context.args().device_memory.map_or(usize::MAX, |cap| cap as usize);
        let free = site.memory()?.0;
        let size = site.fitting(wanted, cap.min(free));
        if size == 0 {
            let room = Bytes(cap.min(free) as u64);
            return Err(DeviceError::new(format!("put one individual into {room} of the device's memory")));
        }
        if size < wanted {
            self.context.note(format!("population {wanted} → {size}, to fit its share of the device's memory"));
        }
        Ok(size)
    }

    /// Work that goes on from a checkpoint, unless that is unsound: then a note says so.
    fn resumed(&self, artifact: &Artifact) -> Result<Option<Laid<'a>>, Failure> {
        let unsound = |why: &dyn std::fmt::Display| self.context.note(format!("begun anew: failed to {why}"));
        let (mut position, mut snapshot) = match checkpoint::read(artifact, self.landscape.classes()) {
            Ok(read) => read,
            Err(error) => {
                unsound(&error);
                return Ok(None);
            }
        };
        match self.restored(&mut position, &mut snapshot) {
            Ok((engine, rate)) => {
                let done = position.at().begin() * 100.0;
                self.context.note(format!("goes on from a checkpoint, with {done:.0} % of the work done"));
                Ok(Some(Laid { engine, position, rate, is_new: false }))
            }
            Err(RestoreError::Unsound) => {
                unsound(&RestoreError::Unsound);
                Ok(None)
            }
            Err(RestoreError::Device(error)) => Err(device_failure(&error)),
        }
    }

    fn restored(
        &self,
        position: &mut Position,
        snapshot: &mut Snapshot,
    ) -> Result<(Box<dyn Engine + 'a>, f64), RestoreError> {
        let seed = self.plan.seed;
        if let Some(id) = &self.context.args().device {
            let (site, start) = (self.site(id)?, self.start());
            let size = self.fitting(&site, snapshot.individuals.len())?;
            keep_first(position, snapshot, size);
            let mut engine = site.populate(&start, size, seed)?;
            let rate = if self.is_timed() { engine.rate(&start)? } else { 0.0 };
            engine.restore(snapshot)?;
            return Ok((Box::new(engine), rate));
        }
        self.leave_breadth(position, snapshot);
        keep_first(position, snapshot, self.affordable(snapshot.individuals.len()));
        let mut engine = CpuEngine::new(self.landscape, &self.state, snapshot.individuals.len(), seed);
        engine.restore(snapshot)?;
        Ok((Box::new(engine), self.rate()))
    }

    /// A population that a device has left behind is too broad for a processor that has little time: the best go on.
    fn leave_breadth(&self, position: &mut Position, snapshot: &mut Snapshot) {
        if !self.is_timed() || snapshot.individuals.len() <= self.plan.population.unwrap_or(POPULATION_MOST) {
            return;
        }
        let most = self.wanted(self.per_class(self.rate()));
        let weight = i64::from(self.landscape.hard_weight());
        let cost = |spots: &[Spot]| {
            self.landscape.state_of(spots).map_or(i64::MAX, |state| {
                let (hard, soft) = self.landscape.cost_of(&state);
                i64::from(hard) * weight + i64::from(soft)
            })
        };
        let costs: Vec<i64> = snapshot.individuals.iter().map(|individual| cost(&individual.spots)).collect();
        let count = snapshot.individuals.len();
        keep(position, snapshot, &best(&costs, most));
        self.context.note(format!("population {count} → {most}: the best of a device's go on without it"));
    }

    fn start(&self) -> Vec<Spot> {
        use search::Motion;
        self.landscape.view(&mut self.state.clone()).spots().to_vec()
    }

    fn is_timed(&self) -> bool {
        matches!(self.context.budget(), Budget::Time(_))
    }

    /// Proposals a second of this processor, where that matters.
    fn rate(&self) -> f64 {
        if self.is_timed() { rate(self.landscape, &self.state) * f64::from(self.context.args().threads) } else { 0.0 }
    }

    /// Proposals of the whole work for each class, over all individuals.
    fn per_class(&self, rate: f64) -> f64 {
        self.total(rate) / self.landscape.classes().max(1) as f64
    }

    /// Proposals of the whole work, over all individuals.
    fn total(&self, rate: f64) -> f64 {
        match self.context.budget() {
            Budget::Effort(effort) | Budget::Both(effort, _) => effort * self.unit as f64,
            Budget::Time(time) => rate * time.as_secs_f64(),
        }
    }

    /// Individuals that are asked for, or else that suit so many proposals for each class.
    fn wanted(&self, per_class: f64) -> usize {
        self.plan.population.unwrap_or_else(|| breadth(per_class))
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

    /// The work itself, at `rate` proposals a second of all individuals.
    pub(crate) fn cooling(&self, position: Position, rate: f64, size: usize) -> Cooling<'a, L> {
        let pace = match self.context.budget() {
            Budget::Effort(_) | Budget::Both(..) => {
                Pace::Counted { total: (self.total(rate) / position.population as f64) as u64 }
            }
            Budget::Time(time) => {
                Pace::Timed { total: time.saturating_sub(SEAL_RESERVE), begun: position.at().begin() }
            }
        };
        let each = rate / size as f64;
        Cooling::new(self.context, self.landscape, self.plan.seed, (pace, each), position, self.suited.frozen_below)
    }
}

/// Reports what a population holds of a device, where it lives on one.
pub(crate) fn tell_device(context: &Context, engine: &dyn Engine) -> Result<(), DeviceError> {
    if let Some(Held { bytes, free, total }) = engine.held()? {
        context.send(Report::DeviceMemory { held: bytes, free, total });
    }
    Ok(())
}

/// A device that fails is none of ours to mend: another attempt works without it.
pub(crate) fn device_failure(error: &DeviceError) -> Failure {
    Failure::new(FailureKind::Device, format!("failed to {error}"))
}

/// Leaves out all but the first individuals of a population for which there was room once.
fn keep_first(position: &mut Position, snapshot: &mut Snapshot, size: usize) {
    if size < snapshot.individuals.len() {
        keep(position, snapshot, &(0..size).collect::<Vec<_>>());
    }
}

/// Leaves out all individuals but some.
fn keep(position: &mut Position, snapshot: &mut Snapshot, survivors: &[usize]) {
    let is_gone = |place: &usize| !survivors.contains(place);
    let gone = (0..snapshot.individuals.len()).filter(is_gone).map(|place| snapshot.individuals[place].best);
    snapshot.dropped = gone.chain(snapshot.dropped).min();
    snapshot.individuals = survivors.iter().map(|place| snapshot.individuals[*place].clone()).collect();
    position.pilot.gather(survivors);
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

/// Individuals that suit so many proposals for each class: twice as many as long as each still has plenty.
fn breadth(proposals_per_class: f64) -> usize {
    let mut size = POPULATION;
    while size < POPULATION_MOST && proposals_per_class / (2 * size) as f64 >= PLENTY_PER_CLASS {
        size *= 2;
    }
    size
}

/// Fits the population and its temperatures to the work that can be done, given as proposals for each class: where an
/// individual would get too few, fewer individuals get more each, and at last the start is not melted any more.
fn fit(population: usize, proposals_per_class: f64, suited: Suited) -> (usize, Range) {
    let is_enough = |size: usize| proposals_per_class / size as f64 >= suited.enough_per_class;
    let mut size = population;
    while size > SMALLEST_POPULATION && !is_enough(size) {
        size = (size / 2).max(SMALLEST_POPULATION);
    }
    (size, range(proposals_per_class / size as f64, suited))
}

/// The temperatures for individuals that get so many proposals for each class: with too few the start is not melted.
fn range(proposals_per_class: f64, suited: Suited) -> Range {
    let is_enough = proposals_per_class >= suited.enough_per_class;
    let hottest = if is_enough { suited.range.hottest } else { suited.range.hottest.min(Range::WARM.hottest) };
    Range { hottest, ..suited.range }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_work_is_shared_by_more_individuals() {
        let sizes = [1e5, 16e6, 31.9e6, 32e6, 66e6, 128e6, 1e9].map(breadth);
        assert_eq!(sizes, [8, 8, 8, 16, 32, 64, 64]);
    }

    #[test]
    fn a_population_fits_its_allotment() {
        assert_eq!(affordable(8, 1 << 20, Bytes::mib(24)), 8);
        assert_eq!(affordable(40, 1 << 20, Bytes::mib(20)), 10);
        assert_eq!(affordable(8, 1 << 20, Bytes::mib(2)), 1);
    }
}
