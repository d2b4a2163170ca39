//! How often to look: more often the less room is left and the faster it goes.
//!
//! What a worker can hold above its allotment before it is dead is `growth × (interval + time to kill)`. So the interval is
//! bound to the headroom: at the speed that is assumed, or at twice the speed that was seen if that is more, at most half of
//! the headroom goes between two looks.

use std::time::Duration;

use shared::bytes::Bytes;

/// The shortest interval; a look at a worker costs 1 to 20 µs.
pub const SHORTEST: Duration = Duration::from_millis(1);
/// The longest interval.
pub const LONGEST: Duration = Duration::from_millis(100);
/// The growth that is always reckoned with, in bytes a second. One thread that touches fresh 4 KiB pages was measured at
/// 0.5 GiB/s, one with huge pages at 2 GiB/s.
pub const ASSUMED_GROWTH: f64 = (1_u64 << 30) as f64;
/// From the look that sees too much to the signal being delivered, on a loaded machine.
pub const KILL_LATENCY: Duration = Duration::from_millis(2);

/// The time until the next look, for one worker with that much left below its allotment that was seen to grow by `growth`
/// bytes a second. For several workers take the shortest.
pub fn next(headroom: Bytes, growth: f64) -> Duration {
    let seconds = headroom.0 as f64 / (2.0 * reckoned(growth));
    Duration::from_secs_f64(seconds.clamp(SHORTEST.as_secs_f64(), LONGEST.as_secs_f64()))
}

/// The most that a worker can hold above its allotment when it is looked at after `interval`, and grows by `growth` bytes a
/// second.
pub fn overshoot(growth: f64, interval: Duration) -> Bytes {
    Bytes((growth * (interval + KILL_LATENCY).as_secs_f64()) as u64)
}

/// The bound to print when no kernel limit holds the line: what a worker of the assumed growth can be above its allotment.
/// Near the line the interval is the shortest one.
pub fn printed_bound() -> Bytes {
    overshoot(ASSUMED_GROWTH, SHORTEST)
}

fn reckoned(growth: f64) -> f64 {
    ASSUMED_GROWTH.max(2.0 * growth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_room_or_faster_growth_means_more_looks() {
        let gib = ASSUMED_GROWTH;
        let cases = [
            (Bytes(0), 0.0, 1.0),
            (Bytes::mib(1), 0.0, 1.0),
            (Bytes::mib(20), 0.0, 9.765_625),
            (Bytes::mib(20), 2.0 * gib, 2.441_406),
            (Bytes::mib(512), 0.0, 100.0),
            (Bytes::mib(512), 9.0 * gib, 13.888_889),
        ];
        for (headroom, growth, milliseconds) in cases {
            let got = next(headroom, growth).as_secs_f64() * 1e3;
            assert!((got - milliseconds).abs() < 1e-3, "{headroom} at {growth}: {got} ms");
        }
    }

    #[test]
    fn no_worker_of_the_assumed_growth_passes_the_printed_bound() {
        for start in 0..400 {
            let (allotment, mut charge) = (100_000_000.0, f64::from(start) * 250_000.0);
            while charge <= allotment {
                charge += ASSUMED_GROWTH * next(Bytes((allotment - charge) as u64), 0.0).as_secs_f64();
            }
            let dead = charge + ASSUMED_GROWTH * KILL_LATENCY.as_secs_f64();
            assert!(dead - allotment <= printed_bound().0 as f64 + 1.0, "from {start}: {}", dead - allotment);
        }
        assert_eq!(printed_bound().to_string(), "3.1MB");
    }
}
