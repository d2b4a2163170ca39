//! What is written down before it is done: the journal's records, in the order in which acts happen, beside the story of the
//! same facts.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::file::FileError;
use shared::wire::Stage;

use super::event::{Done, Launch, Sealed};
use super::records::Records;
use super::{Ending, Fact, KillReason, Who};
use crate::journal::{JournalError, JournalWriter, Record, RunSettings};
use crate::metrics::Family;
use crate::policy::Situation;
use crate::report::Reporter;
use crate::watch::start_ticks;

/// Journal and report of one run. The journal has to be written, or the run ends; the report may have trouble.
#[derive(Debug)]
pub struct Chronicle {
    journal: JournalWriter,
    report: Reporter,
    records: Records,
}

impl Chronicle {
    /// Goes on with both.
    pub fn new(journal: JournalWriter, report: Reporter) -> Self {
        Self { journal, report, records: Records::default() }
    }

    /// The run begins.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn begin(&mut self, at: Duration, settings: RunSettings) -> Result<(), JournalError> {
        self.journal.append(at, Record::RunStarted(settings))
    }

    /// Another start takes the run up again: what it found, how it is written down that a job need not run again after all, and
    /// the acts of the past that the report has to know of.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn resume(
        &mut self,
        at: Duration,
        found: Vec<Record>,
        of_jobs: BTreeMap<String, Vec<Record>>,
        past: &[(Duration, Fact)],
    ) -> Result<(), JournalError> {
        self.report.remember(past);
        self.records = Records::after(of_jobs);
        found.into_iter().try_for_each(|record| self.journal.append(at, record))
    }

    /// A worker is about to be started.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn reserve(&mut self, at: Duration, launch: &Launch) -> Result<(), JournalError> {
        let is_planned = self.journal.state().jobs.contains_key(&launch.who.job);
        self.write(at, Records::of_launch(launch, is_planned))
    }

    /// A worker was started.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn spawned(&mut self, at: Duration, launch: &Launch, pid: u32) -> Result<(), JournalError> {
        let started = start_ticks(pid).unwrap_or_default();
        self.journal.append(at, Records::of_spawn(&launch.who, pid, started))?;
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
        self.write(at, Records::of_published(who, done, sealed, file))
    }

    /// A worker is about to be killed.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn kill(&mut self, at: Duration, who: &Who, why: KillReason) -> Result<(), JournalError> {
        self.journal.append(at, Records::of_kill(who, why))
    }

    /// Tells a fact, and keeps what the journal needs of it.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn tell(&mut self, at: Duration, fact: &Fact) -> Result<(), JournalError> {
        let records = self.records.of_fact(fact);
        self.write(at, records)?;
        self.report.tell(at, fact);
        Ok(())
    }

    /// Takes note of a look at memory; see [`Reporter::held`].
    pub fn held(&mut self, at: Duration, situation: &Situation, workers: impl Iterator<Item = (Stage, Bytes, Bytes)>) {
        self.report.held(at, situation, workers);
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
    pub fn end(&mut self, at: Duration, ending: &Ending) -> Result<(), FileError> {
        self.report.end(at, ending)
    }

    /// The content of `result.json`.
    pub fn result(&self, ending: &Ending) -> String {
        self.report.result(ending)
    }

    /// The same as figures.
    pub(crate) fn figures(&self, ending: &Ending) -> Vec<Family> {
        self.report.figures(ending)
    }

    /// Shows what a worker has written for the user.
    pub(crate) fn foreign(&mut self, bytes: &[u8]) {
        self.report.foreign(bytes);
    }

    /// How it goes: the last thing that was told.
    pub(crate) fn status(&self) -> &str {
        self.report.status()
    }

    fn write(&mut self, at: Duration, records: Vec<Record>) -> Result<(), JournalError> {
        records.into_iter().try_for_each(|record| self.journal.append(at, record))
    }

    /// What could not be told since the last call.
    pub fn take_trouble(&mut self) -> Option<FileError> {
        self.report.take_trouble()
    }
}
