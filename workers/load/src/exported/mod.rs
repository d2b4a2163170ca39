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
use shared::file::FileError;
use shared::ids::{ClassId, Id as _, PeriodId};
use shared::model::{Instance, Placement, Timetable};

pub(crate) use files::Folder;
pub(crate) use meetings::{Meeting, Unplaced};
pub use people::Students;
pub(crate) use people::{Whose, groups, kinds, teachers};

/// Why it cannot be read, or nothing be written of it. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ExportedError {
    /// There is none.
    #[error("find a timetable in {}: there is no timetable.json in it\ngive the directory of a run that has exported one", run.display())]
    NoTimetable {
        /// Where it was looked for.
        run: PathBuf,
    },
    /// The system refuses.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not as a run writes it.
    #[error("understand {}: {source}", path.display())]
    Json {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It does not belong to the instance beside it.
    #[error("understand {}: it names {what}, which the instance does not have", path.display())]
    Stranger {
        /// The timetable.
        path: PathBuf,
        /// What it names.
        what: String,
    },
    /// The sealed instance cannot be used.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
}

impl ExportedError {
    /// The exit code of the command that ends for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoTimetable { .. } => Exit::NoInput,
            Self::File(error) => error.exit(),
            Self::Artifact(_) => Exit::Io,
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
        _ => FileError::at("look at", &path)(source).into(),
    })?;
    let instance = Instance::open(&run.join("instance.art"))?;
    let (meetings, unplaced) = meetings::read(&path, &instance)?;
    Ok(Exported { instance, meetings, unplaced, made: Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH) })
}

/// The instance of a run and the timetable that it has exported, for whoever asks about them.
///
/// # Errors
/// When one of them is not there, or cannot be understood.
pub fn timetable_of(run: &Path) -> Result<(Instance, Timetable), ExportedError> {
    let Exported { instance, meetings, .. } = read(run)?;
    let mut timetable = Timetable::unplaced(instance.class_count());
    for meeting in meetings {
        let class = instance.course_classes(meeting.course).nth(meeting.number.wrapping_sub(1));
        let class = class.ok_or_else(|| ExportedError::Stranger {
            path: run.join("timetable.json"),
            what: format!("meeting {} of {}", meeting.number, instance.course_name(meeting.course)),
        })?;
        let period = PeriodId::new(meeting.day * instance.slots_per_day() + meeting.slot);
        timetable.set(ClassId::new(class), Some(Placement { period, room: meeting.room }));
    }
    Ok((instance, timetable))
}
