//! From records to the state of a run. Pure.

use std::collections::BTreeMap;

use shared::wire::Stage;

use super::{AttemptName, Entry, Record, RunSettings, Told};

/// What a run has come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// Its settings, once it has begun.
    pub run: Option<RunSettings>,
    /// Its jobs, by name.
    pub jobs: BTreeMap<String, JobState>,
    /// Sound outputs, by file name.
    pub sealed: BTreeMap<String, SealedFile>,
    /// The last verdict on each stage.
    pub verdicts: BTreeMap<Stage, Verdict>,
    /// The signal that interrupted it.
    pub interrupted: Option<i32>,
    /// Its exit code, once it is over.
    pub finished: Option<u8>,
}

/// What a recount has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the output is no worse than the input.
    pub accepted: bool,
    /// Hard violations.
    pub hard: u64,
    /// Classes without a place.
    pub unplaced: u64,
    /// Soft cost.
    pub cost: u64,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobState {
    /// Its stage.
    pub stage: Stage,
    /// Its wave.
    pub wave: u32,
    /// Where it is.
    pub phase: Phase,
    /// Attempts so far, the current one included.
    pub attempts: u32,
    /// Allotment of the last attempt, in bytes.
    pub allotment: u64,
    /// The most that any attempt was seen to hold, in bytes.
    pub peak: u64,
    /// How the last attempt that is over has ended.
    pub outcome: Option<String>,
    /// What the current attempt said of its output.
    pub told: Option<Told>,
    /// Whether the current attempt was asked for memory.
    pub was_relieved: bool,
}

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It waits, before its first attempt or between two.
    Waiting,
    /// Memory is set aside; whether the process was started is not known.
    Reserved,
    /// The process lives, or lived when the journal ends.
    Running(Running),
    /// The same, and its output is said to be sealed.
    Published(Running),
    /// Its output counts.
    Accepted,
    /// It was given up.
    Rejected,
}

/// A process that may still live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub pid: u32,
    /// When it started, in clock ticks since the machine did.
    pub started: u64,
}

/// A file that was found sound.
#[derive(Clone, Debug, PartialEq)]
pub struct SealedFile {
    /// The job that made it.
    pub job: String,
    /// Sum of its body.
    pub body_sum: u64,
    /// What it was made from.
    pub key: u128,
    /// What its maker said of it.
    pub told: Option<Told>,
    /// Whether an interrupt had cut the work before.
    pub is_cut: bool,
}

/// A record that cannot follow those before it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("replay record {sequence}: {why}")]
pub struct ReplayError {
    /// Its number.
    pub sequence: u64,
    /// What is wrong.
    pub why: &'static str,
}

/// The state after all of these entries.
///
/// # Errors
/// When one cannot follow those before it: the journal was not written by this program.
pub fn replay(entries: &[Entry]) -> Result<RunState, ReplayError> {
    let mut state = RunState::default();
    for entry in entries {
        state.apply(entry)?;
    }
    Ok(state)
}

