//! Looks for a GPU. A driver can crash, hang or print: so this is a process of its own, with a deadline set by the
//! orchestrator, and it ends after one answer.

use std::panic::catch_unwind;

use cudarc::driver::CudaContext;
use shared::wire::Report;
use shared::worker::{Context, Done};

/// Reports the devices. That there is none is a state of the world, not a failure.
pub(crate) fn run(context: &Context) -> Done {
    context.send(Report::Devices { lines: if has_driver() { devices() } else { Vec::new() } });
    Done::PLAIN
}

/// Whether libcuda is there. Without this question first, cudarc panics.
fn has_driver() -> bool {
    #[expect(unsafe_code, reason = "the question is asked by loading a library")]
    // SAFETY: loading libcuda runs its initialisers, which may do anything; that is why this process is disposable.
    let present = unsafe { cudarc::driver::sys::is_culib_present() };
    present
}

/// One line for each device: ordinal, name, memory. A driver that panics or fails on the way is a machine without a device.
fn devices() -> Vec<String> {
    let look = || -> Result<Vec<String>, cudarc::driver::DriverError> {
        let line = |ordinal: i32| {
            let device = CudaContext::new(ordinal as usize)?;
            let memory = shared::bytes::Bytes(device.total_mem()? as u64);
            Ok(format!("{ordinal} {} {memory}", device.name()?))
        };
        (0..CudaContext::device_count()?).map(line).collect()
    };
    catch_unwind(look).ok().and_then(Result::ok).unwrap_or_default()
}
