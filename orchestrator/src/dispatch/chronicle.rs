//! What is written down before it is done: the journal's records, in the order in which acts happen, beside the story of the
//! same facts.

use std::time::Duration;

use shared::bytes::Bytes;

use super::event::{Done, Launch, Sealed};
use super::{Ending, Fact, KillReason, Next, Who};
use crate::journal::{AttemptName, JournalError, JournalWriter, Record, RunSettings, Told};
use crate::plan::Work;
use crate::report::{ReportError, Reporter};
use crate::watch::start_ticks;

/// Journal and report of one run. The journal has to be written, or the run ends; the report may have trouble.
#[derive(Debug)]
pub struct Chronicle {
    journal: JournalWriter,
    report: Reporter,
    /// What the last `Freed` said: it comes right before the end of the same attempt.
    last_freed: (Bytes, Bytes),
}

impl Chronicle {
    /// Goes on with both.
    pub fn new(journal: JournalWriter, report: Reporter) -> Self {
        Self { journal, report, last_freed: (Bytes(0), Bytes(0)) }
    }

    /// The run begins.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn begin(&mut self, at: Duration, settings: RunSettings) -> Result<(), JournalError> {
        self.journal.append(at, Record::RunStarted(settings))
    }

    /// Another start takes the run up again: what it found, and the acts of the past that the report has to know of.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn resume(&mut self, at: Duration, found: Vec<Record>, past: &[(Duration, Fact)]) -> Result<(), JournalError> {
        self.report.remember(past);
        found.into_iter().try_for_each(|record| self.journal.append(at, record))
    }

    /// A worker is about to be started.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn reserve(&mut self, at: Duration, launch: &Launch) -> Result<(), JournalError> {
        let name = name_of(&launch.who);
        if !self.journal.state().jobs.contains_key(&name.job) {
            let wave = if let Work::Solve { wave, .. } = launch.work { wave } else { 0 };
            self.journal.append(at, Record::JobPlanned { stage: launch.who.stage, job: name.job.clone(), wave })?;
        }
        self.journal.append(at, Record::Reserved { name, allotment: launch.allotment.0 })
    }

    /// A worker was started.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn spawned(&mut self, at: Duration, launch: &Launch, pid: u32) -> Result<(), JournalError> {
        let started = start_ticks(pid).unwrap_or_default();
        self.journal.append(at, Record::Spawned { name: name_of(&launch.who), pid, started })?;
        let Launch { allotment, threads, effort, time, .. } = *launch;
        self.report.tell(at, &Fact::Spawned { who: launch.who.clone(), pid, allotment, threads, effort, time });
        Ok(())
    }

    /// A worker says that its output is sealed, and the header of it is sound.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn sealed(
        &mut self,
        at: Duration,
        who: &Who,
        done: Done,
        sealed: &Sealed,
        file: Option<String>,
    ) -> Result<(), JournalError> {
        let Done { effort, reproducible, optimal, .. } = done;
        let told = Told { effort, reproducible, optimal };
        self.journal.append(at, Record::Published { name: name_of(who), told })?;
        let Some(file) = file else { return Ok(()) };
        let (body_sum, key) = sealed.sums;
        self.journal.append(at, Record::Sealed { name: name_of(who), file, body_sum, key })
    }

    /// A worker is about to be killed.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn kill(&mut self, at: Duration, who: &Who, why: KillReason) -> Result<(), JournalError> {
        self.journal.append(at, Record::Killed { name: name_of(who), why: format!("{why:?}") })
    }

    /// Tells a fact, and keeps what the journal needs of it.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn tell(&mut self, at: Duration, fact: &Fact) -> Result<(), JournalError> {
        match fact {
            Fact::Freed { freed, peak, .. } => self.last_freed = (*freed, *peak),
            Fact::Ended { who, outcome, next } => {
                let (freed, peak) = std::mem::take(&mut self.last_freed);
                let (name, outcome) = (name_of(who), outcome.name().to_owned());
                self.journal.append(at, Record::Reaped { name, outcome, peak: peak.0, freed: freed.0 })?;
                match next {
                    Next::Accepted => self.journal.append(at, Record::Accepted { job: who.job.clone() })?,
                    Next::GivenUp => self.journal.append(at, Record::Rejected { job: who.job.clone() })?,
                    Next::Again { .. } | Next::RunEnds(_) => {}
                }
            }
            Fact::ReliefOrdered { who, .. } => self.journal.append(at, Record::Relieved { name: name_of(who) })?,
            Fact::Verdict { stage, accepted, components } => {
                let cost = components.cost();
                let (stage, accepted) = (*stage, *accepted);
                let (hard, unplaced, cost) = (cost.hard, cost.unplaced, cost.soft);
                self.journal.append(at, Record::Verdict { stage, accepted, hard, unplaced, cost })?;
            }
            _ => {}
        }
        self.report.tell(at, fact);
        Ok(())
    }

    /// The run is interrupted by that signal.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn interrupted(&mut self, at: Duration, signal: i32) -> Result<(), JournalError> {
        self.journal.append(at, Record::Interrupted { signal })
    }

    /// The run is over, and all that is to be told of it is written.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn finish(&mut self, at: Duration, ending: &Ending) -> Result<(), JournalError> {
        self.journal.append(at, Record::Finished { exit: ending.exit.code() })
    }

    /// Tells the end and writes `result.json`.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn end(&mut self, at: Duration, ending: &Ending) -> Result<(), ReportError> {
        self.report.end(at, ending)
    }

    /// The content of `result.json`.
    pub fn result(&self, ending: &Ending) -> String {
        self.report.result(ending)
    }

    /// What could not be told since the last call.
    pub fn take_trouble(&mut self) -> Option<ReportError> {
        self.report.take_trouble()
    }
}

fn name_of(who: &Who) -> AttemptName {
    AttemptName { job: who.job.clone(), attempt: who.attempt }
}
