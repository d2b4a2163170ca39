//! Where the sockets lie at which workers call: in a folder of the run below the temporary folder, because the path of a socket
//! must be short. Killed, we leave it there. So the run directory holds a link to it, made before it is, and whoever takes the
//! run up removes both.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use super::{StoreError, io_error};

/// The link in the run directory.
const LINK: &str = "sockets";
/// How the folder's name begins.
const PREFIX: &str = "carillon-";
/// Folders of that name that are tried: another machine may share the temporary folder, and have a run of the same name.
const TRIES: u32 = 9;

/// The folder; it is removed when this is dropped.
#[derive(Debug)]
pub struct Sockets {
    link: PathBuf,
    folder: PathBuf,
}

impl Sockets {
    /// Makes the folder for the run in `root`, without what a dead one has left.
    ///
    /// # Errors
    /// When the disk is full or there is no temporary folder.
    pub(super) fn make(root: &Path, run_id: &str) -> Result<Self, StoreError> {
        remove_dead(root);
        let link = root.join(LINK);
        let mut number = 1;
        loop {
            let name = if number == 1 { format!("{PREFIX}{run_id}") } else { format!("{PREFIX}{run_id}-{number}") };
            let folder = env::temp_dir().join(name);
            symlink(&folder, &link).map_err(io_error("create", &link))?;
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok(Self { link, folder }),
                Err(error) => {
                    // It leads to what is not ours.
                    let _ = fs::remove_file(&link);
                    if error.kind() != io::ErrorKind::AlreadyExists || number == TRIES {
                        return Err(io_error("create", &folder)(error));
                    }
                }
            }
            number += 1;
        }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        remove(&self.folder);
        let _ = fs::remove_file(&self.link);
    }
}

/// Removes what a dead run in `root` has left, if it has.
pub(super) fn remove_dead(root: &Path) {
    let link = root.join(LINK);
    let Ok(folder) = fs::read_link(&link) else { return };
    let is_ours = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    if is_ours && fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
        remove(&folder);
    }
    let _ = fs::remove_file(link);
}

/// Removes a folder with the sockets in it, each of which has a folder of its own. What is anything else stays.
fn remove(folder: &Path) {
    for socket in fs::read_dir(folder).into_iter().flatten().flatten() {
        let _ = fs::remove_file(socket.path().join("socket"));
        let _ = fs::remove_dir(socket.path());
    }
    let _ = fs::remove_dir(folder);
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn name(case: &str) -> String {
        format!("test-{}-{case}", std::process::id())
    }

    fn open_one(sockets: &Sockets) {
        let own = sockets.folder().join("x");
        fs::create_dir(&own).unwrap();
        drop(UnixListener::bind(own.join("socket")).unwrap());
    }

    #[test]
    fn nothing_is_left_in_the_end() {
        let root = tempfile::tempdir().unwrap();
        let sockets = Sockets::make(root.path(), &name("end")).unwrap();
        open_one(&sockets);
        assert_eq!(fs::read_link(root.path().join(LINK)).unwrap(), sockets.folder());
        let folder = sockets.folder().to_owned();
        drop(sockets);
        assert!(!folder.exists() && fs::read_dir(root.path()).unwrap().count() == 0);
    }

    #[test]
    fn what_a_dead_run_has_left_is_removed_by_the_next_one() {
        let root = tempfile::tempdir().unwrap();
        let dead = Sockets::make(root.path(), &name("dead")).unwrap();
        open_one(&dead);
        let folder = dead.folder().to_owned();
        std::mem::forget(dead);
        let next = Sockets::make(root.path(), &name("dead")).unwrap();
        assert_eq!(next.folder(), folder);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_of_a_run_stays() {
        let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let taken = env::temp_dir().join(format!("{PREFIX}{}", name("taken")));
        fs::create_dir(&taken).unwrap();
        fs::create_dir(other.path().join("precious")).unwrap();
        symlink(other.path(), root.path().join(LINK)).unwrap();
        let sockets = Sockets::make(root.path(), &name("taken")).unwrap();
        assert!(other.path().join("precious").exists());
        assert_ne!(sockets.folder(), taken);
        drop(sockets);
        fs::remove_dir(taken).unwrap();
    }
}
