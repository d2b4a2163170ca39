//! Tables → text → reader → the same tables. The writer of `.ctt` lives here as long as only tests need one.

use std::fmt::Write as _;

use proptest::prelude::*;
use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::InstanceTables;
use shared::model::instance::CourseRow;

use super::read;
use crate::finding::Severity;

/// Which of the two formats is written.
#[derive(Clone, Copy, Debug)]
enum Dialect {
    Plain,
    Extended,
}

fn written(tables: &InstanceTables, dialect: Dialect) -> String {
    let is_extended = matches!(dialect, Dialect::Extended);
    let (count_key, flag, site, rooms) =
        if is_extended { ("UnavailabilityConstraints", " 1", " 0", 1) } else { ("Constraints", "", "", 0) };
    let course_name = |course: CourseId| &tables.courses[course.index()].name;
    let mut text = String::new();
    let _ = write!(
        text,
        "Name: {}\nCourses: {}\nRooms: {}\nDays: {}\nPeriods_per_day: {}\nCurricula: {}\n{count_key}: {}\n",
        tables.name,
        tables.courses.len(),
        tables.rooms.len(),
        tables.days,
        tables.slots_per_day,
        tables.curricula.len(),
        tables.unavailable.len()
    );
    if is_extended {
        let _ = writeln!(text, "Min_Max_Daily_Lectures: 2 4\nRoomConstraints: {rooms}");
    }
    text.push_str("\nCOURSES:\n");
    for course in &tables.courses {
        let teacher = &tables.teachers[course.teacher.index()];
        let CourseRow { name, lectures, min_days, students, .. } = course;
        let _ = writeln!(text, "{name} {teacher} {lectures} {min_days} {students}{flag}");
    }
    text.push_str("\nROOMS:\n");
    for (name, seats) in &tables.rooms {
        let _ = writeln!(text, "{name} {seats}{site}");
    }
    text.push_str("\nCURRICULA:\n");
    for (name, members) in &tables.curricula {
        let members: Vec<&str> = members.iter().map(|course| course_name(*course).as_str()).collect();
        let _ = writeln!(text, "{name} {} {}", members.len(), members.join(" "));
    }
    text.push_str("\nUNAVAILABILITY_CONSTRAINTS:\n");
    for (course, period) in &tables.unavailable {
        let (day, slot) = (period.0 / tables.slots_per_day, period.0 % tables.slots_per_day);
        let _ = writeln!(text, "{} {day} {slot}", course_name(*course));
    }
    if is_extended {
        let _ = writeln!(text, "\nROOM_CONSTRAINTS:\n{} {}", tables.courses[0].name, tables.rooms[0].0);
    }
    text + "\nEND.\n"
}

/// Any instance of a few rows. Names hold what names hold elsewhere: letters of all kinds, digits, punctuation.
pub(crate) fn tables() -> impl Strategy<Value = InstanceTables> {
    let name = "[A-Za-zÀ-ž0-9_&'\"/;,-]{1,8}";
    let courses = prop::collection::vec((0..4_usize, 0..4_u32, 0..5_u32, 0..200_u32), 1..9);
    let rooms = prop::collection::vec(0..200_u32, 1..4);
    let curricula = prop::collection::vec(prop::collection::btree_set(0..9_usize, 0..5), 0..4);
    let unavailable = prop::collection::btree_set((0..9_usize, 0..20_u32), 0..12);
    (name, courses, rooms, curricula, unavailable, 1..5_u32, 1..5_u32).prop_map(
        |(name, courses, rooms, curricula, unavailable, days, slots_per_day)| {
            let mut teachers: Vec<String> = Vec::new();
            let mut teacher = |number: usize| {
                let called = format!("{name}{number}");
                let found = teachers.iter().position(|teacher| *teacher == called);
                TeacherId::new(found.unwrap_or_else(|| {
                    teachers.push(called);
                    teachers.len() - 1
                }))
            };
            let rows = courses.iter().enumerate().map(|(row, &(by, lectures, min_days, students))| CourseRow {
                name: format!("{row}{name}"),
                teacher: teacher(by),
                lectures,
                min_days,
                students,
            });
            let rows: Vec<CourseRow> = rows.collect();
            let course = |number: usize| (number < rows.len()).then(|| CourseId::new(number));
            InstanceTables {
                name: format!("{name} of {name}"),
                days,
                slots_per_day,
                rooms: (0..).zip(rooms).map(|(row, seats): (u32, u32)| (format!("r{row}{name}"), seats)).collect(),
                curricula: (0..)
                    .zip(curricula)
                    .map(|(row, members): (u32, _)| {
                        (format!("{row}"), members.into_iter().filter_map(course).collect())
                    })
                    .collect(),
                unavailable: unavailable
                    .into_iter()
                    .filter(|(_, period)| *period < days * slots_per_day)
                    .filter_map(|(number, period)| Some((course(number)?, PeriodId(period))))
                    .collect(),
                courses: rows,
                campus: None,
                teachers,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(tables in tables(), is_extended in any::<bool>()) {
        let dialect = if is_extended { Dialect::Extended } else { Dialect::Plain };
        let text = written(&tables, dialect);
        let reading = read(text.as_bytes());
        prop_assert_eq!(reading.findings.count(Severity::Error), 0, "{}", reading.findings.render(&text));
        prop_assert_eq!(reading.tables, Some(tables));
    }
}
