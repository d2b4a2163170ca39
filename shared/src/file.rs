//! Files that others may look at while they are written, and what is said when the system refuses.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::exit::Exit;

/// Owner and group, nobody else: most files hold names of people. A stricter umask counts, but where a file is there for others
/// to look at ([`open_to_group`]).
pub const MODE: u32 = 0o640;

/// What the system refused. The message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
#[error("{act} {}: {source}", path.display())]
pub struct FileError {
    /// What was tried: "create", "write", "sync", "open", "map", …
    pub act: &'static str,
    /// On which file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// For `map_err`: what the system said of this.
    pub fn at(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { act, path: path.to_owned(), source }
    }

    /// Whether the disk, a quota or a limit of file sizes is what stood in the way.
    pub fn is_disk_full(&self) -> bool {
        is_disk_full(&self.source)
    }

    /// The exit code of a command that ends for it: where not even the place could be made, another one helps.
    pub fn exit(&self) -> Exit {
        if self.act == "create" && !self.is_disk_full() { Exit::CannotCreate } else { Exit::Io }
    }
}

/// Whether what the system said is that the disk, a quota or a limit of file sizes stands in the way.
pub fn is_disk_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Replaces the file at `path`: whoever looks sees the old one or the new one, whole. The new one is on the disk before it has the
/// name; that the name outlasts the end of the machine, too, is for [`sync_folder_of`].
///
/// # Errors
/// When the system refuses any of it. The old file is there still, and nothing beside it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path, &aside(path, "partial"), bytes, |_| Ok(()))
}

/// The same for a file that the group looks at, by way of a certain name in the same folder: more than one process may want to
/// replace it.
///
/// # Errors
/// As [`replace`].
pub fn replace_for_group(path: &Path, partial: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path, partial, bytes, |file| open_to_group(file, partial))
}

fn put(
    path: &Path,
    partial: &Path,
    bytes: &[u8],
    prepare: impl FnOnce(&File) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let put = || {
        let file = write(partial, bytes)?;
        prepare(&file)?;
        file.sync_all().map_err(FileError::at("sync", partial))?;
        fs::rename(partial, path).map_err(FileError::at("replace", path))
    };
    put().inspect_err(|_| {
        let _ = fs::remove_file(partial);
    })
}

/// Lets the group read a file at `path`, whatever the umask is.
///
/// # Errors
/// When the system refuses.
pub fn open_to_group(file: &File, path: &Path) -> Result<(), FileError> {
    file.set_permissions(Permissions::from_mode(MODE)).map_err(FileError::at("write", path))
}

/// Writes a new file, in the place of whatever an interrupted process has left there, a link included. It is not yet safe on the
/// disk.
///
/// # Errors
/// When the system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> Result<File, FileError> {
    let _ = fs::remove_file(path);
    let opened = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path);
    let mut file = opened.map_err(FileError::at("create", path))?;
    file.write_all(bytes).map_err(FileError::at("write", path))?;
    Ok(file)
}

/// The name of `path` with another ending, in the same folder: what is being written is known by it.
pub fn aside(path: &Path, ending: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// Makes the names in the folder of `path` last.
///
/// # Errors
/// When the system refuses.
pub fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    sync_folder(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Makes the names in a folder last.
///
/// # Errors
/// When the system refuses.
pub fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FileError::at("sync the folder", folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("report.html");
        for text in ["an old and longer one", "new"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o007, 0);
        sync_folder_of(&path).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_stays_and_leaves_nothing_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("taken");
        fs::create_dir_all(folder.join("full")).unwrap();
        let error = replace(&folder, b"new").unwrap_err();
        assert_eq!((error.act, &error.path), ("replace", &folder));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_left_aside_is_not_written_through() {
        let root = tempfile::tempdir().unwrap();
        let (path, other) = (root.path().join("figures.prom"), root.path().join("other"));
        fs::write(&other, "untouched").unwrap();
        symlink(&other, aside(&path, "partial")).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(other).unwrap(), "untouched");
        assert_eq!(fs::read_to_string(path).unwrap(), "new");
    }

    #[test]
    fn a_full_disk_is_told_from_other_refusals() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = (&full).write_all(b"x").map_err(FileError::at("write", Path::new("/dev/full"))).unwrap_err();
        assert!(error.is_disk_full());
        assert_eq!(error.to_string(), "write /dev/full: No space left on device (os error 28)");
        assert!(!write(Path::new("/dev/full/x"), b"").unwrap_err().is_disk_full());
    }
}
