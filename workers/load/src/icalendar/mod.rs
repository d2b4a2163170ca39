//! Calendars for those who hold to a timetable: iCalendar files (RFC 5545) of a run, one for each teacher, group and room, and
//! for each student where somebody asks. The files are told in `docs/exports.md`.
//!
//! ```text
//! term       the dates of a week that repeats         zone     when the clocks change within it
//! events     a meeting as a repeated event            text     lines and values
//! names      of files and identifiers
//! ```

mod events;
mod names;
mod term;
mod text;
mod zone;

use std::path::Path;

use shared::exit::Exit;

use crate::campus::Calendar;
use crate::exported::{self, ExportedError, Folder, Students};
use crate::input::InputError;
use term::{Term, Written};

/// Why there are no calendars. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum CalendarError {
    #[error(
        "find the dates of the term: the calendar has no `{what}`\nthey come from `term_start`, `weeks` and `time_zone` in calendar.toml; where an instance has none, as those of the\ncompetition, --calendar FILE gives them with `days` and `periods`: docs/campus.md"
    )]
    Lacking { what: &'static str },
    #[error("fit the calendar to the timetable: it has {} days of {} periods, and the instance {} of {}", found.0, found.1, wanted.0, wanted.1)]
    Shape { wanted: (usize, usize), found: (usize, usize) },
    #[error(
        "find the weekday of {name:?}\ndates need English names, Monday or Mon; --calendar FILE gives them to the days in their order"
    )]
    Weekday { name: String },
    #[error("find the time zone {name:?}\ngive the IANA name of one, such as Europe/Rome, as `time_zone`")]
    Zone { name: String },
    #[error("understand {text:?} as a date or a time of the calendar")]
    Date { text: String },
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Exported(#[from] ExportedError),
}

impl CalendarError {
    /// The exit code of the command that ends for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Input(error) => error.exit(),
            Self::Exported(error) => error.exit(),
            Self::Lacking { .. } | Self::Shape { .. } | Self::Weekday { .. } | Self::Zone { .. } => Exit::Config,
            Self::Date { .. } => Exit::BadInput,
        }
    }
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The folders, each with the number of its calendars.
    pub(crate) calendars: Vec<(&'static str, usize)>,
    /// Meetings that have no place, and are in no calendar.
    pub(crate) unplaced: usize,
    /// Meetings that have a place and no date in the term.
    pub(crate) undated: usize,
}

/// Writes the calendars of `run` into folders of `out`. A `calendar` takes the place of what the instance says of its term.
pub(crate) fn write(
    run: &Path,
    out: &Path,
    calendar: Option<&Calendar>,
    students: Option<Students>,
) -> Result<Summary, CalendarError> {
    let exported = exported::read(run)?;
    let instance = &exported.instance;
    let written = match calendar {
        Some(calendar) => Written::of_file(calendar, instance.name()),
        None => Written::of_instance(instance),
    };
    let term = Term::of(&written, instance.days(), instance.slots_per_day())?;
    let blocks = events::all(&exported, &term);
    let zone = zone::block(&term);
    let mut calendars = Vec::new();
    for kind in exported::kinds(instance, &exported.meetings, students) {
        let folder = Folder::create(&out.join(kind.name))?;
        for whose in &kind.all {
            let blocks = whose.meetings.iter().map(|position| &blocks[*position]);
            let text = events::calendar(&term, &zone, &kind.title(whose), blocks);
            folder.replace(&names::file_name(&whose.name), text.as_bytes())?;
        }
        folder.sync()?;
        calendars.push((kind.name, kind.all.len()));
    }
    let undated = blocks.iter().filter(|block| block.is_empty()).count();
    Ok(Summary { calendars, unplaced: exported.unplaced.len(), undated })
}
