//! The socket at which a worker calls lies in a temporary folder, outside of the run directory. Killed before the call, we leave
//! it there; so as long as it waits, the folder of the attempt holds a link to it, and whoever takes the run up removes both.

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};

/// The name of the link.
const LINK: &str = "socket";

/// The link to a socket that waits; it is removed when this is dropped.
#[derive(Debug)]
pub(super) struct SocketLink(PathBuf);

impl SocketLink {
    /// Notes where the attempt with that folder is waited for. Where that cannot be noted (the disk is full) the socket outlasts a
    /// kill of ours, and nothing else follows.
    pub(super) fn note(attempt: &Path, socket: &str) -> Self {
        let link = attempt.join(LINK);
        let _ = symlink(socket, &link);
        Self(link)
    }
}

impl Drop for SocketLink {
    fn drop(&mut self) {
        // One that stays leads nowhere, and is removed when the run is taken up again.
        let _ = fs::remove_file(&self.0);
    }
}

/// Removes the socket that a dead orchestrator has left for the attempt with that folder, if it has.
pub fn remove_dead_socket(attempt: &Path) {
    let link = attempt.join(LINK);
    let Ok(socket) = fs::read_link(&link) else { return };
    // Nobody removes by a link what it was not made for.
    if fs::symlink_metadata(&socket).is_ok_and(|found| found.file_type().is_socket()) {
        let _ = fs::remove_file(&socket);
        // Only an empty folder can be removed so.
        let _ = socket.parent().map(fs::remove_dir);
    }
    let _ = fs::remove_file(&link);
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_socket_is_removed_with_its_folder_and_nothing_else() {
        let attempt = tempfile::tempdir().unwrap();
        let temporary = tempfile::tempdir().unwrap();
        let (folder, precious) = (temporary.path().join("x"), temporary.path().join("precious"));
        fs::create_dir(&folder).unwrap();
        let listener = UnixListener::bind(folder.join("socket")).unwrap();
        std::mem::forget(SocketLink::note(attempt.path(), folder.join("socket").to_str().unwrap()));
        drop(listener);
        remove_dead_socket(attempt.path());
        assert!(!folder.exists());
        fs::write(&precious, "").unwrap();
        std::mem::forget(SocketLink::note(attempt.path(), precious.to_str().unwrap()));
        remove_dead_socket(attempt.path());
        assert!(precious.exists());
        assert_eq!(fs::read_dir(attempt.path()).unwrap().count(), 0);
        remove_dead_socket(attempt.path());
    }

    #[test]
    fn a_link_lasts_as_long_as_it_is_waited() {
        let attempt = tempfile::tempdir().unwrap();
        let link = SocketLink::note(attempt.path(), "nowhere");
        assert!(fs::read_link(attempt.path().join(LINK)).is_ok());
        drop(link);
        assert!(fs::read_link(attempt.path().join(LINK)).is_err());
    }
}
