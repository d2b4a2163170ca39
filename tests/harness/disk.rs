//! A disk of a chosen size: a file system in memory, mounted where only root may. Elsewhere the test says so and is skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A mounted disk; it is unmounted when this is dropped.
#[derive(Debug)]
pub(crate) struct Disk(TempDir);

impl Disk {
    /// A disk with these options, such as `size=64k`; none where mounting is not allowed.
    pub(crate) fn of(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("there is room for a temporary folder");
        if mount(options, folder.path()) {
            return Some(Self(folder));
        }
        println!("skipped: only root may mount a small disk");
        None
    }

    /// The folder of a run on it.
    pub(crate) fn run_dir(&self) -> PathBuf {
        self.0.path().join("run")
    }

    /// Changes its options: makes it larger, read-only, or writable again.
    pub(crate) fn becomes(&self, options: &str) {
        assert!(mount(&format!("remount,{options}"), self.0.path()), "a mounted disk can be changed to {options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a worker that is just dying may still hold a file open.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn mount(options: &str, folder: &Path) -> bool {
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(folder).stderr(Stdio::null());
    mount.status().is_ok_and(|status| status.success())
}

/// A folder in which nothing can be made, renamed or removed, as long as this lives.
#[derive(Debug)]
pub(crate) struct Frozen(PathBuf);

impl Frozen {
    /// Freezes `folder`; none where that is not allowed.
    pub(crate) fn new(folder: &Path) -> Option<Self> {
        if change("+i", folder) {
            return Some(Self(folder.to_owned()));
        }
        println!("skipped: only root may make a folder immutable, and not on every file system");
        None
    }

    /// The same folder, which has been moved with the one that it stands in.
    pub(crate) fn moved_to(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.0);
        self
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        change("-i", &self.0);
    }
}

fn change(attribute: &str, folder: &Path) -> bool {
    let mut chattr = Command::new("chattr");
    chattr.arg(attribute).arg(folder).stderr(Stdio::null());
    chattr.status().is_ok_and(|status| status.success())
}
