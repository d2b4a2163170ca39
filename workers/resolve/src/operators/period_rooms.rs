//! The rooms of one period, matched anew.

use search::Spot;

use super::{Call, Proposal, seat};
use crate::transaction::Transaction;

/// The most classes that are matched at once.
const CLASSES_MOST: usize = 48;

/// Takes the classes of the target's period out (at most a window of them) and seats them at least cost. Among equal
/// matchings it finds others than the present one, so it also moves along plateaus.
pub(super) fn period_rooms(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let grid = steps.view().grid();
    let period = steps.view().spots()[call.target].period();
    let first = call.random.below(grid.rooms);
    let rooms = (0..grid.rooms).map(|step| (first + step) % grid.rooms);
    let mut classes = std::mem::take(&mut call.scratch.classes);
    classes.clear();
    classes.extend(rooms.filter_map(|room| steps.view().class_in(Spot::new(period, room))).take(CLASSES_MOST));
    for &class in &classes {
        steps.leave(class);
    }
    let seated = seat::seat(steps, call, &classes, period);
    call.scratch.classes = classes;
    if seated { Proposal::Whole } else { Proposal::Nothing }
}
