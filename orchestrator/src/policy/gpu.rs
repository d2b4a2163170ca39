//! The device's memory: which device may be used, what a look at it says of ours, whether it is back after STAGE2B, and whether nobody of ours is
//! left on it. A driver gives the memory of a dead process back late, and somebody else may have taken it: so it is waited for, but not for ever.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::{Device, DeviceProcess};

use super::budget::at_least;

/// A device is clean when it is back to within this of what was used before.
const SLACK: Bytes = Bytes::mib(64);
/// What a process holds of a device beyond what it allocates: its context, its code, its stacks.
const CONTEXT: Bytes = Bytes::mib(1024);
/// So many looks in a row have to say that ours holds too much.
pub const LOOKS_OVER: u32 = 2;
/// One that is not clean by then is left alone for the rest of the run.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at it.
pub const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Where the user sets the population, a device is worth its while from so many timetables on.
pub const POPULATION_LEAST: u32 = 512;
/// The population of counted work on a device, where the user sets none: it is part of what is repeated.
pub const POPULATION: u32 = 2048;

/// What the user wants of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// One, where that cannot change what a machine without one would find.
    #[default]
    Auto,
    /// None, and nobody looks for one.
    Never,
    /// One, or no run.
    Require,
}

impl Wish {
    /// Every name.
    pub const NAMES: [&'static str; 3] = ["auto", "never", "require"];

    /// The wish of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "never" => Some(Self::Never),
            "require" => Some(Self::Require),
            _ => None,
        }
    }
}

/// What a run does with devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuRules {
    /// What the user wants.
    pub wish: Wish,
    /// Whether STAGE2B is to work on one: it is required, or it cannot change what is found.
    pub is_wanted: bool,
    /// What a worker may allocate there.
    pub cap: Bytes,
    /// Between two looks at one that is worked on.
    pub watch: Duration,
}

/// Why a device is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    /// Others use so many hundredths of it or more.
    Busy {
        /// The threshold.
        most: u64,
    },
    /// Its compute mode lets nobody in.
    Closed,
    /// Less is free than a worker may allocate.
    Full {
        /// What is free.
        free: Bytes,
    },
    /// Another run has it.
    Held {
        /// Who, as far as its lock says so.
        holder: String,
    },
    /// It did not give the memory of an earlier run back, and has not yet.
    Quarantined,
    /// Its lock cannot be taken: why, the end of "failed to …".
    Unlockable {
        /// What the system said.
        why: String,
    },
    /// It was not there any more, or did not answer, when it was about to be used.
    Silent,
}

impl fmt::Display for Passed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { most } => write!(out, "it is used by others above {most} %"),
            Self::Closed => out.write_str("its compute mode lets nobody in"),
            Self::Full { free } => write!(out, "only {free} of it are free"),
            Self::Held { holder } => write!(out, "another run has it{holder}"),
            Self::Quarantined => {
                out.write_str("it is under quarantine, for it did not give back the memory of an earlier run")
            }
            Self::Unlockable { why } => write!(out, "failed to {why}"),
            Self::Silent => out.write_str("it does not answer any more"),
        }
    }
}

/// The devices that may be used, the least used first, and those that may not.
pub fn choose(devices: Vec<Device>, most: u64, cap: Bytes) -> (Vec<Device>, Vec<(Device, Passed)>) {
    let (mut usable, mut passed) = (Vec::new(), Vec::new());
    for device in devices {
        match objection(&device, most, cap) {
            None => usable.push(device),
            Some(why) => passed.push((device, why)),
        }
    }
    usable.sort_by_key(|device| device.used.unwrap_or(u64::MAX));
    (usable, passed)
}

/// Why a device may not be used as it is now.
pub fn objection(device: &Device, most: u64, cap: Bytes) -> Option<Passed> {
    let free = device.used.map(|used| Bytes(device.total.saturating_sub(used)));
    if !device.is_open {
        Some(Passed::Closed)
    } else if is_high(device, most) {
        Some(Passed::Busy { most })
    } else {
        free.filter(|free| *free < cap).map(|free| Passed::Full { free })
    }
}

/// Whether others use at least so many hundredths of a device.
pub fn is_high(device: &Device, percent: u64) -> bool {
    device.used.is_some_and(|used| at_least(Bytes(used), Bytes(device.total), percent))
}

