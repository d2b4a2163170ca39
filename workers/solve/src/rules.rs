//! The instance as the choice of periods reads it: flat tables, plain indices, rooms only as a sorted list of sizes.

use search::Homes;
use shared::ids::{CurriculumId, Id, PeriodId};
use shared::model::Instance;

/// Lowered once for each process; never changed.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Periods of the week.
    pub(crate) periods: usize,
    /// Days of the week.
    pub(crate) days: usize,
    /// Slots of each day.
    pub(crate) slots: usize,
    /// Seats of each room, most first.
    pub(crate) seats: Vec<u32>,
    /// Course: weekly lectures.
    pub(crate) lectures: Vec<u32>,
    /// Course: least number of days.
    pub(crate) min_days: Vec<u32>,
    /// Course: students.
    pub(crate) students: Vec<u32>,
    /// Course: courses that must not share a period with it, ascending.
    pub(crate) conflicts: Vec<Vec<u32>>,
    /// Curriculum: its courses, ascending.
    pub(crate) curricula: Vec<Vec<u32>>,
    /// Course: its curricula, ascending.
    pub(crate) curricula_of: Vec<Vec<u32>>,
    /// Teacher: the courses, ascending.
    pub(crate) teachers: Vec<Vec<u32>>,
    /// Where courses were before.
    pub(crate) homes: Homes,
    available: Vec<bool>,
}

impl Rules {
    /// Lowers an instance.
    pub(crate) fn new(instance: &Instance) -> Self {
        let courses = instance.course_count();
        let mut seats = instance.room_capacities().to_vec();
        seats.sort_unstable_by(|left, right| right.cmp(left));
        let mut teachers = vec![Vec::new(); instance.teacher_count()];
        for (course, teacher) in instance.course_teachers().iter().enumerate() {
            teachers[teacher.index()].push(course as u32);
        }
        let curriculum = |index| instance.curriculum_courses(CurriculumId::new(index)).iter().map(|course| course.0);
        let curricula: Vec<Vec<u32>> =
            (0..instance.curriculum_count()).map(|index| curriculum(index).collect()).collect();
        let mut curricula_of = vec![Vec::new(); courses];
        for (index, members) in curricula.iter().enumerate() {
            for course in members {
                curricula_of[*course as usize].push(index as u32);
            }
        }
        let available = |course| {
            (0..instance.period_count()).map(move |period| instance.is_available(course, PeriodId::new(period)))
        };
        Self {
            periods: instance.period_count(),
            days: instance.days(),
            slots: instance.slots_per_day(),
            seats,
            lectures: instance.courses().map(|course| instance.course_lectures(course) as u32).collect(),
            min_days: instance.course_min_days().to_vec(),
            students: instance.course_students().to_vec(),
            conflicts: instance.conflicts().iter().map(|row| row.iter().map(|course| course.0).collect()).collect(),
            curricula,
            curricula_of,
            teachers,
            homes: Homes::new(instance),
            available: instance.courses().flat_map(available).collect(),
        }
    }

    /// Number of courses.
    pub(crate) fn courses(&self) -> usize {
        self.lectures.len()
    }

    /// Number of rooms.
    pub(crate) fn rooms(&self) -> usize {
        self.seats.len()
    }

    /// Whether a course may be taught in a period at all.
    pub(crate) fn is_available(&self, course: usize, period: usize) -> bool {
        self.available[course * self.periods + period]
    }

    /// The period before on the same day.
    pub(crate) fn before(&self, period: usize) -> Option<usize> {
        (!period.is_multiple_of(self.slots)).then(|| period - 1)
    }

    /// The period after on the same day.
    pub(crate) fn after(&self, period: usize) -> Option<usize> {
        (!(period + 1).is_multiple_of(self.slots)).then_some(period + 1)
    }

    /// The day of a period.
    pub(crate) fn day(&self, period: usize) -> usize {
        period / self.slots
    }
}
