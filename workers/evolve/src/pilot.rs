//! A fast walk through all temperatures that shows where an instance melts and freezes.

use search::Tally;

use crate::engine::Standing;
use crate::schedule::Reading;

/// Bins of the temperature range.
pub(crate) const BINS: usize = 60;
/// The population is looked at so many times in a bin, after equal stretches of annealing.
pub(crate) const SAMPLES: usize = 16;
/// Samples left out at the start of a bin, while the states adapt to its temperature.
pub(crate) const SKIPPED: usize = 5;

/// What the pilot has seen so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pilot {
    /// The bins that are done, from hot to cold.
    pub(crate) readings: Vec<Reading>,
    /// The bin at hand: the weighted cost of each individual at each look but the first few.
    pub(crate) samples: Vec<Vec<f64>>,
    /// The bin at hand: what its annealing did.
    pub(crate) tally: Tally,
}

impl Pilot {
    /// Counts a stretch of annealing in.
    pub(crate) fn count(&mut self, tally: Tally) {
        self.tally.proposed += tally.proposed;
        self.tally.accepted += tally.accepted;
    }

    /// Looks at the population, at the end of stretch `sample` of a bin; the last one ends the bin.
    pub(crate) fn look(&mut self, sample: usize, temperature: f64, standings: &[Standing], hard_weight: i32) {
        if sample >= SKIPPED {
            let weighted = |(hard, soft): &Standing| f64::from(*hard) * f64::from(hard_weight) + f64::from(*soft);
            self.samples.push(standings.iter().map(weighted).collect());
        }
        if sample + 1 == SAMPLES {
            let acceptance = self.tally.accepted as f64 / self.tally.proposed.max(1) as f64;
            self.readings.push(Reading { temperature, deviation: deviation(&self.samples), acceptance });
            self.samples.clear();
            self.tally = Tally::default();
        }
    }

    /// The population is that of `sources` from now on: what was seen of the others goes with them.
    pub(crate) fn gather(&mut self, sources: &[usize]) {
        for sample in &mut self.samples {
            *sample = sources.iter().map(|source| sample[*source]).collect();
        }
    }
}

/// Mean over the individuals of the standard deviation of each one's own cost: differences between individuals are not
/// fluctuations.
fn deviation(samples: &[Vec<f64>]) -> f64 {
    let individuals = samples.first().map_or(0, Vec::len);
    let of_one = |individual: usize| {
        let own: Vec<f64> = samples.iter().filter_map(|sample| sample.get(individual)).copied().collect();
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        own.iter().map(|cost| (cost - mean) * (cost - mean)).sum::<f64>() / own.len() as f64
    };
    libm::sqrt((0..individuals).map(of_one).sum::<f64>() / individuals.max(1) as f64)
}
