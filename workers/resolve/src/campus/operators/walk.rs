//! A stretch of single random proposals under the Metropolis rule: what annealing does, as one operator among others.

use super::{Call, Proposal};
use crate::campus::steps::Steps;

/// Proposals of one walk.
const PROPOSALS: usize = 1_000;

/// Walks. When the walk came through a new best, its end is taken back to there.
pub(super) fn walk(steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let problem = steps.board().problem();
    let mut lowest = (call.record, usize::MAX);
    for _ in 0..PROPOSALS {
        let words = [call.random.word(), call.random.word(), call.random.word(), call.random.word()];
        let Some((class, target)) = steps.board().state().proposal(problem, words) else { continue };
        let Some(change) = steps.evaluate(class, target, call.thresholds.limit(words[2])) else { continue };
        if change.hard > 0 {
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
