//! What is sealed for a campus: the better of the input and of what the search made of it, each counted the slow way.
//!
//! The search counts a little more than the rules do, students pair by pair, and hopes for one room where a room class has
//! several; so its own count is a guide, and no claim.

use shared::model::cost::recount;
use shared::model::{Cost, Instance, Timetable};

use crate::improve::Improved;

/// Chooses by recounted cost; the input wins ties.
pub(crate) fn choose(
    instance: &Instance,
    (input, before): (&Timetable, Cost),
    improved: &Improved,
) -> (Timetable, Cost) {
    let after = recount(instance, &improved.timetable).priced();
    if after < before { (improved.timetable.clone(), after) } else { (input.clone(), before) }
}
