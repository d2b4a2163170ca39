//! `carillon diff A B`: what a timetable has that another has not, meeting by meeting, and what that costs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{aligned, answered, plain};
use crate::error::ReportError;
use crate::week::{self, Week};
use crate::words;

/// Compare the timetables of two runs
#[derive(Args, Clone, Debug)]
pub struct DiffArgs {
    /// The directory of the run before
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The directory of the run behind
    #[arg(value_name = "B")]
    pub behind: PathBuf,
}

/// Compares them.
///
/// Exit codes: 0 compared, 65 a file of a run cannot be understood, 66 one has no timetable, 74 reading failed.
pub fn diff(args: &DiffArgs) -> ExitCode {
    let compared = || Ok(compared(&read(&args.before)?, &read(&args.behind)?));
    answered(compared())
}

fn read(run: &Path) -> Result<Week, ReportError> {
    week::read(run, false)?.ok_or_else(|| ReportError::NoRun { path: run.to_owned() })
}

/// Costs that differ, meetings that moved, and whom that concerns.
fn compared(before: &Week, behind: &Week) -> String {
    let (a, b) = (places(before), places(behind));
    let events: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    let none = BTreeMap::new();
    let mut moved = Vec::new();
    for event in events {
        let (a, b) = (a.get(event).unwrap_or(&none), b.get(event).unwrap_or(&none));
        let only = |one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| {
            let more = |(place, count): (&String, &usize)| {
                let missing = count.saturating_sub(other.get(place).copied().unwrap_or(0));
                vec![place.clone(); missing]
            };
            one.iter().flat_map(more).collect::<Vec<_>>()
        };
        let (gone, come) = (only(a, b), only(b, a));
        for number in 0..gone.len().max(come.len()) {
            let at = |places: &[String]| places.get(number).cloned().unwrap_or_else(|| "no place".to_owned());
            moved.push(vec![event.to_owned(), at(&gone), "→".to_owned(), at(&come)]);
        }
    }
    let count = words::count(moved.len(), "meeting");
    plain(&format!("{}{count} moved\n{}", costs(before, behind), aligned(&moved, &[])))
}

/// The places of each event's meetings: which of them is where is no difference.
fn places(week: &Week) -> BTreeMap<&str, BTreeMap<String, usize>> {
    let mut places: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for meeting in &week.meetings {
        let place = format!("{} in {}", week.when(meeting.day, meeting.slot), week.rooms[meeting.room].name);
        *places.entry(week.event(meeting).name.as_str()).or_default().entry(place).or_default() += 1;
    }
    places
}

fn costs(before: &Week, behind: &Week) -> String {
    let old: BTreeMap<&str, u64> = before.counted.iter().map(|(rule, count, _)| (*rule, *count)).collect();
    let differs = |(rule, count, _): &&(&'static str, u64, bool)| old.get(rule) != Some(count);
    let row = |(rule, count, is_hard): &(&'static str, u64, bool)| {
        let was = old.get(rule).map_or_else(|| "-".to_owned(), u64::to_string);
        let kind = if *is_hard { "broken" } else { "cost" };
        vec![(*rule).to_owned(), kind.to_owned(), was, "→".to_owned(), count.to_string()]
    };
    let rows: Vec<Vec<String>> = behind.counted.iter().filter(differs).map(row).collect();
    if rows.is_empty() { "every rule counts the same\n".to_owned() } else { aligned(&rows, &[2, 4]) }
}
