//! The seam between what a population does and where it does it.

mod cpu;
mod cuda;

pub use cpu::CpuEngine;
pub use cuda::{CudaEngine, Device, Site};
use search::{Spot, Tally, Thresholds};

/// One crossover: `child` adopts the places of `courses` from `other`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cross {
    /// The individual that changes.
    pub child: usize,
    /// The individual that lends its places.
    pub other: usize,
    /// The courses, ascending.
    pub courses: Vec<u32>,
}

/// Hard violations and weighted soft cost of an individual.
pub type Standing = (i32, i32);

/// A population written down: all that its future depends on, and no more. An engine of another kind reads it as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The individuals, in their order.
    pub individuals: Vec<Individual>,
    /// The best of those that were dropped.
    pub dropped: Option<Standing>,
    /// Where the classes were at [`Engine::best`]. Of what the others came through, only the cost is kept: nobody asks for
    /// their places before they have found better ones.
    pub best_spots: Vec<Spot>,
}

/// One individual, written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Individual {
    /// Where its classes are.
    pub spots: Vec<Spot>,
    /// How far it is in its random stream, whose number is its place in the population.
    pub counter: u64,
    /// The best that it came through.
    pub best: Standing,
}

/// What a device could not do. The population on it is lost then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeviceError(String);

impl DeviceError {
    /// What could not be done, a fragment of a sentence.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// What a population holds of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Bytes that it has taken.
    pub bytes: u64,
    /// Bytes that are free there.
    pub free: u64,
    /// Bytes that there are.
    pub total: u64,
}

/// Why a population cannot be made of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The snapshot is none of this instance.
    #[error("make a population of places that no timetable of this instance has")]
    Unsound,
    /// The device failed.
    #[error("{0}")]
    Device(#[from] DeviceError),
}

/// Holds a population and moves it. Two engines given the same calls hold the same states, bit for bit.
///
/// # Errors
/// What is asked of a device fails when that fails; the engine is of no use then. The processor does not fail.
#[expect(clippy::missing_errors_doc, reason = "it is said above, once for all of them")]
pub trait Engine {
    /// Number of individuals.
    fn size(&self) -> usize;
    /// What it holds of a device, where it lives on one.
    fn held(&self) -> Result<Option<Held>, DeviceError> {
        Ok(None)
    }
    /// Makes `proposals` proposals in every individual at one temperature.
    fn anneal(&mut self, thresholds: &Thresholds, proposals: u64) -> Result<Tally, DeviceError>;
    /// What each individual costs now.
    fn standings(&mut self) -> Result<Vec<Standing>, DeviceError>;
    /// Individual `i` becomes a copy of individual `sources[i]`; the population gets the size of `sources`, which is not
    /// larger than it was, and gives the memory of the others back. A source within that size keeps its own place, so that
    /// no second population is needed to copy through.
    fn gather(&mut self, sources: &[usize]) -> Result<(), DeviceError>;
    /// Makes children. All of them adopt from the population as it is before there are any.
    fn cross(&mut self, crosses: &[Cross]) -> Result<(), DeviceError>;
    /// The best that any individual came through, and where its classes were.
    fn best(&self) -> (Standing, &[Spot]);
    /// Writes the population down.
    fn snapshot(&mut self) -> Result<Snapshot, DeviceError>;
    /// Becomes the population of a snapshot, which has as many individuals. From there on every call does what it would
    /// have done in the engine that was written down.
    ///
    /// # Errors
    /// When the snapshot holds places that no state has, or another number of individuals. The engine is of no use then.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), RestoreError>;
}
