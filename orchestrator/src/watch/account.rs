//! What the kernel itself has counted for one attempt, where it does.

use shared::bytes::Bytes;

use super::LargeProcess;

/// Who says what the most was that an attempt held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeakSource {
    /// We, by looking now and then: a spike between two looks is not in it.
    #[default]
    Sampled,
    /// The kernel, in `memory.peak` or `memory.max_usage_in_bytes` of a control group: page cache is in it.
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

/// The kernel's account of an attempt that is gone; empty where it kept none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelAccount {
    /// Processes that it killed at the limit of the attempt's control group.
    pub oom_kills: u64,
    /// The most that the control group held.
    pub peak: Option<Bytes>,
    /// The largest processes of the host when that was found; empty where nobody was killed so.
    pub largest: Vec<LargeProcess>,
}
