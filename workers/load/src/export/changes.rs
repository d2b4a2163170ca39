//! What has changed since the timetable before: counted from its file, told meeting by meeting in `changes.csv`.

use std::collections::BTreeSet;

use shared::ids::{CourseId, Id};
use shared::model::{Changes, Instance, Placement};

use super::ExportError;
use super::csv_files::{LIST_SEPARATOR, written};
use super::meetings::{Meeting, curricula_of};
use crate::previous::{Kind, Pair, Previous, Row, count, pairs};

/// The first row of `changes.csv`.
const HEADER: &str = "event,meeting,change,old_day,old_period,old_room,day,period,room,teachers,groups";

/// A meeting that is not where it was, or that only one of the two timetables has.
#[derive(Debug)]
pub(super) struct Change<'a> {
    kind: Kind,
    old: Option<&'a Row>,
    new: Option<Meeting>,
}

/// Compares two timetables. A meeting that stands for one of the timetable before gets the number that it had there, where that is free
/// and no pin holds its own.
pub(super) fn compare<'a>(
    instance: &Instance,
    previous: &'a Previous,
    meetings: &mut [Meeting],
) -> (Changes, Vec<Change<'a>>) {
    let (mut changes, mut list) = (Changes::default(), Vec::new());
    let pinned = pinned(instance);
    let by_course = previous.by_course(instance);
    for meetings in meetings.chunk_by_mut(|one, other| one.course == other.course) {
        let course = meetings[0].course;
        let places: Vec<Option<Placement>> = meetings.iter().map(|meeting| meeting.at).collect();
        let pairs = pairs(&by_course[course.index()], &places);
        renumber(meetings, &pairs, &pinned);
        for Pair { old, new, kind } in pairs {
            count(&mut changes, kind);
            if kind != Kind::Kept {
                list.push(Change { kind, old, new: new.map(|index| meetings[index]) });
            }
        }
        meetings.sort_by_key(|meeting| meeting.number);
    }
    for old in previous.gone() {
        count(&mut changes, Kind::Gone);
        list.push(Change { kind: Kind::Gone, old: Some(old), new: None });
    }
    (changes, list)
}

/// The meetings that pins hold, by course and number.
fn pinned(instance: &Instance) -> BTreeSet<(CourseId, usize)> {
    let classes =
        instance.campus().into_iter().flat_map(|campus| campus.pins().map(|pin| pin.class.index()).collect::<Vec<_>>());
    let number = |class: usize| {
        let course = instance.class_courses()[class];
        (course, class - instance.course_classes(course).start + 1)
    };
    classes.map(number).collect()
}

fn renumber(meetings: &mut [Meeting], pairs: &[Pair<'_>], pinned: &BTreeSet<(CourseId, usize)>) {
    let course = meetings[0].course;
    let mut free: BTreeSet<usize> =
        (1..=meetings.len()).filter(|number| !pinned.contains(&(course, *number))).collect();
    let mut left: Vec<usize> =
        (0..meetings.len()).filter(|index| !pinned.contains(&(course, meetings[*index].number))).collect();
    for pair in pairs {
        if let Pair { old: Some(old), new: Some(new), .. } = pair
            && left.contains(new)
            && free.remove(&old.meeting)
        {
            meetings[*new].number = old.meeting;
            left.retain(|index| index != new);
        }
    }
    // As many numbers are left as meetings.
    for (index, number) in left.into_iter().zip(free) {
        meetings[index].number = number;
    }
}

/// `changes.csv`: a row for each meeting that is not where it was; those of events that are gone come last.
pub(super) fn file(instance: &Instance, changes: &[Change<'_>]) -> Result<Vec<u8>, ExportError> {
    let people = People::of(instance);
    written("changes.csv", HEADER, |file| {
        for change in changes {
            let (event, meeting, teachers, groups) = people.words(instance, change);
            let old = change.old.map(|old| [old.day.as_str(), &old.period, &old.room]).unwrap_or_default();
            let [day, period, room] = place(instance, change.new.and_then(|new| new.at));
            let [old_day, old_period, old_room] = old;
            let meeting = meeting.to_string();
            let change = change.kind.word();
            file.write_record([
                event, &meeting, change, old_day, old_period, old_room, &day, &period, &room, &teachers, &groups,
            ])?;
        }
        Ok(())
    })
}

/// Day, period and room in words.
fn place(instance: &Instance, at: Option<Placement>) -> [String; 3] {
    let Some(at) = at else { return Default::default() };
    let (day, slot) = instance.day_and_slot(at.period);
    let day = instance.campus().map_or_else(|| (day + 1).to_string(), |campus| campus.day_name(day).to_owned());
    [day, (slot + 1).to_string(), instance.room_name(at.room).to_owned()]
}

/// Who is concerned by the changes of a course.
struct People<'a> {
    curricula: Vec<Vec<&'a str>>,
}

impl<'a> People<'a> {
    fn of(instance: &'a Instance) -> Self {
        Self { curricula: if instance.campus().is_some() { Vec::new() } else { curricula_of(instance) } }
    }

    /// Event, number, teachers and groups of a change: as the instance has them, or else the timetable before.
    fn words<'w>(&self, instance: &'w Instance, change: &'w Change<'_>) -> (&'w str, usize, String, String) {
        let course = change.new.map(|new| new.course).or(change.old.and_then(|old| old.course));
        let number = change.new.map(|new| new.number).or(change.old.map(|old| old.meeting)).unwrap_or_default();
        let Some(course) = course else {
            let old = change.old;
            let word = |of: fn(&Row) -> &String| old.map_or_else(String::new, |row| of(row).clone());
            let event = old.map_or("", |old| old.event.as_str());
            return (event, number, word(|row| &row.teachers), word(|row| &row.groups));
        };
        let (teachers, groups): (Vec<&str>, Vec<&str>) = match instance.campus() {
            Some(campus) => (
                campus.teachers(course).iter().map(|teacher| instance.teacher_name(*teacher)).collect(),
                campus.groups(course).iter().map(|group| campus.group_name(*group)).collect(),
            ),
            None => (
                vec![instance.teacher_name(instance.course_teachers()[course.index()])],
                self.curricula[course.index()].clone(),
            ),
        };
        (instance.course_name(course), number, teachers.join(LIST_SEPARATOR), groups.join(LIST_SEPARATOR))
    }
}
