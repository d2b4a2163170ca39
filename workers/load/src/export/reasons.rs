//! Why a lecture has no place, found by looking at each period of the week.

use shared::ids::{CourseId, Id, PeriodId, RoomId};
use shared::model::{Instance, Timetable};

use super::meetings::Meeting;

/// A lecture without a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unplaced {
    pub(super) course: CourseId,
    pub(super) number: usize,
    /// One sentence without a full stop.
    pub(super) reason: String,
}

/// All lectures without a place.
pub(super) fn unplaced(instance: &Instance, timetable: &Timetable, meetings: &[Meeting]) -> Vec<Unplaced> {
    if timetable.unplaced_count() == 0 {
        return Vec::new();
    }
    let week = Week::of(instance, timetable);
    let missing = meetings.iter().filter(|meeting| meeting.at.is_none());
    missing
        .map(|meeting| Unplaced {
            course: meeting.course,
            number: meeting.number,
            reason: week.reason(instance, meeting.course),
        })
        .collect()
}

/// What stands in the way of a course in a period: the first of these that holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    Unavailable,
    OwnLecture,
    Teacher,
    Curriculum,
    Rooms,
    Nothing,
}

/// Who is taught in each period, and which rooms are taken.
struct Week {
    courses: Vec<Vec<CourseId>>,
    taken: Vec<Vec<RoomId>>,
    conflicts: Vec<Vec<CourseId>>,
}

impl Week {
    fn of(instance: &Instance, timetable: &Timetable) -> Self {
        let mut courses = vec![Vec::new(); instance.period_count()];
        let mut taken = vec![Vec::new(); instance.period_count()];
        for (course, at) in instance.class_courses().iter().zip(timetable.placements()) {
            if let Some(at) = at {
                courses[at.period.index()].push(*course);
                taken[at.period.index()].push(at.room);
            }
        }
        for rooms in &mut taken {
            rooms.sort_unstable();
            rooms.dedup();
        }
        Self { courses, taken, conflicts: instance.conflicts() }
    }

    fn obstacle(&self, instance: &Instance, course: CourseId, period: PeriodId) -> Obstacle {
        let there = &self.courses[period.index()];
        let teacher = |course: CourseId| instance.course_teachers()[course.index()];
        if !instance.is_available(course, period) {
            Obstacle::Unavailable
        } else if there.contains(&course) {
            Obstacle::OwnLecture
        } else if there.iter().any(|other| teacher(*other) == teacher(course)) {
            Obstacle::Teacher
        } else if there.iter().any(|other| self.conflicts[course.index()].binary_search(other).is_ok()) {
            Obstacle::Curriculum
        } else if self.taken[period.index()].len() == instance.room_count() {
            Obstacle::Rooms
        } else {
            Obstacle::Nothing
        }
    }

    fn reason(&self, instance: &Instance, course: CourseId) -> String {
        let periods = instance.period_count();
        let obstacles: Vec<Obstacle> =
            (0..periods).map(|period| self.obstacle(instance, course, PeriodId::new(period))).collect();
        if let Some(free) = obstacles.iter().position(|obstacle| *obstacle == Obstacle::Nothing) {
            let (day, slot) = instance.day_and_slot(PeriodId::new(free));
            return format!(
                "nothing stands in the way on day {}, period {}: a longer run may place it",
                day + 1,
                slot + 1
            );
        }
        let told = [
            (Obstacle::Unavailable, "the course is unavailable"),
            (Obstacle::OwnLecture, "the course has another lecture"),
            (Obstacle::Teacher, "the teacher has another course"),
            (Obstacle::Curriculum, "a curriculum has another course"),
            (Obstacle::Rooms, "all rooms are taken"),
        ];
        let counted = told.into_iter().filter_map(|(kind, what)| {
            let count = obstacles.iter().filter(|obstacle| **obstacle == kind).count();
            (count > 0).then(|| format!("in {count} {what}"))
        });
        format!("of {periods} periods none is left: {}", counted.collect::<Vec<_>>().join(", "))
    }
}