/// Who is meant by ours: the processes of the run, and whether the driver knows them by the numbers that we know them by. In a
/// container it does not.
#[derive(Clone, Debug, Default)]
pub struct Ours {
    /// Their numbers.
    pub pids: BTreeSet<u32>,
    /// Whether one of them was ever found on the device.
    pub are_known: bool,
}

impl Ours {
    /// Whether one of them computes on a device.
    pub fn is_on(&self, device: &Device) -> bool {
        listed(device).any(|process| self.pids.contains(&process.pid))
    }

    /// What ours hold of a device: as the driver counts it for them; or else what has come since, if nobody else can have brought it.
    pub fn share(&self, before: &Device, now: &Device) -> Option<Bytes> {
        let mine = || listed(now).filter(|process| self.pids.contains(&process.pid));
        if mine().next().is_some() {
            return mine().map(|process| process.used.map(Bytes)).sum();
        }
        let is_new = |process: &&DeviceProcess| listed(before).all(|old| old.pid != process.pid);
        let mut fresh = listed(now).filter(is_new);
        match (fresh.next(), fresh.next()) {
            (_, Some(_)) => None,
            (Some(DeviceProcess { used: Some(used), .. }), None) => Some(Bytes(*used)),
            _ => Some(Bytes(now.used?.saturating_sub(before.used?))),
        }
    }

    /// What is used of a device beyond what others are known to hold.
    fn unexplained(&self, device: &Device) -> Option<Bytes> {
        let others = || listed(device).filter(|process| !self.pids.contains(&process.pid));
        let theirs = if self.are_known { others().filter_map(|process| process.used).sum() } else { 0 };
        Some(Bytes(device.used?.saturating_sub(theirs)))
    }
}

fn listed(device: &Device) -> impl Iterator<Item = &DeviceProcess> {
    device.processes.iter().flatten()
}

/// Whether ours holds more than it may, by a look from outside.
pub fn is_over(share: Bytes, cap: Bytes) -> bool {
    share > cap + CONTEXT
}

/// Whether STAGE3 may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Everything is back.
    Clean,
    /// Something is held still: look again.
    Wait,
    /// It was waited for long enough. The run goes on without the device.
    Quarantine,
}

/// The gate after `waited`, and what the device holds beyond what it held before. A device that is gone, or does not tell any
/// more, holds nothing that could be waited for.
pub fn gate(before: &Device, now: Option<&Device>, ours: &Ours, waited: Duration) -> (Gate, Bytes) {
    let held = now.and_then(|now| Some(ours.unexplained(now)?.less(ours.unexplained(before)?))).unwrap_or_default();
    let is_back = held <= SLACK && !now.is_some_and(|now| ours.is_on(now));
    let gate = match is_back {
        true => Gate::Clean,
        false if waited >= PATIENCE => Gate::Quarantine,
        false => Gate::Wait,
    };
    (gate, held)
}

/// Whether a device that was put under quarantine with so much in use may be used again: all that is more has an owner who lives.
pub fn is_cured(device: &Device, used_before: Bytes) -> bool {
    let owned: u64 = listed(device).filter_map(|process| process.used).sum();
    device.used.is_some_and(|used| Bytes(used).less(Bytes(owned)) <= used_before + SLACK)
}

/// By what it is known whether somebody of ours is on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The driver's list of processes holds the numbers that we know.
    Pids,
    /// The driver's list of processes names nobody who was not there before.
    Processes,
    /// No more is used than before.
    Use,
}

/// Whether nobody of ours is on the device, and by what that is known; nothing where it cannot be known.
pub fn absence(before: &Device, now: &Device, ours: &Ours) -> Option<(bool, By)> {
    if ours.is_on(now) || (ours.are_known && now.processes.is_some()) {
        return Some((!ours.is_on(now), By::Pids));
    }
    let old: BTreeSet<u32> = listed(before).map(|process| process.pid).collect();
    if before.processes.is_some() && now.processes.is_some() && listed(now).all(|process| old.contains(&process.pid)) {
        return Some((true, By::Processes));
    }
    let more = Bytes(now.used?.saturating_sub(before.used?));
    (more <= SLACK).then_some((true, By::Use))
}

#[cfg(test)]
#[path = "gpu_tests.rs"]
mod tests;
