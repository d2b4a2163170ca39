//! Looks for a GPU. A driver can crash, hang or print: so this is a process of its own, with a deadline set by the
//! orchestrator, and it ends after one answer.

use std::panic::catch_unwind;

use cudarc::driver::CudaContext;
use shared::wire::{Device, Report};
use shared::worker::{Context, Done};

/// Reports the devices. That there is none is a state of the world, not a failure.
pub(crate) fn run(context: &Context) -> Done {
    context.send(Report::Devices { devices: if has_driver() { devices() } else { Vec::new() } });
    Done::PLAIN
}

/// Whether libcuda is there. Without this question first, cudarc panics.
fn has_driver() -> bool {
    #[expect(unsafe_code, reason = "the question is asked by loading a library")]
    // SAFETY: loading libcuda runs its initialisers, which may do anything; that is why this process is disposable.
    let present = unsafe { cudarc::driver::sys::is_culib_present() };
    present
}

/// Each device with its memory. A driver that panics or fails on the way is a machine without a device.
fn devices() -> Vec<Device> {
    let look = || -> Result<Vec<Device>, cudarc::driver::DriverError> {
        let of = |ordinal: i32| {
            let context = CudaContext::new(ordinal as usize)?;
            let total = context.total_mem()? as u64;
            let used = context.mem_get_info().ok().map(|(free, _)| total.saturating_sub(free as u64));
            let name = format!("{ordinal} {}", context.name()?);
            Ok(Device { name, uuid: format!("{ordinal}"), total, used, is_open: true, processes: None })
        };
        (0..CudaContext::device_count()?).map(of).collect()
    };
    catch_unwind(look).ok().and_then(Result::ok).unwrap_or_default()
}
