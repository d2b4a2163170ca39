//! Files that a reader sees as a whole or not at all. They hold names of people: owner and group may read them, nobody else.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::ExportedError;

const MODE: u32 = 0o640;

/// A folder that files are written into. What else lies in it stays as it is.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`, made where it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self, ExportedError> {
        let made = DirBuilder::new().recursive(true).mode(0o750).create(path);
        made.map_err(ExportedError::io("create", path))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Replaces a file: written aside and renamed. Files are not synced one by one: there may be thousands, and all can be made again.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), ExportedError> {
        let (path, aside) = (self.path.join(name), self.path.join(format!(".{name}.partial")));
        // What an interrupted call has left there may be anything, also a link.
        let _ = fs::remove_file(&aside);
        let opened = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&aside);
        let written = opened.and_then(|mut file: File| {
            file.set_permissions(Permissions::from_mode(MODE))?;
            file.write_all(bytes)
        });
        written.map_err(ExportedError::io("write", &aside))?;
        fs::rename(&aside, &path).map_err(ExportedError::io("rename into", &path))
    }

    /// Makes the names in it last.
    pub(crate) fn sync(&self) -> Result<(), ExportedError> {
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(ExportedError::io("sync", &self.path))
    }
}