impl RunState {
    /// Processes that may still live: started, and not known to be reaped.
    pub fn running(&self) -> impl Iterator<Item = Running> + '_ {
        self.jobs.values().filter_map(|job| match job.phase {
            Phase::Running(running) | Phase::Published(running) => Some(running),
            _ => None,
        })
    }

    /// Takes one more entry into account.
    ///
    /// # Errors
    /// When it cannot follow those before it; then nothing has changed.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ReplayError> {
        self.take(&entry.record).map_err(|why| ReplayError { sequence: entry.sequence, why })
    }

    fn take(&mut self, record: &Record) -> Result<(), &'static str> {
        let is_of_another_start =
            matches!(record, Record::Reopened { .. } | Record::Resumed { .. } | Record::Changed(_));
        if self.finished.is_some() && !is_of_another_start {
            return Err("the run is over");
        }
        if self.run.is_none() != matches!(record, Record::RunStarted(_)) {
            return Err("a run begins once, and before anything else");
        }
        match record {
            Record::RunStarted(settings) | Record::Changed(settings) => self.run = Some(settings.clone()),
            Record::JobPlanned { stage, job, wave } => self.plan(*stage, job, *wave)?,
            Record::Reserved { name, allotment } => self.reserve(name, *allotment)?,
            Record::Spawned { name, pid, started } => {
                let job = self.attempt(name, |phase| matches!(phase, Phase::Reserved))?;
                job.phase = Phase::Running(Running { pid: *pid, started: *started });
            }
            Record::Relieved { name } => {
                let job = self.attempt(name, |phase| matches!(phase, Phase::Running(_) | Phase::Published(_)))?;
                job.was_relieved = true;
            }
            Record::Published { name, told } => {
                let job = self.attempt(name, |phase| matches!(phase, Phase::Running(_)))?;
                job.told = Some(*told);
                if let Phase::Running(running) = job.phase {
                    job.phase = Phase::Published(running);
                }
            }
            Record::Sealed { name, file, body_sum, key } => {
                let told = self.attempt(name, |phase| !matches!(phase, Phase::Accepted | Phase::Rejected))?.told;
                let is_cut = self.interrupted.is_some() && told.is_some_and(|told| !told.reproducible);
                let (job, body_sum, key) = (name.job.clone(), *body_sum, *key);
                self.sealed.insert(file.clone(), SealedFile { job, body_sum, key, told, is_cut });
            }
            Record::Killed { name, .. } => {
                self.attempt(name, |phase| matches!(phase, Phase::Running(_) | Phase::Published(_)))?;
            }
            Record::Reaped { name, outcome, peak, .. } => {
                let lives = |phase| matches!(phase, Phase::Reserved | Phase::Running(_) | Phase::Published(_));
                let job = self.attempt(name, lives)?;
                job.phase = Phase::Waiting;
                job.outcome = Some(outcome.clone());
                job.peak = job.peak.max(*peak);
            }
            Record::Accepted { job } => self.close(job, Phase::Accepted)?,
            Record::Rejected { job } => self.close(job, Phase::Rejected)?,
            Record::Verdict { stage, accepted, hard, unplaced, cost } => {
                let verdict = Verdict { accepted: *accepted, hard: *hard, unplaced: *unplaced, cost: *cost };
                self.verdicts.insert(*stage, verdict);
            }
            Record::Interrupted { signal } => self.interrupted = Some(*signal),
            Record::Finished { exit } => self.finished = Some(*exit),
            Record::Reopened { job } => self.reopen(job)?,
            Record::Resumed { fingerprint } => {
                if let Some(run) = &mut self.run {
                    run.fingerprint = *fingerprint;
                }
                (self.interrupted, self.finished) = (None, None);
                let is_open = |job: &&mut JobState| !matches!(job.phase, Phase::Accepted | Phase::Rejected);
                self.jobs.values_mut().filter(is_open).for_each(|job| job.phase = Phase::Waiting);
            }
            Record::Adopted { stage, job, wave, file, body_sum, key, told } => {
                if !self.jobs.contains_key(job) {
                    self.plan(*stage, job, *wave)?;
                }
                self.close(job, Phase::Accepted)?;
                let (job, body_sum, key, told) = (job.clone(), *body_sum, *key, Some(*told));
                self.sealed.insert(file.clone(), SealedFile { job, body_sum, key, told, is_cut: false });
            }
        }
        Ok(())
    }

    /// What a job had come to does not count any more.
    fn reopen(&mut self, name: &str) -> Result<(), &'static str> {
        let job = self.jobs.get_mut(name).ok_or("there is no such job")?;
        job.phase = Phase::Waiting;
        self.sealed.retain(|_, file| file.job != name);
        self.verdicts.retain(|stage, _| name.strip_prefix("audit.") != Some(stage.name()));
        Ok(())
    }

    fn plan(&mut self, stage: Stage, job: &str, wave: u32) -> Result<(), &'static str> {
        if self.jobs.contains_key(job) {
            return Err("there is such a job already");
        }
        let (phase, attempts, allotment, peak) = (Phase::Waiting, 0, 0, 0);
        let (outcome, told, was_relieved) = (None, None, false);
        let fresh = JobState { stage, wave, phase, attempts, allotment, peak, outcome, told, was_relieved };
        self.jobs.insert(job.to_owned(), fresh);
        Ok(())
    }

    fn reserve(&mut self, name: &AttemptName, allotment: u64) -> Result<(), &'static str> {
        let job = self.jobs.get_mut(&name.job).ok_or("there is no such job")?;
        if job.phase != Phase::Waiting || name.attempt != job.attempts + 1 {
            return Err("this is not the job's next attempt");
        }
        (job.phase, job.attempts, job.allotment) = (Phase::Reserved, name.attempt, allotment);
        (job.told, job.was_relieved) = (None, false);
        Ok(())
    }

    /// The job of the current attempt, if it is in such a phase.
    fn attempt(&mut self, name: &AttemptName, is_right: impl Fn(Phase) -> bool) -> Result<&mut JobState, &'static str> {
        let job = self.jobs.get_mut(&name.job).ok_or("there is no such job")?;
        if job.attempts != name.attempt || name.attempt == 0 {
            return Err("this is not the job's current attempt");
        }
        if is_right(job.phase) { Ok(job) } else { Err("the attempt is not that far, or further") }
    }

    fn close(&mut self, job: &str, phase: Phase) -> Result<(), &'static str> {
        let job = self.jobs.get_mut(job).ok_or("there is no such job")?;
        match job.phase {
            Phase::Waiting => job.phase = phase,
            _ => return Err("the job is not at rest"),
        }
        Ok(())
    }
}
