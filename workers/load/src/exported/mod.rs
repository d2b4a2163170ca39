//! What a run has exported, read again: the sealed instance beside `timetable.json`. Whatever is made of a timetable behind the run
//! begins here.

mod files;
mod meetings;
mod people;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use shared::artifact::ArtifactError;
use shared::exit::Exit;
use shared::model::Instance;

pub(crate) use files::Folder;
pub(crate) use meetings::{Meeting, Unplaced};
pub use people::Students;
pub(crate) use people::{Whose, groups, kinds, teachers};

/// Why it cannot be read, or nothing be written of it. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportedError {
    #[error("find a timetable in {}: there is no timetable.json in it\ngive the directory of a run that has exported one", run.display())]
    NoTimetable { run: PathBuf },
    #[error("{act} {}: {source}", path.display())]
    Io { act: &'static str, path: PathBuf, source: io::Error },
    #[error("understand {}: {source}", path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("understand {}: it names {what}, which the instance does not have", path.display())]
    Stranger { path: PathBuf, what: String },
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
}

impl ExportedError {
    pub(crate) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { act, path: path.to_owned(), source }
    }

    /// The exit code of the command that ends for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoTimetable { .. } => Exit::NoInput,
            Self::Io { act: "create", .. } => Exit::CannotCreate,
            Self::Io { .. } | Self::Artifact(_) => Exit::Io,
            Self::Json { .. } | Self::Stranger { .. } => Exit::BadInput,
        }
    }
}

/// The timetable of a run.
#[derive(Debug)]
pub(crate) struct Exported {
    pub(crate) instance: Instance,
    /// All meetings that have a place, by event and number.
    pub(crate) meetings: Vec<Meeting>,
    /// Those that have none.
    pub(crate) unplaced: Vec<Unplaced>,
    /// When it was written: the time of all that is made of it, whenever that is.
    pub(crate) made: Timestamp,
}

/// Reads what the run in a folder has exported.
pub(crate) fn read(run: &Path) -> Result<Exported, ExportedError> {
    let path = run.join("timetable.json");
    let modified = fs::metadata(&path).and_then(|found| found.modified()).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ExportedError::NoTimetable { run: run.to_owned() },
        _ => ExportedError::io("look at", &path)(source),
    })?;
    let instance = Instance::open(&run.join("instance.art"))?;
    let (meetings, unplaced) = meetings::read(&path, &instance)?;
    Ok(Exported { instance, meetings, unplaced, made: Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH) })
}
