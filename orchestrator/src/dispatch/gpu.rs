//! The device's day, in the order in which it goes:
//!
//! ```text
//! gpu-probe     found      which devices there are; one is chosen and locked            Locked
//! gpu-watch     watched    what is used right before STAGE2B; then, how it grows        Ready, Working
//!               left       the attempt that worked there is gone, however it ended      Left
//! gpu-gate      gate       its memory is back, or it is put under quarantine            Back, Quarantined
//! gpu-absence   absent     nobody of ours is there while STAGE3 runs
//! ```
//!
//! What goes wrong on the way costs the device and never the run: the job goes on with the CPU, from its last checkpoint.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::wire::Device;

use super::event::Command;
use super::launch::PROBE_TIME;
use super::state::{Doom, Live, State};
use super::{DeviceFact, Fact, KillReason, Next, Who};
use crate::plan::{JobId, Work};
use crate::policy::gpu::{Gate, LOOK_AGAIN, LOOKS_OVER, Ours, Passed, Wish, absence, choose, gate, is_over, objection};
use crate::supervise::{Key, Outcome};

/// Looks are told no nearer to one another than this part of the run, unless more is held than ever before.
const TOLD_PART: u32 = 500;

/// What is known of the device.
#[derive(Clone, Debug, Default)]
pub(super) struct Gpu {
    pub(super) standing: Standing,
    /// The one that was chosen, as it was before STAGE2B.
    before: Option<Device>,
    /// By the last look of the gate.
    now: Option<Device>,
    ours: Ours,
    /// Since when it is waited for.
    since: Option<Duration>,
    /// Looks in a row by which ours holds too much.
    looks_over: u32,
    /// What the attempt that works there was seen to hold, and says to have allocated, at most.
    peak: Option<Bytes>,
    held: Bytes,
    told: Option<Duration>,
    /// Why each device that was found is left alone.
    passed: Vec<String>,
}

/// How the device stands to the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is none for us, or none yet.
    #[default]
    None,
    /// It is ours, and is looked at before STAGE2B begins.
    Locked,
    /// It was looked at.
    Ready,
    /// An attempt works there.
    Working,
    /// That is gone, and its memory is waited for.
    Left,
    /// It is back.
    Back,
    /// It is not.
    Quarantined,
}

impl State {
    /// A probe has answered.
    pub(super) fn seen(
        &mut self,
        now: Duration,
        key: Key,
        devices: Vec<Device>,
        ours: BTreeSet<u32>,
        commands: &mut Vec<Command>,
    ) {
        let every = self.rules.gpu.watch;
        let Some(live) = self.live.get_mut(&key).filter(|live| !live.is_dying()) else { return };
        let work = live.work;
        if work == Work::GpuProbe {
            let who = live.who.clone();
            return self.found(who, devices, commands);
        }
        if work == Work::GpuWatch {
            // It has so long for the next look.
            live.ends = Some(now + every + PROBE_TIME);
        }
        let Some(chosen) = &self.gpu.before else { return };
        let device = devices.into_iter().find(|device| device.uuid == chosen.uuid);
        self.gpu.ours.pids.extend(ours);
        self.gpu.ours.are_known |= device.as_ref().is_some_and(|device| self.gpu.ours.is_on(device));
        match work {
            Work::GpuWatch => self.watched(now, device, commands),
            Work::GpuGate => self.gpu.now = device,
            Work::GpuAbsence => commands.extend(device.map(|device| self.absent(&device))),
            _ => {}
        }
    }

    /// These devices are there.
    fn found(&mut self, who: Who, devices: Vec<Device>, commands: &mut Vec<Command>) {
        tell(commands, DeviceFact::Found { who, devices: devices.clone() });
        let rules = self.rules.gpu;
        if !rules.is_wanted {
            let why = "work is counted, and what it finds must not depend on the machine (--gpu require)";
            if !devices.is_empty() {
                tell(commands, DeviceFact::Unused { why });
            }
            return;
        }
        let (usable, passed) = choose(devices, self.governor.thresholds().gpu, rules.cap);
        self.tell_passed(passed, commands);
        if !usable.is_empty() {
            commands.push(Command::LockDevice(usable));
        }
    }

