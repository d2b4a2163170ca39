//! What a worker sees of the world.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use super::checkpoint::CHECKPOINT;
use super::key::Ingredients;
use super::relief::{FREE_HEAP, Relief};
use super::{Budget, WorkerArgs, trim};
use crate::artifact::{ArtifactError, ArtifactKey, ArtifactWriter, Header, partial_path};
use crate::model::Cost;
use crate::wire::{Connection, Failure, FailureKind, Order, Report};

/// How a worker ended well; see [`Report::Published`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {
    /// Work done, in units of `--effort`.
    pub effort: f64,
    /// Elementary steps done.
    pub steps: u64,
    /// False when a clock, a relief or a stop order cut the work.
    pub reproducible: bool,
    /// True when the result is proven optimal.
    pub optimal: bool,
}

impl Done {
    /// A stage whose work is not a matter of effort.
    pub const PLAIN: Self = Self { effort: 1.0, steps: 0, reproducible: true, optimal: false };
}

/// Arguments, orders and the way to report. Shared by all threads of a worker.
#[derive(Debug)]
pub struct Context {
    args: WorkerArgs,
    started: Instant,
    connection: Option<Mutex<Connection>>,
    stop: AtomicBool,
    relief: Relief,
    ticks: AtomicU64,
    bye: (Mutex<bool>, Condvar),
}

impl Context {
    pub(super) fn new(args: WorkerArgs, connection: Option<Connection>) -> Self {
        Self {
            args,
            started: Instant::now(),
            connection: connection.map(Mutex::new),
            stop: AtomicBool::new(false),
            relief: Relief::default(),
            ticks: AtomicU64::new(0),
            bye: (Mutex::new(false), Condvar::new()),
        }
    }

    /// A context for a worker that runs alone, such as in a test.
    pub fn alone(args: WorkerArgs) -> Self {
        Self::new(args, None)
    }

    /// The arguments.
    pub fn args(&self) -> &WorkerArgs {
        &self.args
    }

    /// How much may be done.
    pub fn budget(&self) -> Budget {
        self.args.budget()
    }

    /// Time since the worker started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time left of a time budget.
    pub fn time_left(&self) -> Option<Duration> {
        match self.budget() {
            Budget::Effort(_) => None,
            Budget::Time(time) | Budget::Both(_, time) => Some(time.saturating_sub(self.elapsed())),
        }
    }

