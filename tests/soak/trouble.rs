//! What happens to a run: in a sitting, and between two of them.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::task::Task;
use crate::harness::disk::Disk;
use crate::harness::mutation::Chance;
use crate::harness::processes::Process;
use crate::harness::run::{Finished, Running};
use crate::harness::{Run, wait};

/// Tricks of the unruly worker that cost its job an attempt, or nothing at all.
const TRICKS: [&str; 17] = [
    "abort",
    "burst",
    "bus",
    "busy",
    "damage",
    "exit",
    "flood",
    "garble",
    "grandchild",
    "leak",
    "leak-shared",
    "lie",
    "mute",
    "setsid",
    "silent",
    "spoil",
    "denied",
];
/// What becomes of an output that is damaged.
const DAMAGES: [&str; 8] = ["flip", "cut", "empty", "other", "gone", "folder", "loop", "pipe"];
const STAGES: [&str; 8] = ["load", "cluster", "commit", "solve", "evolve", "resolve", "audit", "export"];
/// A journal has about that many bytes in the end; nothing happens behind that.
const JOURNAL_BYTES: usize = 8000;
/// The first record of a journal ends before that: a run without it has not begun.
const BEGUN_BYTES: u64 = 600;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    Planted(&'static str, &'static str),
    SmallDisk(usize),
    SmallFiles(usize),
    Denied(&'static str),
    WorkerKilled,
    WorkerPaused,
    OrchestratorKilled,
    OrchestratorPaused,
    Interrupted(Signal),
    ArtifactDamaged,
    JournalCut,
    BegunAnew,
}

impl Happened {
    /// What it is called in the summary.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Planted(..) => "an unruly worker",
            Self::SmallDisk(_) | Self::SmallFiles(_) => "a full disk",
            Self::Denied(_) => "a failing system call",
            Self::WorkerKilled => "a worker killed",
            Self::WorkerPaused => "a worker stopped for a while",
            Self::OrchestratorKilled => "the orchestrator killed",
            Self::OrchestratorPaused => "the orchestrator stopped for a while",
            Self::Interrupted(_) => "a signal",
            Self::ArtifactDamaged => "an artifact damaged",
            Self::JournalCut => "a journal torn",
            Self::BegunAnew => "begun anew",
        }
    }
}

/// A run from its first start on, and all that happens to it.
#[derive(Debug)]
pub(super) struct Life {
    task: Task,
    chance: Chance,
    happened: Vec<Happened>,
    /// Where it lies, if that is a small one.
    disk: Option<Disk>,
    /// How the current sitting may end.
    codes: Vec<i32>,
    /// Workers that may be killed in the current sitting: a job that loses three attempts is given up.
    kills_left: u32,
}

/// A run that is about to be started, or to be taken up again.
pub(super) struct Sitting(Run);

impl Life {
    /// The life of a run that has not started.
    pub(super) fn of(task: Task, chance: Chance) -> Self {
        Self { task, chance, happened: Vec::new(), disk: None, codes: Vec::new(), kills_left: 0 }
    }

    /// All that has happened so far.
    pub(super) fn happened(&self) -> &[Happened] {
        &self.happened
    }

    /// Whether no worker outlives a killed orchestrator: some tricks leave a process behind until the run is taken up again.
    pub(super) fn workers_die_with_their_parent(&self) -> bool {
        let stays = |what: &Happened| matches!(what, Happened::Planted(_, "grandchild" | "mute" | "setsid"));
        !self.happened.iter().any(stays)
    }

    /// Whether its orchestrator was ever killed.
    pub(super) fn was_killed(&self) -> bool {
        self.happened.contains(&Happened::OrchestratorKilled)
    }

    /// Whether what happened in the last sitting explains that end.
    pub(super) fn may_end_so(&self, code: i32) -> bool {
        self.codes.contains(&code)
    }

    /// The first sitting.
    pub(super) fn first(&mut self) -> Sitting {
        self.begin();
        let run = self.task.run().flag("--set", "deadline.hello=2s").flag("--set", "deadline.silence=4s");
        Sitting(match self.chance.below(6) {
            0 | 1 => self.plant(run),
            2 => self.on_a_small_disk(run),
            3 => self.limited(run),
            _ => run,
        })
    }

    fn begin(&mut self) {
        self.codes = vec![0, 3];
        self.kills_left = 2;
    }

    fn plant(&mut self, run: Run) -> Run {
        let (stage, trick) = (self.one_of(&STAGES), self.one_of(&TRICKS));
        self.happened.push(Happened::Planted(stage, trick));
        self.kills_left = 1;
        // What is damaged, or cannot be written, ends a stage that nothing can stand in for.
        if ["bus", "damage", "denied"].contains(&trick) {
            self.codes.push(74);
        }
        // There are many jobs of these, and the first attempt at each of them is lost.
        if ["solve", "commit", "audit"].contains(&stage) {
            self.codes.push(101);
        }
        let run = run.with_unruly(stage, trick).variable("UNRULY_DENY", "fsync=EDQUOT");
        run.variable("UNRULY_DAMAGE", self.one_of(&DAMAGES)).variable("UNRULY_FRAME", "hostile")
    }

    fn on_a_small_disk(&mut self, run: Run) -> Run {
        let kib = 4 + self.chance.below(160);
        let Some(disk) = Disk::of(&format!("size={kib}k")) else { return self.limited(run) };
        self.happened.push(Happened::SmallDisk(kib));
        self.codes.extend([73, 74]);
        let run = run.in_directory(disk.run_dir());
        self.disk = Some(disk);
        run
    }

