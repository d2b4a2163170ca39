//! Waiting for a condition, never for a time.

use std::thread;
use std::time::{Duration, Instant};

/// No condition takes longer; a test that waits so long has failed. Generous, because machines are shared.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Looks again and again until there is something to see. Panics with `what` when patience ends.
pub(crate) fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, look).unwrap_or_else(|| panic!("waited {PATIENCE:?} in vain until {what}"))
}

/// Looks again and again until there is something to see, or `longest` is over.
pub(crate) fn within<T>(longest: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + longest;
    loop {
        if let Some(seen) = look() {
            return Some(seen);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(PAUSE);
    }
}
