//! Which temperature when: as much work at each temperature as it needs.
//!
//! The pilot walks through all temperatures once, fast, and notes how much the cost fluctuates there. The speed that keeps the
//! distance to equilibrium even is then proportional to the standard deviation of the cost over the temperature (Salamon,
//! Nulton, Harland, Pedersen, Ruppeiner, Liao, "Simulated annealing with constant thermodynamic speed", 1988), corrected for
//! how rarely a proposal is accepted. So the instance decides, and a small one is not cooled as a large one is.

/// The temperatures of a cooling, in units of cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// Where it starts.
    pub(crate) hottest: f64,
    /// Where it ends.
    pub(crate) coldest: f64,
}

impl Range {
    /// From where every instance is molten to where a change of one unit is accepted once in twenty thousand proposals.
    pub(crate) const FULL: Self = Self { hottest: 64.0, coldest: 0.1 };
    /// For work too short to freeze again what a full melt destroys: the start's broad structure stays.
    pub(crate) const WARM: Self = Self { hottest: 8.0, ..Self::FULL };

    /// The temperature at `position` (0 to 1), in equal ratios from hot to cold.
    pub(crate) fn at(self, position: f64) -> f64 {
        self.hottest * libm::pow(self.coldest / self.hottest, position)
    }
}

/// How strongly a low acceptance rate slows the cooling; chosen by measurement on comp01–comp10.
const ACCEPTANCE_POWER: f64 = 0.3;
/// The profile is averaged over this many bins to each side: a pilot is noisy.
const SMOOTHING: usize = 3;

/// What the pilot saw at one temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Temperature.
    pub(crate) temperature: f64,
    /// Standard deviation of the weighted cost.
    pub(crate) deviation: f64,
    /// Accepted proposals by all proposals.
    pub(crate) acceptance: f64,
}

/// A cooling schedule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    range: Range,
    /// Share of the work done before each bin, ascending from 0 to 1.
    shares: Vec<f64>,
}

impl Schedule {
    /// The schedule for what a pilot saw, from hot to cold.
    pub(crate) fn new(range: Range, readings: &[Reading]) -> Self {
        let density = |reading: &Reading| {
            // A frozen state has no deviation; a little work is due there all the same.
            let deviation = reading.deviation.max(0.05 * reading.temperature);
            deviation / reading.temperature / libm::pow(reading.acceptance.max(1e-4), ACCEPTANCE_POWER)
        };
        let raw: Vec<f64> = readings.iter().map(density).collect();
        let smooth = |bin: usize| {
            let near = &raw[bin.saturating_sub(SMOOTHING)..(bin + SMOOTHING + 1).min(raw.len())];
            near.iter().sum::<f64>() / near.len() as f64
        };
        let smooth: Vec<f64> = (0..raw.len()).map(smooth).collect();
        let total: f64 = smooth.iter().sum();
        let shares = std::iter::once(0.0)
            .chain(smooth.iter().scan(0.0, |sum, density| {
                *sum += density / total;
                Some(*sum)
            }))
            .collect();
        Self { range, shares }
    }

    /// The temperature when `progress` (0 to 1) of the work is done.
    pub(crate) fn temperature(&self, progress: f64) -> f64 {
        let bins = self.shares.len() - 1;
        let bin = self.shares.partition_point(|share| *share <= progress).saturating_sub(1).min(bins - 1);
        let (low, high) = (self.shares[bin], self.shares[bin + 1]);
        let within = ((progress - low) / (high - low)).clamp(0.0, 1.0);
        self.range.at((bin as f64 + within) / bins as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cools_from_hottest_to_coldest_and_slowest_where_it_matters() {
        let readings: Vec<Reading> = (0..60)
            .map(|bin| {
                let temperature = Range::FULL.at((f64::from(bin) + 0.5) / 60.0);
                let melting = (20..30).contains(&bin);
                Reading { temperature, deviation: temperature * if melting { 30.0 } else { 1.0 }, acceptance: 0.1 }
            })
            .collect();
        let schedule = Schedule::new(Range::FULL, &readings);
        let temperatures: Vec<f64> = (0..=100).map(|step| schedule.temperature(f64::from(step) / 100.0)).collect();
        assert!(temperatures.is_sorted_by(|a, b| a >= b), "{temperatures:?}");
        assert!((temperatures[0] - Range::FULL.hottest).abs() < 1e-9);
        assert!((temperatures[100] - Range::FULL.coldest).abs() < 1e-9);
        let melting = temperatures.iter().filter(|t| **t < Range::FULL.at(0.3) && **t > Range::FULL.at(0.54));
        assert!(melting.count() > 60);
    }
}
