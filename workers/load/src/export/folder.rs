//! Writing files so that a reader sees each of them whole, the old one or the new one: written aside, synced, renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::ExportError;

/// Writes all files into `folder`, which is made if it is not there. None is renamed before all are safely on the disk. Those of
/// `optional` that are not among them go: an earlier export may have left them.
pub(super) fn write(
    folder: &Path,
    files: &[(&'static str, Vec<u8>)],
    optional: &[&'static str],
) -> Result<(), ExportError> {
    fs::create_dir_all(folder).map_err(io_error("create the folder", folder))?;
    let aside = |name: &str| folder.join(format!("{name}.partial"));
    for (name, bytes) in files {
        let path = aside(name);
        write_synced(&path, bytes).map_err(io_error("write", &path))?;
    }
    for (name, _) in files {
        let path = folder.join(name);
        fs::rename(aside(name), &path).map_err(io_error("rename into", &path))?;
    }
    for name in optional.iter().filter(|name| files.iter().all(|(written, _)| written != *name)) {
        let _ = fs::remove_file(folder.join(name));
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error("sync the folder", folder))
}

/// The files hold names of people: readable by owner and group only.
fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn io_error(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path: PathBuf = path.to_owned();
    move |source| ExportError::Io { act, path, source }
}
