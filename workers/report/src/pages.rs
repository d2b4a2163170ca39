//! A page for each room, teacher, group and course, for a web server: links between files, no script at all.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::ReportError;
use crate::page::{STYLE, fill};
use crate::week::{Meeting, Week};

const WEEK: &str = include_str!("templates/week.html");
const INDEX: &str = include_str!("templates/index.html");

/// A longer name is cut in the name of its file, and told apart by its sum.
const NAME_BYTES_MAX: usize = 120;

/// Somebody, and the file with their week.
#[derive(Clone, Debug, Serialize)]
struct Whose {
    name: String,
    file: String,
}

#[derive(Debug, Serialize)]
struct Kind {
    title: &'static str,
    entries: Vec<Whose>,
}

#[derive(Debug, Serialize)]
struct Row {
    slot: usize,
    hours: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Default, Serialize)]
struct Cell {
    span: usize,
    is_away: bool,
    meetings: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    colour: usize,
    trouble: String,
    parts: Vec<Vec<Whose>>,
}

/// All files: names and texts.
pub(crate) fn pages(week: &Week) -> Result<Vec<(String, String)>, ReportError> {
    let mut files = vec![("style.css".to_owned(), STYLE.to_owned())];
    let mut kinds = Vec::new();
    for kind in Kinds::of(week) {
        let mut entries = Vec::new();
        for (index, name) in kind.names.iter().enumerate() {
            let meetings = kind.meetings(week, index);
            if !meetings.is_empty() {
                let whose = whose(kind.word, name);
                files.push((whose.file.clone(), page(week, &kind, &whose, index, &meetings)?));
                entries.push(whose);
            }
        }
        kinds.push(Kind { title: kind.title, entries });
    }
    let index = fill(INDEX, context! { instance => week.name.as_str(), kinds => Serde(kinds) })?;
    files.push(("index.html".to_owned(), index));
    Ok(files)
}

/// One kind of weeks.
struct Kinds<'a> {
    word: &'static str,
    title: &'static str,
    names: Vec<&'a str>,
    /// The meetings of each, by their rows in the week.
    rows: Vec<Vec<usize>>,
}

impl<'a> Kinds<'a> {
    fn of(week: &'a Week) -> [Self; 4] {
        let rows = |count: usize, of: &dyn Fn(&Meeting) -> Vec<usize>| {
            let mut rows = vec![Vec::new(); count];
            for (row, meeting) in week.meetings.iter().enumerate() {
                for index in of(meeting) {
                    rows[index].push(row);
                }
            }
            rows
        };
        let kind = |word, title, names: Vec<&'a str>, of: &dyn Fn(&Meeting) -> Vec<usize>| {
            let rows = rows(names.len(), of);
            Self { word, title, names, rows }
        };
        let (group, groups) = if week.is_campus { ("group", "Groups") } else { ("curriculum", "Curricula") };
        [
            kind("room", "Rooms", week.rooms.iter().map(|room| room.name.as_str()).collect(), &|at| vec![at.room]),
            kind("teacher", "Teachers", week.teachers.iter().map(|who| who.name.as_str()).collect(), &|at| {
                week.event(at).teachers.clone()
            }),
            kind(group, groups, week.groups.iter().map(|group| group.name.as_str()).collect(), &|at| {
                week.event(at).groups.clone()
            }),
            kind("course", "Courses", week.subjects.iter().map(String::as_str).collect(), &|at| {
                vec![week.event(at).subject]
            }),
        ]
    }

    /// The meetings of somebody; of a group also those of the groups above it.
    fn meetings(&self, week: &Week, index: usize) -> Vec<usize> {
        let is_group = self.title == "Groups";
        let above: &[usize] = if is_group { &week.groups[index].above } else { &[] };
        let mut rows: Vec<usize> = [index].iter().chain(above).flat_map(|of| &self.rows[*of]).copied().collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn away<'w>(&self, week: &'w Week, index: usize) -> &'w [usize] {
        match self.word {
            "room" => &week.rooms[index].away,
            "teacher" => &week.teachers[index].away,
            "course" => &[],
            _ => &week.groups[index].away,
        }
    }
}

