//! A place in which cron calls the program again and again: one folder, many calls, runs that lie where runs go by default.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::processes::{self, MARK, Process};
use super::run::{Mortal, PROGRAM};
use super::{college, program, unruly, wait};

/// A folder with an instance `college.ctt` in it.
#[derive(Debug)]
pub(crate) struct Nightly {
    folder: TempDir,
    calls: std::cell::Cell<u32>,
}

impl Nightly {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a temporary folder");
        fs::create_dir(folder.path().join("tmp")).expect("the folder is ours");
        fs::copy(college(), folder.path().join("college.ctt")).expect("the college is part of the project");
        Self { folder, calls: std::cell::Cell::new(0) }
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `carillon` with these words, to be called in the folder. Only `start` starts it.
    pub(crate) fn call<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Call<'_> {
        let mut command = program();
        command.args(words).current_dir(self.folder.path());
        command.env(MARK, self.folder.path()).env("UNRULY_REAL", PROGRAM).env("TMPDIR", self.path("tmp"));
        Call { place: self, command }
    }

    /// A short run of the college.
    pub(crate) fn short(&self) -> Call<'_> {
        self.call(["run", "college.ctt", "--effort", "0.02"])
    }

    /// A run of the college that stands still in a stage until it is ended.
    pub(crate) fn endless(&self) -> Call<'_> {
        self.short().unruly("evolve", "deaf")
    }

    /// The runs of an instance, the oldest first.
    pub(crate) fn runs_of(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path("carillon-runs").join(name)).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut runs: Vec<String> = names.filter(|name| name.starts_with("20")).collect();
        runs.sort();
        runs
    }

    /// Where `latest` leads to.
    pub(crate) fn latest(&self) -> Option<String> {
        let target = fs::read_link(self.path("carillon-runs/college/latest")).ok()?;
        target.to_str().map(str::to_owned)
    }

    /// All its living processes.
    pub(crate) fn processes(&self) -> Vec<Process> {
        processes::marked_with(self.folder.path())
    }

    /// Waits for a worker of that stage.
    pub(crate) fn worker(&self, stage: &str) -> Process {
        wait::until(&format!("a worker for {stage} runs"), || {
            self.processes().into_iter().find(|process| process.stage() == Some(stage))
        })
    }

    /// Asserts that nobody of all the calls still lives.
    pub(crate) fn leaves_nobody(&self) {
        wait::until("nobody of the runs is left", || self.processes().is_empty().then_some(()));
    }
}

/// A call that is not started yet.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    place: &'a Nightly,
    command: Command,
}

impl<'a> Call<'a> {
    /// Adds a flag with its value.
    pub(crate) fn flag(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.arg(name).arg(value);
        self
    }

    /// Sets an environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Plants the unruly worker in a stage's place.
    pub(crate) fn unruly(self, stage: &str, trick: &str) -> Self {
        let mut planted = std::ffi::OsString::from(format!("{stage}="));
        planted.push(unruly());
        let mut call = self.flag("--worker-program", planted);
        call.command.env("UNRULY", trick).env("UNRULY_ATTEMPTS", "9");
        call
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Called<'a> {
        let number = self.place.calls.replace(self.place.calls.get() + 1);
        let stream = |name: &str| {
            let path = self.place.path(&format!("{name}-{number}"));
            File::create(&path).map(|file| (path, file)).expect("the folder is ours")
        };
        let ((_, stdout), (told, stderr)) = (stream("stdout"), stream("stderr"));
        // A group of its own: what a test sends to the run must not reach the test.
        self.command.process_group(0).stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let child = self.command.spawn().expect("the program starts");
        Called { place: self.place, child: Mortal(child), told }
    }

    /// Starts it and waits for its end.
    pub(crate) fn finish(self) -> Ended {
        self.start().finish()
    }
}

/// A call on its way.
#[derive(Debug)]
pub(crate) struct Called<'a> {
    place: &'a Nightly,
    child: Mortal,
    told: PathBuf,
}

impl Called<'_> {
    /// What it has told on stderr so far.
    pub(crate) fn told(&self) -> String {
        fs::read_to_string(&self.told).unwrap_or_default()
    }

    /// Waits until it has told something.
    pub(crate) fn tells(&mut self, words: &str) {
        let told = wait::until(&format!("{words:?} is told"), || {
            let has_ended = self.child.0.try_wait().expect("it is our child").is_some();
            let told = self.told();
            (told.contains(words) || has_ended).then_some(told)
        });
        assert!(told.contains(words), "it ended without {words:?}:\n{told}");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        Process::look(self.child.0.id() as i32).expect("it runs").signal(signal);
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Ended {
        let ended = wait::within(wait::PATIENCE, || self.child.0.try_wait().expect("it is our child"));
        let status = ended.unwrap_or_else(|| panic!("it does not end:\n{}", self.told()));
        let code = status.code().unwrap_or_else(|| -1 - status.signal().unwrap_or_default());
        Ended { code, told: self.told() }
    }

    /// Kills it by a signal that nobody can catch, while others of the place go on.
    pub(crate) fn killed_alone(mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.0.kill();
        let _ = self.child.0.wait();
    }

    /// Kills it by a signal that nobody can catch, and waits until nobody of the place is left.
    pub(crate) fn killed(self) {
        let place = self.place;
        self.killed_alone();
        place.leaves_nobody();
    }
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code, or -1 less the signal that ended it.
    pub(crate) code: i32,
    /// What it told on stderr.
    pub(crate) told: String,
}

impl Ended {
    /// Asserts its exit code, and shows what it told where it is another.
    pub(crate) fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.told);
        self
    }

    /// Asserts that it told this.
    pub(crate) fn tells(&self, words: &str) -> &Self {
        assert!(self.told.contains(words), "{words:?} is not told:\n{}", self.told);
        self
    }
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
