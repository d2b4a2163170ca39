//! How far the work is: in stretches of annealing at one temperature, first those of the pilot, then one for each step.

use shared::model::Cost;

use crate::pilot::{BINS, Pilot, SAMPLES};
use crate::schedule::{Range, Schedule};

/// Share of the work that the pilot gets.
const PILOT_SHARE: f64 = 0.06;
/// Steps of the cooling.
const STEPS: usize = 400;
const PILOT_STRETCHES: usize = BINS * SAMPLES;
/// Stretches of the whole work.
pub(crate) const STRETCHES: usize = PILOT_STRETCHES + STEPS;

/// What a stretch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// A look of the pilot.
    Look {
        /// Number of the bin.
        bin: usize,
        /// Number of the look within its bin.
        sample: usize,
    },
    /// A step of the cooling.
    Step(usize),
}

impl Stretch {
    /// The stretch with that number.
    pub(crate) fn of(number: usize) -> Self {
        match number.checked_sub(PILOT_STRETCHES) {
            None => Self::Look { bin: number / SAMPLES, sample: number % SAMPLES },
            Some(step) => Self::Step(step),
        }
    }

    /// The share of the work that is done when its bin or step ends.
    pub(crate) fn end(self) -> f64 {
        match self {
            Self::Look { bin, .. } => PILOT_SHARE * (bin + 1) as f64 / BINS as f64,
            Self::Step(step) => PILOT_SHARE + (1.0 - PILOT_SHARE) * (step + 1) as f64 / STEPS as f64,
        }
    }

    /// The share of the work that is done when its bin or step begins.
    pub(crate) fn begin(self) -> f64 {
        match self {
            Self::Look { bin: 0, .. } => 0.0,
            Self::Look { bin, sample } => Self::Look { bin: bin - 1, sample }.end(),
            Self::Step(0) => PILOT_SHARE,
            Self::Step(step) => Self::Step(step - 1).end(),
        }
    }
}

/// Where the work stands between two chunks. Together with the population it is all that the rest depends on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Position {
    /// Temperatures of this work.
    pub(crate) range: Range,
    /// Individuals among which the work was dealt out; relief may have left fewer.
    pub(crate) population: usize,
    /// Number of the stretch at hand.
    pub(crate) stretch: usize,
    /// Proposals of each individual that are left of it.
    pub(crate) left: u64,
    /// Proposals of each individual in a stretch of the bin at hand.
    pub(crate) share: u64,
    /// Proposals of each individual so far.
    pub(crate) proposals: u64,
    /// Proposals of all individuals so far.
    pub(crate) steps: u64,
    /// Temperature of the step before.
    pub(crate) before: f64,
    /// Whether a clock, a stop, a relief or too small an allotment had a part in it.
    pub(crate) cut: bool,
    /// The best cost that was told.
    pub(crate) reported: Cost,
    /// What the pilot saw.
    pub(crate) pilot: Pilot,
}

impl Position {
    /// The beginning, for a start of cost `given`.
    pub(crate) fn new(population: usize, range: Range, given: Cost) -> Self {
        Self {
            range,
            population,
            stretch: 0,
            left: 0,
            share: 0,
            proposals: 0,
            steps: 0,
            before: range.hottest,
            cut: false,
            reported: given,
            pilot: Pilot::default(),
        }
    }

    /// What the stretch at hand is for.
    pub(crate) fn at(&self) -> Stretch {
        Stretch::of(self.stretch)
    }

    /// The temperature of the stretch at hand.
    pub(crate) fn temperature(&self) -> f64 {
        match self.at() {
            Stretch::Look { bin, .. } => self.range.at((bin as f64 + 0.5) / BINS as f64),
            Stretch::Step(step) => {
                Schedule::new(self.range, &self.pilot.readings).temperature(step as f64 / (STEPS - 1) as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_follow_one_another_from_nothing_to_all() {
        assert_eq!(Stretch::of(0), Stretch::Look { bin: 0, sample: 0 });
        assert_eq!(Stretch::of(SAMPLES), Stretch::Look { bin: 1, sample: 0 });
        assert_eq!(Stretch::of(PILOT_STRETCHES), Stretch::Step(0));
        let mut done = 0.0;
        for number in (0..STRETCHES).filter(|number| *number >= PILOT_STRETCHES || number % SAMPLES == 0) {
            assert!((Stretch::of(number).begin() - done).abs() < 1e-12, "{number}");
            done = Stretch::of(number).end();
        }
        assert!((done - 1.0).abs() < 1e-12);
    }
}
