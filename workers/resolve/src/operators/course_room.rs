//! One room for all classes of a course; whoever is there changes rooms with them.

use search::Spot;

use super::{Call, Proposal};
use crate::transaction::Transaction;

/// The most rooms that are tried.
const ROOMS_MOST: usize = 24;

/// Gathers the target's course in the room where that costs least.
pub(super) fn course_room(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let grid = steps.view().grid();
    let course = grid.course_of(call.target);
    let first = call.random.below(grid.rooms);
    let mut best = None;
    for step in 0..grid.rooms.min(ROOMS_MOST) {
        let room = (first + step) % grid.rooms;
        let mark = steps.mark();
        let before = steps.worth();
        gather(steps, course, room);
        let worth = steps.worth() - before;
        let moved = steps.mark() > mark;
        steps.undo_to(mark);
        if moved && best.is_none_or(|(least, _)| worth < least) {
            best = Some((worth, room));
        }
    }
    let Some((_, room)) = best else { return Proposal::Nothing };
    gather(steps, course, room);
    Proposal::Whole
}

fn gather(steps: &mut Transaction<'_, '_>, course: usize, room: usize) {
    for class in steps.view().grid().classes_of(course) {
        let target = Spot::new(steps.view().spots()[class].period(), room);
        if let Some(change) = steps.evaluate(class, target, i32::MAX / 4) {
            steps.relocate(class, target, change);
        }
    }
}
