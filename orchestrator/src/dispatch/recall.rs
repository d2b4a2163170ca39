//! A run that was broken off, as the state it had come to: the same jobs settled, the same timetables on their way. What the
//! dead run had in memory only (pauses, retries, plans of time) begins afresh.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::model::partition::FanOut;
use shared::wire::Stage;

use super::event::Done;
use super::state::State;
use crate::plan::{INSTANCE, JobId, PARTITION, Work};

/// What is known of all jobs of the dead run, by their names.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The jobs that were planned, and those whose output was found.
    pub jobs: BTreeMap<String, PastJob>,
    /// The fan-out table, where there is one.
    pub table: Option<FanOut>,
    /// Whether somebody interrupted it: then a job without a trace was not left out by itself.
    pub was_interrupted: bool,
}

/// One of them.
#[derive(Clone, Debug, Default)]
pub struct PastJob {
    /// Attempts that were begun.
    pub attempts: u32,
    /// Whether it was done or given up, as the dead run saw it.
    pub was_closed: bool,
    /// The most that an attempt was seen to hold.
    pub peak: Bytes,
    /// What counts of it.
    pub remains: Remains,
    /// The checkpoint that it left behind.
    pub checkpoint: Option<u32>,
}

/// What counts of a job of the dead run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Remains {
    /// Nothing: it runs again.
    #[default]
    Nothing,
    /// Its output, or the mere fact that it is done.
    Output {
        /// What its maker said of it.
        done: Done,
        /// Whether its maker was asked for memory.
        was_relieved: bool,
    },
    /// The verdict of an audit.
    Verdict(bool),
    /// It was given up, and that took something from the result or not.
    GivenUp {
        /// Whether it did.
        is_loss: bool,
    },
}

impl State {
    /// Settles every job of the past whose remains count, as far as all jobs before it are settled too. Only for a state that
    /// is fresh.
    pub fn recall(&mut self, now: Duration, past: &Past) {
        loop {
            if let Some((job, remains)) = self.next_recalled(past) {
                self.recall_job(now, job, remains, past);
                self.settled.insert(job);
                continue;
            }
            let ready = self.graph.ready(&self.settled);
            let Some(idle) = ready.into_iter().find(|job| self.nothing_to_do(self.graph.work(*job)).is_some()) else {
                break;
            };
            self.settled.insert(idle);
        }
        self.recall_checkpoints(past);
        let peaks = past.jobs.values().map(|job| job.peak);
        self.tally.peak = peaks.max().unwrap_or_default();
        self.attempts_before = past.jobs.iter().map(|(name, job)| (name.clone(), job.attempts)).collect();
    }

    /// Jobs that run again go on from where they stood.
    fn recall_checkpoints(&mut self, past: &Past) {
        for job in self.graph.jobs_where(Work::has_checkpoints) {
            let checkpoint = past.jobs.get(&self.graph.work(job).name()).and_then(|known| known.checkpoint);
            if checkpoint.is_some() && !self.settled.contains(&job) {
                self.history(job).checkpoint = checkpoint;
            }
        }
    }

    /// The names of the jobs that are settled.
    pub fn settled_jobs(&self) -> BTreeSet<String> {
        self.settled.iter().map(|job| self.graph.work(*job).name()).collect()
    }

    /// How many jobs there are, once the fan-out table is known.
    pub fn jobs(&self) -> Option<usize> {
        let is_known = self.graph.find(Work::Export).is_some() || self.graph.find(Work::Cluster).is_none();
        is_known.then(|| self.graph.len())
    }

    /// The sealed files that jobs still to come will read, and which of the settled ones has made each.
    pub fn files_needed(&self) -> BTreeMap<String, String> {
        let is_open = |job: &&JobId| !self.settled.contains(*job);
        let every = self.graph.jobs_where(|_| true);
        let open: Vec<Work> = every.iter().filter(is_open).map(|job| self.graph.work(*job)).collect();
        let of_waves = |work: &Work| matches!(work, Work::Commit { .. } | Work::Solve { .. });
        let mut names = BTreeSet::new();
        if !open.is_empty() {
            names.insert(INSTANCE.to_owned());
            names.extend(self.timetables.accepted.iter().chain(&self.timetables.candidate).cloned());
        }
        if open.iter().any(of_waves) {
            names.insert(PARTITION.to_owned());
        }
        for work in &open {
            if let Work::Commit { wave } = work {
                names.extend(self.fragments_before(*wave).cloned());
            }
        }
        let makers = self.settled.iter().map(|job| self.graph.work(*job));
        let made = makers.filter_map(|work| Some((work.output()?.1, work.name())));
        made.filter(|(file, _)| names.contains(file)).collect()
    }

    fn next_recalled(&self, past: &Past) -> Option<(JobId, Remains)> {
        let ready = self.graph.ready(&self.settled).into_iter();
        ready.map(|job| (job, self.remains(job, past))).find(|(_, remains)| *remains != Remains::Nothing)
    }

    fn remains(&self, job: JobId, past: &Past) -> Remains {
        let known = |job: JobId| past.jobs.get(&self.graph.work(job).name());
        let remains = known(job).map_or(Remains::Nothing, |job| job.remains);
        let has_begun = known(job).is_some_and(|job| job.attempts > 0);
        if remains != Remains::Nothing || has_begun || past.was_interrupted {
            return remains;
        }
        // Whoever waited for it could be done only if it was left out.
        let was_passed = self.graph.waiting_for(job).into_iter().filter_map(known).any(|behind| behind.was_closed);
        if was_passed { Remains::GivenUp { is_loss: false } } else { Remains::Nothing }
    }

    fn recall_job(&mut self, now: Duration, job: JobId, remains: Remains, past: &Past) {
        let work = self.graph.work(job);
        match remains {
            Remains::Nothing => {}
            Remains::Output { done, was_relieved } => {
                if was_relieved {
                    self.irreproducible("relief");
                }
                let table = past.table.clone().filter(|_| work == Work::Cluster);
                self.take_over(now, work, done, table);
            }
            Remains::Verdict(accepted) => self.go_forward(accepted),
            Remains::GivenUp { is_loss } => {
                if is_loss {
                    self.degrade();
                } else if self.shares.is_some() && work.is_search() && !self.timetables.is_optimal {
                    self.irreproducible("clock");
                }
                self.without(work, is_loss);
            }
        }
        if work.stage() != Stage::GpuProbe {
            self.last_stage = work.stage();
        }
    }
}
