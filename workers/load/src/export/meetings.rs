//! The lectures of each course in the order of the week, numbered from 1: which class of a course is which does not matter to
//! anyone outside, so the files do not show it.

use std::fmt::Write as _;

use shared::ids::{ClassId, CourseId, CurriculumId, Id};
use shared::model::{Instance, Placement, Timetable};

/// One lecture of a course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meeting {
    pub(super) course: CourseId,
    /// Its number within the course, from 1. Those without a place come last.
    pub(super) number: usize,
    pub(super) at: Option<Placement>,
}

/// All meetings, by course and number.
pub(super) fn of(instance: &Instance, timetable: &Timetable) -> Vec<Meeting> {
    let mut meetings = Vec::with_capacity(instance.class_count());
    for course in instance.courses() {
        let classes = instance.course_classes(course).map(ClassId::new);
        let mut places: Vec<Option<Placement>> = classes.map(|class| timetable.get(class)).collect();
        places.sort_by_key(|at| (at.is_none(), *at));
        meetings.extend((1..).zip(places).map(|(number, at)| Meeting { course, number, at }));
    }
    meetings
}

/// The solution in the competition's format.
pub(super) fn solution(instance: &Instance, meetings: &[Meeting]) -> String {
    let mut text = String::new();
    for (course, at) in meetings.iter().filter_map(|meeting| Some((meeting.course, meeting.at?))) {
        let (day, slot) = instance.day_and_slot(at.period);
        let _ = writeln!(text, "{} {} {day} {slot}", instance.course_name(course), instance.room_name(at.room));
    }
    text
}

/// The names of the curricula of each course.
pub(super) fn curricula_of(instance: &Instance) -> Vec<Vec<&str>> {
    let mut curricula = vec![Vec::new(); instance.course_count()];
    for curriculum in (0..instance.curriculum_count()).map(CurriculumId::new) {
        for course in instance.curriculum_courses(curriculum) {
            curricula[course.index()].push(instance.curriculum_name(curriculum));
        }
    }
    curricula
}
