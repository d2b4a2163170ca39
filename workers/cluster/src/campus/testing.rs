//! Campuses for the tests of this module.

use shared::ids::{CourseId, GroupId, Id, PeriodId, StudentId, SubjectId, TeacherId};
use shared::model::campus::{CampusTables, EventRow, GroupRow, Relation, RuleRow};
use shared::model::instance::CourseRow;
use shared::model::{Instance, InstanceTables};

use crate::random::Random;

/// Days of a week of the tests; each has as many slots.
const DAYS: u32 = 4;

/// A campus of some departments: students, teachers and groups mostly keep to theirs. Ten courses each.
pub(crate) fn campus(seed: u64, departments: usize) -> Instance {
    let random = Random::new(seed, 77);
    let mut counter = 0;
    let mut below = |bound: usize| {
        counter += 1;
        random.below(counter, bound)
    };
    let courses = 10 * departments;
    let (mut rows, mut events, mut unavailable) = (Vec::new(), Vec::new(), Vec::new());
    for course in 0..courses {
        let home = course / 10;
        rows.push(CourseRow {
            name: format!("c{course}"),
            teacher: TeacherId(0),
            lectures: 1 + below(3) as u32,
            min_days: 1,
            students: 20,
        });
        events.push(EventRow {
            subject: SubjectId::new(course / 2),
            teachers: vec![TeacherId::new(home * 4 + below(4))],
            groups: if below(2) == 0 { vec![GroupId::new(home * 2 + below(2))] } else { Vec::new() },
            periods: 1 + below(2) as u32,
            max_per_day: 1,
            ..EventRow::default()
        });
        for period in 0..DAYS * DAYS {
            let is_late = period % DAYS + events[course].periods > DAYS;
            if is_late || below(4) == 0 {
                unavailable.push((CourseId::new(course), PeriodId(period)));
            }
        }
    }
    let students = 30 * departments;
    let mut subjects: Vec<(String, Vec<StudentId>)> =
        (0..courses / 2).map(|subject| (format!("S{subject}"), Vec::new())).collect();
    for student in 0..students {
        for _ in 0..3 {
            let home = if below(6) == 0 { below(departments) } else { student % departments };
            subjects[home * 5 + below(5)].1.push(StudentId::new(student));
        }
    }
    let group = |index: usize| GroupRow {
        name: format!("g{index}"),
        size: 20,
        part_of: if index % 2 == 1 { vec![GroupId::new(index - 1)] } else { Vec::new() },
    };
    let rules = [Relation::SameTime, Relation::Before, Relation::NotSameDay].map(|relation| {
        let first = below(courses - 1);
        RuleRow { relation, weight: None, courses: vec![CourseId::new(first), CourseId::new(first + 1)] }
    });
    let tables = InstanceTables {
        name: "campus".to_owned(),
        days: DAYS,
        slots_per_day: DAYS,
        courses: rows,
        rooms: vec![("r".to_owned(), 40)],
        teachers: (0..4 * departments).map(|teacher| format!("t{teacher}")).collect(),
        unavailable,
        homes: None,
        campus: Some(CampusTables {
            weeks: 1,
            day_names: (0..DAYS).map(|day| format!("d{day}")).collect(),
            slot_times: (0..DAYS).map(|slot| (format!("{slot}"), format!("{slot}"))).collect(),
            events,
            subjects,
            students: (0..students).map(|student| format!("{student}")).collect(),
            groups: (0..2 * departments).map(group).collect(),
            teacher_max: vec![None; 4 * departments],
            room_features: vec![Vec::new()],
            rules: rules.into(),
            ..CampusTables::default()
        }),
        ..InstanceTables::default()
    };
    tables.instance().expect("well-formed tables")
}
