//! A small campus for the tests of this package.

use crate::ids::{CourseId, GroupId, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use crate::model::InstanceTables;
use crate::model::campus::{CampusTables, EventRow, GroupRow};
use crate::model::instance::CourseRow;

/// Two days of three periods; rooms of 30 (with a beamer) and 10 seats; teachers Ann and Bob; a year of two halves.
///
/// Course 0 is for the year, by Ann, twice a week; 1 and 2 for one half each, by Bob and by Ann; 3 is a lab of two periods for
/// nobody's group, with the beamer. Student 0 attends 0 and 3, student 1 attends 1 and 2.
pub(crate) fn campus() -> InstanceTables {
    let course = |name: &str, lectures, students| CourseRow {
        name: name.to_owned(),
        teacher: TeacherId(0),
        lectures,
        min_days: lectures,
        students,
    };
    let event = |subject, teacher, groups: &[u32], periods, features: &[u32]| EventRow {
        subject: SubjectId(subject),
        teachers: vec![TeacherId(teacher)],
        groups: groups.iter().copied().map(GroupId).collect(),
        periods,
        features: features.to_vec(),
        rooms: Vec::new(),
        max_per_day: 1,
    };
    let group = |name: &str, part_of: &[u32]| GroupRow {
        name: name.to_owned(),
        size: 10,
        part_of: part_of.iter().copied().map(GroupId).collect(),
    };
    let subject = |name: &str, students: &[u32]| (name.to_owned(), students.iter().copied().map(StudentId).collect());
    InstanceTables {
        name: "campus".to_owned(),
        days: 2,
        slots_per_day: 3,
        courses: vec![course("year", 2, 20), course("one", 1, 10), course("two", 1, 10), course("lab", 1, 9)],
        rooms: vec![("hall".to_owned(), 30), ("den".to_owned(), 10)],
        teachers: vec!["Ann".to_owned(), "Bob".to_owned()],
        homes: None,
        campus: Some(CampusTables {
            weeks: 14,
            day_names: vec!["Mon".to_owned(), "Tue".to_owned()],
            slot_times: (9..12).map(|hour| (format!("{hour:02}:00"), format!("{hour:02}:45"))).collect(),
            features: vec!["beamer".to_owned()],
            events: vec![
                event(0, 0, &[0], 1, &[]),
                event(1, 1, &[1], 1, &[]),
                event(1, 0, &[2], 1, &[]),
                event(2, 1, &[], 2, &[0]),
            ],
            subjects: vec![subject("YEAR", &[0]), subject("HALF", &[1]), subject("LAB", &[0])],
            students: vec!["s0".to_owned(), "s1".to_owned()],
            groups: vec![group("Y", &[]), group("Y1", &[0]), group("Y2", &[0])],
            teacher_max: vec![None, Some(2)],
            room_features: vec![vec![0], Vec::new()],
            ..CampusTables::default()
        }),
        ..InstanceTables::default()
    }
}

/// A course in the small campus.
pub(crate) const YEAR: CourseId = CourseId(0);
/// The room with the beamer.
pub(crate) const HALL: RoomId = RoomId(0);
/// The small room.
pub(crate) const DEN: RoomId = RoomId(1);
/// The first period.
pub(crate) const FIRST: PeriodId = PeriodId(0);
