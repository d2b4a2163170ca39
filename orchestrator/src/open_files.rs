//! How many files may be open at once. A run that came to that limit on its way would lose workers for no fault of theirs: so it
//! is raised as far as it may be, and where that is too little the run does not begin.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::error::RunError;

/// What the orchestrator has open itself, with room to spare.
const OF_ITS_OWN: u64 = 42;
/// What it has open for each worker: two channels while it calls, its descriptor, its log, what is read of it and of its
/// control group.
const OF_A_WORKER: u64 = 11;
/// Nobody needs more, and some programs walk through all that they may have.
const MOST: u64 = 1 << 16;

/// Raises the limit on open files as far as it is ours to raise.
///
/// # Errors
/// When the run could come to it all the same.
pub(crate) fn make_room(threads: u32) -> Result<(), RunError> {
    let refused = |act| move |errno: nix::Error| RunError::System { act, source: errno.into() };
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(refused("read the limit on open files"))?;
    let wanted = hard.min(MOST).max(soft);
    if wanted > soft {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).map_err(refused("raise the limit on open files"))?;
    }
    let needed = needed(threads);
    if wanted < needed { Err(RunError::OpenFiles { limit: wanted, needed }) } else { Ok(()) }
}

fn needed(threads: u32) -> u64 {
    OF_ITS_OWN + OF_A_WORKER * u64::from(threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_limit_is_enough_for_a_usual_machine() {
        assert!(needed(64) <= 1024);
        make_room(1).unwrap();
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert!(soft >= hard.min(MOST));
    }
}
