//! The timetable for the browser: numbers for the script, which draws the week of whoever is asked for, and the same as lists for
//! browsers without scripts.

use serde::Serialize;
use serde_json::{Value, json};

use super::fragment;
use crate::week::{Event, Group, Meeting, Place, Week};
use crate::words;

/// What the script reads. Rows are lists, because names of fields would be most of the page.
#[derive(Debug, Serialize)]
pub(crate) struct Data {
    group: &'static str,
    days: Vec<String>,
    slots: Vec<[String; 2]>,
    /// Name, seats, periods in which it is away.
    rooms: Vec<Value>,
    /// Name, periods in which they are away.
    teachers: Vec<Value>,
    /// Name, periods in which it is away, the groups above.
    groups: Vec<Value>,
    /// Names.
    courses: Vec<String>,
    /// Name, course, periods of a meeting, students, teachers, groups, periods in which it may not be taught.
    events: Vec<Value>,
    /// Event, number, day, slot, room, and what is wrong, if anything.
    meetings: Vec<Value>,
}

/// All of a week, for the script.
pub(crate) fn data(week: &Week) -> Data {
    let meeting = |meeting: &Meeting| {
        let Meeting { event, number, day, slot, room, troubles } = meeting;
        let mut row = vec![json!(event), json!(number), json!(day), json!(slot), json!(room)];
        row.extend((!troubles.is_empty()).then(|| json!(meeting.told_troubles())));
        Value::Array(row)
    };
    Data {
        group: week.group_word(),
        days: week.days.clone(),
        slots: week.slots.iter().map(|slot| [slot.start.clone(), slot.end.clone()]).collect(),
        rooms: week
            .rooms
            .iter()
            .map(|Place { name, seats, away }| row(vec![json!(name), json!(seats), json!(away)]))
            .collect(),
        teachers: week.teachers.iter().map(|Place { name, away, .. }| row(vec![json!(name), json!(away)])).collect(),
        groups: week
            .groups
            .iter()
            .map(|Group { name, away, above }| row(vec![json!(name), json!(away), json!(above)]))
            .collect(),
        courses: week.subjects.clone(),
        events: week
            .events
            .iter()
            .map(|event| {
                let Event { name, subject, length, students, teachers, groups, away, .. } = event;
                let numbers = [subject, length, &(*students as usize)].map(|number| json!(number));
                let lists = [teachers, groups, away].map(|list| json!(list));
                row([json!(name)].into_iter().chain(numbers).chain(lists).collect())
            })
            .collect(),
        meetings: week.meetings.iter().map(meeting).collect(),
    }
}

/// A row, without the empty lists at its end.
fn row(mut fields: Vec<Value>) -> Value {
    while fields.pop_if(|last| last.as_array().is_some_and(Vec::is_empty)).is_some() {}
    Value::Array(fields)
}

/// All weeks of one kind, as lists.
#[derive(Debug, Serialize)]
pub(crate) struct Kind {
    title: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    name: String,
    note: String,
    lines: Vec<String>,
}

/// The lists: everybody has the events that they meet for, and each event its times. Who teaches whom is said once, in the list of courses.
pub(crate) fn listing(week: &Week) -> Vec<Kind> {
    let mut order: Vec<&Meeting> = week.meetings.iter().collect();
    order.sort_by_key(|meeting| (meeting.event, meeting.day, meeting.slot, meeting.room));
    let [mut rooms, mut teachers, mut groups, mut courses] =
        [week.rooms.len(), week.teachers.len(), week.groups.len(), week.subjects.len()]
            .map(|count| vec![Lines::default(); count]);
    for meeting in order {
        let event = week.event(meeting);
        let when = week.when(meeting.day, meeting.slot);
        let room = &week.rooms[meeting.room].name;
        let there = format!("{when} {room}");
        rooms[meeting.room].add(&event.name, &when);
        event.teachers.iter().for_each(|teacher| teachers[*teacher].add(&event.name, &there));
        event.groups.iter().for_each(|group| groups[*group].add(&event.name, &there));
        courses[event.subject].add(&people(week, event), &there);
    }
    let above = |group: &Group| group.above.iter().map(|above| week.groups[*above].name.as_str()).collect::<Vec<_>>();
    let part_of = |group: &Group| match above(group).as_slice() {
        [] => String::new(),
        names => format!("and all of {}", names.join(", ")),
    };
    let seats = |room: &Place| words::count(room.seats as usize, "seat");
    let (title, word) = (if week.is_campus { "Groups" } else { "Curricula" }, week.group_word());
    vec![
        kind("Rooms", "room", week.rooms.iter().map(|room| (room.name.as_str(), seats(room))), rooms),
        kind("Teachers", "teacher", week.teachers.iter().map(|who| (who.name.as_str(), String::new())), teachers),
        kind(title, word, week.groups.iter().map(|group| (group.name.as_str(), part_of(group))), groups),
        kind("Courses", "course", week.subjects.iter().map(|name| (name.as_str(), String::new())), courses),
    ]
}

/// Lines that each begin with what they are of.
#[derive(Clone, Debug, Default)]
struct Lines {
    last: String,
    lines: Vec<String>,
}

impl Lines {
    /// Adds to the line of that subject, which is the last one or a new one.
    fn add(&mut self, of: &str, text: &str) {
        if let Some(line) = self.lines.last_mut().filter(|_| self.last == of) {
            line.push_str(", ");
            line.push_str(text);
        } else {
            of.clone_into(&mut self.last);
            self.lines.push(if of.is_empty() { text.to_owned() } else { format!("{of}: {text}") });
        }
    }
}

/// An event with its teachers and groups; its name only where it is not that of its course.
fn people(week: &Week, event: &Event) -> String {
    let name = Some(event.name.as_str()).filter(|name| *name != week.subjects[event.subject]);
    let teachers = event.teachers.iter().map(|teacher| week.teachers[*teacher].name.as_str());
    let groups = event.groups.iter().map(|group| week.groups[*group].name.as_str());
    name.into_iter().chain(teachers).chain(groups).collect::<Vec<_>>().join(", ")
}

fn kind<'a>(title: &str, kind: &str, whose: impl Iterator<Item = (&'a str, String)>, lines: Vec<Lines>) -> Kind {
    let entry = |((name, note), Lines { lines, .. }): ((&str, String), Lines)| Entry {
        id: fragment(kind, name),
        name: name.to_owned(),
        note,
        lines,
    };
    let entries = whose.zip(lines).map(entry).filter(|entry| kind == "course" || !entry.lines.is_empty()).collect();
    Kind { title: title.to_owned(), entries }
}
