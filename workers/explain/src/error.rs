//! Why there is no answer.

use std::path::PathBuf;

use load::ExportedError;
use shared::exit::Exit;

/// Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The run cannot be read.
    #[error(transparent)]
    Exported(#[from] ExportedError),
    /// The run has no such event.
    #[error("find the event {name:?} in {}{}", run.display(), hint(like.as_deref()))]
    NoEvent {
        /// As it was named.
        name: String,
        /// Where it was looked for.
        run: PathBuf,
        /// A name that is much like it.
        like: Option<String>,
    },
}

fn hint(like: Option<&str>) -> String {
    like.map_or_else(String::new, |like| format!(": did you mean {like:?}?"))
}

impl ExplainError {
    /// The exit code of the command that ends for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Exported(error) => error.exit(),
            Self::NoEvent { .. } => Exit::BadInput,
        }
    }
}
