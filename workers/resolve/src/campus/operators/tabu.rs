//! Min-conflicts with a memory: a class in violation goes where it violates least, even if that is worse than where it is, and
//! does not come back for a while.
//!
//! Lü, Hao, "Adaptive tabu search for course timetabling", European Journal of Operational Research 200, 2010, for the tenure;
//! Morris, "The breakout method for escaping from local minima", AAAI 1993, for the growing weights.

use search::Change;

use super::place::best_place;
use super::{Call, Proposal};
use crate::campus::steps::Steps;

/// Steps of one call.
const STEPS: u32 = 120;
/// A place that was left is barred for so many steps, and at random up to so many more.
const TENURE: (u32, usize) = (8, 12);

/// Until which step which start of which class is barred. Steps are counted on from call to call, and what is of an earlier
/// call bars nothing.
#[derive(Debug, Default)]
pub(super) struct List {
    until: Vec<u32>,
    begun: u32,
    step: u32,
}

impl List {
    fn begin(&mut self, cells: usize) {
        let most = TENURE.0 + TENURE.1 as u32;
        if self.until.len() != cells || self.step > u32::MAX - 2 * (STEPS + most) {
            *self = Self { until: vec![0; cells], begun: 0, step: 0 };
        }
        self.step += most + 1;
        self.begun = self.step;
    }

    fn bars(&self, cell: usize) -> bool {
        self.until[cell] > self.step
    }

    fn bar(&mut self, cell: usize, tenure: u32) {
        self.until[cell] = self.step + tenure;
    }
}

/// Takes steps until no violation is left or they are too many, and goes back to the best point on the way: the last of those
/// with the fewest violations whose soft cost will be accepted.
pub(super) fn tabu(steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let problem = steps.board().problem();
    let cell = |class: usize, start: usize| class * problem.periods + start;
    call.scratch.tabu.begin(problem.classes * problem.periods);
    let mut lowest = (Change::default(), steps.mark());
    for _ in 0..STEPS {
        let Some(class) = next(steps, call) else { break };
        let so_far = steps.change().hard;
        let is_open = |call: &Call<'_>, start: usize, change: Change| {
            so_far + change.hard < lowest.0.hard || !call.scratch.tabu.bars(cell(class, start))
        };
        let from = steps.board().state().spot(class);
        if let Some(place) = best_place(steps, call, class, is_open) {
            steps.relocate(class, place.spot, place.change);
        }
        let tenure = TENURE.0 + call.random.below(TENURE.1) as u32;
        if let Some(from) = from {
            call.scratch.tabu.bar(cell(class, from.period()), tenure);
        }
        call.scratch.tabu.step += 1;
        call.burden.add(problem.course_of(class));
        let now = steps.change();
        let is_as_good = now.hard == lowest.0.hard && now.soft <= lowest.0.soft.max(0) + call.limit;
        if now.hard < lowest.0.hard || is_as_good {
            lowest = (now, steps.mark());
        }
    }
    steps.undo_to(lowest.1);
    Proposal::Settled
}

/// The next class to move: one in violation, or one of those that it is in violation with.
fn next(steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Option<usize> {
    let class = steps.board_mut().violated(call.random)?;
    steps.count(2);
    if call.random.below(2) == 0 {
        let start = steps.board().state().spot(class)?.period();
        let found = &mut call.scratch.found;
        steps.board().in_the_way(class, start, found);
        if !found.is_empty() {
            return Some(found[call.random.below(found.len())]);
        }
    }
    Some(class)
}
