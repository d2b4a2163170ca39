//! What can happen, and what we can do about it. Between the two stands `step`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::artifact::Kind;
use shared::bytes::Bytes;
use shared::model::Cost;
use shared::model::partition::FanOut;
use shared::wire::{Device, Order, Report};
use shared::worker::Setting;

use super::{Fact, KillReason, Who};
use crate::plan::Work;
use crate::policy::Situation;
use crate::policy::gpu::Passed;
use crate::signal::Interrupt;
use crate::supervise::{Death, Key, Outcome};
use crate::watch::{Host, KernelAccount, Sample};

/// One look at everybody's memory.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Who holds how much.
    pub situation: Situation,
    /// The host.
    pub host: Host,
    /// When the host was looked at; it may be older than the rest.
    pub host_read_at: Duration,
    /// Each worker that is not gone.
    pub workers: BTreeMap<Key, Sample>,
}

/// What is behind a worker's `Published`: the header of its output, or why it cannot be trusted.
pub(super) type Seal = Result<Sealed, String>;

/// A sealed output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What it holds; nothing where the stage seals nothing.
    pub kind: Option<Kind>,
    /// Its length.
    pub bytes: u64,
    /// Sum of its body and hash of what it was made from.
    pub sums: (u64, u128),
    /// What it holds, in one number.
    pub content: u128,
    /// The fan-out table, where it is a partition.
    pub table: Option<FanOut>,
    /// What the timetable in it costs, where `commit` has counted that.
    pub cost: Option<Cost>,
}

/// What can happen.
#[derive(Debug)]
pub enum Event {
    /// Time has passed; memory was looked at.
    Looked(Look),
    /// A worker was started.
    Spawned(Key),
    /// A worker could not be started.
    NotSpawned {
        /// Which.
        key: Key,
        /// As what that counts.
        outcome: Outcome,
    },
    /// A worker says something other than `Published`.
    Said(Key, Report),
    /// A probe says what devices there are.
    Seen {
        /// Which.
        key: Key,
        /// Each with its memory.
        devices: Vec<Device>,
        /// Processes of all workers but the probe.
        ours: BTreeSet<u32>,
    },
    /// A device is ours, or none is.
    DeviceLocked {
        /// Which.
        device: Option<Device>,
        /// Those that could not be had, and why.
        passed: Vec<(Device, Passed)>,
    },
    /// A worker says that its output is sealed.
    Published {
        /// Which.
        key: Key,
        /// Its words.
        done: Done,
        /// What is true of them.
        seal: Seal,
        /// A look at that very moment.
        look: Look,
    },
    /// A worker says what is no message.
    Garbled {
        /// Which.
        key: Key,
        /// What is wrong with it.
        words: String,
    },
    /// A worker is reaped, its group is empty, all that it said was heard.
    Gone {
        /// Which.
        key: Key,
        /// How it ended, by the kernel.
        death: Death,
        /// What its tree still holds; zero, unless something escaped.
        residual: Bytes,
        /// What the kernel has counted for it.
        kernel: KernelAccount,
        /// A look at that very moment.
        look: Look,
    },
    /// A killed worker does not end: it is stuck in the kernel. It may still be gone one day.
    Stuck(Key),
    /// Somebody interrupts the run.
    Interrupted(Interrupt),
    /// For that long nobody was here to hear: this process was stopped, or did not get to run.
    WasAway(Duration),
}

/// What a worker says of its work when its output is sealed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {
    /// In units of `--effort`.
    pub effort: f64,
    /// Elementary steps.
    pub steps: u64,
    /// Whether a repetition gives the same.
    pub reproducible: bool,
    /// Whether it is proven optimal.
    pub optimal: bool,
}

/// Where an input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The instance file.
    Instance,
    /// The copy of the timetable before.
    Previous,
    /// The policy that STAGE3 begins with, in the run directory.
    Policy,
    /// A sealed artifact of the run, by its file name.
    Artifact(String),
}

/// All that makes a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// Its number among all attempts.
    pub key: Key,
    /// Its name.
    pub who: Who,
    /// What it does.
    pub work: Work,
    /// Role and source of each input.
    pub inputs: Vec<(&'static str, Source)>,
    /// Settings of its own.
    pub settings: Vec<Setting>,
    /// What its output will be made from: the key that it seals.
    pub made_from: u128,
    /// What it may hold.
    pub allotment: Bytes,
    /// Its threads.
    pub threads: u32,
    /// The device that it works on or looks at.
    pub device: Option<String>,
    /// What it may allocate there.
    pub device_memory: Option<Bytes>,
    /// Its counted work.
    pub effort: Option<f64>,
    /// Its time.
    pub time: Option<Duration>,
}

/// What we can do.
#[derive(Debug)]
pub enum Command {
    /// Start a worker.
    Spawn(Box<Launch>),
    /// Tell a worker something.
    Order(Key, Order),
    /// End a worker's whole group at once.
    Kill {
        /// Which.
        key: Key,
        /// Its name.
        who: Who,
        /// Why.
        why: KillReason,
        /// What it holds.
        charge: Bytes,
        /// What it may hold.
        allotment: Bytes,
    },
    /// Let the kernel allow a worker so much.
    Limit(Key, Bytes),
    /// Remove a checkpoint that nobody will go on from.
    Discard(String),
    /// Take the lock of the first of these devices that can be had.
    LockDevice(Vec<Device>),
    /// Let go of the device. Where its memory is not back, later runs leave it alone until no more than this is used.
    ReleaseDevice(Option<Bytes>),
    /// Tell a fact.
    Tell(Fact),
    /// Show what a worker wrote to its log: it speaks to the user.
    ShowLog(Who),
}
