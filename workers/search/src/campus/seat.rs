//! From room classes to rooms: within a class any room will do, so that a course is given one room as far as possible.

use shared::ids::{ClassId, Id, PeriodId, RoomId};
use shared::model::campus::Relation;
use shared::model::{Placement, Timetable};

use super::problem::Problem;
use crate::Spot;

/// The timetable of `spots`, with a room for each class: a free one of its class where there is one, and that of the course's
/// other meetings where that is free. Meetings are taken by their start, so that a class with enough rooms is never short of
/// one. Classes that are nowhere stay unplaced.
pub fn seat(problem: &Problem, spots: &[Spot]) -> Timetable {
    let mut timetable = Timetable::unplaced(spots.len());
    let mut order: Vec<usize> = (0..spots.len()).filter(|class| spots[*class].period() < problem.periods).collect();
    order.sort_by_key(|class| (spots[*class].period(), *class));
    let rooms: usize = problem.rooms.of_room.len();
    let mut taken = vec![false; rooms * problem.periods];
    let mut favourite: Vec<Vec<u32>> = vec![Vec::new(); problem.courses];
    for class in order {
        let (course, spot) = (problem.course_of(class), spots[class]);
        let periods = spot.period()..spot.period() + problem.length(course);
        let is_free = |room: &u32| periods.clone().all(|period| !taken[*room as usize * problem.periods + period]);
        let class_rooms = &problem.rooms.rooms[spot.room()];
        let is_of_class = |room: &&u32| usize::from(problem.rooms.of_room[**room as usize]) == spot.room();
        let known = favourite[course].iter().filter(is_of_class).find(|room| is_free(room));
        let turn = problem.classes_of(course).start;
        let any = (0..class_rooms.len()).map(|index| &class_rooms[(turn + index) % class_rooms.len()]);
        let room = *known.or_else(|| any.clone().find(|room| is_free(room))).unwrap_or(&class_rooms[0]);
        periods.for_each(|period| taken[room as usize * problem.periods + period] = true);
        let placement = Placement { period: PeriodId::new(spot.period()), room: RoomId(room) };
        timetable.set(ClassId::new(class), Some(placement));
        for other in std::iter::once(course).chain(bound(problem, course)) {
            if !favourite[other].contains(&room) {
                favourite[other].push(room);
            }
        }
    }
    timetable
}

/// The courses that must share a room with a course.
fn bound(problem: &Problem, course: usize) -> impl Iterator<Item = usize> {
    problem.pairs.partners(course).filter(|(_, relation)| *relation == Relation::SameRoom).map(|(other, _)| other)
}
