//! A line with two edges: raised at the upper one, cleared only after some time below the lower one, so that memory that
//! hovers around a line does not make us flap.

use std::time::Duration;

use shared::bytes::Bytes;

use super::budget::at_least;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The upper edge was reached.
    Raised,
    /// It has been below the lower edge for long enough.
    Cleared,
}

/// The state of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watermark {
    raised: bool,
    below_since: Option<Duration>,
}

impl Watermark {
    /// Whether it was raised and is not cleared yet.
    pub fn is_raised(self) -> bool {
        self.raised
    }

    /// Takes note that `level` of `full` is held now; `raise` and `clear` are hundredths of `full`.
    pub fn observe(
        &mut self,
        now: Duration,
        (level, full): (Bytes, Bytes),
        (raise, clear): (u64, u64),
        hold: Duration,
    ) -> Option<Change> {
        if at_least(level, full, raise) {
            self.below_since = None;
            return (!std::mem::replace(&mut self.raised, true)).then_some(Change::Raised);
        }
        if !self.raised || at_least(level, full, clear) {
            self.below_since = None;
            return None;
        }
        let since = *self.below_since.get_or_insert(now);
        (now.saturating_sub(since) >= hold).then(|| {
            *self = Self::default();
            Change::Cleared
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hovering_raises_once_and_clears_late() {
        let mut line = Watermark::default();
        let levels =
            [(0, 74), (1, 75), (2, 76), (3, 74), (4, 69), (5, 69), (6, 70), (7, 69), (8, 75), (9, 60), (11, 60)];
        let changes: Vec<_> = levels
            .into_iter()
            .filter_map(|(second, percent)| {
                let level = (Bytes(percent), Bytes(100));
                let change = line.observe(Duration::from_secs(second), level, (75, 70), Duration::from_secs(2));
                change.map(|change| (second, change))
            })
            .collect();
        assert_eq!(changes, [(1, Change::Raised), (11, Change::Cleared)]);
        assert!(!line.is_raised());
    }

    #[test]
    fn a_share_of_nothing_raises_nothing() {
        let mut line = Watermark::default();
        assert_eq!(line.observe(Duration::ZERO, (Bytes(5), Bytes(0)), (75, 70), Duration::ZERO), None);
    }
}
