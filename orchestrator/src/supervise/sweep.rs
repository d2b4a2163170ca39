//! The end of everybody: whoever lost its parent has become our child, and nobody of a run outlives the run.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use super::mark::Mark;
use super::strays::Targets;
use crate::watch::all_children;

/// Between two looks: there is no event for the end of somebody else's child.
const PAUSE: Duration = Duration::from_millis(1);

/// Whoever is our child before the first worker is started: a shell that became us by `exec` may have left some. They are none
/// of our business, and neither are their descendants.
#[derive(Debug)]
pub struct Inherited(BTreeSet<u32>);

impl Inherited {
    /// Looks who is there.
    pub fn look() -> Self {
        Self(all_children().into_iter().collect())
    }

    /// Ends and reaps every other child of this process, and whoever becomes one by that; waits until all are gone, but no
    /// longer than `patience`, and not for those in `stuck`. Call it when no worker is left but these.
    pub fn sweep_others(&self, run_id: &str, stuck: &[u32], patience: Duration) {
        let started = Instant::now();
        let is_ours = |pid: &u32| {
            // Where somebody was here before us, an orphan may be theirs: then the mark tells.
            let may_be_theirs = !self.0.is_empty();
            let is_marked = || Mark::of(*pid).is_some_and(|mark| mark.run == run_id);
            !self.0.contains(pid) && !stuck.contains(pid) && (!may_be_theirs || is_marked())
        };
        let mut targets = Targets::default();
        while !targets.end(all_children().into_iter().filter(is_ours)) && started.elapsed() <= patience {
            thread::sleep(PAUSE);
        }
    }
}
