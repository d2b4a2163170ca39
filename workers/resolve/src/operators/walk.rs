//! A stretch of single random proposals under the Metropolis rule: what annealing does, as one operator among others.

use search::Spot;

use super::{Call, Proposal};
use crate::transaction::Transaction;

/// Proposals of one walk.
const PROPOSALS: usize = 100;

/// Walks. When the walk came through a new best, its end is taken back to there.
pub(super) fn walk(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let grid = steps.view().grid();
    let mut lowest = (call.record, usize::MAX);
    for _ in 0..PROPOSALS {
        let class = call.random.below(grid.classes);
        let periods = grid.periods_of(grid.course_of(class));
        if periods.is_empty() {
            continue;
        }
        let period = periods[call.random.below(periods.len())];
        let target = Spot::new(usize::from(period), call.random.below(grid.rooms));
        let limit = call.thresholds.limit(call.random.word());
        let Some(change) = steps.evaluate(class, target, limit) else { continue };
        if change.hard > 0 && !call.repairing {
            continue;
        }
        steps.relocate(class, target, change);
        if steps.worth() < lowest.0 {
            lowest = (steps.worth(), steps.mark());
        }
    }
    if lowest.1 != usize::MAX {
        steps.undo_to(lowest.1);
    }
    Proposal::Settled
}
