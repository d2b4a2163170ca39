//! A run of the real program in a folder of its own: built, started, watched, finished.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::groups::{self, Meadow};
use super::oracle::{self, Judgement};
use super::processes::{self, MARK, Process};
use super::{college, instances, program, schema, unruly, wait};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_carillon");

/// A run that has not started yet.
#[derive(Debug)]
pub(crate) struct Run {
    place: Place,
    command: Command,
    is_resumed: bool,
}

impl Run {
    /// `carillon run INSTANCE`, in a fresh folder.
    pub(crate) fn of(instance: &Path) -> Self {
        Self::new(|_| instance.to_owned())
    }

    /// A run of the college with one course that no room can seat, and that some students have nothing else beside: it should
    /// spread over days, and is alone on most of them. So the cost is never zero, nor what counting knows that it must be, and a
    /// search with work left has no reason to end.
    pub(crate) fn of_overfull_college() -> Self {
        Self::new(|folder| {
            let text = fs::read_to_string(college()).expect("the college is part of the project");
            let (front, courses) = text.split_once("COURSES:\n").expect("it has courses");
            let (first, rest) = courses.split_once('\n').expect("it has several");
            let (course, _students) = first.rsplit_once(' ').expect("a course has students");
            let name = course.split(' ').next().unwrap_or_default();
            let front = front.replace("Curricula: 9", "Curricula: 10");
            let rest = rest.replace("CURRICULA:\n", &format!("CURRICULA:\nnothing_else 1 {name}\n"));
            let instance = folder.join("overfull.ctt");
            fs::write(&instance, format!("{front}COURSES:\n{course} 1000\n{rest}")).expect("the folder is ours");
            instance
        })
    }

    /// A run of an instance that a test writes down.
    pub(crate) fn of_text(name: &str, text: &str) -> Self {
        Self::new(|folder| {
            let path = folder.join(name);
            fs::write(&path, text).expect("the folder is ours");
            path
        })
    }

    /// A run of two colleges in one: they share nothing but the calendar, so that there is more than one job in a wave.
    pub(crate) fn of_two_colleges() -> Self {
        Self::new(|folder| {
            let path = folder.join("two.ctt");
            fs::write(&path, instances::two_colleges()).expect("the folder is ours");
            path
        })
    }

    fn new(instance: impl FnOnce(&Path) -> PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a temporary folder");
        let instance = instance(folder.path());
        fs::create_dir(folder.path().join("tmp")).expect("the folder is ours");
        let place = Place { run_dir: folder.path().join("run"), folder, instance, orchestrators: Vec::new() };
        let mut command = place.command();
        command.arg("run").arg(&place.instance).args(["--progress", "never"]);
        Self { place, command, is_resumed: false }
    }

    /// `carillon resume RUN`. No worker misbehaves, unless that is asked for anew.
    fn resumed(place: Place) -> Self {
        let mut command = place.command();
        command.arg("resume").arg(&place.run_dir).args(["--progress", "never"]).env("UNRULY_ATTEMPTS", "0");
        Self { place, command, is_resumed: true }
    }

    /// Lets it use the directory of another run.
    pub(crate) fn in_the_directory_of(mut self, other: &Running) -> Self {
        self.place.run_dir = other.run_dir();
        self
    }

    /// Lets it use that directory.
    pub(crate) fn in_directory(mut self, run_dir: PathBuf) -> Self {
        self.place.run_dir = run_dir;
        self
    }

    /// Adds a flag with its value.
    pub(crate) fn flag(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.arg(name).arg(value);
        self
    }

    /// Plants the unruly worker in a stage's place, to play `trick` at the first attempt of each job.
    pub(crate) fn with_unruly(self, stage: &str, trick: &str) -> Self {
        let mut planted = std::ffi::OsString::from(format!("{stage}="));
        planted.push(unruly());
        self.flag("--worker-program", planted).variable("UNRULY", trick)
    }

    /// Lets another file be the program.
    pub(crate) fn by(mut self, program: &Path) -> Self {
        let command = std::mem::replace(&mut self.command, Command::new(program));
        self.command.current_dir(command.get_current_dir().expect("it starts where no configuration lies"));
        self.command.args(command.get_args());
        self.command.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self
    }