    /// One of them is ours, or none is.
    pub(super) fn locked(
        &mut self,
        device: Option<Device>,
        passed: Vec<(Device, Passed)>,
        commands: &mut Vec<Command>,
    ) {
        self.tell_passed(passed, commands);
        if let Some(device) = device {
            tell(commands, DeviceFact::Chosen { device: device.clone(), cap: self.rules.gpu.cap });
            self.gpu.before = Some(device);
            self.gpu.standing = Standing::Locked;
        }
    }

    fn tell_passed(&mut self, passed: Vec<(Device, Passed)>, commands: &mut Vec<Command>) {
        for (device, why) in passed {
            self.gpu.passed.push(format!("{}: {why}", device.name));
            tell(commands, DeviceFact::Passed { device, why });
        }
    }

    /// The probe is over. Where a device is required and none is ours, so is the run.
    pub(super) fn probe_is_over(&mut self, now: Duration, commands: &mut Vec<Command>) {
        if self.rules.gpu.wish != Wish::Require || self.gpu.standing != Standing::None || self.is_winding_up() {
            return;
        }
        let why = if self.gpu.passed.is_empty() {
            "libcuda shows none to this process (CUDA_VISIBLE_DEVICES counts; nvidia-smi -L lists what there is)"
                .to_owned()
        } else {
            self.gpu.passed.join("; ")
        };
        let reason = format!("use a GPU, and --gpu require asks for one: {why}; --gpu auto goes on without");
        self.give_up_the_run(now, Doom { exit: Exit::NoDevice, reason }, commands);
    }

    /// Whether a job that is ready has to wait for what is found out about a device.
    pub(super) fn awaits_device(&self, work: Work) -> bool {
        let is_settled = |work| self.graph.find(work).is_none_or(|job| self.settled.contains(&job));
        let is_running = |work| self.live.values().any(|live| live.work == work && live.is_running());
        let is_there = |work| self.live.values().any(|live| live.work == work && !live.is_stuck);
        match work {
            Work::Solve { .. } => self.rules.gpu.wish == Wish::Require && !is_settled(Work::GpuProbe),
            Work::Evolve => self.gpu.standing == Standing::Locked && !is_settled(Work::GpuWatch),
            // Who watches has the driver open, too.
            Work::GpuGate => is_there(Work::GpuWatch),
            Work::GpuAbsence => !is_running(Work::Resolve),
            _ => false,
        }
    }

