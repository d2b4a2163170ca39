//! Who holds memory on a card: a folder for each card, named like it, with a file for each process, named by its number.
//!
//! A file holds the bytes of the process, and when the process started, as the kernel counts it: so a number that was given
//! out again is nobody's memory. A test that wants somebody else to hold memory writes such a file; without the second
//! number any process of that number will do. What a dead process held stays for as long as the settings say, counted
//! from when the first one looks: `PID.dead` says since when.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use super::settings::Settings;

/// The memory of one card.
#[derive(Debug)]
pub(super) struct Usage {
    folder: Option<PathBuf>,
    linger_ms: u64,
    /// What this process holds, where there is no folder.
    own: Option<u64>,
}

impl Usage {
    pub(super) fn new(settings: &Settings, uuid: &str) -> Self {
        let folder = settings.state.as_ref().map(|state| state.join(uuid));
        Self { folder, linger_ms: settings.linger_ms, own: None }
    }

    /// Says what this process holds; nothing at all if it has no context.
    pub(super) fn note(&mut self, bytes: Option<u64>) {
        self.own = bytes;
        let Some(folder) = &self.folder else { return };
        let file = folder.join(process::id().to_string());
        match bytes {
            // It is there at once and whole, or not at all: others read it at any time.
            Some(bytes) => {
                let beside = folder.join(format!("{}.new", process::id()));
                let started = started(process::id()).unwrap_or_default();
                let written = fs::create_dir_all(folder)
                    .and_then(|()| fs::write(&beside, format!("{bytes} {started}\n")))
                    .and_then(|()| fs::rename(&beside, &file));
                written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            }
            None => drop(fs::remove_file(file)),
        }
    }

    /// Each process that holds memory, with its bytes.
    pub(super) fn processes(&self) -> Vec<(u32, u64)> {
        let Some(folder) = &self.folder else {
            return self.own.map(|bytes| (process::id(), bytes)).into_iter().collect();
        };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<(u32, u64)> = entries
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                Some((pid, self.held(folder, pid)?))
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn held(&self, folder: &Path, pid: u32) -> Option<u64> {
        let file = folder.join(pid.to_string());
        let text = fs::read_to_string(&file).ok()?;
        let mut words = text.split_whitespace().map(str::parse::<u64>);
        let bytes = words.next()?.ok()?;
        let then = words.next().and_then(Result::ok);
        let is_alive = started(pid).is_some_and(|now| then.is_none_or(|then| then == now));
        if is_alive {
            return Some(bytes);
        }
        let dead = folder.join(format!("{pid}.dead"));
        let since = fs::read_to_string(&dead).ok().and_then(|text| text.trim().parse().ok());
        let since = since.unwrap_or_else(|| {
            // Where two look at once, one of them has written it.
            drop(fs::write(&dead, uptime_ms().to_string()));
            uptime_ms()
        });
        if uptime_ms() < since + self.linger_ms {
            return Some(bytes);
        }
        drop(fs::remove_file(&file));
        drop(fs::remove_file(&dead));
        None
    }

    /// Marks the card as gone, for everybody.
    pub(super) fn lose(&self) {
        if let Some(folder) = &self.folder {
            drop(fs::create_dir_all(folder));
            drop(fs::write(folder.join("lost"), ""));
        }
    }

    /// Whether somebody has marked it so.
    pub(super) fn is_lost(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.join("lost").exists())
    }
}

/// When a process started, in the kernel's ticks; nothing if it has ended, though nobody may have reaped it yet.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; what follows it is fields 3 and on.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let has_ended = matches!(*fields.first()?, "Z" | "X");
    if has_ended { None } else { fields.get(19)?.parse().ok() }
}

/// A clock that all processes have in common.
fn uptime_ms() -> u64 {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds: f64 = text.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
    (seconds * 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::{self, Command};

    use super::Usage;

    /// What a process holds is seen by others while it lives, and for a while after; a number given out again holds nothing.
    #[test]
    fn the_dead_hold_memory_for_a_while() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("card");
        let usage = |linger_ms| Usage { folder: Some(folder.clone()), linger_ms, own: None };
        usage(0).note(Some(100));
        assert_eq!(usage(0).processes(), [(process::id(), 100)]);
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        fs::write(folder.join(child.id().to_string()), "7 1\n").unwrap();
        assert_eq!(usage(u64::MAX / 2).processes().len(), 2, "it lingers");
        assert_eq!(usage(0).processes(), [(process::id(), 100)]);
        fs::write(folder.join(process::id().to_string()), "100 1\n").unwrap();
        assert_eq!(usage(0).processes(), [], "another process of that number");
    }
}