    /// Sets an environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Lets no process of the run write a file longer than that: a disk that is full, for one process at a time.
    pub(crate) fn with_files_up_to(self, bytes: u64) -> Self {
        let mut limit = Command::new("/bin/sh");
        // The shell counts in blocks of 512 bytes. The signal is ignored, so that writing fails instead of killing.
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes.div_ceil(512));
        limit.arg("-c").arg(script);
        self.through(limit)
    }

    /// Lets system calls fail for all processes of the run, as in `fsync=ENOSPC,pidfd_open=ENOSYS`.
    pub(crate) fn denied(self, rules: &str) -> Self {
        let mut deny = Command::new(unruly());
        deny.arg("deny").arg(rules);
        self.through(deny)
    }

    /// Lets anybody write into its folder, for a run that is not ours by the time it begins.
    pub(crate) fn opened_to_all(&self) {
        let folder = self.place.folder.path();
        for folder in [folder.to_owned(), folder.join("tmp")] {
            fs::set_permissions(folder, Permissions::from_mode(0o777)).expect("it is ours");
        }
    }

    /// Lets control groups hold its workers, in a group of the test's own.
    pub(crate) fn held_in(self, meadow: &Meadow) -> Self {
        self.flag("--set", "memory.enforce=cgroup").within(meadow)
    }

    /// Lets it begin in that control group.
    pub(crate) fn within(self, meadow: &Meadow) -> Self {
        self.through(meadow.entrance())
    }

    /// Lets `wrapper` become the program: it gets the program and its arguments behind its own.
    pub(crate) fn through(mut self, wrapper: Command) -> Self {
        let program = std::mem::replace(&mut self.command, wrapper);
        self.command.current_dir(program.get_current_dir().expect("it starts where no configuration lies"));
        self.command.arg(program.get_program()).args(program.get_args());
        self.command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Running {
        if !self.is_resumed {
            self.command.arg("--run-dir").arg(&self.place.run_dir);
        }
        let stream = |name: &str| File::create(self.place.folder.path().join(name)).expect("the folder is ours");
        // A group of its own: what a test sends to the run must not reach the test.
        self.command.process_group(0).stdin(Stdio::null()).stdout(stream("stdout")).stderr(stream("stderr"));
        let child = self.command.spawn().expect("the program starts");
        self.place.orchestrators.push(child.id());
        Running { child: Mortal(child), place: self.place }
    }

    /// Starts it and waits for its end.
    pub(crate) fn finish(self) -> Finished {
        self.start().finish()
    }
}

/// Where a run lies.
#[derive(Debug)]
struct Place {
    folder: TempDir,
    run_dir: PathBuf,
    instance: PathBuf,
    /// The processes of the run's starts so far.
    orchestrators: Vec<u32>,
}

impl Place {
    /// The program, in an environment by which all its processes are known.
    fn command(&self) -> Command {
        let mut command = program();
        command.env(MARK, self.folder.path()).env("UNRULY_REAL", PROGRAM).env("TMPDIR", self.folder.path().join("tmp"));
        command
    }
}

/// A run on its way.
#[derive(Debug)]
pub(crate) struct Running {
    child: Mortal,
    place: Place,
}

impl Running {
    /// All its living processes, the orchestrator included.
    pub(crate) fn processes(&self) -> Vec<Process> {
        processes::marked_with(self.place.folder.path())
    }

    /// The orchestrator itself. Panics when it has ended.
    pub(crate) fn orchestrator(&self) -> Process {
        Process::look(self.child.0.id() as i32).unwrap_or_else(|| panic!("the run has ended:\n{}", self.told()))
    }

    /// Waits for a worker of that stage. Panics when the run ends without one.
    pub(crate) fn worker(&mut self, stage: &str) -> Process {
        let seen = wait::until(&format!("a worker for {stage} runs"), || {
            let ended = self.child.0.try_wait().expect("it is our child").is_some();
            let worker = self.processes().into_iter().find(|process| process.stage() == Some(stage));
            (worker.is_some() || ended).then_some(worker)
        });
        seen.unwrap_or_else(|| panic!("the run ended without a worker for {stage}:\n{}", self.told()))
    }

    /// Waits until that attempt at a job has said hello. Panics when the run ends before.
    pub(crate) fn hears(&mut self, job: &str, attempt: u64) {
        let is_meant = |event: &Value| {
            event["event"] == "hello" && event["job"] == job && event["attempt"].as_u64() == Some(attempt)
        };
        let heard = wait::until(&format!("attempt {attempt} at {job} says hello"), || {
            let ended = self.has_ended();
            let is_heard = events_in(&self.place.run_dir).iter().any(is_meant);
            (is_heard || ended).then_some(is_heard)
        });
        assert!(heard, "the run ended without attempt {attempt} at {job}:\n{}", self.told());
    }

    /// Waits until it has told an event of that kind. Panics when it ends before.
    pub(crate) fn tells(&mut self, kind: &str) {
        let told = wait::until(&format!("{kind:?} is told"), || {
            let ended = self.has_ended();
            let is_told = events_in(&self.place.run_dir).iter().any(|event| event["event"] == kind);
            (is_told || ended).then_some(is_told)
        });
        assert!(told, "the run ended without {kind:?}:\n{}", self.told());
    }

