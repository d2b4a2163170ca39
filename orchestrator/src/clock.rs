//! The clocks of a run: time since its start for every decision, and the wall's time for the names of folders and for `--metrics` only.

use std::time::{Duration, Instant};

/// The time since the start of the run. A run that is taken up again goes on counting where the journal of the dead one ends:
/// the time in between did not pass for it.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    before: Duration,
}

impl Clock {
    /// Starts now, with that much time behind it.
    pub fn start(before: Duration) -> Self {
        Self { started: Instant::now(), before }
    }

    /// Time since the start.
    pub fn now(self) -> Duration {
        self.before + self.started.elapsed()
    }

    /// When it was, or will be, that time since the start.
    pub fn instant(self, at: Duration) -> Instant {
        self.started + at.saturating_sub(self.before)
    }

    /// That moment as time since the start.
    pub fn since_start(self, moment: Instant) -> Duration {
        self.before + moment.saturating_duration_since(self.started)
    }
}

/// The time by the wall in UTC, as the name of a run's folder: `20260821T140506Z`.
pub fn utc_stamp() -> String {
    jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The time by the wall, in seconds since 1970: for `--metrics`, which is read on other machines.
pub(crate) fn unix_seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}
