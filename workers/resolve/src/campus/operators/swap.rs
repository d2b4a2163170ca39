//! Two classes of one length change places, rooms included where each may use the other's.

use search::Spot;

use super::{Call, Proposal};
use crate::campus::steps::Steps;

/// Starts that are looked at.
const STARTS: usize = 4;
/// Partners that are tried.
const PARTNERS_MOST: usize = 24;

/// Exchanges the target with the first partner found that makes the whole acceptable.
pub(super) fn swap(steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let problem = steps.board().problem();
    let starts = problem.starts(call.target);
    let mut partners = std::mem::take(&mut call.scratch.classes);
    let mut left = PARTNERS_MOST;
    let mut is_found = false;
    for _ in 0..STARTS {
        let start = usize::from(starts[call.random.below(starts.len())]);
        partners.clear();
        partners.extend(steps.board().taught_in(start).filter(|class| *class != call.target));
        steps.count(2);
        let turn = call.random.below(partners.len().max(1));
        for step in 0..partners.len() {
            if left == 0 || is_found {
                break;
            }
            let partner = partners[(turn + step) % partners.len()];
            if is_possible(steps, call.target, partner, start) {
                left -= 1;
                is_found = exchange(steps, call, partner);
            }
        }
    }
    call.scratch.classes = partners;
    if is_found { Proposal::Whole } else { Proposal::Nothing }
}

/// Whether the partner starts there, is as long, and may start where the target does, nobody else being in the way there.
fn is_possible(steps: &mut Steps<'_, '_>, target: usize, partner: usize, start: usize) -> bool {
    let (board, problem) = (steps.board(), steps.board().problem());
    let (Some(here), Some(there)) = (board.state().spot(target), board.state().spot(partner)) else { return false };
    let (course, other) = (problem.course_of(target), problem.course_of(partner));
    there.period() == start
        && here.period() != start
        && problem.length(course) == problem.length(other)
        && problem.starts(partner).contains(&(here.period() as u16))
        && board.state().people(problem, other, here.period())
            <= board.state().people(problem, other, start)
                + problem.length(course) as i32 * problem.shared(course, other).hard
}

/// Makes the exchange, and takes it back where it is not acceptable.
fn exchange(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, partner: usize) -> bool {
    let problem = steps.board().problem();
    let state = steps.board().state();
    let (Some(here), Some(there)) = (state.spot(call.target), state.spot(partner)) else { return false };
    let mark = steps.mark();
    let room_of = |class: usize, own: Spot, other: Spot| {
        let may = problem.room_classes(class).contains(&(other.room() as u16));
        if may { other.room() } else { own.room() }
    };
    steps.push(partner, Spot::new(here.period(), room_of(partner, there, here)));
    steps.push(call.target, Spot::new(there.period(), room_of(call.target, here, there)));
    let is_kept = steps.worth() <= call.limit;
    if !is_kept {
        steps.undo_to(mark);
    }
    is_kept
}
