//! The best place for one class: every period in which its course may be taught, every room (or a window of them).

use search::Spot;

use super::{Call, Proposal};
use crate::transaction::Transaction;

/// The most rooms that are looked at in a period.
const ROOMS_MOST: usize = 32;

/// Relocates the target to the place that costs least; among equals, one at random.
pub(super) fn best_move(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let grid = steps.view().grid();
    let class = call.target;
    let periods = grid.periods_of(grid.course_of(class));
    let first = call.random.below(grid.rooms);
    let mut limit = call.early_limit();
    let mut best = None;
    let mut equals = 0;
    for &period in periods {
        for step in 0..grid.rooms.min(ROOMS_MOST) {
            let target = Spot::new(usize::from(period), (first + step) % grid.rooms);
            let Some(change) = steps.evaluate(class, target, limit) else { continue };
            if change.hard > 0 && !call.repairing {
                continue;
            }
            let worth = change.weighted(grid.weights.hard);
            equals = if worth < limit { 1 } else { equals + 1 };
            if equals == 1 || call.random.below(equals) == 0 {
                best = Some((target, change));
            }
            limit = worth;
        }
    }
    let Some((target, change)) = best else { return Proposal::Nothing };
    steps.relocate(class, target, change);
    Proposal::Whole
}
