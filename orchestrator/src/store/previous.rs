//! The copy of the timetable that people have already: what a run has begun with is what it goes on with, whatever becomes of the
//! original.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Store, StoreError, entries, folder, io_error};

/// The folder with the copy, under the name that the original has.
pub(super) const FOLDER: &str = "previous";
/// What a run directory has of a timetable, the first that is there.
const OF_A_RUN: [&str; 2] = ["timetable.csv", "solution.sol"];

/// The file that is meant by a file, or by a directory of a run.
///
/// # Errors
/// When it cannot be opened.
pub fn timetable_of(path: &Path) -> io::Result<PathBuf> {
    let mut file = path.to_owned();
    if path.is_dir() {
        let inside = OF_A_RUN.map(|name| path.join(name)).into_iter().find(|file| file.is_file());
        let none = || io::Error::new(io::ErrorKind::NotFound, "the folder holds no timetable of a run");
        file = inside.ok_or_else(none)?;
    }
    File::open(&file)?;
    if file.is_file() { Ok(file) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")) }
}

impl Store {
    /// Copies a timetable to where workers read it. Nobody writes to the copy.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn keep_previous(&self, file: &Path) -> Result<(), StoreError> {
        let at = self.root().join(FOLDER);
        folder::make(&at)?;
        let copy = at.join(file.file_name().unwrap_or_default());
        let mut from = File::open(file).map_err(io_error("open", file))?;
        let created = OpenOptions::new().write(true).create_new(true).mode(0o440).open(&copy);
        let mut to = created.map_err(io_error("create", &copy))?;
        io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(io_error("write", &copy))?;
        folder::sync(&at)
    }

    /// The copy, if the run has begun with one.
    pub fn previous(&self) -> Option<PathBuf> {
        entries(&self.root().join(FOLDER)).ok()?.into_iter().find(|path| path.is_file())
    }

    /// Removes the copy of a run that could not begin.
    pub(super) fn forget_previous(&self) {
        if let Some(copy) = self.previous() {
            let _ = fs::remove_file(copy);
        }
        let _ = fs::remove_dir(self.root().join(FOLDER));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_by_its_timetable() {
        let folder = tempfile::tempdir().unwrap();
        assert!(timetable_of(folder.path()).is_err());
        fs::write(folder.path().join("solution.sol"), "").unwrap();
        assert_eq!(timetable_of(folder.path()).unwrap(), folder.path().join("solution.sol"));
        fs::write(folder.path().join("timetable.csv"), "").unwrap();
        assert_eq!(timetable_of(folder.path()).unwrap(), folder.path().join("timetable.csv"));
        assert!(timetable_of(&folder.path().join("none")).is_err());
    }
}
