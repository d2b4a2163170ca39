//! From a partial timetable to one in which every class that can have a place has one.

use shared::ids::{ClassId, Id};
use shared::model::Timetable;

use super::problem::Problem;
use super::state::State;
use crate::Spot;

/// Keeps every placement of `timetable` that the instance allows, and puts the other classes where they cost least: those
/// with the fewest places first. Deterministic.
pub(super) fn complete(problem: &Problem, timetable: &Timetable) -> State {
    let mut state = State::empty(problem);
    let mut missing = Vec::new();
    for &class in problem.movable() {
        match kept(problem, timetable, class as usize) {
            Some(spot) => {
                state.enter(problem, class as usize, spot);
            }
            None => missing.push(class as usize),
        }
    }
    missing.sort_by_key(|class| (freedom(problem, *class), *class));
    for class in missing {
        let spot = cheapest(problem, &state, class);
        state.enter(problem, class, spot);
    }
    state
}

/// Where a timetable has a class, when it may be there.
fn kept(problem: &Problem, timetable: &Timetable, class: usize) -> Option<Spot> {
    let at = timetable.get(ClassId::new(class))?;
    let room_class = problem.rooms.of_room[at.room.index()];
    let is_allowed =
        problem.starts(class).contains(&(at.period.0 as u16)) && problem.room_classes(class).contains(&room_class);
    is_allowed.then(|| Spot::new(at.period.index(), usize::from(room_class)))
}

/// A class with little freedom has to be placed early: few starts, many whom it shares somebody with.
fn freedom(problem: &Problem, class: usize) -> (usize, usize) {
    let neighbours = problem.neighbours(problem.course_of(class)).len();
    (problem.starts(class).len() / 8, usize::MAX - neighbours)
}

fn cheapest(problem: &Problem, state: &State, class: usize) -> Spot {
    let places = problem.starts(class).iter().flat_map(|start| {
        problem.room_classes(class).iter().map(move |room| Spot::new(usize::from(*start), usize::from(*room)))
    });
    let weight = problem.hard_weight;
    places.min_by_key(|spot| state.marginal(problem, class, *spot).weighted(weight)).expect("it is not hopeless")
}
