//! What is said.

use std::fmt;

use crate::codec::{Decode, Encode};
use crate::model::{Components, Cost};

/// The version of this protocol.
pub const PROTOCOL_VERSION: u16 = 4;
/// The most bytes of free text in a message; longer text is cut.
pub const TEXT_BYTES_MAX: usize = 4096;

/// What a worker process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Stage {
    /// STAGE0: parse, check, lower.
    Load,
    /// STAGE1: conflict graph and clusters.
    Cluster,
    /// Between the waves of STAGE2A: apply fragments, lease cells.
    Commit,
    /// STAGE2A: one cluster by CP-SAT.
    Solve,
    /// STAGE2B: population search over the whole timetable.
    Evolve,
    /// STAGE3: learned repair and polish.
    Resolve,
    /// Compare the recounted cost of two timetables.
    Audit,
    /// Recount and write the solution files.
    Export,
    /// Look for a GPU, in a process that may die of it.
    GpuProbe,
    /// Write the page that tells of the run, once that is over.
    Report,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 10] = [
        Self::Load,
        Self::Cluster,
        Self::Commit,
        Self::Solve,
        Self::Evolve,
        Self::Resolve,
        Self::Audit,
        Self::Export,
        Self::GpuProbe,
        Self::Report,
    ];

    /// Its name on the command line and in `ps`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Cluster => "cluster",
            Self::Commit => "commit",
            Self::Solve => "solve",
            Self::Evolve => "evolve",
            Self::Resolve => "resolve",
            Self::Audit => "audit",
            Self::Export => "export",
            Self::GpuProbe => "gpu-probe",
            Self::Report => "report",
        }
    }

    /// The original system's name of the stage, where it had one.
    pub const fn label(self) -> Option<&'static str> {
        match self {
            Self::Load => Some("STAGE0"),
            Self::Cluster => Some("STAGE1"),
            Self::Solve => Some("STAGE2A"),
            Self::Evolve => Some("STAGE2B"),
            Self::Resolve => Some("STAGE3"),
            Self::Commit | Self::Audit | Self::Export | Self::GpuProbe | Self::Report => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Stage {
    type Err = String;

    /// Reads a stage by its name or by the original system's label: `solve` or `STAGE2A`.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.name() == text || stage.label().is_some_and(|label| label.eq_ignore_ascii_case(text)))
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|stage| stage.name()).collect();
                format!("{text:?} is no stage: there are {}", names.join(", "))
            })
    }
}

/// From a worker to the orchestrator.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Report {
    /// The first message.
    Hello {
        /// Its [`PROTOCOL_VERSION`].
        protocol: u16,
        /// Its process id.
        pid: u32,
    },
    /// Still working; `ticks` grows with the work done, so a stuck worker is told from a busy one.
    Beat {
        /// Work done so far, in a unit of the worker's own.
        ticks: u64,
    },
    /// A better whole timetable exists inside the worker.
    Incumbent {
        /// What it costs, as the search counts it.
        cost: Cost,
    },
    /// A sentence for the run's log.
    Note {
        /// The sentence, without a full stop.
        text: String,
    },
    /// The answer to a relief order: what was given up.
    Relieved {
        /// The pass of the order.
        pass: u8,
        /// What was given up, a fragment of a sentence.
        what: String,
    },
    /// The result of a slow recount (`audit`, `export`).
    Counted {
        /// The count by constraint.
        components: Components,
        /// For `audit`: whether the output is no worse than the input. For `export`: true.
        accepted: bool,
    },
    /// For `gpu-probe`: the devices found; empty means none.
    Devices {
        /// Each with its memory.
        devices: Vec<Device>,
    },
    /// What this process holds of its device. Said once that is allocated, and now and then while it works.
    DeviceMemory {
        /// Bytes that it has allocated there, by its own count.
        held: u64,
        /// Bytes that are free, by the driver's count of everybody's.
        free: u64,
        /// Bytes of the device.
        total: u64,
    },
    /// A checkpoint is sealed: another attempt can go on from it.
    Checkpointed {
        /// Its number within the job, growing over all attempts.
        number: u32,
    },
    /// The output is sealed.
    Published {
        /// Work done in units of `--effort` (1.0 = the default amount for this stage and instance).
        effort: f64,
        /// Elementary steps done, proposals for a search.
        steps: u64,
        /// False when a clock, a relief or a stop order cut the work, so a repetition may differ.
        reproducible: bool,
        /// True when the result is proven optimal, so the stages behind it need not search.
        optimal: bool,
    },
    /// There will be no output.
    Failed(Failure),
}

/// A GPU and its memory at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Device {
    /// Its name, of its model.
    pub name: String,
    /// What tells it from all others: `GPU-` and a UUID, as `nvidia-smi -L` spells it.
    pub uuid: String,
    /// Its memory in bytes.
    pub total: u64,
    /// How much of it is used in bytes, by whomever; nothing where the driver does not tell.
    pub used: Option<u64>,
    /// Whether its compute mode lets one more process in.
    pub is_open: bool,
    /// Who computes on it, by the numbers that the driver knows them by: in a container those of the host. Nothing where it does not tell.
    pub processes: Option<Vec<DeviceProcess>>,
}

/// A process that computes on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeviceProcess {
    /// Its process id.
    pub pid: u32,
    /// What it holds of the device in bytes, where the driver tells.
    pub used: Option<u64>,
}

/// From the orchestrator to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Order {
    /// Give memory back; the pass says how hard to try (1, 2, 3).
    Relieve {
        /// 1, 2 or 3.
        pass: u8,
    },
    /// Seal the best so far and publish it.
    Stop,
    /// The orchestrator has measured; exit.
    Bye,
}

/// A worker's last word when it could not do its work.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of trouble it was; it decides whether another attempt makes sense.
    pub kind: FailureKind,
    /// One line for people; the whole story is on the worker's stderr.
    pub message: String,
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum FailureKind {
    /// The instance was read and refused. Never retried.
    BadInput,
    /// The instance file is not there. Never retried.
    NoInput,
    /// The instance is proven infeasible. Never retried.
    Infeasible,
    /// A device is missing or broken. Retried without it.
    Device,
    /// Not enough memory, noticed in time. Retried smaller.
    Memory,
    /// Reading or writing failed. Not retried.
    Io,
    /// The disk is full. Not retried.
    DiskFull,
    /// Told to stop before there was anything to seal.
    Stopped,
    /// A bug of ours. Retried the same.
    Bug,
}

impl Failure {
    /// A failure with its message, cut to [`TEXT_BYTES_MAX`].
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: cut(message.into()) }
    }
}

impl From<crate::artifact::ArtifactError> for Failure {
    fn from(error: crate::artifact::ArtifactError) -> Self {
        let kind = if error.is_disk_full() { FailureKind::DiskFull } else { FailureKind::Io };
        Self::new(kind, format!("failed to {error}"))
    }
}

/// Cuts text to what a message may carry.
pub(super) fn cut(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        let end = (0..=TEXT_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
