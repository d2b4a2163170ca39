//! The hard rules of the competition.

use std::collections::BTreeMap;

use shared::ids::{CourseId, Id, PeriodId};
use shared::model::Instance;
use shared::model::cost::Rule;

use super::{Conflict, Found, by_course, named};
use crate::week::Week;

const RULES: [Rule; 4] = [Rule::Lectures, Rule::Conflicts, Rule::Availability, Rule::RoomOccupancy];

/// All violations.
pub(super) fn find(week: &Week, instance: &Instance) -> Vec<Conflict> {
    let mut found = Found::default();
    let name = |row: &usize| week.event(&week.meetings[*row]).name.as_str();
    let mut at: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (row, meeting) in week.meetings.iter().enumerate() {
        at.entry((meeting.day, meeting.slot)).or_default().push(row);
    }
    let conflicts = instance.conflicts();
    for rows in at.values() {
        let mut in_room: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut of_course: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &row in rows {
            in_room.entry(week.meetings[row].room).or_default().push(row);
            of_course.entry(week.meetings[row].event).or_default().push(row);
        }
        for (room, rows) in in_room.into_iter().filter(|(_, rows)| rows.len() > 1) {
            let what = format!("{} are all in room {}", named(rows.iter().map(name)), week.rooms[room].name);
            found.add(Rule::RoomOccupancy, rows.len() as u64 - 1, rows, what);
        }
        for (&course, rows) in &of_course {
            let twice = format!("{} has two lectures at once", week.events[course].name);
            // The competition counts it twice: one is too many there, and one is missing elsewhere.
            found.add(Rule::Lectures, 2 * (rows.len() as u64 - 1), rows.clone(), twice);
            let later = of_course.range(course + 1..);
            for (&other, others) in later.filter(|(other, _)| conflicts[course].contains(&CourseId::new(**other))) {
                let meetings = rows.iter().chain(others).copied().collect();
                found.add(Rule::Conflicts, 1, meetings, shared_people(week, course, other));
            }
        }
    }
    for (course, rows) in by_course(week, instance).into_iter().enumerate() {
        for row in rows {
            let meeting = &week.meetings[row];
            let period = PeriodId::new(meeting.day * week.slots.len() + meeting.slot);
            let is_away = !instance.is_available(CourseId::new(course), period);
            let what = format!("{} may not be taught then", week.events[course].name);
            found.add(Rule::Availability, u64::from(is_away), vec![row], what);
        }
    }
    found.into_conflicts(&RULES)
}

/// Whom two courses have in common.
fn shared_people(week: &Week, one: usize, other: usize) -> String {
    let (one, other) = (&week.events[one], &week.events[other]);
    let who = match one.groups.iter().find(|group| other.groups.contains(group)) {
        _ if one.teachers == other.teachers => format!("teacher {}", week.teachers[one.teachers[0]].name),
        Some(group) => format!("curriculum {}", week.groups[*group].name),
        None => "somebody".to_owned(),
    };
    format!("{} and {} both need {who}", one.name, other.name)
}
