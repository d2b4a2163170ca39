//! Looks for a GPU. A driver can crash, hang or print: so this is a process of its own, with a deadline set by the
//! orchestrator, and it ends after one answer; or, where it is told which device to watch, it answers again and again until it is
//! told to stop.
//!
//! Asking costs no memory of a device: [`cuda`] lists what this process is shown (`CUDA_VISIBLE_DEVICES`) without a context, and
//! [`nvml`], the library of `nvidia-smi`, says how much is used and by whom. Only where that one is missing a context is made for a moment.

mod cuda;
mod nvml;

use std::thread;
use std::time::{Duration, Instant};

pub(crate) use cuda::{has_driver, spelled};
use nvml::Nvml;
use shared::wire::{Device, Report};
use shared::worker::{Context, Done};

/// The setting that says how many milliseconds lie between two looks at a device that is watched.
const EVERY: &str = "gpu.watch_ms";
/// Where nobody says it.
const EVERY_MS: u64 = 2000;
/// Between two looks at orders.
const OBEY: Duration = Duration::from_millis(20);

/// Reports the devices. That there is none is a state of the world, not a failure.
pub(crate) fn run(context: &Context) -> Done {
    let library = Nvml::open();
    let shown = cuda::devices();
    loop {
        let devices = shown.iter().map(|shown| seen(shown, library.as_ref()));
        let is_meant = |device: &Device| context.args().device.as_ref().is_none_or(|uuid| *uuid == device.uuid);
        context.send(Report::Devices { devices: devices.filter(is_meant).collect() });
        // Without the library another look would take a context's memory each time.
        if context.args().device.is_none() || library.is_none() || !wait(context) {
            return Done::PLAIN;
        }
    }
}

/// A device as it is now.
fn seen(shown: &cuda::Shown, library: Option<&Nvml>) -> Device {
    let cuda::Shown { ordinal, name, uuid, total, .. } = shown;
    let (used, processes) = match library.map(|library| library.look(uuid)) {
        Some(Some(nvml::Use { used, processes })) => (Some(used), processes),
        // A device of which the library does not tell is none to open: what a context takes would look like somebody's memory.
        Some(None) => (None, None),
        None => (cuda::used(*ordinal), None),
    };
    let is_open = shown.mode.lets_in(processes.as_deref());
    Device { name: name.clone(), uuid: uuid.clone(), total: *total, used, is_open, processes }
}

/// Waits until it is time for another look; says whether there is to be one.
fn wait(context: &Context) -> bool {
    let given = context.args().settings.iter().rfind(|setting| setting.key == EVERY);
    let every = given.and_then(|setting| setting.value.parse().ok()).map_or(EVERY_MS, |ms: u64| ms.max(1));
    let until = Instant::now() + Duration::from_millis(every);
    context.beat(1);
    while Instant::now() < until && !context.is_stopped() {
        thread::sleep(OBEY.min(until.saturating_duration_since(Instant::now())));
    }
    !context.is_stopped()
}
