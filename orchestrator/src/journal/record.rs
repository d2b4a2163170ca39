//! What a journal holds.

use shared::codec::{Decode, Encode};
use shared::wire::Stage;

/// Settings of a run, as far as another start needs them to go on in the same way.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[bincode(crate = "shared::codec::bincode")]
pub struct RunSettings {
    /// Id of the run; all its processes carry it in their environment.
    pub run_id: String,
    /// Path of the instance.
    pub instance: String,
    /// Seed.
    pub seed: u64,
    /// Threads of the whole pipeline.
    pub threads: u32,
    /// Capacity in bytes.
    pub capacity: u64,
    /// `--effort`, where given.
    pub effort: Option<f64>,
    /// `--time-limit` in milliseconds, where given.
    pub time_limit_ms: Option<u64>,
    /// Finer settings, `KEY` and `VALUE`.
    pub settings: Vec<(String, String)>,
}

/// One attempt at a job.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[bincode(crate = "shared::codec::bincode")]
pub struct AttemptName {
    /// The job's name, such as `solve.3`.
    pub job: String,
    /// Its number, from 1.
    pub attempt: u32,
}

/// One step of a run. A record is written before the step is taken, except for what can only be known afterwards.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[bincode(crate = "shared::codec::bincode")]
pub enum Record {
    /// The run begins. Always the first record.
    RunStarted(RunSettings),
    /// There is such a job.
    JobPlanned {
        /// Its stage.
        stage: Stage,
        /// Its name.
        job: String,
        /// Its wave; 0 outside of STAGE2A.
        wave: u32,
    },
    /// Memory is set aside for an attempt, which is about to be started.
    Reserved {
        /// Which.
        name: AttemptName,
        /// Its allotment in bytes.
        allotment: u64,
    },
    /// Its process lives. The start time tells it from a later process with the same number.
    Spawned {
        /// Which.
        name: AttemptName,
        /// Its process.
        pid: u32,
        /// When that process started, in clock ticks since the machine did.
        started: u64,
    },
    /// It says that its output is sealed.
    Published {
        /// Which.
        name: AttemptName,
    },
    /// The header of a sealed file is sound.
    Sealed {
        /// Whose output it is.
        name: AttemptName,
        /// Its name in the run directory.
        file: String,
        /// Sum of its body.
        body_sum: u64,
        /// What it was made from.
        key: u128,
    },
    /// A worker is about to be killed.
    Killed {
        /// Which.
        name: AttemptName,
        /// One word for why.
        why: String,
    },
    /// Its process and its group are gone; the memory set aside is free again.
    Reaped {
        /// Which.
        name: AttemptName,
        /// One word for how it ended.
        outcome: String,
        /// The most that it was seen to hold, in bytes.
        peak: u64,
        /// What its end gave back, in bytes.
        freed: u64,
    },
    /// Its output counts: the job is done.
    Accepted {
        /// The job.
        job: String,
    },
    /// The job is given up; what it got goes forward.
    Rejected {
        /// The job.
        job: String,
    },
    /// A recount has judged the output of a stage.
    Verdict {
        /// The stage.
        stage: Stage,
        /// Whether the output is no worse than the input.
        accepted: bool,
        /// Hard violations.
        hard: u64,
        /// Classes without a place.
        unplaced: u64,
        /// Soft cost.
        cost: u64,
    },
    /// Somebody interrupts the run.
    Interrupted {
        /// Number of the signal.
        signal: i32,
    },
    /// The run ends. Always the last record.
    Finished {
        /// The exit code.
        exit: u8,
    },
}

impl Record {
    /// Whether the record has to be on the disk before the run goes on. That takes milliseconds, so it is done only where a
    /// power failure would otherwise lose what cannot be found again: the end of the orchestrator alone loses nothing that was
    /// written, and after a power failure there are no processes left that `Spawned` could help to find.
    pub fn is_synced(&self) -> bool {
        matches!(self, Self::RunStarted(_) | Self::Sealed { .. } | Self::Finished { .. })
    }
}
