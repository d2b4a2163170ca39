//! How much worse a step may be: cooling from a low start, a reheat and a return to the best at stagnation.
//!
//! Not learned. The start is low because this stage polishes what an annealer has made: a hot start would lose it first.

use search::Thresholds;

use crate::snapshot::{Loader, Misfit, Saver};

/// Recompute the thresholds when the temperature has changed by this factor.
const RESOLUTION: f64 = 0.97;
/// At the end of a cooling, this share of the budget without a new best is stagnation.
const STALE_POLISHING: f64 = 0.01;
/// While repairing, this share is.
const STALE_REPAIRING: f64 = 0.004;

/// A cooling that brought no new best is followed by one that starts hotter by this factor, up to the most.
const GROWTH: f64 = 1.3;
const GROWTH_MOST: f64 = 4.0;
/// No schedule is hotter; thresholds are whole numbers of limited size.
const TEMPERATURE_MOST: f64 = 1e6;

/// What stagnation calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing: go on.
    On,
    /// Return to the best and heat up.
    Reheat,
    /// Shift the constraint weights.
    Shift,
}

/// Temperatures, in units of cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Heat {
    /// While violations are repaired.
    pub(crate) repair: f64,
    /// Where a cooling begins, while there are none.
    pub(crate) start: f64,
    /// Where it ends.
    pub(crate) end: f64,
    /// Its length, as a share of the budget.
    pub(crate) cycle: f64,
}

impl Heat {
    /// The same at so many times the temperature, cooled the more slowly the colder it is.
    pub(crate) fn times(self, factor: f64) -> Self {
        let cycle = (self.cycle / factor).min(1.0);
        Self { start: self.start * factor, end: self.end * factor, cycle, ..self }
    }
}

/// The cooling of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    heat: Heat,
    temperature: f64,
    thresholds: Thresholds,
    cycle_start: u64,
    /// The start of the present cooling, as a multiple of the first.
    factor: f64,
    shifted: u64,
}

impl Schedule {
    /// A schedule at its start.
    pub(crate) fn new(heat: Heat) -> Self {
        Self {
            heat,
            temperature: heat.start,
            thresholds: Thresholds::new(heat.start),
            cycle_start: 0,
            factor: 1.0,
            shifted: 0,
        }
    }

    /// Writes down where the cooling stands.
    pub(crate) fn save(&self, saver: &mut Saver) {
        // The settings are those of the next attempt as well, and the thresholds follow from the temperature.
        let Self { heat: _, temperature, thresholds: _, cycle_start, factor, shifted } = self;
        saver.word(*cycle_start);
        saver.word(*shifted);
        saver.real(*temperature);
        saver.real(*factor);
    }

    /// Goes to where another's cooling stood after `spent` evaluations.
    pub(crate) fn restore(&mut self, spent: u64, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        self.cycle_start = loader.word_to(spent, "cooling")?;
        self.shifted = loader.word_to(spent, "cooling")?;
        self.temperature = loader.real_in(f64::MIN_POSITIVE..=TEMPERATURE_MOST, "temperature")?;
        self.factor = loader.real_in(1.0..=GROWTH_MOST, "temperature")?;
        self.thresholds = Thresholds::new(self.temperature);
        Ok(())
    }

    /// Thresholds of the present temperature.
    pub(crate) fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// Sets the temperature for `spent` of `total` evaluations, the last new best at `best_at`, and says what to do.
    pub(crate) fn advance(&mut self, spent: u64, total: u64, best_at: u64, repairing: bool) -> Turn {
        let share = |units: u64| units as f64 / total.max(1) as f64;
        if repairing {
            self.set(self.heat.repair);
            if share(spent - best_at.max(self.shifted).min(spent)) < STALE_REPAIRING {
                return Turn::On;
            }
            self.shifted = spent;
            self.cycle_start = spent;
            return Turn::Shift;
        }
        let position = share(spent - self.cycle_start) / self.heat.cycle;
        if position >= 1.0 && share(spent - best_at.max(self.cycle_start)) >= STALE_POLISHING {
            self.factor = if best_at > self.cycle_start { 1.0 } else { (self.factor * GROWTH).min(GROWTH_MOST) };
            self.cycle_start = spent;
            self.set(self.heat.start * self.factor);
            return Turn::Reheat;
        }
        let start = self.heat.start * self.factor;
        self.set(start * libm::pow(self.heat.end / start, position.min(1.0)));
        Turn::On
    }

    fn set(&mut self, temperature: f64) {
        let ratio = temperature / self.temperature;
        if !(RESOLUTION..=1.0 / RESOLUTION).contains(&ratio) {
            self.temperature = temperature;
            self.thresholds = Thresholds::new(temperature);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAT: Heat = Heat { repair: 2.0, start: 2.0, end: 0.2, cycle: 0.25 };

    #[test]
    fn what_is_colder_cools_more_slowly_and_within_the_budget() {
        assert_eq!(HEAT.times(0.5), Heat { repair: 2.0, start: 1.0, end: 0.1, cycle: 0.5 });
        assert_eq!(HEAT.times(0.1), Heat { repair: 2.0, start: 0.2, end: 0.2 * 0.1, cycle: 1.0 });
    }

    #[test]
    fn it_cools_and_reheats_only_at_stagnation() {
        let mut schedule = Schedule::new(HEAT);
        assert_eq!(schedule.advance(100, 1000, 0, false), Turn::On);
        let middle = schedule.temperature;
        assert!(middle < 2.0 && middle > 0.2);
        assert_eq!(schedule.advance(249, 1000, 0, false), Turn::On);
        assert!(schedule.temperature < middle);
        assert_eq!(schedule.advance(300, 1000, 299, false), Turn::On, "a new best a moment ago");
        assert_eq!(schedule.advance(320, 1000, 299, false), Turn::Reheat);
        assert!((schedule.temperature - 2.0).abs() < 0.1);
    }

    #[test]
    fn repair_shifts_weights_at_stagnation() {
        let mut schedule = Schedule::new(HEAT);
        assert_eq!(schedule.advance(1, 1000, 0, true), Turn::On);
        assert_eq!(schedule.advance(10, 1000, 0, true), Turn::Shift);
        assert_eq!(schedule.advance(11, 1000, 0, true), Turn::On);
        assert_eq!(schedule.advance(20, 1000, 19, true), Turn::On);
    }
}
