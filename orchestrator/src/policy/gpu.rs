//! The device's memory: whether a device is free enough to be used, and whether it is back after STAGE2B. A driver gives the
//! memory of a dead process back late, and somebody else may have taken it: so it is waited for, but not for ever.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Device;

/// A device is clean when it is back to within this of what was used before.
const SLACK: Bytes = Bytes::mib(64);
/// One that is not clean by then is left alone for the rest of the run.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at it.
pub const LOOK_AGAIN: Duration = Duration::from_secs(1);

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

/// The gate after `waited`, and the most that any device holds beyond what it held before. A device that is gone, or does not
/// tell any more, holds nothing that could be waited for.
pub fn gate(before: &[Device], now: &[Device], waited: Duration) -> (Gate, Bytes) {
    let held = before.iter().filter_map(|device| {
        let same = now.iter().find(|other| other.uuid == device.uuid)?;
        Some(Bytes(same.used?.saturating_sub(device.used?)))
    });
    let held = held.max().unwrap_or_default();
    let gate = match held {
        _ if held <= SLACK => Gate::Clean,
        _ if waited >= PATIENCE => Gate::Quarantine,
        _ => Gate::Wait,
    };
    (gate, held)
}

/// Whether others use at least so many hundredths of a device.
pub fn is_high(device: &Device, percent: u64) -> bool {
    device.used.is_some_and(|used| super::budget::at_least(Bytes(used), Bytes(device.total), percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, used: Option<u64>) -> Device {
        let (name, uuid, used) = (name.to_owned(), format!("GPU-{name}"), used.map(|mib| mib << 20));
        Device { name, uuid, total: 1000 << 20, used, is_open: true, processes: None }
    }

    #[test]
    fn the_gate_opens_when_the_memory_is_back_or_patience_ends() {
        let second = Duration::from_secs;
        let table = [
            ("back", Some(100), Some(100), 0, Gate::Clean, 0),
            ("less than before", Some(100), Some(50), 0, Gate::Clean, 0),
            ("within the slack", Some(100), Some(164), 0, Gate::Clean, 64),
            ("held", Some(100), Some(165), 29, Gate::Wait, 65),
            ("held for too long", Some(100), Some(165), 30, Gate::Quarantine, 65),
            ("back at last", Some(100), Some(100), 31, Gate::Clean, 0),
            ("it does not tell", Some(100), None, 0, Gate::Clean, 0),
            ("it never told", None, Some(900), 0, Gate::Clean, 0),
        ];
        for (what, before, now, waited, expected, held) in table {
            let seen = gate(&[device("0 a", before)], &[device("0 a", now)], second(waited));
            assert_eq!(seen, (expected, Bytes::mib(held)), "{what}");
        }
        assert_eq!(gate(&[device("0 a", Some(1))], &[], second(0)).0, Gate::Clean, "it is gone");
        let two = [device("0 a", Some(1)), device("1 b", Some(1))];
        assert_eq!(gate(&two, &[device("0 a", Some(1)), device("1 b", Some(500))], second(0)).0, Gate::Wait);
    }

    #[test]
    fn a_device_that_others_fill_is_high() {
        assert!(is_high(&device("0 a", Some(900)), 90) && !is_high(&device("0 a", Some(899)), 90));
        assert!(!is_high(&device("0 a", None), 1));
    }
}
