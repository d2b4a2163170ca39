//! The seam between what a population does and where it does it.

mod cpu;

pub use cpu::CpuEngine;
use search::{Spot, Tally, Thresholds};

/// One crossover: `child` adopts the places of `courses` from `other`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cross {
    /// The individual that changes.
    pub child: usize,
    /// The individual that lends its places.
    pub other: usize,
    /// The courses, ascending.
    pub courses: Vec<u16>,
}

/// Hard violations and weighted soft cost of an individual.
pub type Standing = (i32, i32);

/// Holds a population and moves it. Two engines given the same calls hold the same states, bit for bit.
pub trait Engine {
    /// Number of individuals.
    fn size(&self) -> usize;
    /// Makes `proposals` proposals in every individual at one temperature.
    fn anneal(&mut self, thresholds: &Thresholds, proposals: u64) -> Tally;
    /// What each individual costs now.
    fn standings(&mut self) -> Vec<Standing>;
    /// Individual `i` becomes a copy of individual `sources[i]`; the population gets the size of `sources`, which is not
    /// larger than it was.
    fn gather(&mut self, sources: &[usize]);
    /// Makes children, one after the other.
    fn cross(&mut self, crosses: &[Cross]);
    /// The best that any individual came through, and where its classes were.
    fn best(&self) -> (Standing, &[Spot]);
}
