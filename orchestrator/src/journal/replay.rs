//! From records to the state of a run. Pure.

use std::collections::BTreeMap;

use shared::wire::Stage;

use super::{AttemptName, Entry, Record, RunSettings};

/// What a run has come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// Its settings, once it has begun.
    pub run: Option<RunSettings>,
    /// Its jobs, by name.
    pub jobs: BTreeMap<String, JobState>,
    /// Sound outputs, by file name.
    pub sealed: BTreeMap<String, SealedFile>,
    /// The last verdict on each stage: whether its output counts.
    pub verdicts: BTreeMap<Stage, bool>,
    /// The signal that interrupted it.
    pub interrupted: Option<i32>,
    /// Its exit code, once it is over.
    pub finished: Option<u8>,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFile {
    /// The job that made it.
    pub job: String,
    /// Sum of its body.
    pub body_sum: u64,
    /// What it was made from.
    pub key: u128,
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
        if self.finished.is_some() {
            return Err("the run is over");
        }
        if self.run.is_none() != matches!(record, Record::RunStarted(_)) {
            return Err("a run begins once, and before anything else");
        }
        match record {
            Record::RunStarted(settings) => self.run = Some(settings.clone()),
            Record::JobPlanned { stage, job, wave } => self.plan(*stage, job, *wave)?,
            Record::Reserved { name, allotment } => self.reserve(name, *allotment)?,
            Record::Spawned { name, pid, started } => {
                let job = self.attempt(name, |phase| matches!(phase, Phase::Reserved))?;
                job.phase = Phase::Running(Running { pid: *pid, started: *started });
            }
            Record::Published { name } => {
                let job = self.attempt(name, |phase| matches!(phase, Phase::Running(_)))?;
                if let Phase::Running(running) = job.phase {
                    job.phase = Phase::Published(running);
                }
            }
            Record::Sealed { name, file, body_sum, key } => {
                self.attempt(name, |phase| !matches!(phase, Phase::Accepted | Phase::Rejected))?;
                let sealed = SealedFile { job: name.job.clone(), body_sum: *body_sum, key: *key };
                self.sealed.insert(file.clone(), sealed);
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
            Record::Verdict { stage, accepted, .. } => {
                self.verdicts.insert(*stage, *accepted);
            }
            Record::Interrupted { signal } => self.interrupted = Some(*signal),
            Record::Finished { exit } => self.finished = Some(*exit),
        }
        Ok(())
    }

    fn plan(&mut self, stage: Stage, job: &str, wave: u32) -> Result<(), &'static str> {
        if self.jobs.contains_key(job) {
            return Err("there is such a job already");
        }
        let (phase, attempts, allotment, peak, outcome) = (Phase::Waiting, 0, 0, 0, None);
        self.jobs.insert(job.to_owned(), JobState { stage, wave, phase, attempts, allotment, peak, outcome });
        Ok(())
    }

    fn reserve(&mut self, name: &AttemptName, allotment: u64) -> Result<(), &'static str> {
        let job = self.jobs.get_mut(&name.job).ok_or("there is no such job")?;
        if job.phase != Phase::Waiting || name.attempt != job.attempts + 1 {
            return Err("this is not the job's next attempt");
        }
        (job.phase, job.attempts, job.allotment) = (Phase::Reserved, name.attempt, allotment);
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
