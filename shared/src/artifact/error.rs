//! What can be wrong with an artifact.

use std::path::PathBuf;

use crate::file::FileError;

/// Why an artifact could not be written or read. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The system refused an operation on the file.
    #[error(transparent)]
    File(#[from] FileError),
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
        matches!(self, Self::File(error) if error.is_disk_full())
    }
}
