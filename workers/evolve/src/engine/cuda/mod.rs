//! The population on a device: the chains of [`CpuEngine`](super::CpuEngine), one warp for each individual. Its memory there is
//! taken once, when the population is made, and given back when this process ends.

mod arena;
mod campus;
mod competition;
mod device;
mod site;
mod tables;

use std::ops::Range;
use std::time::{Duration, Instant};

use bytemuck::Zeroable;
pub use device::Device;
use search::{Landscape, Spot, Tally, Thresholds};
pub use site::Site;

use self::arena::{Arena, FOUND};
use self::device::{Kernel, Memory};
use self::site::Kernels;
use self::tables::Block;
use super::{Cross, DeviceError, Engine, Held, Individual, RestoreError, Snapshot, Standing};

/// A launch lasts about so long, so that orders are heard, and a device that also shows pictures goes on showing them.
const LAUNCH: Duration = Duration::from_millis(100);
/// Proposals of each individual in the first launch.
const FIRST_LAUNCH: u64 = 2_000;

/// A population in the memory of a device.
pub struct CudaEngine<'g, L: Landscape> {
    landscape: &'g L,
    device: Device,
    kernels: Kernels,
    memory: Memory,
    arena: Arena,
    block: Block,
    seed: u64,
    size: usize,
    limits: Option<Thresholds>,
    /// Proposals of each individual in one launch.
    piece: u64,
    /// The best of the population, and where its classes were.
    best: (Standing, Vec<Spot>),
    /// Whose that is: of several, the first.
    best_of: usize,
    /// The best of individuals that were dropped.
    dropped: Option<(Standing, Vec<Spot>)>,
}

impl<L: Landscape> std::fmt::Debug for CudaEngine<'_, L> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "CudaEngine({} individuals)", self.size)
    }
}

/// Arguments of a launch: addresses and counts, in the order of the kernel's own structure.
type Given<const N: usize> = [u64; N];

