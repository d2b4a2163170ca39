//! The count of `verify` against a second one: written from the definition of the constraints over rows of text-like tables, by
//! comparing each lecture with each other one. It shares no code with the recount of the model.

use std::fmt::Write as _;

use proptest::prelude::*;
use shared::model::InstanceTables;
use shared::model::cost;

use super::violations;
use crate::finding::{Findings, Severity};
use crate::format::round_trip::tables;
use crate::solution;

/// A lecture: course, room, day and slot by number.
type Row = (usize, usize, u32, u32);

/// Wrong numbers of lectures, conflicts, unavailable periods and full rooms, in the order of `Components::hard`.
fn hard(tables: &InstanceTables, rows: &[Row]) -> [u64; 4] {
    let mut count = [0; 4];
    for (number, course) in tables.courses.iter().enumerate() {
        let mut times: Vec<(u32, u32)> = rows.iter().filter(|row| row.0 == number).map(|row| (row.2, row.3)).collect();
        let placed = times.len();
        times.sort_unstable();
        times.dedup();
        count[0] += u64::from(course.lectures).abs_diff(times.len() as u64) + (placed - times.len()) as u64;
    }
    let share = |one: usize, two: usize| {
        tables.courses[one].teacher == tables.courses[two].teacher
            || tables.curricula.iter().any(|(_, members)| {
                members.iter().any(|course| course.0 as usize == one)
                    && members.iter().any(|course| course.0 as usize == two)
            })
    };
    for one in 0..tables.courses.len() {
        for two in (one + 1..tables.courses.len()).filter(|two| share(one, *two)) {
            for time in (0..tables.days).flat_map(|day| (0..tables.slots_per_day).map(move |slot| (day, slot))) {
                let is_then = |course: usize| rows.iter().any(|row| row.0 == course && (row.2, row.3) == time);
                count[1] += u64::from(is_then(one) && is_then(two));
            }
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let is_unavailable = tables
            .unavailable
            .iter()
            .any(|(course, period)| course.0 as usize == row.0 && period.0 == row.2 * tables.slots_per_day + row.3);
        count[2] += u64::from(is_unavailable);
        count[3] +=
            u64::from(rows[..at].iter().any(|earlier| (earlier.1, earlier.2, earlier.3) == (row.1, row.2, row.3)));
    }
    count
}

/// Seats, days, neighbours and rooms, in the order of `Components::soft`.
fn soft(tables: &InstanceTables, rows: &[Row]) -> [u64; 4] {
    let mut cost = [0; 4];
    for row in rows {
        cost[0] += u64::from(tables.courses[row.0].students.saturating_sub(tables.rooms[row.1].1));
    }
    for (number, course) in tables.courses.iter().enumerate() {
        let has = |test: &dyn Fn(&Row) -> bool| rows.iter().any(|row| row.0 == number && test(row));
        let days = (0..tables.days).filter(|day| has(&|row| row.2 == *day)).count() as u64;
        let rooms = (0..tables.rooms.len()).filter(|room| has(&|row| row.1 == *room)).count() as u64;
        cost[1] += 5 * u64::from(course.min_days).saturating_sub(days);
        cost[3] += rooms.saturating_sub(1);
    }
    for (_, members) in &tables.curricula {
        let of_it: Vec<&Row> =
            rows.iter().filter(|row| members.iter().any(|course| course.0 as usize == row.0)).collect();
        for row in &of_it {
            let is_next = |other: &&Row| other.2 == row.2 && other.3.abs_diff(row.3) == 1;
            cost[2] += if of_it.iter().copied().any(|other| is_next(&other)) { 0 } else { 2 };
        }
    }
    cost
}

proptest! {
    #[test]
    fn verify_counts_as_the_definition_does(
        tables in tables(),
        rows in prop::collection::vec((0..9_usize, 0..4_usize, 0..5_u32, 0..5_u32), 0..30),
    ) {
        let rows: Vec<Row> = rows
            .iter()
            .map(|row| (row.0 % tables.courses.len(), row.1 % tables.rooms.len(), row.2 % tables.days, row.3 % tables.slots_per_day))
            .collect();
        let mut text = String::new();
        for row in &rows {
            let _ = writeln!(text, "{}\t{}  {} {} ", tables.courses[row.0].name, tables.rooms[row.1].0, row.2, row.3);
        }
        let instance = tables.instance().unwrap();
        let mut findings = Findings::default();
        let lectures = solution::read(text.as_bytes(), &instance, &mut findings);
        prop_assert_eq!(findings.count(Severity::Error), 0, "{}", findings.render("solution"));
        let counted = cost::recount_lectures(&instance, &lectures);
        prop_assert_eq!(counted.hard().map(|(_, count)| count).collect::<Vec<_>>(), hard(&tables, &rows));
        prop_assert_eq!(counted.soft().map(|(_, cost)| cost).collect::<Vec<_>>(), soft(&tables, &rows));
        let listed: u64 = violations::list(&instance, &lectures).iter().map(|entry| entry.count).sum();
        prop_assert_eq!(listed, counted.cost().violations() + counted.cost().soft);
    }
}
