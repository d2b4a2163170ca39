//! What can be wrong with an artifact.

use std::io;
use std::path::PathBuf;

/// Why an artifact could not be written or read. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The system refused an operation on the file.
    #[error("{act} {}: {source}", path.display())]
    Io {
        /// What was tried: "create", "write", "sync", "open", "map", …
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not an artifact, is damaged, or is another one than expected.
    #[error("trust {}: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        why: String,
    },
}

impl ArtifactError {
    /// Whether the disk (or a file-size limit) is what stood in the way.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        ))
    }
}
