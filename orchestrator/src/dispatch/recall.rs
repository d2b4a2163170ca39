//! A run that was broken off, as the state it had come to: the same jobs settled, the same timetables on their way. What the
//! dead run had in memory only (pauses, retries, plans of time) begins afresh.
//!
//! What counts is decided by keys: an output that would be made from the same again need not be made again. At first this goes
//! as far as all jobs before are settled; what stands behind a job that has to run again is looked at once that job is done,
//! for its new output may be the old one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::model::Cost;
use shared::model::partition::FanOut;
use shared::wire::Stage;

use super::Fact;
use super::event::{Command, Done, Source};
use super::recipe::Recipe;
use super::state::State;
use super::sweeps::Found;
use crate::plan::{INSTANCE, JobId, Work};

/// What is known of all jobs of the dead run, by their names.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The jobs that were planned, and those whose output was found.
    pub jobs: BTreeMap<String, PastJob>,
    /// The fan-out tables of the sweeps, as far as they are there.
    pub tables: Vec<FanOut>,
    /// Whether somebody interrupted it: then a job without a trace was not left out by itself.
    pub was_interrupted: bool,
    /// What its results depended on.
    pub recipe: Recipe,
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
    /// Its output, if it would be the same again.
    Output {
        /// What its maker said of it.
        done: Done,
        /// Whether its maker was asked for memory.
        was_relieved: bool,
        /// What it was made from.
        key: u128,
        /// What it holds.
        content: u128,
        /// What the timetable in it costs, where `commit` has counted that.
        cost: Option<Cost>,
    },
    /// The mere fact that it is done.
    Done,
    /// The verdict of an audit, and what the timetable costs that it has judged.
    Verdict {
        /// Whether it goes forward.
        accepted: bool,
        /// Its cost.
        cost: Cost,
    },
    /// It was given up, and that took something from the result or not.
    GivenUp {
        /// Whether it did.
        is_loss: bool,
    },
}

impl State {
    /// Settles every job of the past whose remains count, as far as all jobs before it are settled too. Only for a state that
    /// is fresh.
    pub fn recall(&mut self, now: Duration, mut past: Past) {
        let peaks = past.jobs.values().map(|job| job.peak);
        self.tally.peak = peaks.max().unwrap_or_default();
        self.attempts_before = past.jobs.iter().map(|(name, job)| (name.clone(), job.attempts)).collect();
        self.sweeps_before = past.sweeps();
        loop {
            self.plan_on(now, &mut Vec::new());
            if let Some((job, remains)) = self.next_recalled(&past, true) {
                self.recall_job(now, job, remains, &past);
                self.settled.insert(job);
                continue;
            }
            let ready = self.graph.ready(&self.settled);
            let Some(idle) = ready.into_iter().find(|job| self.nothing_to_do(self.graph.work(*job)).is_some()) else {
                break;
            };
            self.settled.insert(idle);
        }
        self.look_for_devices_again(&mut past);
        self.recall_checkpoints(&past);
        self.past = past;
    }

    /// The lock of a device is gone with the dead run, and so may the device be: where STAGE2B is still to come it is looked for anew.
    fn look_for_devices_again(&mut self, past: &mut Past) {
        let is_open = |work| self.graph.find(work).is_none_or(|job| !self.settled.contains(&job));
        if !self.rules.gpu.is_wanted || !is_open(Work::Evolve) {
            return;
        }
        for work in [Work::GpuProbe, Work::GpuWatch, Work::GpuGate, Work::GpuAbsence] {
            if let Some(known) = past.jobs.get_mut(&work.name()) {
                known.remains = Remains::Nothing;
            }
            self.graph.find(work).map(|job| self.settled.remove(&job));
        }
    }

