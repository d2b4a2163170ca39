//! What the kernel itself has counted for one attempt, where it does.

use shared::bytes::Bytes;

use super::LargeProcess;

/// Who says what the most was that an attempt held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeakSource {
    /// We, by looking now and then: a spike between two looks is not in it.
    #[default]
    Sampled,
    /// The kernel, in `memory.peak` or `memory.max_usage_in_bytes` of a control group. It counts page cache too, which is no use,
    /// so it is believed of those only whom it has ended: of them it had taken all cache back before.
    Cgroup,
}

impl PeakSource {
    /// One word for it, as `attempts.tsv` and `events.jsonl` have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::Cgroup => "cgroup",
        }
    }
}

/// The kernel has ended a process of an attempt because there was no more memory; whose memory was it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelKill {
    /// The attempt's: it was at the limit of its own control group.
    OwnLimit,
    /// That of everybody: the machine or a control group above ours had no more.
    Above,
}

/// The kernel's account of an attempt that is gone; empty where it kept none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelAccount {
    /// Whether it ended somebody, and why.
    pub kill: Option<KernelKill>,
    /// The most that the control group held, page cache included.
    pub peak: Option<Bytes>,
    /// What the attempt has left in files of a tmpfs: no exit gives that back.
    pub left: Bytes,
    /// The largest processes of the host when that was found; empty where nobody was killed so.
    pub largest: Vec<LargeProcess>,
}
