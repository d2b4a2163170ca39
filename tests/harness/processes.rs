//! The processes of a run, as the kernel sees them.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::wait;

/// The environment variable by which the harness knows all processes of a run, whoever started them.
pub(crate) const MARK: &str = "CARILLON_TEST_FOLDER";

/// A process, told from a later one with the same number by the time of its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pid: i32,
    started: String,
    arguments: Vec<String>,
}

/// All living processes of the run that is marked with `folder`.
pub(crate) fn marked_with(folder: &Path) -> Vec<Process> {
    let mark = format!("{MARK}={}", folder.display());
    let is_marked = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
    };
    let entries = fs::read_dir("/proc").expect("tests run on Linux");
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(is_marked)
        .filter_map(Process::look)
        .collect()
}

impl Process {
    /// The process with that number, unless it is gone or only waits to be reaped.
    pub(crate) fn look(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in brackets and may hold anything; the fields behind it are numbered from 3.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let (state, started) = (*fields.first()?, *fields.get(19)?);
        let command_line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let words = command_line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let process = Self { pid, started: started.to_owned(), arguments: words.collect() };
        (!"ZX".contains(state)).then_some(process)
    }

    /// Its number.
    pub(crate) fn number(&self) -> i32 {
        self.pid
    }

    /// The stage it works for, where it is a worker.
    pub(crate) fn stage(&self) -> Option<&str> {
        let at = self.arguments.iter().position(|word| word == "worker")?;
        self.arguments.get(at + 1).map(String::as_str)
    }

    /// Its number.
    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether it was started with that word among its arguments.
    pub(crate) fn has_argument(&self, word: &str) -> bool {
        self.arguments.iter().any(|argument| argument == word)
    }

    /// The name it shows in `ps`.
    pub(crate) fn name(&self) -> &str {
        &self.arguments[0]
    }

    /// Whether this very process still lives.
    pub(crate) fn is_alive(&self) -> bool {
        Self::look(self.pid).is_some_and(|now| now.started == self.started)
    }

    /// Sends it a signal. One that is gone already is left in peace.
    pub(crate) fn signal(&self, signal: Signal) {
        if self.is_alive() {
            let _ = kill(Pid::from_raw(self.pid), signal);
        }
    }

    /// Waits until it is gone.
    pub(crate) fn gone(&self) {
        wait::until(&format!("{self:?} is gone"), || (!self.is_alive()).then_some(()));
    }

    /// Its private memory in bytes: anonymous, shared-anonymous, swap. Mapped files are innocent.
    pub(crate) fn private_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let is_private = |line: &&str| ["RssAnon:", "RssShmem:", "VmSwap:"].iter().any(|key| line.starts_with(key));
        let kib = |line: &str| line.split_whitespace().nth(1).and_then(|count| count.parse::<u64>().ok());
        status.lines().filter(is_private).filter_map(kib).sum::<u64>() << 10
    }
}
