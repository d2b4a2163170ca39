//! The population on the processor: individuals side by side by rayon. It is the reference for every other engine.

use rayon::prelude::*;
use search::{Annealer, Landscape, Motion, Philox, Spot, Tally, Thresholds};

use super::{Cross, DeviceError, Engine, RestoreError, Snapshot, Standing};

struct Individual<S> {
    state: S,
    annealer: Annealer,
}

/// A population in the memory of this process. Each individual has a random stream of its own, so neither the number of
/// threads nor their timing shows in the result.
pub struct CpuEngine<'g, L: Landscape> {
    landscape: &'g L,
    seed: u64,
    individuals: Vec<Individual<L::State>>,
    /// The best of individuals that were dropped.
    dropped: Option<(Standing, Vec<Spot>)>,
}

impl<L: Landscape> std::fmt::Debug for CpuEngine<'_, L> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "CpuEngine({} individuals)", self.individuals.len())
    }
}

impl<'g, L: Landscape> CpuEngine<'g, L> {
    /// A population of `size` copies of `start`.
    pub fn new(landscape: &'g L, start: &L::State, size: usize, seed: u64) -> Self {
        let individual = |stream: usize| {
            let mut state = start.clone();
            let annealer = Annealer::new(Philox::new(seed, stream as u64), &landscape.view(&mut state));
            Individual { state, annealer }
        };
        Self { landscape, seed, individuals: (0..size).map(individual).collect(), dropped: None }
    }

    /// What an individual holds of the heap, for an instance whose states are like `state`.
    pub fn bytes_each(landscape: &L, state: &L::State) -> usize {
        landscape.bytes_of(state) + landscape.classes() * size_of::<Spot>() + size_of::<Individual<L::State>>()
    }

    fn best_of(individuals: &[Individual<L::State>]) -> Option<&Individual<L::State>> {
        individuals.iter().min_by_key(|individual| individual.annealer.best())
    }
}

impl<L: Landscape> Engine for CpuEngine<'_, L> {
    fn size(&self) -> usize {
        self.individuals.len()
    }

    fn anneal(&mut self, thresholds: &Thresholds, proposals: u64) -> Result<Tally, DeviceError> {
        let landscape = self.landscape;
        let one = |individual: &mut Individual<L::State>| {
            individual.annealer.anneal(&mut landscape.view(&mut individual.state), thresholds, proposals)
        };
        Ok(self.individuals.par_iter_mut().map(one).reduce(Tally::default, |sum, tally| Tally {
            proposed: sum.proposed + tally.proposed,
            accepted: sum.accepted + tally.accepted,
        }))
    }

    fn standings(&mut self) -> Result<Vec<Standing>, DeviceError> {
        Ok(self.individuals.iter().map(|individual| self.landscape.cost_of(&individual.state)).collect())
    }

    fn gather(&mut self, sources: &[usize]) -> Result<(), DeviceError> {
        debug_assert!(sources.len() <= self.individuals.len(), "a population never grows");
        for (place, source) in sources.iter().enumerate().filter(|(place, source)| place != *source) {
            debug_assert!(sources.get(*source).is_none_or(|kept| kept == source), "a source keeps its place");
            if let Ok([copy, original]) = self.individuals.get_disjoint_mut([place, *source]) {
                self.landscape.copy(&mut copy.state, &original.state);
            }
        }
        let gone = self.individuals.split_off(sources.len());
        self.individuals.shrink_to_fit();
        if let Some(best) = Self::best_of(&gone)
            && self.dropped.as_ref().is_none_or(|(standing, _)| best.annealer.best() < *standing)
        {
            self.dropped = Some((best.annealer.best(), best.annealer.best_spots().to_vec()));
        }
        Ok(())
    }

    fn cross(&mut self, crosses: &[Cross]) -> Result<(), DeviceError> {
        let landscape = self.landscape;
        let mut lent = |cross: &Cross| landscape.view(&mut self.individuals[cross.other].state).spots().to_vec();
        let lent: Vec<Vec<Spot>> = crosses.iter().map(&mut lent).collect();
        for (Cross { child, courses, .. }, lent) in crosses.iter().zip(&lent) {
            landscape.adopt(&mut self.individuals[*child].state, lent, courses);
        }
        Ok(())
    }

    fn best(&self) -> (Standing, &[Spot]) {
        let living = Self::best_of(&self.individuals).map(|best| (best.annealer.best(), best.annealer.best_spots()));
        let dropped = self.dropped.as_ref().map(|(standing, spots)| (*standing, spots.as_slice()));
        living.into_iter().chain(dropped).min_by_key(|(standing, _)| *standing).expect("a population is never empty")
    }

    fn snapshot(&mut self) -> Result<Snapshot, DeviceError> {
        let best_spots = self.best().1.to_vec();
        let landscape = self.landscape;
        let written = |individual: &mut Individual<L::State>| super::Individual {
            spots: landscape.view(&mut individual.state).spots().to_vec(),
            counter: individual.annealer.counter(),
            best: individual.annealer.best(),
        };
        Ok(Snapshot {
            individuals: self.individuals.iter_mut().map(written).collect(),
            dropped: self.dropped.as_ref().map(|(standing, _)| *standing),
            best_spots,
        })
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), RestoreError> {
        let best = self.landscape.state_of(&snapshot.best_spots).ok_or(RestoreError::Unsound)?;
        if snapshot.individuals.len() != self.individuals.len() {
            return Err(RestoreError::Unsound);
        }
        for (stream, (individual, written)) in self.individuals.iter_mut().zip(&snapshot.individuals).enumerate() {
            individual.state = self.landscape.state_of(&written.spots).ok_or(RestoreError::Unsound)?;
            let random = Philox::new(self.seed, stream as u64);
            individual.annealer = Annealer::resumed(random, written.counter, written.best, snapshot.best_spots.clone());
        }
        self.dropped = snapshot.dropped.map(|standing| (standing, snapshot.best_spots.clone()));
        // What is told of the best must be what its places cost.
        if self.best().0 == self.landscape.cost_of(&best) { Ok(()) } else { Err(RestoreError::Unsound) }
    }
}
