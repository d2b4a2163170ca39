//! Files that a reader sees as a whole or not at all. They hold names of people: owner and group may read them, nobody else.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::ReportError;

/// Replaces the file at `path`: written aside, synced, renamed.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let partial = beside(path, "partial");
    write(&partial, bytes, true)?;
    fs::rename(&partial, path).map_err(ReportError::io("rename into", path))
}

/// Replaces the folder at `path` by one with these files. They are not synced one by one: there may be thousands, and all can be
/// made again.
pub(crate) fn replace_all(path: &Path, files: &[(String, String)]) -> Result<(), ReportError> {
    let partial = beside(path, "partial");
    remove(&partial)?;
    DirBuilder::new().mode(0o750).create(&partial).map_err(ReportError::io("create", &partial))?;
    for (name, text) in files {
        write(&partial.join(name), text.as_bytes(), false)?;
    }
    remove(path)?;
    fs::rename(&partial, path).map_err(ReportError::io("rename into", path))
}

fn write(path: &Path, bytes: &[u8], is_synced: bool) -> Result<(), ReportError> {
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(path);
    let written = opened.and_then(|mut file: File| {
        file.write_all(bytes)?;
        if is_synced { file.sync_all() } else { Ok(()) }
    });
    written.map_err(ReportError::io("write", path))
}

fn remove(path: &Path) -> Result<(), ReportError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ReportError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_replaced_as_a_whole_and_are_nobody_elses() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("report.html");
        for text in ["an old and longer one", "new"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o007, 0);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_folder_is_replaced_with_all_that_was_in_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("pages");
        for name in ["old.html", "new.html"] {
            replace_all(&path, &[(name.to_owned(), name.to_owned())]).unwrap();
        }
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["new.html"]);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
