//! Why a run could not begin, or had to be broken off by us. What becomes of a worker is no error: see `supervise::Outcome`.

use std::io;
use std::path::PathBuf;

use nix::libc;
use shared::exit::Exit;
use shared::file::{self, FileError};
use shared::wire::Stage;

use crate::config::{ConfigError, SettingError};
use crate::journal::JournalError;
use crate::signal::Interrupt;
use crate::store::StoreError;
use crate::supervise::{EnclosureError, Leftover};
use crate::watch::WatchError;

/// Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A setting makes no sense.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// What is said beside the command line cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no such instance.
    #[error("open the instance {}: {source}; to begin with one, `carillon init DIR` writes it", path.display())]
    NoInput {
        /// As it was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such timetable before.
    #[error("open the previous timetable {}: {source}", path.display())]
    NoPrevious {
        /// As it was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program that is to work for a stage is not there.
    #[error("find the program {} for {stage}: {source}", path.display())]
    NoProgram {
        /// The stage.
        stage: Stage,
        /// As it was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What is to work for a stage cannot be started.
    #[error("use {} for {stage}: {why}", path.display())]
    NotAProgram {
        /// The stage.
        stage: Stage,
        /// As it was named.
        path: PathBuf,
        /// What it is instead.
        why: &'static str,
    },
    /// A signal came while another run was waited for.
    #[error("wait for the end of the other run: {} came first", .0.name())]
    Interrupted(Interrupt),
    /// There is no run to go on with.
    #[error("go on with {}: there is no run in it", path.display())]
    NoRun {
        /// As it was named.
        path: PathBuf,
    },
    /// A process of the dead run cannot be ended.
    #[error(transparent)]
    Leftover(#[from] Leftover),
    /// The kernel was asked to hold the workers, and cannot.
    #[error("hold the workers by control groups, as memory.enforce=cgroup says: failed to {0}")]
    Enclosure(#[from] EnclosureError),
    /// The run directory is not to be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The report cannot be written.
    #[error(transparent)]
    Report(#[from] FileError),
    /// Too few files may be open at once.
    #[error(
        "make room for {needed} open files: the limit is {limit}\nraise it (ulimit -n {needed}), or give fewer --threads"
    )]
    OpenFiles {
        /// How many may be open.
        limit: u64,
        /// How many have to be.
        needed: u64,
    },
    /// The system refuses what every program gets.
    #[error("{act}: {source}")]
    System {
        /// What was tried.
        act: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl RunError {
    /// The exit code that tells it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Setting(_)
            | Self::NoProgram { .. }
            | Self::NotAProgram { .. }
            | Self::Store(StoreError::NoName { .. }) => Exit::Usage,
            Self::Config(_) => Exit::Config,
            Self::Interrupted(interrupt) => interrupt.exit(),
            Self::NoInput { .. } | Self::NoPrevious { .. } | Self::NoRun { .. } => Exit::NoInput,
            Self::Enclosure(_) => Exit::NoDevice,
            Self::Journal(JournalError::NotAJournal { .. }) => Exit::BadInput,
            // It still works on the run: another try may find it gone.
            Self::Store(StoreError::Locked { .. }) | Self::Leftover(_) => Exit::Locked,
            Self::Store(StoreError::File(error)) if is_exhausted(&error.source) => Exit::Io,
            Self::Store(StoreError::Taken { .. } | StoreError::File(_)) => Exit::CannotCreate,
            Self::Journal(_) | Self::Report(_) | Self::OpenFiles { .. } => Exit::Io,
            Self::System { source, .. } if is_exhausted(source) => Exit::Io,
            Self::Watch(_) | Self::System { .. } => Exit::Internal,
        }
    }
}

/// Whether there is no room left, on the disk or for another open file: no fault of the place that was named.
fn is_exhausted(error: &io::Error) -> bool {
    const LIMITS: [i32; 2] = [libc::EMFILE, libc::ENFILE];
    file::is_disk_full(error) || error.raw_os_error().is_some_and(|number| LIMITS.contains(&number))
}
