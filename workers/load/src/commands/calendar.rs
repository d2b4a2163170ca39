//! `carillon calendar`: the timetable of a run as calendars, for everybody who has to be somewhere.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use shared::exit::Exit;

use crate::campus::{self, Calendar};
use crate::exported::Students;
use crate::finding::{Finding, Findings, Place, Severity};
use crate::icalendar::{self, CalendarError, Summary};
use crate::input::{self, InputError};
use crate::terminal;

/// Write the timetable of a run as iCalendar files, one for each teacher, group and room
#[derive(Args, Clone, Debug)]
pub struct CalendarArgs {
    /// The directory of a run, or a link to one, such as carillon-runs/INSTANCE/latest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Folder for the folders teachers, groups and rooms; it is made if it is not there
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// A calendar.toml in the place of the instance's: with days, periods, `term_start`, weeks and `time_zone`
    #[arg(long, value_name = "FILE")]
    pub calendar: Option<PathBuf>,
    /// Also write a calendar for each student, by number or (=names) by name
    #[arg(long, value_name = "CALLED", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "numbers")]
    pub students: Option<Students>,
}

/// Writes them, and says how many there are.
///
/// Exit codes: 0 written, 65 a file of the run or the calendar cannot be understood, 66 there is no timetable or no such calendar,
/// 73 the folder cannot be made, 74 reading or writing failed, 78 the calendar does not say what the dates are.
pub fn calendar(args: CalendarArgs) -> ExitCode {
    let CalendarArgs { run, out, calendar, students } = args;
    let calendar = calendar.as_deref().map(read).transpose();
    let written = calendar
        .map_err(CalendarError::from)
        .and_then(|calendar| icalendar::write(&run, &out, calendar.as_ref(), students));
    match written {
        Ok(summary) => {
            terminal::out(&said(&out, &summary));
            terminal::err(&missing(&summary));
            Exit::Complete.into()
        }
        Err(CalendarError::Input(error)) => {
            terminal::err(&error.story());
            error.exit().into()
        }
        Err(error) => {
            terminal::err(&format!("failed to {error}\n"));
            error.exit().into()
        }
    }
}

fn read(path: &Path) -> Result<Calendar, InputError> {
    let bytes = input::read_bytes(path)?;
    let mut findings = Findings::default();
    let calendar = campus::read_calendar(&bytes, &mut findings);
    if let Some(calendar) = calendar.filter(|_| findings.count(Severity::Error) == 0) {
        return Ok(calendar);
    }
    // It is the only file, whatever it is called.
    let alone = |finding: &Finding| Finding { place: Place { file: None, ..finding.place }, ..finding.clone() };
    let mut told = Findings::default();
    told.extend(findings.sorted().into_iter().map(alone));
    Err(InputError::refused(path, told))
}

fn said(out: &Path, summary: &Summary) -> String {
    let counts: Vec<String> = summary.calendars.iter().map(|(folder, count)| format!("{count} {folder}")).collect();
    format!("{}: calendars of {}\n", out.display(), counts.join(" · "))
}

/// What stands in no calendar.
fn missing(summary: &Summary) -> String {
    let told = |(count, what): (usize, &str)| match count {
        0 => String::new(),
        1 => format!("warning: 1 meeting has no {what}, and stands in no calendar\n"),
        _ => format!("warning: {count} meetings have no {what}, and stand in no calendar\n"),
    };
    [(summary.unplaced, "place in the timetable"), (summary.undated, "date in the term")].map(told).concat()
}
