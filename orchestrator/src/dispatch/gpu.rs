//! What the probes say of the devices: whether one may be used, and when STAGE3 may start behind STAGE2B.

use std::time::Duration;

use shared::wire::Device;

use super::event::Command;
use super::state::State;
use super::{Fact, Next, Who};
use crate::plan::{JobId, Work};
use crate::policy::gpu::{Gate, LOOK_AGAIN, gate, is_high};
use crate::supervise::Outcome;

impl State {
    /// A probe has answered. A device that others fill is left alone.
    pub(super) fn devices(&mut self, work: Work, who: Who, devices: Vec<Device>, commands: &mut Vec<Command>) {
        if work == Work::GpuGate {
            self.gpu.now = Some(devices);
            return;
        }
        let most = self.governor.thresholds().gpu;
        let (busy, free): (Vec<Device>, Vec<Device>) =
            devices.iter().cloned().partition(|device| is_high(device, most));
        self.gpu.before = free;
        commands.push(Command::Tell(Fact::Devices { who, devices }));
        let told = busy.into_iter().map(|device| Command::Tell(Fact::DeviceBusy { device, most }));
        commands.extend(told);
    }

    /// Whether STAGE3 has to wait for the devices' memory. Plans the next look where it has to.
    pub(super) fn is_gate_closed(&mut self, now: Duration, job: JobId, who: &Who, commands: &mut Vec<Command>) -> bool {
        let waited = now.saturating_sub(*self.gpu.since.get_or_insert(now));
        let (verdict, held) = gate(&self.gpu.before, self.gpu.now.as_deref().unwrap_or_default(), waited);
        commands.push(Command::Tell(Fact::GpuGate { gate: verdict, held, waited }));
        if verdict != Gate::Wait {
            return false;
        }
        self.history(job).pause_until = now + LOOK_AGAIN;
        let next = Next::Again { pause: LOOK_AGAIN };
        commands.push(Command::Tell(Fact::Ended { who: who.clone(), outcome: Outcome::Sealed, next }));
        true
    }
}
