//! Reading the campus folder: CSV sheets and a calendar, or one workbook of the same sheets, from bytes to the tables of an
//! instance, with everything that is wrong found in one go. The format is told in `docs/campus.md`.
//!
//! ```text
//! folder ── encoding ─► records ─┐
//! workbook ──────────────────────┴► sheets ─ rows, events ─► draft ─ lower ─► tables
//! calendar.toml, its sheet ─► entries ─ calendar ┘              └─ proofs ─► what counting alone shows
//! ```

#[cfg(test)]
mod accidents;
mod calendar;
mod cells;
mod domains;
mod draft;
mod encoding;
mod entries;
mod events;
mod folder;
pub(crate) mod layout;
mod lower;
mod places;
mod proofs;
mod records;
#[cfg(test)]
mod refusals;
mod rows;
mod sheet;
#[cfg(test)]
pub(crate) mod testing;
mod timetable;
mod week;
mod workbook;
#[cfg(test)]
mod workbook_tests;

use shared::model::campus::Weights;

use crate::finding::{Findings, Severity};
use crate::format::Reading;
pub(crate) use calendar::Calendar;
use domains::Domains;
pub(crate) use encoding::decode;
pub(crate) use folder::read as read_folder;
pub(crate) use layout::CALENDAR;
pub(crate) use sheet::Sheet;
pub(crate) use timetable::{Foreign, read as read_timetable};
use week::Week;
pub(crate) use workbook::{is_workbook, read as read_workbook};

/// All sheets of a campus as they were found, before their rows are looked at.
#[derive(Debug)]
pub(crate) struct Sheets {
    /// Nothing where it could not be read at all, which has been said.
    calendar: Option<Vec<entries::Entry>>,
    /// Where what the calendar lacks is missed.
    calendar_file: &'static str,
    rooms: Sheet,
    events: Sheet,
    teachers: Sheet,
    groups: Sheet,
    enrolments: Sheet,
    unavailable: Sheet,
    rules: Sheet,
    /// Whether there is a sheet of teachers, and whoever is not in it does not exist.
    has_teachers: bool,
    /// The same of groups.
    has_groups: bool,
}

impl Sheets {
    /// The sheets but for the calendar, in the order in which they are read.
    pub(crate) fn all(&self) -> [&Sheet; 7] {
        let Self { rooms, events, teachers, groups, enrolments, unavailable, rules, .. } = self;
        [rooms, events, teachers, groups, enrolments, unavailable, rules]
    }

    /// The calendar of sheets in which nothing is wrong.
    pub(crate) fn calendar(&self) -> Calendar {
        let entries = self.calendar.as_deref().unwrap_or_default();
        calendar::read(entries, self.calendar_file, &mut Findings::default())
    }
}

/// What soft rules cost, and what the instance is called if it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) weights: Weights,
    pub(crate) name: String,
}

/// Reads a calendar that stands alone.
pub(crate) fn read_calendar(bytes: &[u8], findings: &mut Findings) -> Option<Calendar> {
    let text = decode(bytes, None, findings)?;
    let entries = entries::of_toml(&text, findings)?;
    Some(calendar::read(&entries, CALENDAR, findings))
}

/// Reads the rows of the sheets, which `findings` are already about.
pub(crate) fn read(sheets: &Sheets, options: &Options, mut findings: Findings) -> Reading {
    let calendar = sheets.calendar.as_ref();
    let calendar = calendar.map(|entries| calendar::read(entries, sheets.calendar_file, &mut findings));
    if !sheets.all().iter().all(|sheet| sheet.is_readable()) {
        // Each row that names what a missing sheet declares would only be told to name what is not there.
        return Reading::refused(findings);
    }
    let calendar = calendar.unwrap_or_default();
    let draft = rows::read(sheets, calendar, &mut findings);
    if findings.count(Severity::Error) > 0 {
        return Reading::refused(findings);
    }
    lower::sizes(&draft, &mut findings);
    if findings.count(Severity::Error) > 0 {
        return Reading::refused(findings);
    }
    let week = Week::of(&draft);
    let domains = Domains::of(&draft, &week);
    let is_student_hard = options.weights.student_clash.is_none();
    proofs::look(
        &proofs::Campus { draft: &draft, week: &week, domains: &domains, sheets, is_student_hard },
        &mut findings,
    );
    let tables = lower::tables(&draft, &week, &domains, options);
    Reading { tables: Some(tables), findings, places: places::places(&draft) }
}
