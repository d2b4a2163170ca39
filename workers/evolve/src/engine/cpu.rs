//! The population on the processor: individuals side by side by rayon. It is the reference for every other engine.

use rayon::prelude::*;
use search::{Annealer, Grid, Philox, Spot, State, Tally, Thresholds};

use super::{Cross, Engine, Snapshot, Standing, UnsoundSnapshot};
use crate::crossover;

struct Individual {
    state: State,
    annealer: Annealer,
}

impl Individual {
    fn standing(&self) -> Standing {
        (self.state.hard(), self.state.soft())
    }
}

/// A population in the memory of this process. Each individual has a random stream of its own, so neither the number of
/// threads nor their timing shows in the result.
pub struct CpuEngine<'g> {
    grid: &'g Grid,
    seed: u64,
    individuals: Vec<Individual>,
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
        Self { grid, seed, individuals: (0..size).map(individual).collect(), dropped: None }
    }

    /// What an individual holds of the heap, for an instance whose states are like `state`.
    pub fn bytes_each(grid: &Grid, state: &State) -> usize {
        state.bytes() + grid.classes * size_of::<Spot>() + size_of::<Individual>()
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
        self.individuals.iter().map(Individual::standing).collect()
    }

    fn gather(&mut self, sources: &[usize]) {
        debug_assert!(sources.len() <= self.individuals.len(), "a population never grows");
        for (place, source) in sources.iter().enumerate().filter(|(place, source)| place != *source) {
            debug_assert!(sources.get(*source).is_none_or(|kept| kept == source), "a source keeps its place");
            if let Ok([copy, original]) = self.individuals.get_disjoint_mut([place, *source]) {
                copy.state.copy_from(&original.state);
            }
        }
        let gone = self.individuals.split_off(sources.len());
        self.individuals.shrink_to_fit();
        if let Some(best) = Self::best_of(&gone)
            && self.dropped.as_ref().is_none_or(|(standing, _)| best.annealer.best() < *standing)
        {
            self.dropped = Some((best.annealer.best(), best.annealer.best_spots().to_vec()));
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

    fn snapshot(&mut self) -> Snapshot {
        let best_spots = self.best().1.to_vec();
        let grid = self.grid;
        let written = |individual: &mut Individual| super::Individual {
            spots: individual.state.view(grid).spots().to_vec(),
            counter: individual.annealer.counter(),
            best: individual.annealer.best(),
        };
        Snapshot {
            individuals: self.individuals.iter_mut().map(written).collect(),
            dropped: self.dropped.as_ref().map(|(standing, _)| *standing),
            best_spots,
        }
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), UnsoundSnapshot> {
        let best = State::from_spots(self.grid, &snapshot.best_spots).ok_or(UnsoundSnapshot)?;
        if snapshot.individuals.len() != self.individuals.len() {
            return Err(UnsoundSnapshot);
        }
        for (stream, (individual, written)) in self.individuals.iter_mut().zip(&snapshot.individuals).enumerate() {
            individual.state = State::from_spots(self.grid, &written.spots).ok_or(UnsoundSnapshot)?;
            let random = Philox::new(self.seed, stream as u64);
            individual.annealer = Annealer::resumed(random, written.counter, written.best, snapshot.best_spots.clone());
        }
        self.dropped = snapshot.dropped.map(|standing| (standing, snapshot.best_spots.clone()));
        // What is told of the best must be what its places cost.
        if self.best().0 == (best.hard(), best.soft()) { Ok(()) } else { Err(UnsoundSnapshot) }
    }
}
