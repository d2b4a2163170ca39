//! The timetable by period: who is taught when and where.

use shared::ids::{ClassId, CourseId, Id as _, PeriodId, RoomId};

use crate::case::Case;
use crate::ground::Ground;

/// A class in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) class: ClassId,
    pub(crate) course: CourseId,
    pub(crate) room: RoomId,
}

/// The classes of each period, one of them left out.
#[derive(Debug)]
pub(crate) struct Week {
    periods: Vec<Vec<Held>>,
}

impl Week {
    /// The week without a class.
    pub(crate) fn without(case: &Case, ground: &Ground<'_>, class: ClassId) -> Self {
        let mut periods = vec![Vec::new(); case.instance.period_count()];
        for (index, (course, at)) in case.instance.class_courses().iter().zip(case.timetable.placements()).enumerate() {
            let Some(at) = at.filter(|_| index != class.index()) else { continue };
            let held = Held { class: ClassId::new(index), course: *course, room: at.room };
            ground.periods(*course, at.period).for_each(|period| periods[period].push(held));
        }
        Self { periods }
    }

    /// Who is taught while a class of a course would be that begins here; a class of several periods may come several times.
    pub(crate) fn beside(&self, ground: &Ground<'_>, course: CourseId, start: PeriodId) -> impl Iterator<Item = Held> {
        ground.periods(course, start).flat_map(|period| self.periods[period].iter().copied())
    }

    /// Whether a room is free for a class of a course that begins here.
    pub(crate) fn is_free(&self, ground: &Ground<'_>, course: CourseId, start: PeriodId, room: RoomId) -> bool {
        self.beside(ground, course, start).all(|held| held.room != room)
    }
}
