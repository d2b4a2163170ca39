//! Writing files so that a reader sees each of them whole, the old one or the new one: written aside, synced, renamed.

use std::fs;
use std::path::Path;

use shared::file::{self, FileError};

/// Writes all files into `folder`, which is made if it is not there. None is renamed before all are safely on the disk. Those of
/// `optional` that are not among them go: an earlier export may have left them.
pub(super) fn write(
    folder: &Path,
    files: &[(&'static str, Vec<u8>)],
    optional: &[&'static str],
) -> Result<(), FileError> {
    fs::create_dir_all(folder).map_err(FileError::at("create the folder", folder))?;
    let aside = |name: &str| file::aside(&folder.join(name), "partial");
    for (name, bytes) in files {
        let path = aside(name);
        file::write(&path, bytes)?.sync_all().map_err(FileError::at("sync", &path))?;
    }
    for (name, _) in files {
        let path = folder.join(name);
        fs::rename(aside(name), &path).map_err(FileError::at("rename into", &path))?;
    }
    for name in optional.iter().filter(|name| files.iter().all(|(written, _)| written != *name)) {
        let _ = fs::remove_file(folder.join(name));
    }
    file::sync_folder(folder)
}