    /// Settles what need not run again after all, now that the jobs before it are settled. Says whether there was any.
    pub(super) fn recall_what_is_ready(&mut self, now: Duration, commands: &mut Vec<Command>) -> bool {
        if self.past.jobs.is_empty() || self.doom.is_some() {
            return false;
        }
        let past = std::mem::take(&mut self.past);
        let mut jobs = Vec::new();
        while let Some((job, remains)) = self.next_recalled(&past, false) {
            self.recall_job(now, job, remains, &past);
            self.settle(now, job, commands);
            self.plan_on(now, commands);
            jobs.push(self.graph.work(job).name());
        }
        let is_any = !jobs.is_empty();
        if is_any {
            self.recall_checkpoints(&past);
        }
        self.past = past;
        commands.extend(is_any.then_some(Command::Tell(Fact::Recalled { jobs })));
        is_any
    }

    /// Jobs that run again go on from where they stood.
    fn recall_checkpoints(&mut self, past: &Past) {
        for job in self.graph.jobs_where(Work::has_checkpoints) {
            let checkpoint = past.jobs.get(&self.graph.work(job).name()).and_then(|known| known.checkpoint);
            let is_untouched = self.is_untouched(job) && !self.settled.contains(&job);
            if checkpoint.is_some() && is_untouched {
                self.history(job).checkpoint = checkpoint;
            }
        }
    }

    /// The names of the jobs that are settled.
    pub fn settled_jobs(&self) -> BTreeSet<String> {
        self.settled.iter().map(|job| self.graph.work(*job).name()).collect()
    }

    /// How many jobs there are, once it is known that STAGE2A makes no further sweep.
    pub fn jobs(&self) -> Option<usize> {
        let is_known = self.graph.find(Work::Export).is_some() || self.graph.count(Stage::Cluster) == 0;
        is_known.then(|| self.graph.len())
    }

    /// The sealed files that jobs still to come will read, and which of the settled ones has made each.
    pub fn files_needed(&self) -> BTreeMap<String, String> {
        let is_open = |job: &&JobId| !self.settled.contains(*job);
        let every = self.graph.jobs_where(|_| true);
        let mut names = BTreeSet::new();
        for job in every.iter().filter(is_open) {
            names.extend(self.inputs(*job).into_iter().filter_map(|(_, source)| match source {
                Source::Artifact(name) => Some(name),
                Source::Instance | Source::Previous | Source::Policy => None,
            }));
            // Whatever comes behind reads these.
            names.insert(INSTANCE.to_owned());
            names.extend(self.timetables.accepted.iter().chain(&self.timetables.candidate).cloned());
        }
        let makers = self.settled.iter().map(|job| self.graph.work(*job));
        let made = makers.filter_map(|work| Some((work.output()?.1, work.name())));
        made.filter(|(file, _)| names.contains(file)).collect()
    }

    /// The files of jobs that may be found to count later, and which job has made each.
    pub fn files_in_doubt(&self) -> BTreeMap<String, String> {
        let is_open = |name: &String| !self.settled_jobs().contains(name);
        let outputs = self.past.jobs.iter().filter(|(_, job)| matches!(job.remains, Remains::Output { .. }));
        let open: BTreeSet<&String> = outputs.map(|(name, _)| name).filter(|name| is_open(name)).collect();
        let known = works(&self.past.tables).into_iter().filter(|work| open.contains(&work.name()));
        known.filter_map(|work| Some((work.output()?.1, work.name()))).collect()
    }

    fn next_recalled(&self, past: &Past, is_first_look: bool) -> Option<(JobId, Remains)> {
        let ready = self.graph.ready(&self.settled).into_iter().filter(|job| self.is_untouched(*job));
        ready.map(|job| (job, self.remains(job, past, is_first_look))).find(|(_, remains)| *remains != Remains::Nothing)
    }

    /// Whether this start has not tried it yet.
    fn is_untouched(&self, job: JobId) -> bool {
        self.histories.get(&job).is_none_or(|history| history.attempts == 0)
    }