impl<L: Landscape> CudaEngine<'_, L> {
    /// Bytes that this population holds of the device's memory.
    pub fn bytes(&self) -> usize {
        self.arena.bytes()
    }

    /// Proposals a second of the whole population, by trying. It is as new afterwards, a population of `start`.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn rate(&mut self, start: &[Spot]) -> Result<f64, DeviceError> {
        let thresholds = Thresholds::new(1.0);
        self.anneal(&thresholds, FIRST_LAUNCH)?;
        let from = Instant::now();
        self.anneal(&thresholds, 2 * FIRST_LAUNCH)?;
        let rate = (2 * FIRST_LAUNCH * self.size as u64) as f64 / from.elapsed().as_secs_f64().max(1e-6);
        self.begin(start)?;
        Ok(rate)
    }

    /// Every individual becomes `start`, at the beginning of its chain.
    fn begin(&mut self, start: &[Spot]) -> Result<(), DeviceError> {
        self.device.write(&mut self.memory, &self.arena.spots, start)?;
        self.eval(0)?;
        self.device.write(&mut self.memory, &self.arena.counters, &vec![0_u64; self.size])?;
        let costs = self.standings()?;
        self.write_bests(&costs)?;
        self.lend_all(self.memory.at(&self.arena.best_spots))?;
        self.best = (costs.first().copied().unwrap_or_default(), start.to_vec());
        self.best_of = 0;
        self.device.wait()
    }

    fn launch<const N: usize>(&self, kernel: &Kernel, blocks: usize, given: Given<N>) -> Result<(), DeviceError>
    where
        Given<N>: bytemuck::Pod,
    {
        self.device.launch(kernel, blocks, &self.block, &given)
    }

    /// Fills all states from the places: of each individual its row of them (1), or the first row (0).
    fn eval(&mut self, rows: u64) -> Result<(), DeviceError> {
        let at = |part| self.memory.at(part);
        let given = [at(&self.arena.states), at(&self.arena.told), at(&self.arena.spots), rows];
        self.launch(&self.kernels.eval, self.size, given)
    }

    /// Writes down where the classes of some individuals are, in as many rows at an address.
    fn lend(&mut self, sources: &[u32], rows: u64) -> Result<(), DeviceError> {
        self.device.write(&mut self.memory, &self.arena.sources, sources)?;
        let given = [self.memory.at(&self.arena.states), self.memory.at(&self.arena.sources), rows];
        self.launch(&self.kernels.lend, sources.len(), given)
    }

    fn lend_all(&mut self, rows: u64) -> Result<(), DeviceError> {
        self.lend(&(0..self.size as u32).collect::<Vec<_>>(), rows)
    }

    fn write_bests(&mut self, bests: &[Standing]) -> Result<(), DeviceError> {
        let pairs: Vec<[i32; 2]> = bests.iter().map(|(hard, soft)| [*hard, *soft]).collect();
        self.device.write(&mut self.memory, &self.arena.bests, &pairs)
    }

    /// The pair of numbers of each individual, from a part of the arena that begins with them.
    fn read_standings(&self, part: &Range<usize>) -> Result<Vec<Standing>, DeviceError> {
        let mut pairs = vec![[0_i32; 2]; self.size];
        self.device.read(&self.memory, part, &mut pairs)?;
        Ok(pairs.into_iter().map(|[hard, soft]| (hard, soft)).collect())
    }

    /// One launch of annealing. Returns the proposals accepted.
    fn launch_anneal(&mut self, proposals: u64) -> Result<u64, DeviceError> {
        let at = |part| self.memory.at(part);
        let arena = &self.arena;
        let costs = at(&arena.told);
        let accepted = costs + 8 * self.size as u64;
        let given = [
            at(&arena.states),
            costs,
            at(&arena.bests),
            at(&arena.best_spots),
            at(&arena.counters),
            accepted,
            at(&arena.limits),
            self.seed,
            proposals,
        ];
        self.launch(&self.kernels.anneal, self.size, given)?;
        let found = accepted + 4 * self.size as u64;
        self.launch(&self.kernels.best, 1, [at(&arena.bests), found, self.size as u64])?;
        let mut told = vec![0_u32; 3 * self.size + FOUND];
        self.device.read(&self.memory, &arena.told, &mut told)?;
        let (accepted, found) = told[2 * self.size..].split_at(self.size);
        self.take_best((found[0] as i32, found[1] as i32), found[2] as usize)?;
        Ok(accepted.iter().map(|count| u64::from(*count)).sum())
    }

    /// The best is that of `individual`, whose places are fetched where they are others than before.
    fn take_best(&mut self, standing: Standing, individual: usize) -> Result<(), DeviceError> {
        if (standing, individual) != (self.best.0, self.best_of) {
            self.best = (standing, self.best_spots_of(individual)?);
            self.best_of = individual;
        }
        Ok(())
    }

    fn best_spots_of(&self, individual: usize) -> Result<Vec<Spot>, DeviceError> {
        let mut spots = vec![Spot::zeroed(); self.landscape.classes()];
        let begin = self.arena.best_spots.start + individual * size_of_val(spots.as_slice());
        self.device.read(&self.memory, &(begin..self.arena.best_spots.end), &mut spots)?;
        Ok(spots)
    }

    /// Leaves out all individuals but the first `size`.
    fn shrink(&mut self, size: usize) -> Result<(), DeviceError> {
        let bests = self.read_standings(&self.arena.bests)?;
        let least = |range: Range<usize>| range.min_by_key(|individual| bests[*individual]);
        if let Some(individual) = least(size..self.size)
            && self.dropped.as_ref().is_none_or(|(dropped, _)| bests[individual] < *dropped)
        {
            self.dropped = Some((bests[individual], self.best_spots_of(individual)?));
        }
        if let Some(individual) = least(0..size) {
            self.take_best(bests[individual], individual)?;
        }
        self.size = size;
        Ok(())
    }
}