    /// Why a look at a device has nothing to look at.
    pub(super) fn nothing_to_look_at(&self, work: Work) -> Option<&'static str> {
        let standing = self.gpu.standing;
        let is_settled = |work| self.graph.find(work).is_some_and(|job| self.settled.contains(&job));
        let is_idle = match work {
            Work::GpuProbe => return (self.rules.gpu.wish == Wish::Never).then_some("nobody asks for a device"),
            Work::GpuWatch => !matches!(standing, Standing::Locked | Standing::Ready | Standing::Working),
            Work::GpuGate => standing != Standing::Left,
            _ => !matches!(standing, Standing::Back | Standing::Quarantined) || is_settled(Work::Resolve),
        };
        is_idle.then_some("there is no device to look at")
    }

    /// A look at the device before and while STAGE2B works there.
    fn watched(&mut self, now: Duration, device: Option<Device>, commands: &mut Vec<Command>) {
        match self.gpu.standing {
            Standing::Locked | Standing::Ready => {
                let (most, cap) = (self.governor.thresholds().gpu, self.rules.gpu.cap);
                match device.as_ref().map_or(Some(Passed::Silent), |device| objection(device, most, cap)) {
                    None => (self.gpu.before, self.gpu.standing) = (device, Standing::Ready),
                    Some(why) => self.pass_over(now, why, commands),
                }
            }
            Standing::Working => self.weighed(now, device.as_ref(), commands),
            _ => {}
        }
    }

    /// The device cannot be had after all.
    pub(super) fn pass_over(&mut self, now: Duration, why: Passed, commands: &mut Vec<Command>) {
        let Some(device) = self.gpu.before.take() else { return };
        tell(commands, DeviceFact::Passed { device, why });
        commands.push(Command::ReleaseDevice(None));
        self.gpu.standing = Standing::None;
        self.stop_watching(now, commands);
        self.do_without();
    }

    /// STAGE2B is done by the CPU, though a device was there. Where one is required, that is less than was asked for.
    fn do_without(&mut self) {
        self.tally.is_degraded |= self.rules.gpu.wish == Wish::Require;
    }

    /// What the attempt holds, by a look from outside.
    fn weighed(&mut self, now: Duration, device: Option<&Device>, commands: &mut Vec<Command>) {
        let (Some(before), Some(device)) = (&self.gpu.before, device) else { return };
        let share = self.gpu.ours.share(before, device);
        let is_more = share > self.gpu.peak.map(|peak| peak + Bytes(peak.0 / 16));
        self.gpu.peak = self.gpu.peak.max(share);
        let is_time = self.gpu.told.is_none_or(|told| now.saturating_sub(told) >= now / TOLD_PART);
        let Some((key, who)) = self.on_device() else { return };
        let cap = self.rules.gpu.cap;
        if is_more || is_time {
            self.gpu.told = Some(now);
            let used = device.used.map(Bytes);
            tell(commands, DeviceFact::Held { who, used, share, held: self.gpu.held, cap });
        }
        self.gpu.looks_over = if share.is_some_and(|share| is_over(share, cap)) { self.gpu.looks_over + 1 } else { 0 };
        if self.gpu.looks_over >= LOOKS_OVER {
            let words =
                format!("it held {} of the device, {cap} and a context were allowed", share.unwrap_or_default());
            self.kill(now, key, KillReason::OverDevice, &words, commands);
        }
    }

    /// What a worker says that it holds of its device.
    pub(super) fn says_it_holds(&mut self, now: Duration, key: Key, held: Bytes, commands: &mut Vec<Command>) {
        if self.on_device().is_none_or(|(on, _)| on != key) {
            return;
        }
        self.gpu.held = self.gpu.held.max(held);
        let cap = self.rules.gpu.cap;
        if held > cap {
            let words = format!("it allocated {held} of the device, {cap} were allowed");
            self.kill(now, key, KillReason::OverDevice, &words, commands);
        }
    }

    /// The attempt that works on the device.
    fn on_device(&self) -> Option<(Key, Who)> {
        self.live.iter().find(|(_, live)| live.is_on_device).map(|(key, live)| (*key, live.who.clone()))
    }

    /// A worker has called by that number.
    pub(super) fn is_called(&mut self, key: Key, pid: u32) {
        if self.live.get(&key).is_some_and(|live| live.is_on_device) {
            self.gpu.ours.pids.insert(pid);
        }
    }

    /// The device that an attempt at this work gets, if it gets one, and what it may allocate there.
    pub(super) fn device_for(&self, work: Work) -> (Option<String>, Option<Bytes>) {
        let uuid = || self.gpu.before.as_ref().map(|device| device.uuid.clone());
        match work {
            Work::Evolve if self.gpu.standing == Standing::Ready => (uuid(), Some(self.rules.gpu.cap)),
            Work::GpuWatch => (uuid(), None),
            _ => (None, None),
        }
    }

    /// An attempt is about to start there.
    pub(super) fn enter_device(&mut self, who: &Who, commands: &mut Vec<Command>) {
        self.gpu.standing = Standing::Working;
        if let Some(device) = self.gpu.before.clone() {
            tell(commands, DeviceFact::Before { who: who.clone(), device, cap: self.rules.gpu.cap });
        }
    }

    /// An attempt has ended. If it worked there, the device is waited for from now on, and nobody need watch it any more.
    pub(super) fn leave_device(&mut self, now: Duration, live: &Live, commands: &mut Vec<Command>) {
        if live.is_on_device && self.gpu.standing == Standing::Working {
            self.gpu.standing = Standing::Left;
            let (peak, held, cap) = (self.gpu.peak, self.gpu.held, self.rules.gpu.cap);
            tell(commands, DeviceFact::Left { who: live.who.clone(), peak, held, cap });
            self.stop_watching(now, commands);
        }
    }

    /// STAGE2B needs no device any more. One that nobody has worked on is free again.
    pub(super) fn is_done_with_device(&mut self, now: Duration, commands: &mut Vec<Command>) {
        if matches!(self.gpu.standing, Standing::Locked | Standing::Ready) {
            self.gpu.standing = Standing::None;
            commands.push(Command::ReleaseDevice(None));
            self.stop_watching(now, commands);
        }
    }

    fn stop_watching(&mut self, now: Duration, commands: &mut Vec<Command>) {
        let watch = self.live.iter().find(|(_, live)| live.work == Work::GpuWatch).map(|(key, _)| *key);
        if let Some(key) = watch {
            self.ask_to_stop(now, key, commands);
        }
    }

    /// The job of an attempt that ended there goes on without it, and that counts against nobody.
    pub(super) fn lose_device(&mut self, live: &Live, why: String, commands: &mut Vec<Command>) {
        let checkpoint = self.history(live.job).checkpoint;
        tell(commands, DeviceFact::Lost { who: live.who.clone(), why, checkpoint });
        self.do_without();
    }

    /// Whether STAGE3 has to wait for the device's memory. Plans the next look where it has to.
    pub(super) fn is_gate_closed(&mut self, now: Duration, job: JobId, who: &Who, commands: &mut Vec<Command>) -> bool {
        let Some(before) = self.gpu.before.clone() else { return false };
        let waited = now.saturating_sub(*self.gpu.since.get_or_insert(now));
        let seen = self.gpu.now.take();
        let (verdict, held) = gate(&before, seen.as_ref(), &self.gpu.ours, waited);
        let used = seen.and_then(|device| device.used).map(Bytes);
        tell(commands, DeviceFact::Gate { gate: verdict, held, waited, used });
        let (standing, mark) = match verdict {
            Gate::Clean => (Standing::Back, None),
            Gate::Quarantine => (Standing::Quarantined, Some(Bytes(before.used.unwrap_or(before.total)))),
            Gate::Wait => {
                self.history(job).pause_until = now + LOOK_AGAIN;
                let next = Next::Again { pause: LOOK_AGAIN };
                commands.push(Command::Tell(Fact::Ended { who: who.clone(), outcome: Outcome::Sealed, next }));
                return true;
            }
        };
        self.gpu.standing = standing;
        commands.push(Command::ReleaseDevice(mark));
        false
    }

    /// A look while STAGE3 runs.
    fn absent(&self, device: &Device) -> Command {
        let is_absent = self.gpu.before.as_ref().and_then(|before| absence(before, device, &self.gpu.ours));
        let (processes, used) = (device.processes.as_ref().map(Vec::len), device.used.map(Bytes));
        Command::Tell(Fact::Device(DeviceFact::Absence { is_absent, processes, used }))
    }
}

fn tell(commands: &mut Vec<Command>, fact: DeviceFact) {
    commands.push(Command::Tell(Fact::Device(fact)));
}

/// Whether an attempt that ended so is followed by one without the device. A process that does not end at all has no follower: it may
/// still be at its work.
pub(super) fn migrates(live: &Live, outcome: &Outcome) -> bool {
    let is_answer = matches!(
        outcome,
        Outcome::Crash { .. }
            | Outcome::Device { .. }
            | Outcome::Hang
            | Outcome::OomAllotment
            | Outcome::OomHost
            | Outcome::NotStarted { .. }
    );
    live.is_on_device && is_answer
}
