//! Why a worker was ended, and by whom.

use crate::watch::KernelKill;

/// Why a worker was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillReason {
    /// It held more than its allotment.
    OverAllotment,
    /// The host was about to run out of memory.
    HostEmergency,
    /// It did not say hello in time.
    NoHello,
    /// Its heart stood still, or it went on long after its time was over.
    Hang,
    /// It was asked to stop and did not.
    NotStopped,
    /// The run ends at once.
    RunEnds,
    /// It said what no worker says, or what it published is not sound.
    Untrustworthy,
    /// It held more of its device than it may.
    OverDevice,
    /// Not we ended it but the kernel, at the limit of its control group.
    KernelLimit,
    /// Not we ended it but the kernel, because the host had no memory left.
    KernelEmergency,
}

impl KillReason {
    /// One word for it, as `attempts.tsv` and `events.jsonl` have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OverAllotment => "over_allotment",
            Self::HostEmergency => "host_emergency",
            Self::NoHello => "no_hello",
            Self::Hang => "hang",
            Self::NotStopped => "not_stopped",
            Self::RunEnds => "run_ends",
            Self::Untrustworthy => "untrustworthy",
            Self::OverDevice => "over_device",
            Self::KernelLimit => "kernel_limit",
            Self::KernelEmergency => "kernel_emergency",
        }
    }

    /// That of a kill by the kernel.
    pub const fn of_kernel(kill: KernelKill) -> Self {
        match kill {
            KernelKill::OwnLimit => Self::KernelLimit,
            KernelKill::Above => Self::KernelEmergency,
        }
    }

    /// Who did it.
    pub const fn killer(self) -> &'static str {
        if matches!(self, Self::KernelLimit | Self::KernelEmergency) { "kernel" } else { "orchestrator" }
    }

    /// Whether it matters who holds how much of the host.
    pub const fn is_about_memory(self) -> bool {
        matches!(self, Self::OverAllotment | Self::HostEmergency | Self::KernelLimit | Self::KernelEmergency)
    }
}
