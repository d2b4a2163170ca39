//! The timetable that people have in their calendars already: read once by `load`, which lays out what it says as homes, and once
//! more by `export`, which counts what has changed. Nothing here searches.
//!
//! ```text
//! read   rows from a timetable.csv or a solution of the competition, with findings
//! pair   which meeting of the new timetable stands for which of the old one
//! ```

mod pair;
mod read;

use std::path::Path;

use shared::ids::{CourseId, Id, PeriodId, RoomId};
use shared::model::{ChangePrice, Home, HomeTables, Instance};
use xxhash_rust::xxh3::xxh3_128;

pub(crate) use pair::{Kind, Pair, count, pairs};

use crate::finding::{Finding, Findings, Place, Severity};
use crate::format::plural;
use crate::input::{InputError, read_bytes};

/// A meeting of the timetable before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// As the file has it, and so are the others.
    pub(crate) event: String,
    pub(crate) meeting: usize,
    pub(crate) day: String,
    pub(crate) period: String,
    pub(crate) room: String,
    pub(crate) teachers: String,
    pub(crate) groups: String,
    /// What the instance knows of it.
    pub(crate) course: Option<CourseId>,
    pub(crate) at: Option<PeriodId>,
    pub(crate) in_room: Option<RoomId>,
}

/// A timetable before, as far as it can be understood.
#[derive(Debug)]
pub(crate) struct Previous {
    pub(crate) rows: Vec<Row>,
    /// Warnings; no errors.
    pub(crate) findings: Findings,
    /// The sum of its bytes.
    pub(crate) sum: u128,
}

impl Previous {
    /// Reads the file at `path` in the words of an instance.
    ///
    /// # Errors
    /// When it cannot be opened, cannot be read, or has nothing to do with the instance.
    pub(crate) fn open(path: &Path, instance: &Instance) -> Result<Self, InputError> {
        let bytes = read_bytes(path)?;
        let mut findings = Findings::default();
        let rows = read::rows(&bytes, instance, &mut findings);
        if findings.count(Severity::Error) == 0 && rows.iter().all(|row| row.course.is_none()) {
            let finding = Finding::error(Place::START, "no row of it is about an event of the instance");
            findings.push(
                finding
                    .expected("a timetable.csv or a solution of the same courses")
                    .hint("is it the timetable of another instance? Names have to be the same"),
            );
        }
        if findings.count(Severity::Error) > 0 {
            return Err(InputError::refused(path, findings));
        }
        Ok(Self { rows, findings, sum: xxh3_128(&bytes) })
    }

    /// The rows of each course, by the number of their meeting.
    pub(crate) fn by_course(&self, instance: &Instance) -> Vec<Vec<&Row>> {
        let mut rows: Vec<Vec<&Row>> = vec![Vec::new(); instance.course_count()];
        for row in &self.rows {
            if let Some(course) = row.course {
                rows[course.index()].push(row);
            }
        }
        for rows in &mut rows {
            rows.sort_by_key(|row| row.meeting);
        }
        rows
    }

    /// The rows of events that the instance does not have.
    pub(crate) fn gone(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.course.is_none())
    }

    /// What it says for the search.
    pub(crate) fn homes(&self, instance: &Instance, price: ChangePrice) -> HomeTables {
        let home = |row: &&Row| row.at.map(|period| Home { period, room: row.in_room });
        let of_course = |rows: &Vec<&Row>| rows.iter().filter_map(home).collect();
        HomeTables { price, homes: self.by_course(instance).iter().map(of_course).collect() }
    }

    /// In one sentence, how much of it is of use.
    pub(crate) fn story(&self) -> String {
        let known = self.rows.iter().filter(|row| row.course.is_some()).count();
        let rest = match self.rows.len() - known {
            0 => String::new(),
            unknown => format!(" · {unknown} more of events that are gone"),
        };
        format!("the timetable before: {}{rest}", plural(known, "meeting"))
    }
}
