//! The best class to change places with, among those of a few random periods.

use search::Spot;

use super::{Call, Proposal};
use crate::transaction::Transaction;

const PERIODS: usize = 4;
const PARTNERS_MOST: usize = 96;

/// Exchanges the target with another class.
pub(super) fn swap(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let grid = steps.view().grid();
    let class = call.target;
    let periods = grid.periods_of(grid.course_of(class));
    if periods.is_empty() {
        return Proposal::Nothing;
    }
    let mut limit = call.early_limit();
    let mut best = None;
    let mut left = PARTNERS_MOST;
    for _ in 0..PERIODS {
        let period = usize::from(periods[call.random.below(periods.len())]);
        let first = call.random.below(grid.rooms);
        for step in 0..grid.rooms {
            let target = Spot::new(period, (first + step) % grid.rooms);
            if left == 0 || steps.view().class_in(target).is_none() {
                continue;
            }
            left -= 1;
            let Some(change) = steps.evaluate(class, target, limit) else { continue };
            if change.hard <= 0 || call.repairing {
                limit = change.weighted(grid.weights.hard) - 1;
                best = Some((target, change));
            }
        }
    }
    let Some((target, change)) = best else { return Proposal::Nothing };
    steps.relocate(class, target, change);
    Proposal::Whole
}
