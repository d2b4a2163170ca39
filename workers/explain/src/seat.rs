//! From chosen starts to a timetable: classes keep their places where they can, the others get the smallest room that is free. What finds
//! no room has no place, and the recount tells.

use std::collections::BTreeMap;

use shared::ids::{ClassId, CourseId, Id as _, PeriodId, RoomId};
use shared::model::{Placement, Timetable};

use crate::case::Case;
use crate::ground::Ground;

/// The timetable with these starts of all courses. `any_room` lets rooms be used that do not suit, after those that do.
pub(crate) fn seated(
    case: &Case,
    ground: &Ground<'_>,
    chosen: &BTreeMap<CourseId, Vec<PeriodId>>,
    any_room: bool,
) -> Timetable {
    let mut seating = Seating {
        case,
        ground,
        timetable: Timetable::unplaced(case.instance.class_count()),
        taken: vec![vec![false; case.instance.room_count()]; case.instance.period_count()],
    };
    let mut moved: Vec<(usize, ClassId, PeriodId)> = Vec::new();
    for (course, starts) in chosen {
        moved.extend(seating.keep(*course, starts).into_iter().map(|(class, start)| {
            let suiting = (0..case.instance.room_count()).filter(|room| ground.suits(*course, RoomId::new(*room)));
            (suiting.count(), class, start)
        }));
    }
    // Whoever has the least choice is first.
    moved.sort_unstable();
    for (_, class, start) in moved {
        seating.seat(class, start, any_room);
    }
    seating.timetable
}

struct Seating<'s> {
    case: &'s Case,
    ground: &'s Ground<'s>,
    timetable: Timetable,
    /// Period and room.
    taken: Vec<Vec<bool>>,
}

impl Seating<'_> {
    /// Keeps the classes that are at a chosen start already, and returns the others with the starts that are left. A pin is kept first.
    fn keep(&mut self, course: CourseId, starts: &[PeriodId]) -> Vec<(ClassId, PeriodId)> {
        let mut open = starts.to_vec();
        let mut others = Vec::new();
        let mut meetings = self.case.meetings(course);
        meetings.sort_by_key(|(number, class, _)| (self.ground.pin(class.index()).is_none(), *number));
        for (_, class, now) in meetings {
            let pinned = self.ground.pin(class.index()).map(|pin| pin.period);
            let wanted = pinned.or(now.map(|at| at.period));
            let position = wanted.and_then(|wanted| open.iter().position(|start| *start == wanted));
            match (position.map(|position| open.remove(position)), now) {
                (Some(start), Some(at)) if at.period == start && self.is_free(course, at) => self.take(class, at),
                (Some(start), _) => others.push((class, Some(start))),
                (None, _) => others.push((class, None)),
            }
        }
        let mut open = open.into_iter();
        let with_start = |(class, start): (ClassId, Option<PeriodId>)| Some((class, start.or_else(|| open.next())?));
        others.into_iter().filter_map(with_start).collect()
    }

    fn seat(&mut self, class: ClassId, start: PeriodId, any_room: bool) {
        let course = self.case.instance.class_courses()[class.index()];
        let free = (0..self.case.instance.room_count()).map(RoomId::new).filter(|room| {
            (any_room || self.ground.suits(course, *room))
                && self.is_free(course, Placement { period: start, room: *room })
        });
        let students = self.case.instance.course_students()[course.index()];
        let seats = |room: &RoomId| self.case.instance.room_capacities()[room.index()];
        let best = free.min_by_key(|room| {
            let is_bad = !self.ground.suits(course, *room) || self.ground.is_closed(*room, course, start);
            (is_bad, seats(room) < students, seats(room), *room)
        });
        if let Some(room) = best {
            self.take(class, Placement { period: start, room });
        }
    }

    fn is_free(&self, course: CourseId, at: Placement) -> bool {
        self.ground.periods(course, at.period).all(|period| !self.taken[period][at.room.index()])
    }

    fn take(&mut self, class: ClassId, at: Placement) {
        let course = self.case.instance.class_courses()[class.index()];
        self.ground.periods(course, at.period).for_each(|period| self.taken[period][at.room.index()] = true);
        self.timetable.set(class, Some(at));
    }
}
