//! What an instance is, in a few numbers.

use std::fmt;

use serde::Serialize;
use shared::model::Instance;

/// The numbers by which instances are compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Summary {
    name: String,
    courses: usize,
    lectures: usize,
    teachers: usize,
    rooms: usize,
    days: usize,
    periods_per_day: usize,
    curricula: usize,
    /// Pairs of a course and a period in which it must not be taught.
    unavailable: usize,
    /// Lectures in per cent of rooms × periods.
    occupancy: f64,
    /// Pairs of courses that must not share a period, in per cent of all pairs.
    conflict_density: f64,
}

impl Summary {
    pub(super) fn of(instance: &Instance) -> Self {
        let courses = instance.course_count();
        let open = |words: &[u64]| words.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        let available: usize = instance.courses().map(|course| open(instance.course_available(course))).sum();
        let conflicts: usize = instance.conflicts().iter().map(Vec::len).sum();
        let cells = instance.room_count() * instance.period_count();
        Self {
            name: instance.name().to_owned(),
            courses,
            lectures: instance.class_count(),
            teachers: instance.teacher_count(),
            rooms: instance.room_count(),
            days: instance.days(),
            periods_per_day: instance.slots_per_day(),
            curricula: instance.curriculum_count(),
            unavailable: courses * instance.period_count() - available,
            occupancy: per_cent(instance.class_count(), cells),
            conflict_density: per_cent(conflicts, courses * courses.saturating_sub(1)),
        }
    }
}

/// In hundredths, with one decimal.
fn per_cent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1000.0 / whole as f64).round() / 10.0 }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}: {} courses with {} lectures by {} teachers · {} rooms · {} days × {} periods · {} curricula · {} unavailable \
             periods · occupancy {:.1} % · conflict density {:.1} %",
            self.name,
            self.courses,
            self.lectures,
            self.teachers,
            self.rooms,
            self.days,
            self.periods_per_day,
            self.curricula,
            self.unavailable,
            self.occupancy,
            self.conflict_density
        )
    }
}
