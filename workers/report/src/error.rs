//! Why there is no page.

use std::path::PathBuf;

use shared::artifact::ArtifactError;
use shared::exit::Exit;
use shared::file::FileError;
use shared::wire::{Failure, FailureKind};

/// Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no run to tell of.
    #[error("find a run in {}: there is no events.jsonl in it\ngive the directory of a run", path.display())]
    NoRun {
        /// As it was named.
        path: PathBuf,
    },
    /// The system refuses.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of the run is not as a run writes it.
    #[error("understand {}: {source}", path.display())]
    Json {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The timetable does not belong to the instance beside it.
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
    /// A template cannot be filled: our own mistake.
    #[error("fill the page: {0}")]
    Template(#[from] minijinja::Error),
    /// A chart cannot be drawn: our own mistake.
    #[error("draw a chart: {0}")]
    Chart(String),
}

impl ReportError {
    /// The exit code of the command that ends for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoRun { .. } => Exit::NoInput,
            Self::File(_) | Self::Artifact(_) => Exit::Io,
            Self::Json { .. } | Self::Stranger { .. } => Exit::BadInput,
            Self::Template(_) | Self::Chart(_) => Exit::Internal,
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        let kind = match error.exit() {
            Exit::NoInput => FailureKind::NoInput,
            Exit::BadInput => FailureKind::BadInput,
            Exit::Io => FailureKind::Io,
            _ => FailureKind::Bug,
        };
        Self::new(kind, format!("failed to {error}"))
    }
}
