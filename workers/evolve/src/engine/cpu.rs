//! The population on the processor: individuals side by side by rayon. It is the reference for every other engine.

use rayon::prelude::*;
use search::{Annealer, Grid, Philox, Spot, State, Tally, Thresholds};

use super::{Cross, Engine, Standing};
use crate::crossover;

struct Individual {
    state: State,
    annealer: Annealer,
}

/// A population in the memory of this process. Each individual has a random stream of its own, so neither the number of
/// threads nor their timing shows in the result.
pub struct CpuEngine<'g> {
    grid: &'g Grid,
    individuals: Vec<Individual>,
    spare: Vec<State>,
    /// The best of individuals that were dropped.
    dropped: Option<(Standing, Vec<Spot>)>,
}

impl std::fmt::Debug for CpuEngine<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "CpuEngine({} individuals)", self.individuals.len())
    }
}

impl<'g> CpuEngine<'g> {
    /// A population of `size` copies of `start`.
    pub fn new(grid: &'g Grid, start: &State, size: usize, seed: u64) -> Self {
        let individual = |stream: usize| {
            let mut state = start.clone();
            let annealer = Annealer::new(Philox::new(seed, stream as u64), &state.view(grid));
            Individual { state, annealer }
        };
        Self { grid, individuals: (0..size).map(individual).collect(), spare: vec![start.clone(); size], dropped: None }
    }

    fn best_of(individuals: &[Individual]) -> Option<&Individual> {
        individuals.iter().min_by_key(|individual| individual.annealer.best())
    }
}

impl Engine for CpuEngine<'_> {
    fn size(&self) -> usize {
        self.individuals.len()
    }

    fn anneal(&mut self, thresholds: &Thresholds, proposals: u64) -> Tally {
        let grid = self.grid;
        let one = |individual: &mut Individual| {
            individual.annealer.anneal(&mut individual.state.view(grid), thresholds, proposals)
        };
        self.individuals.par_iter_mut().map(one).reduce(Tally::default, |sum, tally| Tally {
            proposed: sum.proposed + tally.proposed,
            accepted: sum.accepted + tally.accepted,
        })
    }

    fn standings(&mut self) -> Vec<Standing> {
        self.individuals.iter().map(|individual| (individual.state.hard(), individual.state.soft())).collect()
    }

    fn gather(&mut self, sources: &[usize]) {
        debug_assert!(sources.len() <= self.individuals.len(), "a population never grows");
        for (source, spare) in sources.iter().zip(&mut self.spare) {
            spare.copy_from(&self.individuals[*source].state);
        }
        let gone = self.individuals.split_off(sources.len());
        if let Some(best) = Self::best_of(&gone)
            && self.dropped.as_ref().is_none_or(|(standing, _)| best.annealer.best() < *standing)
        {
            self.dropped = Some((best.annealer.best(), best.annealer.best_spots().to_vec()));
        }
        self.spare.truncate(sources.len());
        for (individual, spare) in self.individuals.iter_mut().zip(&mut self.spare) {
            std::mem::swap(&mut individual.state, spare);
        }
    }

    fn cross(&mut self, crosses: &[Cross]) {
        for Cross { child, other, courses } in crosses {
            let lent = self.individuals[*other].state.view(self.grid).spots().to_vec();
            crossover::adopt(&mut self.individuals[*child].state.view(self.grid), &lent, courses);
        }
    }

    fn best(&self) -> (Standing, &[Spot]) {
        let living = Self::best_of(&self.individuals).map(|best| (best.annealer.best(), best.annealer.best_spots()));
        let dropped = self.dropped.as_ref().map(|(standing, spots)| (*standing, spots.as_slice()));
        living.into_iter().chain(dropped).min_by_key(|(standing, _)| *standing).expect("a population is never empty")
    }
}
