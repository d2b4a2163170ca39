//! What an instance is, in a few numbers.

use std::fmt;

use serde::Serialize;
use shared::ids::{Id as _, SubjectId};
use shared::model::Instance;
use shared::model::campus::Campus;

/// The numbers by which instances are compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Summary {
    Courses(OfCourses),
    Campus(OfCampus),
}

impl Summary {
    pub(super) fn of(instance: &Instance) -> Self {
        match instance.campus() {
            None => Self::Courses(OfCourses::of(instance)),
            Some(campus) => Self::Campus(OfCampus::of(instance, campus)),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Courses(summary) => summary.fmt(out),
            Self::Campus(summary) => summary.fmt(out),
        }
    }
}

/// Those of an instance of the competition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct OfCourses {
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

impl OfCourses {
    fn of(instance: &Instance) -> Self {
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

impl fmt::Display for OfCourses {
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

/// Those of a campus.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct OfCampus {
    name: String,
    events: usize,
    meetings: usize,
    /// Periods that all meetings take together.
    hours: usize,
    teachers: usize,
    groups: usize,
    students: usize,
    /// Pairs of a student and a course.
    enrolments: usize,
    rooms: usize,
    days: usize,
    periods_per_day: usize,
    rules: usize,
    pins: usize,
    /// Hours in per cent of rooms × periods.
    occupancy: f64,
}

impl OfCampus {
    fn of(instance: &Instance, campus: Campus<'_>) -> Self {
        let hours = instance.courses().map(|course| instance.course_lectures(course) * campus.length(course)).sum();
        let subjects = (0..campus.subject_count()).map(SubjectId::new);
        Self {
            name: instance.name().to_owned(),
            events: instance.course_count(),
            meetings: instance.class_count(),
            hours,
            teachers: instance.teacher_count(),
            groups: campus.group_count(),
            students: campus.student_count(),
            enrolments: subjects.map(|subject| campus.students(subject).len()).sum(),
            rooms: instance.room_count(),
            days: instance.days(),
            periods_per_day: instance.slots_per_day(),
            rules: campus.rules().count(),
            pins: campus.pins().count(),
            occupancy: per_cent(hours, instance.room_count() * instance.period_count()),
        }
    }
}

impl fmt::Display for OfCampus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}: {} events with {} meetings by {} teachers · {} groups · {} students with {} enrolments · {} rooms · {} days × {} \
             periods · {} rules · {} pins · occupancy {:.1} %",
            self.name,
            self.events,
            self.meetings,
            self.teachers,
            self.groups,
            self.students,
            self.enrolments,
            self.rooms,
            self.days,
            self.periods_per_day,
            self.rules,
            self.pins,
            self.occupancy
        )
    }
}
