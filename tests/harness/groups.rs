//! Control groups as the kernel shows them, and one of the test's own in which a run may do as it likes.
//!
//! Only version 1 is driven here: a group of version 2 shares out memory when nobody is in it, and the tests are in theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::wait;

/// The memory group of version 1 that the tests are in, where they are in one.
pub(crate) fn ours() -> Option<PathBuf> {
    let memberships = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let path = memberships.lines().find_map(|line| line.split_once(":memory:"))?.1;
    let folder = Path::new("/sys/fs/cgroup/memory").join(path.trim_start_matches('/'));
    folder.is_dir().then_some(folder)
}

/// Groups of runs whose first orchestrator was one of these processes.
pub(crate) fn left_of(orchestrators: &[u32]) -> Vec<PathBuf> {
    let is_theirs = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("carillon-") && orchestrators.iter().any(|pid| name.ends_with(&format!("-{pid}")))
    };
    ours().map(|folder| below(&folder)).unwrap_or_default().into_iter().filter(is_theirs).collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// A memory group that only one test knows of.
#[derive(Debug)]
pub(crate) struct Meadow {
    folder: PathBuf,
}

impl Meadow {
    /// A group that nobody is in; says why where there can be none.
    pub(crate) fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(ours) = ours() else {
            println!("skipped: the tests are in no memory control group of version 1");
            return None;
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = ours.join(format!("meadow-{}-{number}", std::process::id()));
        match fs::create_dir(&folder) {
            Ok(()) => Some(Self { folder }),
            Err(error) => {
                println!("skipped: the memory control group of the tests is not theirs to use: {error}");
                None
            }
        }
    }

    /// What becomes a program in this group: it gets the program and its arguments behind its own.
    pub(crate) fn entrance(&self) -> Command {
        let mut shell = Command::new("/bin/sh");
        let procs = self.folder.join("cgroup.procs");
        shell.arg("-c").arg(format!("echo $$ > '{}' && exec \"$0\" \"$@\"", procs.display()));
        shell
    }

    /// The groups of runs in it.
    pub(crate) fn enclosures(&self) -> Vec<PathBuf> {
        below(&self.folder)
    }

    /// Asserts that no run has left a group in it.
    pub(crate) fn is_empty(&self) {
        assert_eq!(self.enclosures(), Vec::<PathBuf>::new(), "control groups are left");
    }
}

impl Drop for Meadow {
    fn drop(&mut self) {
        // A test that has failed may have left groups and processes in here.
        let _ = wait::within(wait::PATIENCE, || remove(&self.folder).is_ok().then_some(()));
    }
}

fn remove(folder: &Path) -> std::io::Result<()> {
    below(folder).iter().try_for_each(|path| remove(path))?;
    fs::remove_dir(folder)
}
