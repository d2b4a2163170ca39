//! Files that a reader sees as a whole or not at all, for whoever hands them on: the group reads them, whatever the umask is.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use shared::file::{self, FileError};

use super::ExportedError;

/// A folder that files are written into. What else lies in it stays as it is.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`, made where it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self, ExportedError> {
        let made = DirBuilder::new().recursive(true).mode(0o750).create(path);
        made.map_err(FileError::at("create", path))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Replaces a file: written aside and renamed. Files are not synced one by one: there may be thousands, and all can be made again.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), ExportedError> {
        let (path, aside) = (self.path.join(name), self.path.join(format!(".{name}.partial")));
        file::open_to_group(&file::write(&aside, bytes)?, &aside)?;
        Ok(fs::rename(&aside, &path).map_err(FileError::at("rename into", &path))?)
    }

    /// Makes the names in it last.
    pub(crate) fn sync(&self) -> Result<(), ExportedError> {
        Ok(file::sync_folder(&self.path)?)
    }
}
