//! What has moved since the timetable that people have: all of it, and for everybody what concerns them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LISTED_MAX, fragment};
use crate::sources::ChangeRow;
use crate::week::Week;

/// Of one person so many changes are told.
const TOLD_MAX: usize = 12;

/// The section.
#[derive(Debug, Serialize)]
pub(crate) struct Changes {
    /// In one sentence.
    sentence: String,
    rows: Vec<Row>,
    people: Vec<Person>,
    /// How many of each are not told here.
    more_rows: usize,
    more_people: usize,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    event: String,
    meeting: String,
    change: String,
    before: String,
    now: String,
}

/// A teacher or a group, and what changes for them.
#[derive(Debug, Serialize)]
struct Person {
    name: String,
    /// Where on the page their week is, if it is there.
    link: Option<String>,
    count: usize,
    lines: Vec<String>,
    more: usize,
}

/// The section of these rows.
pub(super) fn changes(rows: &[ChangeRow], week: Option<&Week>) -> Changes {
    let people = people(rows, week);
    Changes {
        sentence: sentence(rows),
        more_rows: rows.len().saturating_sub(LISTED_MAX),
        more_people: people.len().saturating_sub(LISTED_MAX),
        rows: rows.iter().take(LISTED_MAX).map(row).collect(),
        people: people.into_iter().take(LISTED_MAX).collect(),
    }
}

fn sentence(rows: &[ChangeRow]) -> String {
    let count = |change: &str| rows.iter().filter(|row| row.change == change).count();
    let (new, gone) = (count("new"), count("gone"));
    let beside = |count: usize, change: &str| match count {
        0 => String::new(),
        1 => format!(", 1 is {change}"),
        more => format!(", {more} are {change}"),
    };
    let moved = match rows.len() - new - gone {
        0 => "No meeting has moved".to_owned(),
        1 => "1 meeting has moved".to_owned(),
        more => format!("{more} meetings have moved"),
    };
    moved + &beside(new, "new") + &beside(gone, "gone")
}

fn row(row: &ChangeRow) -> Row {
    Row {
        event: row.event.clone(),
        meeting: row.meeting.clone(),
        change: row.change.clone(),
        before: place(&row.before),
        now: place(&row.now),
    }
}

/// `Mon, period 3, Hall`; a dash where there is no place.
fn place([day, period, room]: &[String; 3]) -> String {
    if day.is_empty() && room.is_empty() { "–".to_owned() } else { format!("{day}, period {period}, {room}") }
}

/// Teachers first, then groups, each with most changes first.
fn people(rows: &[ChangeRow], week: Option<&Week>) -> Vec<Person> {
    let mut of_teacher: BTreeMap<&str, Vec<&ChangeRow>> = BTreeMap::new();
    let mut of_group = of_teacher.clone();
    for row in rows {
        row.teachers.iter().for_each(|name| of_teacher.entry(name).or_default().push(row));
        row.groups.iter().for_each(|name| of_group.entry(name).or_default().push(row));
    }
    let is_teacher = |name: &str| week.is_some_and(|week| week.teachers.iter().any(|teacher| teacher.name == name));
    let is_group = |name: &str| week.is_some_and(|week| week.groups.iter().any(|group| group.name == name));
    let group_word = week.map_or("group", Week::group_word);
    let teachers = listed(of_teacher, |name| is_teacher(name).then(|| fragment("teacher", name)));
    teachers.into_iter().chain(listed(of_group, |name| is_group(name).then(|| fragment(group_word, name)))).collect()
}

fn listed(of: BTreeMap<&str, Vec<&ChangeRow>>, link: impl Fn(&str) -> Option<String>) -> Vec<Person> {
    let line = |row: &&ChangeRow| {
        let Row { event, change, before, now, .. } = self::row(row);
        format!("{event} ({change}): {before} → {now}")
    };
    let mut people: Vec<Person> = of
        .into_iter()
        .map(|(name, rows)| Person {
            name: name.to_owned(),
            link: link(name),
            count: rows.len(),
            lines: rows.iter().take(TOLD_MAX).map(line).collect(),
            more: rows.len().saturating_sub(TOLD_MAX),
        })
        .collect();
    people.sort_by_key(|person| std::cmp::Reverse(person.count));
    people
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(event: &str, change: &str, teacher: &str) -> ChangeRow {
        ChangeRow {
            event: event.to_owned(),
            change: change.to_owned(),
            before: ["Mon", "1", "R1"].map(str::to_owned),
            teachers: vec![teacher.to_owned()],
            ..ChangeRow::default()
        }
    }

    #[test]
    fn everybody_is_told_what_concerns_them() {
        let rows = [change("a", "room", "T"), change("b", "gone", "U"), change("c", "period", "U")];
        let told = changes(&rows, None);
        assert_eq!(told.sentence, "2 meetings have moved, 1 is gone");
        let names: Vec<(&str, usize)> = told.people.iter().map(|person| (person.name.as_str(), person.count)).collect();
        assert_eq!(names, [("U", 2), ("T", 1)]);
        assert_eq!(told.people[1].lines, ["a (room): Mon, period 1, R1 → –"]);
        assert_eq!(told.people[1].link, None, "without a week there is no place to go to");
    }
}
