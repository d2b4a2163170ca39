//! A folder that a command makes: a new one or an empty one, and nothing is ever written over.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use shared::exit::Exit;
use shared::file::{FileError, MODE};

/// Why a folder or file was not made. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// Something is there already.
    #[error("write into {}: it is not empty; name a new or an empty folder", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// The system refuses.
    #[error(transparent)]
    File(#[from] FileError),
}

impl FolderError {
    /// The exit code of a command that ends for it.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Taken { .. } => Exit::CannotCreate,
            Self::File(error) => error.exit(),
        }
    }
}

/// Makes sure that `folder` is there and empty.
pub(super) fn empty(folder: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(folder).map_err(FileError::at("create", folder))?;
    match fs::read_dir(folder).map_err(FileError::at("create", folder))?.next() {
        None => Ok(()),
        Some(_) => Err(FolderError::Taken { path: folder.to_owned() }),
    }
}

/// Writes all files into `folder`, none of which may be there.
pub(super) fn fill<N: AsRef<Path>, B: AsRef<[u8]>>(folder: &Path, files: &[(N, B)]) -> Result<(), FolderError> {
    files.iter().try_for_each(|(name, bytes)| file(&folder.join(name), bytes.as_ref()))
}

/// Writes a file that must not be there. It holds names of people: others than owner and group have no business with it.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path);
    let mut file = created.map_err(FileError::at("create", path))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    Ok(written.map_err(FileError::at("write", path))?)
}
