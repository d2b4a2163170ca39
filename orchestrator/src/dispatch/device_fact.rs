//! What can be told of devices.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Device;

use super::Who;
use crate::policy::gpu::{By, Gate, Passed};

/// The facts about devices.
#[derive(Clone, Debug)]
pub enum DeviceFact {
    /// The GPUs found.
    Found {
        /// Who looked.
        who: Who,
        /// Each with its memory.
        devices: Vec<Device>,
    },
    /// None of them is used, by the rules.
    Unused {
        /// Why, a sentence.
        why: &'static str,
    },
    /// One is left alone.
    Passed {
        /// Which, with its memory.
        device: Device,
        /// Why.
        why: Passed,
    },
    /// One is ours until its memory is back.
    Chosen {
        /// Which.
        device: Device,
        /// What a worker may allocate there.
        cap: Bytes,
    },
    /// Right before an attempt starts that works there.
    Before {
        /// Which attempt.
        who: Who,
        /// The device as it was last seen.
        device: Device,
        /// What it may allocate there.
        cap: Bytes,
    },
    /// A look at it while an attempt works there.
    Held {
        /// Which attempt.
        who: Who,
        /// What everybody uses of it, where the driver tells.
        used: Option<Bytes>,
        /// What the attempt holds of it, where that can be told.
        share: Option<Bytes>,
        /// What it says that it has allocated.
        held: Bytes,
        /// What it may allocate.
        cap: Bytes,
    },
    /// The attempt is gone.
    Left {
        /// Which.
        who: Who,
        /// The most that it was seen to hold.
        peak: Option<Bytes>,
        /// The most that it said to have allocated.
        held: Bytes,
        /// What it might.
        cap: Bytes,
    },
    /// The job goes on without the device.
    Lost {
        /// The attempt that had it, or was to have it.
        who: Who,
        /// Why, a fragment of a sentence.
        why: String,
        /// The checkpoint that the next attempt goes on from.
        checkpoint: Option<u32>,
    },
    /// A look behind STAGE2B.
    Gate {
        /// What follows.
        gate: Gate,
        /// What the device holds beyond what it held before.
        held: Bytes,
        /// How long it was waited for.
        waited: Duration,
        /// What everybody uses of it now.
        used: Option<Bytes>,
    },
    /// A look while STAGE3 runs.
    Absence {
        /// Whether nobody of ours is there, and by what that is known; nothing where it cannot be known.
        is_absent: Option<(bool, By)>,
        /// How many processes the driver names there.
        processes: Option<usize>,
        /// What everybody uses of it.
        used: Option<Bytes>,
    },
}
