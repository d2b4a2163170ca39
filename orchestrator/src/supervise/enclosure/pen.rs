//! The control group of one attempt.

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shared::bytes::Bytes;

use super::clearing;
use super::ground::put;
use super::{EnclosureError, io_error};
use crate::watch::cgroup::Version;
use crate::watch::{Gauge, KernelAccount};

/// A control group that holds one attempt at its allotment.
#[derive(Debug)]
pub struct Pen {
    folder: PathBuf,
    version: Version,
    granted: Bytes,
}

impl Pen {
    pub(super) fn make(folder: PathBuf, version: Version, allotment: Bytes) -> Result<Self, EnclosureError> {
        fs::create_dir(&folder).map_err(io_error("create", &folder))?;
        let pen = Self { folder, version, granted: allotment };
        match pen.limit(allotment).and_then(|()| pen.keep_to_it()) {
            Ok(()) => Ok(pen),
            Err(error) => {
                let _ = pen.remove();
                Err(error)
            }
        }
    }

    /// Lets it hold so much from now on.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn limit(&self, allotment: Bytes) -> Result<(), EnclosureError> {
        let bytes = allotment.0.to_string();
        if self.version == Version::Two {
            return put(&self.folder.join("memory.max"), &bytes);
        }
        let (plain, with_swap) =
            (self.folder.join("memory.limit_in_bytes"), self.folder.join("memory.memsw.limit_in_bytes"));
        let first = put(&plain, &bytes);
        if !with_swap.exists() {
            return first;
        }
        // The second is never below the first: whichever has to go first when it grows or shrinks.
        put(&with_swap, &bytes)?;
        first.or_else(|_| put(&plain, &bytes))
    }

    /// What cannot be held is not to go into swap instead; and nobody is left alive of those who came to the limit together.
    fn keep_to_it(&self) -> Result<(), EnclosureError> {
        let without_swap = [("memory.swap.max", "0"), ("memory.oom.group", "1")];
        let without_account_of_swap = [("memory.swappiness", "0")];
        let settings: &[(&str, &str)] = match self.version {
            Version::Two => &without_swap,
            Version::One if self.folder.join("memory.memsw.limit_in_bytes").exists() => &[],
            Version::One => &without_account_of_swap,
        };
        let there = settings.iter().map(|(name, value)| (self.folder.join(name), value));
        there.filter(|(path, _)| path.exists()).try_for_each(|(path, value)| put(&path, value))
    }

    /// The file into which a worker writes `0` to join.
    ///
    /// In version 1 that is the one for single threads: a process that has no other yet joins a hundred times faster by it than
    /// as a process, for which the kernel waits until all processors have taken note (10 ms).
    pub fn entrance(&self) -> PathBuf {
        self.folder.join(if self.version == Version::One { "tasks" } else { "cgroup.procs" })
    }

    /// Takes a process in with all its threads, unless it is in already. May take 10 ms.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn take_in(&self, pid: u32) -> Result<(), EnclosureError> {
        if self.members().contains(&pid) {
            return Ok(());
        }
        let path = self.folder.join("cgroup.procs");
        match fs::write(&path, pid.to_string()) {
            // One that is gone needs no pen.
            Err(error) if error.raw_os_error() == Some(nix::libc::ESRCH) => Ok(()),
            written => written.map_err(io_error("write", &path)),
        }
    }

    /// Who is in it.
    pub fn members(&self) -> Vec<u32> {
        clearing::members(&self.folder)
    }

    /// Ends everybody in it at once.
    pub fn kill(&self) {
        let all = self.folder.join("cgroup.kill");
        if all.exists() && fs::write(&all, "1").is_ok() {
            return;
        }
        for pid in self.members() {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
    }

    /// What measures it.
    pub fn gauge(&self) -> Option<Gauge> {
        Gauge::open(&self.folder, self.version, self.granted)
    }

    /// What the kernel has counted, once nobody is in it any more.
    pub fn account(&self) -> KernelAccount {
        self.gauge().map(|gauge| gauge.account()).unwrap_or_default()
    }

    /// Removes it. Fails as long as somebody is in it.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn remove(&self) -> Result<(), EnclosureError> {
        clearing::remove(&self.folder)
    }
}