impl<L: Landscape> Engine for CudaEngine<'_, L> {
    fn size(&self) -> usize {
        self.size
    }

    fn held(&self) -> Result<Option<Held>, DeviceError> {
        let (free, total) = self.device.memory()?;
        Ok(Some(Held { bytes: self.bytes() as u64, free: free as u64, total: total as u64 }))
    }

    fn anneal(&mut self, thresholds: &Thresholds, proposals: u64) -> Result<Tally, DeviceError> {
        if self.limits.as_ref() != Some(thresholds) {
            let limits: Vec<u16> =
                thresholds.limits().map(|limit| limit.clamp(0, i32::from(u16::MAX)) as u16).collect();
            self.device.write(&mut self.memory, &self.arena.limits, &limits)?;
            self.limits = Some(thresholds.clone());
        }
        let (mut left, mut accepted) = (proposals, 0);
        while left > 0 {
            let piece = left.min(self.piece);
            let from = Instant::now();
            accepted += self.launch_anneal(piece)?;
            let ratio = LAUNCH.as_secs_f64() / from.elapsed().as_secs_f64().max(1e-6);
            if piece == self.piece || ratio < 1.0 {
                self.piece = ((piece as f64 * ratio.clamp(0.5, 2.0)) as u64).max(1);
            }
            left -= piece;
        }
        Ok(Tally { proposed: proposals * self.size as u64, accepted })
    }

    fn standings(&mut self) -> Result<Vec<Standing>, DeviceError> {
        self.read_standings(&self.arena.told)
    }

    fn gather(&mut self, sources: &[usize]) -> Result<(), DeviceError> {
        let moved = sources.iter().enumerate().filter(|(place, source)| place != *source);
        let (places, from): (Vec<u32>, Vec<u32>) = moved.map(|(place, source)| (place as u32, *source as u32)).unzip();
        self.device.write(&mut self.memory, &self.arena.places, &places)?;
        self.device.write(&mut self.memory, &self.arena.sources, &from)?;
        let at = |part| self.memory.at(part);
        let given = [at(&self.arena.states), at(&self.arena.told), at(&self.arena.places), at(&self.arena.sources)];
        self.launch(&self.kernels.gather, places.len(), given)?;
        if sources.len() < self.size { self.shrink(sources.len()) } else { Ok(()) }
    }

    fn cross(&mut self, crosses: &[Cross]) -> Result<(), DeviceError> {
        let others: Vec<u32> = crosses.iter().map(|cross| cross.other as u32).collect();
        let children: Vec<u32> = crosses.iter().map(|cross| cross.child as u32).collect();
        let courses: Vec<u32> = crosses.iter().flat_map(|cross| &cross.courses).copied().collect();
        let mut end = 0;
        let ends = crosses.iter().map(|cross| {
            end += cross.courses.len() as u32;
            end
        });
        let starts: Vec<u32> = std::iter::once(0).chain(ends).collect();
        self.lend(&others, self.memory.at(&self.arena.spots))?;
        self.device.write(&mut self.memory, &self.arena.places, &children)?;
        self.device.write(&mut self.memory, &self.arena.starts, &starts)?;
        self.device.write(&mut self.memory, &self.arena.courses, &courses)?;
        let at = |part| self.memory.at(part);
        let arena = &self.arena;
        let given = [&arena.states, &arena.told, &arena.spots, &arena.places, &arena.starts, &arena.courses].map(at);
        self.launch(&self.kernels.cross, crosses.len(), given)
    }

    fn best(&self) -> (Standing, &[Spot]) {
        let dropped = self.dropped.as_ref().filter(|(standing, _)| *standing < self.best.0);
        let (standing, spots) = dropped.unwrap_or(&self.best);
        (*standing, spots)
    }

    fn snapshot(&mut self) -> Result<Snapshot, DeviceError> {
        self.lend_all(self.memory.at(&self.arena.spots))?;
        let mut spots = vec![Spot::zeroed(); self.size * self.landscape.classes()];
        self.device.read(&self.memory, &self.arena.spots, &mut spots)?;
        let mut counters = vec![0_u64; self.size];
        self.device.read(&self.memory, &self.arena.counters, &mut counters)?;
        let bests = self.read_standings(&self.arena.bests)?;
        let rows = spots.chunks_exact(self.landscape.classes().max(1));
        let individuals = rows.zip(counters).zip(bests);
        Ok(Snapshot {
            individuals: individuals
                .map(|((spots, counter), best)| Individual { spots: spots.to_vec(), counter, best })
                .collect(),
            dropped: self.dropped.as_ref().map(|(standing, _)| *standing),
            best_spots: self.best().1.to_vec(),
        })
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), RestoreError> {
        let is_sound = |spots: &[Spot]| self.landscape.state_of(spots).is_some();
        let best = self.landscape.state_of(&snapshot.best_spots).ok_or(RestoreError::Unsound)?;
        let individuals = &snapshot.individuals;
        if individuals.len() != self.size || !individuals.iter().all(|individual| is_sound(&individual.spots)) {
            return Err(RestoreError::Unsound);
        }
        let spots: Vec<Spot> = individuals.iter().flat_map(|individual| &individual.spots).copied().collect();
        self.device.write(&mut self.memory, &self.arena.spots, &spots)?;
        self.eval(1)?;
        let counters: Vec<u64> = individuals.iter().map(|individual| individual.counter).collect();
        self.device.write(&mut self.memory, &self.arena.counters, &counters)?;
        let bests: Vec<Standing> = individuals.iter().map(|individual| individual.best).collect();
        self.write_bests(&bests)?;
        let rows = snapshot.best_spots.repeat(self.size);
        self.device.write(&mut self.memory, &self.arena.best_spots, &rows)?;
        let first = bests.iter().enumerate().min_by_key(|(_, standing)| **standing);
        let (best_of, standing) = first.map_or((0, (0, 0)), |(individual, standing)| (individual, *standing));
        self.best = (standing, snapshot.best_spots.clone());
        self.best_of = best_of;
        self.dropped = snapshot.dropped.map(|standing| (standing, snapshot.best_spots.clone()));
        self.device.wait()?;
        // What is told of the best must be what its places cost.
        if self.best().0 == self.landscape.cost_of(&best) { Ok(()) } else { Err(RestoreError::Unsound) }
    }
}
