//! The devices that the driver shows to this process, asked for without a context: that would take some hundred megabytes of each of them.

#![expect(unsafe_code, reason = "a driver is loaded, and asked about devices by their numbers")]

use std::panic::catch_unwind;

use cudarc::driver::result::{self, DriverError, device};
use cudarc::driver::{CudaContext, sys};
use shared::wire::DeviceProcess;

/// A device, as far as it does not change.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) ordinal: i32,
    pub(super) name: String,
    pub(super) uuid: String,
    pub(super) total: u64,
    pub(super) mode: Mode,
}

/// Whom a device lets in: its administrator has chosen that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everybody.
    Shared,
    /// One process at a time.
    Exclusive,
    /// Nobody.
    Prohibited,
}

impl Mode {
    /// The numbers of `CUcomputemode`.
    fn of_number(number: i32) -> Self {
        match number {
            0 => Self::Shared,
            2 => Self::Prohibited,
            _ => Self::Exclusive,
        }
    }

    /// Whether one more process may compute there, beside those that do.
    pub(super) fn lets_in(self, processes: Option<&[DeviceProcess]>) -> bool {
        match self {
            Self::Shared => true,
            Self::Exclusive => processes.is_none_or(<[DeviceProcess]>::is_empty),
            Self::Prohibited => false,
        }
    }
}

/// Each device. A driver that is missing, panics or fails on the way is a machine without a device.
pub(super) fn devices() -> Vec<Shown> {
    let look = || -> Result<Vec<Shown>, DriverError> {
        result::init()?;
        (0..device::get_count()?).map(shown).collect()
    };
    // Each symbol is looked up when it is first called, and a missing one is a panic.
    if has_driver() { catch_unwind(look).ok().and_then(Result::ok).unwrap_or_default() } else { Vec::new() }
}

/// How much of a device is used, by a context: ours is part of it.
pub(super) fn used(ordinal: i32) -> Option<u64> {
    let look = move || -> Result<u64, DriverError> {
        let context = CudaContext::new(ordinal as usize)?;
        let (free, total) = context.mem_get_info()?;
        Ok(total.saturating_sub(free) as u64)
    };
    catch_unwind(look).ok()?.ok()
}

/// Whether libcuda is there. Without this question first, cudarc panics.
pub(crate) fn has_driver() -> bool {
    // SAFETY: loading libcuda runs its initialisers, which may do anything; that is why whoever asks is disposable.
    unsafe { sys::is_culib_present() }
}

fn shown(ordinal: i32) -> Result<Shown, DriverError> {
    let handle = device::get(ordinal)?;
    let attribute = sys::CUdevice_attribute_enum::CU_DEVICE_ATTRIBUTE_COMPUTE_MODE;
    // SAFETY: the handle comes from the driver, right above.
    let (total, mode) = unsafe { (device::total_mem(handle)?, device::get_attribute(handle, attribute)?) };
    let name = device::get_name(handle)?;
    let uuid = spelled(device::get_uuid(handle)?);
    Ok(Shown { ordinal, name, uuid, total: total as u64, mode: Mode::of_number(mode) })
}

/// As `nvidia-smi -L` spells it.
pub(crate) fn spelled(uuid: sys::CUuuid) -> String {
    let bytes = uuid.bytes.map(|byte| byte as u8);
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("GPU-{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_spelled_as_everywhere() {
        let bytes = [0x0a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -1];
        assert_eq!(spelled(sys::CUuuid { bytes }), "GPU-0a010203-0405-0607-0809-0a0b0c0d0eff");
    }

    #[test]
    fn a_device_of_one_process_lets_nobody_in_beside_another() {
        let somebody = [DeviceProcess { pid: 7, used: None }];
        let table = [(0, true, true), (1, true, false), (2, false, false), (3, true, false)];
        for (number, when_empty, beside) in table {
            let mode = Mode::of_number(number);
            assert_eq!((mode.lets_in(Some(&[])), mode.lets_in(Some(&somebody))), (when_empty, beside), "{number}");
        }
        assert!(Mode::Exclusive.lets_in(None), "who does not tell is tried");
    }
}