    /// Makes writing fail for one sitting.
    fn limited(&mut self, run: Run) -> Run {
        self.codes.extend([73, 74]);
        if self.chance.below(2) == 0 {
            let bytes = 512 * (1 + self.chance.below(60));
            self.happened.push(Happened::SmallFiles(bytes));
            run.with_files_up_to(bytes as u64)
        } else {
            let rules = self.one_of(&["fsync=EIO", "fdatasync=ENOSPC", "fsync=EDQUOT"]);
            self.happened.push(Happened::Denied(rules));
            run.denied(rules)
        }
    }

    fn one_of(&mut self, choice: &[&'static str]) -> &'static str {
        choice[self.chance.below(choice.len())]
    }

    /// Lives through a sitting, with up to three strikes.
    pub(super) fn live(&mut self, sitting: Sitting, is_troubled: bool) -> Finished {
        let mut run = sitting.0.start();
        let strikes = if is_troubled { self.chance.below(4) } else { 0 };
        for _ in 0..strikes {
            self.wait_a_while(&mut run);
            match self.chance.below(8) {
                0..=2 if self.kills_left > 0 => self.kill_a_worker(&run),
                3 | 4 => {
                    self.happened.push(Happened::OrchestratorKilled);
                    self.codes.push(-1 - Signal::SIGKILL as i32);
                    return run.killed();
                }
                5 => self.pause(&run, |process| process.stage().is_some(), Happened::WorkerPaused),
                6 => self.pause(&run, |process| process.stage().is_none(), Happened::OrchestratorPaused),
                _ => self.interrupt(&run),
            }
        }
        run.finish()
    }

    /// Waits until the run has come a bit further, or to its end.
    fn wait_a_while(&mut self, run: &mut Running) {
        let journal = run.run_dir().join("run.journal");
        let length = || fs::metadata(&journal).map_or(0, |found| found.len());
        let enough = length() + self.chance.below(JOURNAL_BYTES) as u64;
        wait::until("it has come further", || (length() >= enough || run.has_ended()).then_some(()));
        thread::sleep(Duration::from_micros(self.chance.below(5000) as u64));
    }

    fn kill_a_worker(&mut self, run: &Running) {
        let workers: Vec<Process> = run.processes().into_iter().filter(|process| process.stage().is_some()).collect();
        if let Some(victim) = workers.get(self.chance.below(workers.len())) {
            victim.signal(Signal::SIGKILL);
            self.kills_left -= 1;
            self.happened.push(Happened::WorkerKilled);
        }
    }

    fn pause(&mut self, run: &Running, is_meant: impl Fn(&Process) -> bool, what: Happened) {
        let Some(paused) = run.processes().into_iter().find(is_meant) else { return };
        paused.signal(Signal::SIGSTOP);
        thread::sleep(Duration::from_millis(self.chance.below(300) as u64));
        paused.signal(Signal::SIGCONT);
        self.happened.push(what);
    }

    fn interrupt(&mut self, run: &Running) {
        let signals = [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)];
        let (signal, code) = signals[self.chance.below(signals.len())];
        run.signal(signal);
        // One that comes before anybody listens ends the process by itself.
        self.codes.extend([code, -1 - signal as i32]);
        self.happened.push(Happened::Interrupted(signal));
    }

    /// The next sitting of a run that is not done.
    pub(super) fn again(&mut self, run: Finished, is_troubled: bool) -> Sitting {
        self.begin();
        if let Some(disk) = &self.disk {
            disk.becomes("size=16m");
        }
        let journal = run.path("run.journal");
        let has_begun = fs::metadata(&journal).is_ok_and(|found| found.len() > 16) && run.code() != 65;
        if !has_begun {
            self.happened.push(Happened::BegunAnew);
            self.disk = None;
            return Sitting(self.task.run());
        }
        // That which was never begun is told from that which was.
        self.codes.push(65);
        if is_troubled {
            self.damage(&run);
        }
        let run = run.resume();
        Sitting(if is_troubled && self.chance.below(6) == 0 { self.limited(run) } else { run })
    }

    /// Damages what the dead run has left, now and then.
    fn damage(&mut self, run: &Finished) {
        // What a signal or a relief has cut short is only known from the journal.
        let is_cut = |event: &Value| ["interrupted", "relief_ordered"].iter().any(|kind| event["event"] == *kind);
        match self.chance.below(6) {
            0 => self.damage_an_artifact(&run.path("")),
            1 if !run.events().iter().any(is_cut) => self.cut_the_journal(&run.path("run.journal")),
            _ => {}
        }
    }

    fn damage_an_artifact(&mut self, folder: &Path) {
        let entries = fs::read_dir(folder).expect("it can be read").map(|entry| entry.expect("it can be read").path());
        let mut artifacts: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "art")).collect();
        artifacts.sort();
        let Some(path) = artifacts.get(self.chance.below(artifacts.len())) else { return };
        let mut bytes = fs::read(path).expect("it can be read");
        let at = self.chance.below(bytes.len());
        match self.chance.below(3) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << self.chance.below(8),
            _ => bytes.clear(),
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        fs::write(path, bytes).expect("there is room for less than there was");
        self.happened.push(Happened::ArtifactDamaged);
    }

    fn cut_the_journal(&mut self, path: &Path) {
        let journal = OpenOptions::new().write(true).open(path).expect("it is ours");
        let length = journal.metadata().expect("it is open").len();
        let least = BEGUN_BYTES.min(length);
        let left = least + self.chance.below((length - least) as usize + 1) as u64;
        journal.set_len(left).expect("it is ours");
        self.happened.push(Happened::JournalCut);
    }
}