fn page(week: &Week, kind: &Kinds<'_>, whose: &Whose, index: usize, meetings: &[usize]) -> Result<String, ReportError> {
    let rows = grid(week, kind, meetings, kind.away(week, index));
    let note = match kind.word {
        "room" => crate::words::count(week.rooms[index].seats as usize, "seat"),
        word => capital(word),
    };
    fill(
        WEEK,
        context! {
            name => whose.name.as_str(),
            instance => week.name.as_str(),
            days => Serde(&week.days),
            note,
            rows => Serde(rows),
        },
    )
}

/// Slots down, days across. A meeting spans its periods, unless somebody else is there too on that day.
fn grid(week: &Week, kind: &Kinds<'_>, meetings: &[usize], away: &[usize]) -> Vec<Row> {
    let slots = week.slots.len();
    let mut at = vec![Vec::new(); week.days.len() * slots];
    for &row in meetings {
        let meeting = &week.meetings[row];
        week.slots_of(meeting).for_each(|slot| at[meeting.day * slots + slot].push(row));
    }
    let spans = |day: usize| at[day * slots..(day + 1) * slots].iter().all(|there| there.len() < 2);
    let cell = |day: usize, slot: usize| {
        let there = &at[day * slots + slot];
        let starts = |row: &&usize| week.meetings[**row].slot == slot;
        let span = match there.iter().find(starts) {
            Some(row) if spans(day) => week.slots_of(&week.meetings[*row]).len(),
            // It is covered by the cell above.
            None if spans(day) && !there.is_empty() => return None,
            _ => 1,
        };
        let is_away = there.is_empty() && away.contains(&(day * slots + slot));
        Some(Cell { span, is_away, meetings: there.iter().map(|row| shown(week, kind, *row)).collect() })
    };
    let row = |slot: usize| {
        let hours = &week.slots[slot];
        let hours = if hours.start.is_empty() { String::new() } else { format!("{}–{}", hours.start, hours.end) };
        Row { slot: slot + 1, hours, cells: (0..week.days.len()).filter_map(|day| cell(day, slot)).collect() }
    };
    (0..slots).map(row).collect()
}

fn shown(week: &Week, kind: &Kinds<'_>, row: usize) -> Shown {
    let meeting = &week.meetings[row];
    let event = week.event(meeting);
    let group = week.group_word();
    let parts = [
        ("room", vec![whose("room", &week.rooms[meeting.room].name)]),
        ("teacher", event.teachers.iter().map(|index| whose("teacher", &week.teachers[*index].name)).collect()),
        (group, event.groups.iter().map(|index| whose(group, &week.groups[*index].name)).collect::<Vec<_>>()),
    ];
    Shown {
        name: event.name.clone(),
        colour: event.subject % 8,
        trouble: meeting.told_troubles(),
        parts: parts
            .into_iter()
            .filter(|(word, who)| *word != kind.word && !who.is_empty())
            .map(|(_, who)| who)
            .collect(),
    }
}

/// Somebody and their file, whose name needs no escaping in a link.
fn whose(kind: &str, name: &str) -> Whose {
    let mut file = format!("{kind}-");
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' => file.push(byte as char),
            _ => file.extend(format!("_{byte:02X}").chars()),
        }
    }
    if file.len() > NAME_BYTES_MAX {
        file.truncate(NAME_BYTES_MAX);
        file.extend(format!("_{:016x}", xxh3_64(name.as_bytes())).chars());
    }
    file.push_str(".html");
    Whose { name: name.to_owned(), file }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_differ_where_names_differ_and_hold_nothing_odd() {
        assert_eq!(whose("room", "Hall A/../é").file, "room-Hall_20A_2F.._2F_C3_A9.html");
        let long = ["a", "b"].map(|end| whose("course", &format!("{}{end}", "x".repeat(300))).file);
        assert!(long[0] != long[1] && long[0].len() < 200, "{long:?}");
    }
}