    /// Whether the worker should seal its best now: it was told to stop, or the clock ran out.
    pub fn should_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.time_left() == Some(Duration::ZERO)
    }

    /// Whether the orchestrator has ordered a stop (the clock does not count).
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The highest relief pass ordered since the last call; 0 is none. Whoever takes it gives memory back and reports
    /// [`Context::relieved`]. A stage that never calls this has nothing to give but the free heap, and need not answer.
    pub fn take_relief(&self) -> u8 {
        self.relief.take()
    }

    /// Reports what was given up for a relief order, once that is back with the system: drop it first.
    pub fn relieved(&self, pass: u8, what: impl Into<String>) {
        trim::heap();
        self.relief.answer(pass);
        self.send(Report::Relieved { pass, what: what.into() });
    }

    /// Answers the relief order that the stage has left unanswered.
    pub(super) fn answer_relief(&self) {
        self.tell_free_heap(self.relief.left());
    }

    fn tell_free_heap(&self, pass: Option<u8>) {
        if let Some(pass) = pass {
            self.send(Report::Relieved { pass, what: FREE_HEAP.to_owned() });
        }
    }

    /// Counts work for the heartbeat. Call it at least once a second while working.
    pub fn beat(&self, ticks: u64) {
        self.ticks.fetch_add(ticks.max(1), Ordering::Relaxed);
    }

    pub(super) fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// Reports a better timetable.
    pub fn incumbent(&self, cost: Cost) {
        self.send(Report::Incumbent { cost });
    }

    /// Adds a sentence to the run's log.
    pub fn note(&self, text: impl Into<String>) {
        self.send(Report::Note { text: text.into() });
    }

    /// Sends any report. An orchestrator that is gone is noticed by the thread that listens for its orders.
    pub fn send(&self, report: Report) {
        if let Some(connection) = &self.connection {
            let _ = connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner).send(report);
        }
    }

    /// The path of the input with that role.
    ///
    /// # Errors
    /// When the command line names none.
    pub fn input(&self, role: &str) -> Result<&Path, Failure> {
        find(&self.args.inputs, role)
            .ok_or_else(|| Failure::new(FailureKind::Bug, format!("no --input {role}=PATH given")))
    }

    /// All inputs with that role, in order.
    pub fn inputs<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a Path> {
        self.args.inputs.iter().filter(move |(name, _)| name == role).map(|(_, path)| path.as_path())
    }

    /// The path of the output with that role.
    ///
    /// # Errors
    /// When the command line names none.
    pub fn output(&self, role: &str) -> Result<&Path, Failure> {
        find(&self.args.outputs, role)
            .ok_or_else(|| Failure::new(FailureKind::Bug, format!("no --output {role}=PATH given")))
    }

    /// The key of what this worker makes: the one that it was given, or what its arguments and the headers of its sealed inputs
    /// amount to.
    ///
    /// # Errors
    /// When a sealed input cannot be read.
    pub fn key(&self) -> Result<ArtifactKey, Failure> {
        let args = &self.args;
        if let Some(key) = args.key {
            return Ok(key);
        }
        let is_sealed = |path: &Path| path.extension().is_some_and(|end| end == "art");
        // Where an attempt begins does not matter for where it ends.
        let made_from = args.inputs.iter().filter(|(role, path)| role != CHECKPOINT && is_sealed(path));
        let content = |(role, path): &'_ (String, PathBuf)| Ok((role.clone(), Header::read(path)?.content()));
        let contents = made_from.map(content).collect::<Result<Vec<_>, ArtifactError>>()?;
        let inputs: Vec<(&str, u128)> = contents.iter().map(|(role, content)| (role.as_str(), *content)).collect();
        let (stage, job, seed, effort, settings) = (args.stage, &args.job, args.seed, args.effort, &args.settings);
        Ok(Ingredients { stage, job, seed, effort, settings, planted: None, inputs: &inputs }.key())
    }

    /// Seals `artifact` as the output with that role.
    ///
    /// # Errors
    /// When the disk is full or the folder cannot be written.
    pub fn seal(&self, artifact: &ArtifactWriter, role: &str) -> Result<PathBuf, Failure> {
        let sealed = self.output(role)?;
        artifact.seal(&partial_path(&self.args.attempt_dir, sealed), sealed)?;
        Ok(sealed.to_owned())
    }

    /// Does what an order says. The thread that listens calls it; a test may, for a worker that runs alone.
    pub fn obey(&self, order: Order) {
        match order {
            Order::Relieve { pass } => {
                // What lies free in the heap goes back at once, whatever the stage is about; the stage itself gives up more.
                trim::heap();
                self.tell_free_heap(self.relief.order(pass));
            }
            Order::Stop => self.stop.store(true, Ordering::Relaxed),
            Order::Bye => {
                *self.bye.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = true;
                self.bye.1.notify_all();
            }
        }
    }

    /// Waits until the orchestrator has measured and said bye, at most `longest`.
    pub(super) fn wait_for_bye(&self, longest: Duration) {
        if self.connection.is_some() {
            let said = self.bye.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _ = self.bye.1.wait_timeout_while(said, longest, |said| !*said);
        }
    }
}

fn find<'a>(pairs: &'a [(String, PathBuf)], role: &str) -> Option<&'a Path> {
    pairs.iter().find(|(name, _)| name == role).map(|(_, path)| path.as_path())
}
