//! What a journal holds.

use shared::codec::{Decode, Encode};
use shared::wire::Stage;

/// Settings of a run: all that another start needs to go on in the same way.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[bincode(crate = "shared::codec::bincode")]
pub struct RunSettings {
    /// Id of the run; all its processes carry it in their environment.
    pub run_id: String,
    /// Absolute path of the instance, byte for byte.
    pub instance: Vec<u8>,
    /// What the instance was when the run was last started.
    pub fingerprint: Fingerprint,
    /// Whether it lies where runs go by default, and so takes part in `latest` and its lock.
    pub is_in_runs: bool,
    /// Seed.
    pub seed: u64,
    /// Threads of the whole pipeline.
    pub threads: u32,
    /// Capacity in bytes; clusters are made for it, so it stays what it was at the first start.
    pub capacity: u64,
    /// `--memory` in bytes, where given so.
    pub memory_bytes: Option<u64>,
    /// `--memory` in hundredths, where given so.
    pub memory_percent: Option<f64>,
    /// `--stage-memory`, in bytes.
    pub stage_memory: Vec<(Stage, u64)>,
    /// `--effort`, where given.
    pub effort: Option<f64>,
    /// `--time-limit` in milliseconds, where given.
    pub time_limit_ms: Option<u64>,
    /// `--pressure-wait` in milliseconds.
    pub pressure_wait_ms: u64,
    /// `--until`.
    pub until: Stage,
    /// `--skip`.
    pub skip: Vec<Stage>,
    /// `--worker-program`: absolute paths, byte for byte.
    pub programs: Vec<(Stage, Vec<u8>)>,
    /// Finer settings, `KEY` and `VALUE`.
    pub settings: Vec<(String, String)>,
}

/// By which an instance file is known again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[bincode(crate = "shared::codec::bincode")]
pub struct Fingerprint {
    /// Its length.
    pub bytes: u64,
    /// xxh3-128 of its content.
    pub sum: u128,
}

/// What a worker says of its output.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
#[bincode(crate = "shared::codec::bincode")]
pub struct Told {
    /// Work done, in units of `--effort`.
    pub effort: f64,
    /// Whether a repetition gives the same.
    pub reproducible: bool,
    /// Whether it is proven optimal.
    pub optimal: bool,
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
    /// It is about to be asked for memory: what it seals from now on may differ from what it would have sealed.
    Relieved {
        /// Which.
        name: AttemptName,
    },
    /// It says that its output is sealed.
    Published {
        /// Which.
        name: AttemptName,
        /// Its words.
        told: Told,
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
    /// The run ends. Only a start of `carillon resume` may follow.
    Finished {
        /// The exit code.
        exit: u8,
    },
    /// Another start finds that a job has to run again: what it had come to does not count any more.
    Reopened {
        /// The job.
        job: String,
    },
    /// Another start goes on with the run. Whoever ran before it is gone.
    Resumed {
        /// The instance as it is now.
        fingerprint: Fingerprint,
    },
    /// Another start finds a sound output that nobody had written down: the job is done.
    Adopted {
        /// Its stage.
        stage: Stage,
        /// The job.
        job: String,
        /// Its wave; 0 outside of STAGE2A.
        wave: u32,
        /// The name of its output in the run directory.
        file: String,
        /// Sum of its body.
        body_sum: u64,
        /// What it was made from.
        key: u128,
        /// What its header says.
        told: Told,
    },
    /// Another start goes on with other settings. Since version 2.
    Changed(RunSettings),
}

impl Record {
    /// Whether the record has to be on the disk before the run goes on. That takes milliseconds, so it is done only where a
    /// power failure would otherwise lose what cannot be found again: the end of the orchestrator alone loses nothing that was
    /// written, and after a power failure there are no processes left that `Spawned` could help to find.
    pub fn is_synced(&self) -> bool {
        matches!(
            self,
            Self::RunStarted(_)
                | Self::Sealed { .. }
                | Self::Finished { .. }
                | Self::Reopened { .. }
                | Self::Resumed { .. }
                | Self::Adopted { .. }
                | Self::Changed(_)
        )
    }
}
