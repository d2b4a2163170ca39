//! A fast walk through all temperatures that shows where an instance melts and freezes.

use search::{Tally, Thresholds};

use crate::engine::{Engine, Standing};
use crate::schedule::Reading;

/// Bins of the temperature range.
pub(crate) const BINS: usize = 60;
const SAMPLES: usize = 16;
/// Samples left out at the start of a bin, while the states adapt to its temperature.
const SKIPPED: usize = 5;

/// Looks at one temperature: anneals the population there with `proposals` for each individual and measures. The annealing is
/// `anneal`'s, which may be told to stop and then does less.
pub(crate) fn look(
    engine: &mut dyn Engine,
    temperature: f64,
    proposals: u64,
    hard_weight: i32,
    anneal: &mut dyn FnMut(&mut dyn Engine, &Thresholds, u64) -> Tally,
) -> Reading {
    let thresholds = Thresholds::new(temperature);
    let mut samples = Vec::with_capacity(SAMPLES * engine.size());
    let (mut accepted, mut proposed) = (0, 0);
    for sample in 0..SAMPLES {
        let tally = anneal(engine, &thresholds, (proposals / SAMPLES as u64).max(1));
        accepted += tally.accepted;
        proposed += tally.proposed;
        if sample >= SKIPPED {
            let weighted = |(hard, soft): Standing| f64::from(hard) * f64::from(hard_weight) + f64::from(soft);
            samples.push(engine.standings().into_iter().map(weighted).collect::<Vec<f64>>());
        }
    }
    Reading { temperature, deviation: deviation(&samples), acceptance: accepted as f64 / proposed.max(1) as f64 }
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
