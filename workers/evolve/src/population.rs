//! Who survives a step of temperature.

use search::Philox;

/// Systematic resampling by Boltzmann weights `exp(-step · (cost − least cost))`, `step` being the growth of the inverse
/// temperature: the source of each of `size` individuals. A survivor keeps its place; duplicates fill the places of those that
/// are gone. (Douc, Cappé, "Comparison of resampling schemes for particle filtering", 2005.)
pub(crate) fn resample(costs: &[i64], step: f64, size: usize, random: Philox, counter: u64) -> Vec<usize> {
    let least = costs.iter().copied().min().unwrap_or_default();
    let weight = |cost: &i64| libm::exp(-step * (cost - least) as f64);
    let weights: Vec<f64> = costs.iter().map(weight).collect();
    let total: f64 = weights.iter().sum();
    let offset = f64::from(random.block(counter)[0]) / f64::from(u32::MAX);
    let mut chosen = Vec::with_capacity(size);
    let mut sum = 0.0;
    for (index, weight) in weights.iter().enumerate() {
        sum += weight / total * size as f64;
        while chosen.len() < size && chosen.len() as f64 + offset < sum {
            chosen.push(index);
        }
    }
    chosen.resize(size, costs.len() - 1);
    in_place(&chosen)
}

/// The `size` individuals of least cost, for a population that must shrink. Those within its new size keep their places.
pub(crate) fn best(costs: &[i64], size: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..costs.len()).collect();
    chosen.sort_by_key(|index| costs[*index]);
    chosen.truncate(size);
    in_place(&chosen)
}

/// Orders the chosen so that whoever survives stays where it is.
fn in_place(chosen: &[usize]) -> Vec<usize> {
    let mut sources: Vec<Option<usize>> = vec![None; chosen.len()];
    let mut duplicates = Vec::new();
    for &index in chosen {
        match sources.get_mut(index) {
            Some(place @ None) => *place = Some(index),
            _ => duplicates.push(index),
        }
    }
    let mut duplicates = duplicates.into_iter();
    sources.into_iter().map(|source| source.or_else(|| duplicates.next()).expect("as many as places")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_costs_keep_everybody() {
        let sources = resample(&[7; 6], 0.5, 6, Philox::new(1, 1), 0);
        assert_eq!(sources, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_hopeless_individual_is_replaced_by_a_good_one() {
        for counter in 0..50 {
            let sources = resample(&[10, 10_000, 10], 1.0, 3, Philox::new(3, 0), counter);
            assert_eq!((sources[0], sources[2]), (0, 2));
            assert_ne!(sources[1], 1);
        }
    }

    #[test]
    fn the_best_are_left_and_keep_their_places() {
        assert_eq!(best(&[9, 1, 5, 2, 7], 3), [3, 1, 2]);
        assert_eq!(best(&[3, 3], 1), [0]);
    }

    #[test]
    fn a_population_can_shrink() {
        let sources = resample(&[5, 1, 5, 1], 100.0, 2, Philox::new(3, 0), 9);
        assert_eq!(sources.len(), 2);
        assert!(sources.iter().all(|source| [1, 3].contains(source)), "{sources:?}");
    }
}
