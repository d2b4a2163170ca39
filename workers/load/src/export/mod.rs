//! The last stage: recounts the final timetable from the instance, believes nobody, and writes it for people and for programs.
//!
//! | file | for |
//! |---|---|
//! | `solution.sol` | the competition's validators: `course room day period`, from 0 |
//! | `timetable.csv` | a spreadsheet: a row for each placed lecture, from 1 |
//! | `unplaced.csv` | a spreadsheet: a row for each lecture without a place, and why |
//! | `timetable.json` | programs: all of it, with the cost |

mod csv_files;
mod folder;
mod json;
mod meetings;
mod reasons;

use std::io;
use std::path::Path;

use shared::artifact::{Artifact, Header};
use shared::model::timetable::Claim;
use shared::model::{Cost, Instance, Timetable, cost};
use shared::wire::{Failure, FailureKind, Report};
use shared::worker::{Context, Done};

use meetings::Meeting;

/// Why the files could not be written. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error("{act} {}: {source}", path.display())]
    Io { act: &'static str, path: std::path::PathBuf, source: io::Error },
    #[error("lay out {file}: {source}")]
    Csv { file: &'static str, source: csv::Error },
    #[error("lay out timetable.json: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let is_full = matches!(&error, ExportError::Io { source, .. } if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        ));
        let kind = match error {
            _ if is_full => FailureKind::DiskFull,
            ExportError::Io { .. } => FailureKind::Io,
            ExportError::Csv { .. } | ExportError::Json(_) => FailureKind::Bug,
        };
        Self::new(kind, format!("failed to {error}"))
    }
}

/// Recounts the timetable and writes all files.
///
/// # Errors
/// When an input cannot be read or a file cannot be written.
pub(crate) fn export(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let path = context.input("timetable")?;
    let timetable = Timetable::open(path, &instance)?;
    let components = cost::recount(&instance, &timetable);
    if let Some(claimed) = claim(path).filter(|claimed| *claimed != components.cost()) {
        context.note(disbelief(claimed, components.cost()));
    }
    let meetings = meetings::of(&instance, &timetable);
    folder::write(context.output("folder")?, &files(&instance, &timetable, &meetings, &components)?)?;
    context.send(Report::Counted { components, accepted: true });
    Ok(Done::PLAIN)
}

/// The contents of all files, by name.
fn files(
    instance: &Instance,
    timetable: &Timetable,
    meetings: &[Meeting],
    components: &cost::Components,
) -> Result<[(&'static str, Vec<u8>); 4], ExportError> {
    let unplaced = reasons::unplaced(instance, timetable, meetings);
    Ok([
        ("solution.sol", meetings::solution(instance, meetings).into_bytes()),
        ("timetable.csv", csv_files::timetable(instance, meetings)?),
        ("unplaced.csv", csv_files::unplaced(instance, &unplaced)?),
        ("timetable.json", json::timetable(instance, meetings, &unplaced, components)?),
    ])
}

/// What the writer of the timetable says that it costs, if it says so readably.
fn claim(path: &Path) -> Option<Cost> {
    let kind = Header::read(path).ok()?.kind;
    Some(Artifact::open(path, kind).ok()?.note::<Claim>().ok()?.cost)
}

fn disbelief(claimed: Cost, counted: Cost) -> String {
    let said = |cost: Cost| format!("{} hard, {} unplaced, cost {}", cost.hard, cost.unplaced, cost.soft);
    format!("the timetable claims {}, and the recount says {}: the recount holds", said(claimed), said(counted))
}
