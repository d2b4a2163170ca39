//! Tables → text → reader → the same tables. The writer of `.ctt` lives here as long as only tests need one.

use proptest::prelude::*;
use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::InstanceTables;
use shared::model::instance::CourseRow;

use super::read;
use crate::convert::{Dialect, text};
use crate::finding::Severity;

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
                homes: None,
                teachers,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(tables in tables(), is_extended in any::<bool>()) {
        let dialect = if is_extended { Dialect::Extended } else { Dialect::Plain };
        let text = text(&tables, dialect);
        let reading = read(text.as_bytes());
        prop_assert_eq!(reading.findings.count(Severity::Error), 0, "{}", reading.findings.render(&text));
        prop_assert_eq!(reading.tables, Some(tables));
    }
}
