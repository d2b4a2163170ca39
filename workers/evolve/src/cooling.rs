//! The cooling of a population: stretch after stretch, in chunks between which orders are heard and the work can be written
//! down whole.

use std::time::Duration;

use search::{Landscape, Philox, Tally, Thresholds};
use shared::model::Cost;
use shared::worker::Context;

use crate::engine::{Cross, DeviceError, Engine, Standing};
use crate::pace::{Pace, Progress};
use crate::pilot::SAMPLES;
use crate::population::{best, resample};
use crate::position::{Position, STRETCHES, Stretch};

/// Children are made only above this temperature; a cold child stays bad.
const CROSS_ABOVE: f64 = 0.6;
/// A child adopts at most one course in so many.
const CROSS_SHARE: usize = 6;
/// Decisions draw from a stream that no individual uses.
pub(crate) const DECISIONS: u64 = 1 << 40;
/// With at most one violation for so many classes the cooling goes to its end all the same: STAGE3 mends them in passing.
const CLASSES_PER_VIOLATION: usize = 500;
/// The relief pass that leaves nothing but one individual.
const LAST_PASS: u8 = 3;

/// The pauses between chunks, in which the work can be written down whole.
pub(crate) struct Pauses<'a> {
    /// Proposals of each individual from one to the next, at most. It is a count and no time, and it does not show in the result.
    pub(crate) every: u64,
    /// What is done in a pause.
    pub(crate) act: &'a mut dyn FnMut(&mut dyn Engine, &Position) -> Result<(), DeviceError>,
}

/// The work in progress.
pub(crate) struct Cooling<'a, L> {
    context: &'a Context,
    landscape: &'a L,
    decisions: Philox,
    pace: Pace,
    position: Position,
    thresholds: (f64, Thresholds),
    /// The temperature below which violations are there to stay.
    frozen_below: f64,
    /// Proposals for each individual and second, lately.
    rate: f64,
    told_at: Duration,
}

impl<'a, L: Landscape> Cooling<'a, L> {
    /// Work that goes on from `position`, at `rate` proposals for each individual and second. Below `frozen_below` it ends
    /// when many violations are left.
    pub(crate) fn new(
        context: &'a Context,
        landscape: &'a L,
        seed: u64,
        (pace, rate): (Pace, f64),
        position: Position,
        frozen_below: f64,
    ) -> Self {
        let temperature = position.temperature();
        Self {
            context,
            landscape,
            decisions: Philox::new(seed, DECISIONS),
            pace,
            position,
            thresholds: (temperature, Thresholds::new(temperature)),
            frozen_below,
            rate,
            told_at: Duration::ZERO,
        }
    }

    /// Where it stands.
    pub(crate) fn position(&self) -> &Position {
        &self.position
    }

    /// Works from the beginning to the end.
    pub(crate) fn begin(&mut self, engine: &mut dyn Engine, pauses: &mut Pauses<'_>) -> Result<(), DeviceError> {
        if self.is_over(engine) {
            return Ok(());
        }
        self.begin_stretch(engine)?;
        self.go_on(engine, pauses)
    }

    /// Works from within a stretch to the end.
    pub(crate) fn go_on(&mut self, engine: &mut dyn Engine, pauses: &mut Pauses<'_>) -> Result<(), DeviceError> {
        loop {
            if !self.anneal(engine, pauses)? || self.ends(engine)? {
                return Ok(());
            }
            self.position.stretch += 1;
            if self.position.stretch == STRETCHES {
                return Ok(());
            }
            self.begin_stretch(engine)?;
        }
    }

    fn begin_stretch(&mut self, engine: &mut dyn Engine) -> Result<(), DeviceError> {
        let at = self.position.at();
        let temperature = self.position.temperature();
        if temperature.to_bits() != self.thresholds.0.to_bits() {
            self.thresholds = (temperature, Thresholds::new(temperature));
        }
        self.position.left = match at {
            Stretch::Look { sample, .. } => {
                if sample == 0 {
                    self.position.share = (self.due(at.end()) / SAMPLES as u64).max(1);
                }
                self.position.share
            }
            Stretch::Step(step) => {
                self.select(engine, step as u64, temperature)?;
                self.due(at.end())
            }
        };
        Ok(())
    }

    /// Ends a stretch; whether all is over.
    fn ends(&mut self, engine: &mut dyn Engine) -> Result<bool, DeviceError> {
        let Stretch::Look { sample, .. } = self.position.at() else {
            return Ok(self.is_over(engine) || self.is_futile(engine)?);
        };
        let (standings, hard_weight) = (engine.standings()?, self.landscape.hard_weight());
        self.position.pilot.look(sample, self.thresholds.0, &standings, hard_weight);
        Ok(sample + 1 == SAMPLES && self.is_over(engine))
    }