    /// What counts of a job whose inputs are there.
    fn remains(&self, job: JobId, past: &Past, is_first_look: bool) -> Remains {
        let known = |job: JobId| past.jobs.get(&self.graph.work(job).name());
        let remains = known(job).map_or(Remains::Nothing, |job| job.remains);
        let counts = match remains {
            Remains::Nothing => {
                return if is_first_look && self.was_left_out(job, past) {
                    Remains::GivenUp { is_loss: false }
                } else {
                    Remains::Nothing
                };
            }
            Remains::Done => true,
            Remains::Output { key, .. } => self.rungs_of_key(job, key).is_some(),
            Remains::Verdict { .. } => self.is_judged_the_same(job),
            // With other inputs or settings it may be worth a try.
            Remains::GivenUp { .. } => is_first_look && self.is_as_before(job, past),
        };
        if counts { remains } else { Remains::Nothing }
    }

    /// Whether nothing that the job depends on has changed.
    fn is_as_before(&self, job: JobId, past: &Past) -> bool {
        self.key_by(job, &past.recipe, &[]) == self.key_by(job, &self.rules.recipe, &[])
    }

    /// Whether what an audit has judged was not made anew: what it was compared with is part of its key.
    fn is_judged_the_same(&self, audit: JobId) -> bool {
        let Work::Audit(stage) = self.graph.work(audit) else { return false };
        let is_search = |work: Work| work.stage() == stage && work.is_search();
        let mut searches = self.graph.jobs_where(is_search).into_iter();
        self.timetables.candidate.is_some() && searches.all(|job| self.is_untouched(job))
    }

    /// Whether others have passed a job that has no trace: they could be done only if it was left out.
    fn was_left_out(&self, job: JobId, past: &Past) -> bool {
        let known = |job: JobId| past.jobs.get(&self.graph.work(job).name());
        let has_begun = known(job).is_some_and(|job| job.attempts > 0);
        let was_passed = || self.graph.waiting_for(job).into_iter().filter_map(known).any(|behind| behind.was_closed);
        !has_begun && !past.was_interrupted && was_passed() && self.is_as_before(job, past)
    }

    fn recall_job(&mut self, now: Duration, job: JobId, remains: Remains, past: &Past) {
        let work = self.graph.work(job);
        match remains {
            Remains::Nothing | Remains::Done => {}
            Remains::Output { done, was_relieved, key, content, cost } => {
                if was_relieved {
                    self.irreproducible("relief");
                }
                let taken = self.rungs_of_key(job, key).unwrap_or_default();
                if self.rungs_of(job)[..taken].iter().any(|rung| rung.changes_result()) {
                    self.irreproducible("degraded");
                }
                self.contents.extend(work.output().map(|(_, name, _)| (name, content)));
                let table = if let Work::Cluster { sweep } = work { past.tables.get(sweep as usize) } else { None };
                self.take_over(now, work, done, Found { table: table.cloned(), cost });
            }
            Remains::Verdict { accepted, cost } => {
                if let Work::Audit(stage) = work {
                    self.go_forward(stage, accepted, cost);
                }
            }
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

/// Everything that a run may have to do.
pub fn works(tables: &[FanOut]) -> Vec<Work> {
    let mut works =
        vec![Work::Load, Work::GpuProbe, Work::GpuWatch, Work::GpuGate, Work::GpuAbsence, Work::Evolve, Work::Resolve];
    works.extend([Work::Audit(Stage::Evolve), Work::Audit(Stage::Resolve), Work::Export]);
    works.extend((0..=tables.len() as u32).map(|sweep| Work::Cluster { sweep }));
    for (table, sweep) in tables.iter().zip(0..) {
        works.extend((0..=table.waves() as u32).map(|wave| Work::Commit { sweep, wave }));
        works.extend(table.jobs.iter().zip(0..).map(|(row, job)| Work::Solve { sweep, job, wave: row.wave }));
    }
    works
}
