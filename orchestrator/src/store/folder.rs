//! Folders: made for owner and group only, and safe on the disk before anything relies on them.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::{StoreError, io_error};

/// Names of people are in here: nobody but the owner and the group may look.
const FOLDER_MODE: u32 = 0o750;
/// What others may do to a folder.
const OTHERS: u32 = 0o007;

/// Makes a folder with all that lead to it. One that is there already stays as it is.
pub(super) fn make(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path).map_err(io_error("create", path))
}

/// The same, and afterwards the machine may end: each new folder stands in the one above it.
pub(super) fn make_durably(path: &Path) -> Result<(), StoreError> {
    let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.is_dir();
    let new: Vec<PathBuf> = path.ancestors().take_while(is_new).map(Path::to_owned).collect();
    make(path)?;
    new.iter().map(|folder| above(folder)).try_for_each(sync)
}

/// Lets what was created, renamed or removed in a folder outlast the end of the machine.
pub(super) fn sync(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|open| open.sync_all());
    match synced {
        // Some file systems cannot do it for folders, and do not need it.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced.map_err(io_error("sync", folder)),
    }
}

/// What is to be said of a folder that we did not make and that everybody may look into.
pub(super) fn warning(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    let words = || {
        let path = path.display();
        format!(
            "{path} was there before, and others may look into it (mode {mode:o}): names of people may be in what is written"
        )
    };
    (mode & OTHERS != 0).then(words)
}

/// The folder that a path stands in.
fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    }
}
