//! Strays: descendants of workers that have left their process group and lost their parents (`setsid`, a double fork).
//!
//! We are the subreaper of the run, so each of them becomes our child, and the mark in its environment says whose it is. While
//! its attempt lives it is charged to it; when the attempt is over it is ended. A child of ours is not reaped by anybody else,
//! so its number is its own for as long as we have not waited for it: none of the signals here can reach a stranger.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgid, getsid};

use super::mark::Mark;
use crate::watch::{all_children, own_children};

/// Strays are looked for this often: one file is read where there are none.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A stray and the attempt that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Its number.
    pub pid: u32,
    /// `<job>-<attempt>`.
    pub attempt: String,
}

impl Stray {
    /// Ends it: nobody is left that it could belong to.
    pub fn end(&self) {
        Target::of(self.pid).end();
    }
}

/// Looks for strays now and then.
#[derive(Debug)]
pub struct Strays {
    run_id: String,
    looked: Option<Instant>,
}

impl Strays {
    /// Nobody has been looked for yet.
    pub fn new(run_id: &str) -> Self {
        Self { run_id: run_id.to_owned(), looked: None }
    }

    /// The strays of the run, every so often; `is_worker` tells our other children apart. One that has ended is reaped.
    pub fn look(&mut self, now: Instant, is_worker: impl Fn(u32) -> bool) -> Vec<Stray> {
        if self.looked.is_some_and(|last| now.saturating_duration_since(last) < LOOK_EVERY) {
            return Vec::new();
        }
        self.looked = Some(now);
        let others = own_children().into_iter().filter(|pid| !is_worker(*pid));
        others.filter(|pid| !is_reaped(number(*pid))).filter_map(|pid| stray(&self.run_id, pid)).collect()
    }
}

/// Our children that belong to that attempt. Its worker is one of them as long as it is not reaped.
pub(super) fn of_attempt(run_id: &str, attempt: &str) -> impl Iterator<Item = u32> {
    let ours = move |pid: &u32| stray(run_id, *pid).is_some_and(|stray| stray.attempt == attempt);
    all_children().into_iter().filter(ours)
}

fn stray(run_id: &str, pid: u32) -> Option<Stray> {
    let mark = Mark::of(pid).filter(|mark| mark.run == run_id)?;
    Some(Stray { pid, attempt: mark.attempt })
}

/// Somebody who is to be ended, until nothing is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A process group whose members are all of the run.
    Group(Pid),
    /// A child of ours.
    Child(Pid),
}

impl Target {
    /// What has to be ended to end a stray: where it made a session of its own, its group in there with it.
    pub(super) fn of(pid: u32) -> Self {
        let pid = number(pid);
        let is_apart = getsid(Some(pid)).ok() != getsid(None).ok();
        // In our own session the group may be anybody's: that of the shell, that of another worker, ours.
        let group = getpgid(Some(pid)).ok().filter(|_| is_apart);
        group.map_or(Self::Child(pid), Self::Group)
    }

    /// Kills it, and reaps what is ours to reap. True when nothing is left of it.
    pub(super) fn end(self) -> bool {
        match self {
            Self::Group(group) => {
                // Its orphans are our children: nobody else would reap them.
                while is_reaped(Pid::from_raw(-group.as_raw())) {}
                // What may not be signalled (`EPERM`) is not ours: it has taken over the number of a group that is gone.
                killpg(group, Signal::SIGKILL).is_err()
            }
            Self::Child(pid) => kill(pid, Signal::SIGKILL).is_err() || is_reaped(pid),
        }
    }
}

/// All that is to be ended with an attempt.
#[derive(Debug, Default)]
pub(super) struct Targets(BTreeSet<Target>);

impl Targets {
    /// Kills everybody of `more` and everybody known from before. True when nothing is left.
    pub(super) fn end(&mut self, more: impl Iterator<Item = u32>) -> bool {
        self.0.extend(more.map(Target::of));
        self.0.retain(|target| !target.end());
        self.0.is_empty()
    }

    /// One more to end.
    pub(super) fn add(&mut self, target: Target) {
        self.0.insert(target);
    }
}

/// Whether somebody of `who` had ended, and is reaped now.
fn is_reaped(who: Pid) -> bool {
    matches!(waitpid(who, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)))
}

fn number(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}
