//! How control groups go away: those of an attempt, of a run, and of runs that died before they could clear them away themselves.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ground::Ground;
use super::{EnclosureError, io_error};
use crate::watch::cgroup;

/// What the folder of an enclosure begins with; the run's id follows.
const PREFIX: &str = "carillon-";
/// Between two tries: there is no event for it.
const PAUSE: Duration = Duration::from_millis(1);

/// The folder of a run's enclosure.
pub(super) fn name_of(run_id: &str) -> String {
    format!("{PREFIX}{run_id}")
}

/// What dead runs have left, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs of which control groups were left, and removed.
    pub runs: usize,
    /// Processes that were still in there, and ended.
    pub processes: usize,
    /// What cannot be removed, and why.
    pub left: Vec<String>,
}

impl Swept {
    /// Removes the enclosures of dead runs in `folder`, each within `patience`. The lock of one that lives keeps everybody out.
    pub(super) fn sweep(&mut self, folder: &Path, patience: Duration) {
        let is_enclosure = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
        };
        for enclosure in subfolders(folder).into_iter().filter(is_enclosure) {
            let Ok(lock) = File::open(&enclosure) else { continue };
            if lock.try_lock().is_err() {
                continue;
            }
            let processes = members(&enclosure).len();
            match clear(&enclosure, patience) {
                Ok(()) => (self.runs, self.processes) = (self.runs + 1, self.processes + processes),
                Err(error) => self.left.push(format!("failed to {error}")),
            }
        }
    }
}

/// Makes the folder of an enclosure and locks it. What another run of this id has left there was swept before.
pub(super) fn make_and_lock(folder: &Path) -> Result<File, EnclosureError> {
    loop {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(io_error("create", folder)(error));
            }
            _ => {}
        }
        let lock = match File::open(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(io_error("open", folder))?,
        };
        lock.lock().map_err(io_error("lock", folder))?;
        // Before it was locked somebody may have taken it for that of a dead run.
        let of = |found: fs::Metadata| (found.dev(), found.ino());
        if lock.metadata().ok().map(of) == fs::metadata(folder).ok().map(of) {
            return Ok(lock);
        }
    }
}

/// Ends whoever is in a group or below it, and removes all of it.
pub(super) fn clear(folder: &Path, patience: Duration) -> Result<(), EnclosureError> {
    let started = Instant::now();
    loop {
        for pid in members(folder).into_iter().filter(|pid| *pid != std::process::id()) {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        match remove(folder) {
            Ok(()) => return Ok(()),
            Err(error) if started.elapsed() >= patience => return Err(error),
            // Who is killed is in there until the kernel is done with it.
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// The same for all groups below one, except for the one that we have stepped aside into.
pub(super) fn clear_below(folder: &Path, patience: Duration) -> Result<(), EnclosureError> {
    let below = subfolders(folder).into_iter().filter(|path| !Ground::is_aside(path));
    // Each is tried, whatever becomes of the others.
    let cleared: Vec<_> = below.map(|path| clear(&path, patience)).collect();
    cleared.into_iter().collect()
}

/// Removes a group with all groups below it. Fails as long as somebody is in one of them.
pub(super) fn remove(folder: &Path) -> Result<(), EnclosureError> {
    subfolders(folder).iter().try_for_each(|path| remove(path))?;
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// Who is in a group or below it.
pub(super) fn members(folder: &Path) -> Vec<u32> {
    let mut found = cgroup::processes(folder);
    found.extend(subfolders(folder).iter().flat_map(|path| members(path)));
    found
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries.flatten().filter(is_folder).map(|entry| entry.path()).collect()
}
