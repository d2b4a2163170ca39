//! Folders that a reader sees as a whole or not at all. They hold names of people: owner and group may read them, nobody else.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use shared::file::{self, FileError};

/// Replaces the folder at `path` by one with these files. They are not synced one by one: there may be thousands, and all can be
/// made again.
pub(crate) fn replace(path: &Path, files: &[(String, String)]) -> Result<(), FileError> {
    let partial = file::aside(path, "partial");
    remove(&partial)?;
    DirBuilder::new().mode(0o750).create(&partial).map_err(FileError::at("create", &partial))?;
    for (name, text) in files {
        file::write(&partial.join(name), text.as_bytes())?;
    }
    remove(path)?;
    fs::rename(&partial, path).map_err(FileError::at("rename into", path))
}

fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::at("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_replaced_with_all_that_was_in_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("pages");
        for name in ["old.html", "new.html"] {
            replace(&path, &[(name.to_owned(), name.to_owned())]).unwrap();
        }
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["new.html"]);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
