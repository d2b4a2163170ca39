//! What the policy sees of a search over a campus: numbers from 0 to 1 without a scale of their own.

use super::board::Board;
use crate::snapshot::{Loader, Misfit, Saver};

/// Number of features.
pub(crate) const FEATURES: usize = 8;

/// Weight of the newest call in the moving average.
const AVERAGE_STEP: f64 = 0.01;
/// A staleness of this share of the budget is as stale as it gets.
const STALE_SHARE: f64 = 0.05;
/// So few violations are "few".
const FEW: i32 = 5;

/// What is known of the search besides the timetable.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Hard violations at the start.
    hard_at_start: i32,
    /// Moving average: accepted operator calls.
    acceptance: f64,
}

impl Progress {
    /// A search that begins with so many violations.
    pub(crate) fn new(hard_at_start: i32) -> Self {
        Self { hard_at_start, ..Self::default() }
    }

    /// Counts a call.
    pub(crate) fn count(&mut self, is_kept: bool) {
        self.acceptance += AVERAGE_STEP * (f64::from(u8::from(is_kept)) - self.acceptance);
    }

    /// Writes the average down.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { hard_at_start: _, acceptance } = self;
        saver.real(*acceptance);
    }

    /// Takes over the average of another search from the same start.
    pub(crate) fn restore(&mut self, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        self.acceptance = loader.real_in(0.0..=1.0, "averages")?;
        Ok(())
    }

    /// Looks at the search: `used` and `stale` are the shares of the budget that are spent, and spent since the last new best.
    pub(crate) fn look(&self, board: &Board<'_>, used: f64, stale: f64) -> [f64; FEATURES] {
        let hard = board.state().hard();
        let ln = |count: i32| libm::log(1.0 + f64::from(count.max(0)));
        let flag = |condition: bool| f64::from(u8::from(condition));
        let features = [
            1.0,
            f64::from(hard) / f64::from(self.hard_at_start.max(1)),
            ln(hard) / ln(board.problem().classes as i32).max(1.0),
            flag(hard > 0 && hard <= FEW),
            flag(hard == 0),
            used,
            self.acceptance,
            stale / STALE_SHARE,
        ];
        features.map(|value| value.clamp(0.0, 1.0))
    }
}