    fn due(&self, share_of_work: f64) -> u64 {
        let proposals = self.position.proposals;
        self.pace.until(share_of_work, Progress { elapsed: self.context.elapsed(), proposals, rate: self.rate })
    }

    /// Anneals what is left of a stretch; false when a stop cut it.
    fn anneal(&mut self, engine: &mut dyn Engine, pauses: &mut Pauses<'_>) -> Result<bool, DeviceError> {
        while self.position.left > 0 {
            self.relieve(engine)?;
            let chunk = self.position.left.min(pauses.every);
            let from = self.context.elapsed();
            let tally = engine.anneal(&self.thresholds.1, chunk)?;
            self.account(from, chunk, tally);
            self.context.beat(chunk);
            self.tell(engine);
            if self.context.should_stop() {
                self.position.cut = true;
                return Ok(false);
            }
            (pauses.act)(engine, &self.position)?;
        }
        Ok(true)
    }

    fn account(&mut self, from: Duration, proposals: u64, tally: Tally) {
        self.position.left -= proposals;
        self.position.proposals += proposals;
        self.position.steps += tally.proposed;
        if let Stretch::Look { .. } = self.position.at() {
            self.position.pilot.count(tally);
        }
        let spent = self.context.elapsed().saturating_sub(from).as_secs_f64();
        if proposals > 0 && spent > 0.0 {
            let lately = proposals as f64 / spent;
            self.rate = 0.8 * self.rate + 0.2 * lately;
        }
    }

    /// Resamples the population, and makes children of duplicates while it is hot.
    fn select(&mut self, engine: &mut dyn Engine, step: u64, temperature: f64) -> Result<(), DeviceError> {
        let beta_step = 1.0 / temperature - 1.0 / self.position.before;
        self.position.before = temperature;
        let costs = self.costs(engine)?;
        let sources = resample(&costs, beta_step.max(0.0), costs.len(), self.decisions, 2 * step);
        engine.gather(&sources)?;
        if temperature > CROSS_ABOVE {
            engine.cross(&self.crosses(&sources, step))?;
        }
        Ok(())
    }

    fn costs(&self, engine: &mut dyn Engine) -> Result<Vec<i64>, DeviceError> {
        let weight = i64::from(self.landscape.hard_weight());
        let cost = |(hard, soft): &Standing| i64::from(*hard) * weight + i64::from(*soft);
        Ok(engine.standings()?.iter().map(cost).collect())
    }

    fn crosses(&self, sources: &[usize], step: u64) -> Vec<Cross> {
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
                    courses: self.landscape.connected_courses(self.decisions, counter, CROSS_SHARE),
                }
            })
            .filter(|cross| cross.other != cross.child)
            .collect()
    }

    /// Gives half of the population back for each relief order, the worse half, and all but one at the last.
    fn relieve(&mut self, engine: &mut dyn Engine) -> Result<(), DeviceError> {
        let pass = self.context.take_relief();
        if pass == 0 {
            return Ok(());
        }
        let size = engine.size();
        let smaller = if pass < LAST_PASS { (size / 2).max(1) } else { 1 };
        if smaller < size {
            let survivors = best(&self.costs(engine)?, smaller);
            engine.gather(&survivors)?;
            self.position.pilot.gather(&survivors);
            self.position.cut = true;
            self.context.relieved(pass, format!("population {size} → {smaller}"));
        } else {
            self.context.relieved(pass, "nothing: one individual is left");
        }
        Ok(())
    }

    /// Whether what is left of the cooling could only polish timetables that are not worth it: the repair of so many violations
    /// tears up what was polished, and can use the time.
    fn is_futile(&self, engine: &mut dyn Engine) -> Result<bool, DeviceError> {
        let few = self.landscape.classes().div_ceil(CLASSES_PER_VIOLATION) as i32;
        Ok(self.thresholds.0 < self.frozen_below
            && engine.best().0.0 > few
            && engine.standings()?.iter().all(|(hard, _)| *hard > few))
    }

    fn is_over(&mut self, engine: &mut dyn Engine) -> bool {
        self.tell(engine);
        let stopped = self.context.should_stop();
        self.position.cut |= stopped;
        let (hard, soft) = engine.best().0;
        stopped || hard == 0 && soft <= self.landscape.bound()
    }

    /// Reports a better timetable, at most twenty times a second.
    fn tell(&mut self, engine: &dyn Engine) {
        const INTERVAL: Duration = Duration::from_millis(50);
        let (hard, soft) = engine.best().0;
        let cost = Cost { hard: hard as u64, unplaced: 0, soft: soft as u64 };
        let now = self.context.elapsed();
        let reported = self.position.reported;
        if cost < reported && (now >= self.told_at + INTERVAL || reported.violations() > 0) {
            self.position.reported = cost;
            self.told_at = now;
            self.context.incumbent(cost);
        }
    }
}
