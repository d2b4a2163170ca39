//! Calendars for those who hold to a timetable: iCalendar files (RFC 5545) of a run, one for each teacher, group and room, and
//! for each student where somebody asks. The files are told in `docs/exports.md`.
//!
//! ```text
//! meetings   where each meeting is                    people   whose calendars there are, and what stands in them
//! term       the dates of a week that repeats         zone     when the clocks change within it
//! events     a meeting as a repeated event            text     lines and values
//! names      of files and identifiers                 files    files that are there as a whole or not at all
//! ```

mod events;
mod files;
mod meetings;
mod names;
mod people;
mod term;
mod text;
mod zone;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use shared::artifact::ArtifactError;
use shared::exit::Exit;
use shared::model::Instance;

use crate::campus::Calendar;
use crate::input::InputError;
pub use people::Students;
use term::{Term, Written};

/// Why there are no calendars. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum CalendarError {
    #[error("find a timetable in {}: there is no timetable.json in it\ngive the directory of a run that has exported one", run.display())]
    NoTimetable { run: PathBuf },
    #[error("{act} {}: {source}", path.display())]
    Io { act: &'static str, path: PathBuf, source: io::Error },
    #[error("understand {}: {source}", path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("understand {}: it names {what}, which the instance does not have", path.display())]
    Stranger { path: PathBuf, what: String },
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
    Artifact(#[from] ArtifactError),
}

impl CalendarError {
    fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { act, path: path.to_owned(), source }
    }

    /// The exit code of the command that ends for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoTimetable { .. } => Exit::NoInput,
            Self::Input(error) => error.exit(),
            Self::Io { act: "create", .. } => Exit::CannotCreate,
            Self::Io { .. } | Self::Artifact(_) => Exit::Io,
            Self::Lacking { .. } | Self::Shape { .. } | Self::Weekday { .. } | Self::Zone { .. } => Exit::Config,
            Self::Json { .. } | Self::Stranger { .. } | Self::Date { .. } => Exit::BadInput,
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
    let made = made(run)?;
    let instance = Instance::open(&run.join("instance.art"))?;
    let written = match calendar {
        Some(calendar) => Written::of_file(calendar, instance.name()),
        None => Written::of_instance(&instance),
    };
    let term = Term::of(&written, instance.days(), instance.slots_per_day())?;
    let (meetings, unplaced) = meetings::read(run, &instance)?;
    let blocks = events::all(&instance, &term, &meetings, made);
    let zone = zone::block(&term);
    let mut calendars = Vec::new();
    for kind in people::kinds(&instance, &meetings, students) {
        let folder = files::Folder::create(&out.join(kind.folder))?;
        for whose in &kind.calendars {
            let blocks = whose.meetings.iter().map(|position| &blocks[*position]);
            let text = events::calendar(&term, &zone, &kind.title(whose), blocks);
            folder.replace(&names::file_name(&whose.name), text.as_bytes())?;
        }
        folder.sync()?;
        calendars.push((kind.folder, kind.calendars.len()));
    }
    let undated = blocks.iter().filter(|block| block.is_empty()).count();
    Ok(Summary { calendars, unplaced, undated })
}

/// When the timetable of a run was written: the time of all that is made of it, whenever that is.
fn made(run: &Path) -> Result<Timestamp, CalendarError> {
    let path = run.join("timetable.json");
    let modified = fs::metadata(&path).and_then(|found| found.modified()).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => CalendarError::NoTimetable { run: run.to_owned() },
        _ => CalendarError::io("look at", &path)(source),
    })?;
    Ok(Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH))
}