    /// Sends a signal to the orchestrator alone. One that has ended is left in peace.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(process) = Process::look(self.child.0.id() as i32) {
            process.signal(signal);
        }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.0.try_wait().expect("it is our child").is_some()
    }

    /// Its run directory.
    pub(crate) fn run_dir(&self) -> PathBuf {
        self.place.run_dir.clone()
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Finished {
        let ended = wait::within(wait::PATIENCE, || self.child.0.try_wait().expect("it is our child"));
        let status = ended.unwrap_or_else(|| panic!("the run does not end:\n{}", self.told()));
        Finished { status, place: self.place }
    }

    /// Kills the orchestrator by a signal that nobody can catch, and waits for its end.
    pub(crate) fn killed(mut self) -> Finished {
        // An error means that it has ended by itself.
        let _ = self.child.0.kill();
        let ended =
            wait::until("the killed orchestrator is gone", || self.child.0.try_wait().expect("it is our child"));
        Finished { status: ended, place: self.place }
    }

    fn told(&self) -> String {
        fs::read_to_string(self.place.folder.path().join("stderr")).unwrap_or_default()
    }
}

/// A child that does not outlive the test that fails.
#[derive(Debug)]
pub(super) struct Mortal(pub(super) Child);

impl Drop for Mortal {
    fn drop(&mut self) {
        // An error means that it has ended and was waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that has ended; its folder lives as long as this.
#[derive(Debug)]
pub(crate) struct Finished {
    status: ExitStatus,
    place: Place,
}

impl Finished {
    /// Goes on with it.
    pub(crate) fn resume(self) -> Run {
        Run::resumed(self.place)
    }

    /// A run that looks like this one, in a folder of its own. The instance stays where it was.
    pub(crate) fn copied(&self) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a temporary folder");
        copy_folder(self.place.folder.path(), folder.path());
        let run_dir = folder.path().join("run");
        let place = Place { folder, run_dir, instance: self.place.instance.clone(), orchestrators: Vec::new() };
        Self { status: self.status, place }
    }

    /// All its processes that still live.
    pub(crate) fn processes(&self) -> Vec<Process> {
        processes::marked_with(self.place.folder.path())
    }

    /// The instance that it works on.
    pub(crate) fn instance(&self) -> &Path {
        &self.place.instance
    }

    /// Its exit code, or -1 less the signal that ended it.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| -1 - self.status.signal().unwrap_or_default())
    }

    /// Asserts its exit code, and shows what it told where it is another.
    pub(crate) fn expect(&self, codes: &[i32]) -> &Self {
        assert!(codes.contains(&self.code()), "exit {} where {codes:?} was expected:\n{}", self.code(), self.told());
        self
    }

    /// A file of its run directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.run_dir.join(name)
    }

    /// A file of its run directory, read.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}\n{}", self.told()))
    }

    /// What it told on stderr.
    pub(crate) fn told(&self) -> String {
        fs::read_to_string(self.place.folder.path().join("stderr")).unwrap_or_default()
    }

    /// `result.json`, which is as its schema says.
    pub(crate) fn result(&self) -> Value {
        let result = serde_json::from_str(&self.read("result.json")).expect("result.json is JSON");
        assert_eq!(schema::offences("result", &result), Vec::<String>::new(), "docs/schema/result.json says otherwise");
        result
    }

    /// `events.jsonl`.
    pub(crate) fn events(&self) -> Vec<Value> {
        events_in(&self.path(""))
    }

    /// The events of one kind.
    pub(crate) fn events_of(&self, kind: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["event"] == kind).collect()
    }

    /// The jobs that were started since the run was last taken up.
    pub(crate) fn started_again(&self) -> Vec<String> {
        let events = self.events();
        let resumed = events.iter().rposition(|event| event["event"] == "resumed").expect("the run was resumed");
        let spawned = events[resumed..].iter().filter(|event| event["event"] == "spawned");
        spawned.map(|event| event["job"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What the oracle says about its solution.
    pub(crate) fn judgement(&self) -> Judgement {
        oracle::judge(&self.place.instance, &self.path("solution.sol"))
    }

    /// Asserts that no process of it is left. Whoever was killed may leave a temporary file until the run is taken up again.
    pub(crate) fn leaves_nobody(&self) -> &Self {
        let left = || processes::marked_with(self.place.folder.path());
        wait::until(&format!("nothing of the run is left, such as {:?}", left()), || left().is_empty().then_some(()));
        self
    }

    /// Asserts that nothing of it is left: no process, no control group, and no temporary file.
    pub(crate) fn leaves_nothing(&self) -> &Self {
        self.leaves_nobody();
        if self.status.signal().is_none() {
            // A killed orchestrator leaves its groups to the next run.
            let groups = groups::left_of(&self.place.orchestrators);
            assert!(groups.is_empty(), "control groups are left: {groups:?}");
        }
        let temporary = fs::read_dir(self.place.folder.path().join("tmp")).expect("it was made for the run");
        let files: Vec<PathBuf> = temporary.map(|entry| entry.expect("it can be read").path()).collect();
        assert!(files.is_empty(), "temporary files are left: {files:?}");
        self
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("it is a folder of the test") {
        let entry = entry.expect("it can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("the folder is ours");
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("the file is ours");
        }
    }
}

/// The events written so far; a last line that is still being written is left out.
fn events_in(run_dir: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run_dir.join("events.jsonl")).unwrap_or_default();
    text.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?} is no event: {error}")))
        .collect()
}
