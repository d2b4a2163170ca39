//! The meetings of a run: the sealed instance says what there is, `timetable.json` where it went.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use shared::file::FileError;
use shared::ids::{CourseId, Id, RoomId};
use shared::model::Instance;

use super::ExportedError;

/// `timetable.json`, in either of its layouts.
#[derive(Debug, Deserialize)]
struct Document {
    placements: Vec<Row>,
    unplaced: Vec<Unplaced>,
}

#[derive(Debug, Deserialize)]
struct Row {
    /// Only a campus tells events from courses.
    event: Option<String>,
    course: String,
    meeting: usize,
    day: Day,
    /// From 1.
    period: usize,
    room: String,
}

/// A day by its name, or by its number from 1.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Day {
    Number(usize),
    Name(String),
}

/// A meeting without a place, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Unplaced {
    event: Option<String>,
    course: String,
    pub(crate) meeting: usize,
    pub(crate) reason: String,
}

impl Unplaced {
    /// The event's name. Only a campus tells events from courses.
    pub(crate) fn event(&self) -> &str {
        self.event.as_deref().unwrap_or(&self.course)
    }
}

/// A meeting that has its place. Days and slots count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meeting {
    pub(crate) course: CourseId,
    pub(crate) number: usize,
    pub(crate) room: RoomId,
    pub(crate) day: usize,
    pub(crate) slot: usize,
    pub(crate) periods: usize,
}

/// All meetings that have a place, and those that have none.
pub(super) fn read(path: &Path, instance: &Instance) -> Result<(Vec<Meeting>, Vec<Unplaced>), ExportedError> {
    let text = fs::read(path).map_err(FileError::at("read", path))?;
    let document: Document =
        serde_json::from_slice(&text).map_err(|source| ExportedError::Json { path: path.to_owned(), source })?;
    let names = Names::of(instance);
    let meeting = |row: &Row| {
        names.meeting(instance, row).map_err(|what| ExportedError::Stranger { path: path.to_owned(), what })
    };
    Ok((document.placements.iter().map(meeting).collect::<Result<_, _>>()?, document.unplaced))
}

/// What the names of the instance stand for.
struct Names<'a> {
    courses: BTreeMap<&'a str, CourseId>,
    rooms: BTreeMap<&'a str, RoomId>,
    days: BTreeMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn of(instance: &'a Instance) -> Self {
        let days =
            instance.campus().map(|campus| (0..instance.days()).map(|day| (campus.day_name(day), day)).collect());
        Self {
            courses: instance.courses().map(|course| (instance.course_name(course), course)).collect(),
            rooms: (0..instance.room_count()).map(RoomId::new).map(|room| (instance.room_name(room), room)).collect(),
            days: days.unwrap_or_default(),
        }
    }

    /// The meeting of a row, or what the instance does not have of it.
    fn meeting(&self, instance: &Instance, row: &Row) -> Result<Meeting, String> {
        let event = row.event.as_deref().unwrap_or(&row.course);
        let course = *self.courses.get(event).ok_or_else(|| format!("the event {event:?}"))?;
        let room = *self.rooms.get(row.room.as_str()).ok_or_else(|| format!("the room {:?}", row.room))?;
        let day = match &row.day {
            Day::Number(number) => number.checked_sub(1).filter(|day| *day < instance.days()),
            Day::Name(name) => self.days.get(name.as_str()).copied(),
        };
        let day = day.ok_or_else(|| format!("the day {:?}", row.day))?;
        let slot = row.period.checked_sub(1).filter(|slot| *slot < instance.slots_per_day());
        let slot = slot.ok_or_else(|| format!("the period {}", row.period))?;
        let periods = instance.campus().map_or(1, |campus| campus.length(course));
        Ok(Meeting { course, number: row.meeting, room, day, slot, periods })
    }
}
