//! Whether another attempt makes sense: by how the last one ended, and how often that has happened to the job.

use std::time::Duration;

use super::state::History;
use crate::config::Retries;
use crate::supervise::Outcome;

/// Attempts that were the victim of an emergency of the host; none of them is the job's fault.
const HOST_EMERGENCIES_MAX: u32 = 5;
/// The pause before the second further attempt; it doubles with each. The first one starts at once: most crashes do not come
/// again.
const PAUSE: Duration = Duration::from_millis(100);

/// What to do about a job whose attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Try again.
    Again {
        /// Not before that has passed.
        pause: Duration,
    },
    /// Do not.
    GiveUp,
}

/// The verdict on an end that `history` counts already.
pub(super) fn after(outcome: &Outcome, history: &History, retries: Retries) -> Verdict {
    let again = |times: u32, most: u32, pause: Duration| {
        if times <= most { Verdict::Again { pause } } else { Verdict::GiveUp }
    };
    match outcome {
        Outcome::Crash { .. } | Outcome::Device { .. } | Outcome::NotStarted { .. } => {
            let pause =
                history.crashes.checked_sub(2).map_or(Duration::ZERO, |doublings| PAUSE * (1 << doublings.min(8)));
            again(history.crashes, retries.crash, pause)
        }
        Outcome::Hang => again(history.hangs, retries.hang, Duration::ZERO),
        // More memory only after a real out-of-memory; the allotment is decided with the memory at hand.
        Outcome::OomAllotment => again(history.out_of_memory, retries.memory, Duration::ZERO),
        // Admission waits for headroom, not for a clock.
        Outcome::OomHost => again(history.host_emergencies, HOST_EMERGENCIES_MAX, Duration::ZERO),
        Outcome::Sealed
        | Outcome::BadInput
        | Outcome::NoInput
        | Outcome::Infeasible
        | Outcome::Io { .. }
        | Outcome::Unkillable
        | Outcome::Cancelled => Verdict::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::Death;

    const RETRIES: Retries = Retries { crash: 2, hang: 1, memory: 3 };

    fn crash() -> Outcome {
        Outcome::Crash { death: Death::Signal(11), words: String::new() }
    }

    #[test]
    fn each_class_has_its_own_patience() {
        let again = |ms| Verdict::Again { pause: Duration::from_millis(ms) };
        let of = |crashes, hangs, out_of_memory, host_emergencies| History {
            crashes,
            hangs,
            out_of_memory,
            host_emergencies,
            ..History::default()
        };
        let table = [
            (crash(), of(1, 0, 0, 0), again(0)),
            (crash(), of(2, 0, 0, 0), again(100)),
            (crash(), of(3, 0, 0, 0), Verdict::GiveUp),
            (Outcome::Device { words: String::new() }, of(1, 0, 0, 0), again(0)),
            (Outcome::NotStarted { words: String::new() }, of(2, 0, 0, 0), again(100)),
            (Outcome::NotStarted { words: String::new() }, of(3, 0, 0, 0), Verdict::GiveUp),
            (Outcome::Hang, of(2, 1, 3, 5), again(0)),
            (Outcome::Hang, of(0, 2, 0, 0), Verdict::GiveUp),
            (Outcome::OomAllotment, of(2, 1, 3, 0), again(0)),
            (Outcome::OomAllotment, of(0, 0, 4, 0), Verdict::GiveUp),
            (Outcome::OomHost, of(0, 0, 3, 5), again(0)),
            (Outcome::OomHost, of(0, 0, 0, 6), Verdict::GiveUp),
            (Outcome::BadInput, of(0, 0, 0, 0), Verdict::GiveUp),
            (Outcome::Io { words: String::new() }, of(0, 0, 0, 0), Verdict::GiveUp),
            (Outcome::Infeasible, of(0, 0, 0, 0), Verdict::GiveUp),
            (Outcome::Cancelled, of(0, 0, 0, 0), Verdict::GiveUp),
        ];
        for (outcome, history, expected) in table {
            assert_eq!(after(&outcome, &history, RETRIES), expected, "{outcome:?} after {history:?}");
        }
    }
}
