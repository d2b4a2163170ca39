//! Which records an act or a fact becomes. Pure: the chronicle writes them, the simulation replays them.

use std::collections::BTreeMap;

use shared::bytes::Bytes;

use super::event::{Done, Launch, Sealed};
use super::{Fact, KillReason, Next, Who};
use crate::journal::{AttemptName, Record, Told};
use crate::plan::Work;

/// Remembers what one fact leaves for the record of the next.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// What the last `Freed` said: it comes right before the end of the same attempt.
    last_freed: (Bytes, Bytes),
    /// How it is written down that a job of a start before this one need not run again.
    of_jobs: BTreeMap<String, Vec<Record>>,
}

impl Records {
    /// Those of a start that follows another one.
    pub(super) fn after(of_jobs: BTreeMap<String, Vec<Record>>) -> Self {
        Self { of_jobs, ..Self::default() }
    }

    /// A worker is about to be started. A job is planned with its first attempt.
    pub(super) fn of_launch(launch: &Launch, is_planned: bool) -> Vec<Record> {
        let name = name_of(&launch.who);
        let wave = if let Work::Solve { wave, .. } = launch.work { wave } else { 0 };
        let planned = Record::JobPlanned { stage: launch.who.stage, job: name.job.clone(), wave };
        let reserved = Record::Reserved { name, allotment: launch.allotment.0 };
        (!is_planned).then_some(planned).into_iter().chain([reserved]).collect()
    }

    /// A worker was started.
    pub(super) fn of_spawn(who: &Who, pid: u32, started: u64) -> Record {
        Record::Spawned { name: name_of(who), pid, started }
    }

    /// A worker says that its output is sealed, and the header of it is sound.
    pub(super) fn of_published(who: &Who, done: Done, sealed: &Sealed, file: Option<String>) -> Vec<Record> {
        let Done { effort, reproducible, optimal, .. } = done;
        let told = Told { effort, reproducible, optimal };
        let (body_sum, key) = sealed.sums;
        let published = Record::Published { name: name_of(who), told };
        let sealed = file.map(|file| Record::Sealed { name: name_of(who), file, body_sum, key });
        [published].into_iter().chain(sealed).collect()
    }

    /// A worker is about to be killed.
    pub(super) fn of_kill(who: &Who, why: KillReason) -> Record {
        Record::Killed { name: name_of(who), why: format!("{why:?}") }
    }

    /// A fact, of which the journal needs something or nothing.
    pub(super) fn of_fact(&mut self, fact: &Fact) -> Vec<Record> {
        match fact {
            Fact::Freed { freed, peak, .. } => self.last_freed = (*freed, *peak),
            Fact::Ended { who, outcome, next } => {
                let (freed, peak) = std::mem::take(&mut self.last_freed);
                let (name, outcome) = (name_of(who), outcome.name().to_owned());
                let reaped = Record::Reaped { name, outcome, peak: peak.0, freed: freed.0 };
                let job = who.job.clone();
                let closed = match next {
                    Next::Accepted => Some(Record::Accepted { job }),
                    Next::GivenUp => Some(Record::Rejected { job }),
                    Next::Again { .. } | Next::RunEnds(_) => None,
                };
                return [reaped].into_iter().chain(closed).collect();
            }
            Fact::Recalled { jobs } => {
                return jobs.iter().filter_map(|job| self.of_jobs.remove(job)).flatten().collect();
            }
            Fact::ReliefOrdered { who, .. } => return vec![Record::Relieved { name: name_of(who) }],
            Fact::Verdict { stage, accepted, components } => {
                let cost = components.priced();
                let (stage, accepted) = (*stage, *accepted);
                let (hard, unplaced, cost) = (cost.hard, cost.unplaced, cost.soft);
                return vec![Record::Verdict { stage, accepted, hard, unplaced, cost }];
            }
            _ => {}
        }
        Vec::new()
    }
}

fn name_of(who: &Who) -> AttemptName {
    AttemptName { job: who.job.clone(), attempt: who.attempt }
}
