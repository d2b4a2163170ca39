//! What a launch is made of, but for its lanes; and the dice that choose which of them goes on.

use crate::memory::{DeviceMemory, Region};

/// What a launch took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Instructions, each counted once for all lanes that ran it together.
    pub instructions: u64,
    /// Times that the banks of shared memory were asked, where that was to be counted.
    pub wavefronts: u64,
}

/// Everything around the lanes of a block.
pub(crate) struct World<'a> {
    pub(crate) memory: &'a mut DeviceMemory,
    pub(crate) shared: Region,
    pub(crate) parameters: Vec<u8>,
    /// Of each lane.
    pub(crate) local_bytes: usize,
    /// When the launch began, counted in barriers.
    pub(crate) launch: u64,
    /// When the block began.
    pub(crate) begin: u64,
    /// The last barrier of the whole block.
    pub(crate) barrier: u64,
    /// None where the lanes always go on in the same order.
    pub(crate) dice: Option<Dice>,
    pub(crate) work: Work,
    pub(crate) counts_wavefronts: bool,
}

impl World<'_> {
    /// The number of one more barrier.
    pub(crate) fn tick(&mut self) -> u64 {
        self.memory.clock += 1;
        self.memory.clock
    }
}

/// A source of numbers that look random (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit as u64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
