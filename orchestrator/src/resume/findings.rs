//! Which jobs of a dead run are done: what its journal says, where the files say the same; and what was sealed when it died,
//! before anybody could write it down.

use std::collections::{BTreeMap, BTreeSet};

use shared::artifact::{Artifact, Header, Kind};
use shared::bytes::Bytes;
use shared::codec;
use shared::model::partition::FanOut;
use shared::model::timetable::Claim;
use shared::wire::Stage;
use shared::worker::checkpoint_name;

use crate::config::Config;
use crate::dispatch::{Done, Past, PastJob, Remains};
use crate::journal::{JobState, Phase, Record, RunState, Told};
use crate::plan::{PARTITION, Work};
use crate::store::Store;

/// What was found.
#[derive(Debug)]
pub(super) struct Findings {
    /// What the state is made from.
    pub(super) past: Past,
    /// What the user should know, a sentence each.
    pub(super) remarks: Vec<String>,
    /// The record of each output that was found and not written down, by job.
    adopted: BTreeMap<String, Record>,
    /// The file of each output that counts, by job.
    files: BTreeMap<String, String>,
}

impl Findings {
    /// Looks at everything. Nothing counts for an instance that `is_changed`.
    pub(super) fn look(store: &Store, config: &Config, run: &RunState, is_changed: bool) -> Self {
        let table = Header::read(&store.artifact(PARTITION)).ok().and_then(|header| codec::decode(&header.note).ok());
        let past = Past { jobs: BTreeMap::new(), table, was_interrupted: was_wound_up(run) };
        let mut findings = Self { past, remarks: Vec::new(), adopted: BTreeMap::new(), files: BTreeMap::new() };
        let looker = Looker { store, config, run };
        for work in works(findings.past.table.as_ref()) {
            let known = run.jobs.get(&work.name());
            let remains = if is_changed { Remains::Nothing } else { looker.remains(work, known, &mut findings) };
            let checkpoint = if is_changed { None } else { looker.checkpoint(work) };
            findings.past.jobs.insert(work.name(), PastJob { checkpoint, ..past_job(known, remains) });
        }
        // Jobs of a table that is gone keep counting their attempts.
        for (name, known) in &run.jobs {
            let nothing = || past_job(Some(known), Remains::Nothing);
            findings.past.jobs.entry(name.clone()).or_insert_with(nothing);
        }
        findings
    }

    /// A job does not count after all.
    pub(super) fn distrust(&mut self, job: &str) {
        if let Some(known) = self.past.jobs.get_mut(job) {
            known.remains = Remains::Nothing;
        }
    }

    /// Whether the dead run saw it done or given up.
    pub(super) fn was_closed(&self, job: &str) -> bool {
        self.past.jobs.get(job).is_some_and(|known| known.was_closed)
    }

    /// The record of an output that nobody had written down.
    pub(super) fn adopted(&self, job: &str) -> Option<Record> {
        self.adopted.get(job).cloned()
    }

    /// The files to keep: what those jobs have sealed, and where the others stood.
    pub(super) fn files_of(&self, settled: &BTreeSet<String>) -> BTreeSet<String> {
        let outputs = self.files.iter().filter(|(job, _)| settled.contains(*job)).map(|(_, file)| file.clone());
        let open = self.past.jobs.iter().filter(|(job, _)| !settled.contains(*job));
        let checkpoints = open.filter_map(|(job, known)| Some(checkpoint_name(job, known.checkpoint?)));
        outputs.chain(checkpoints).collect()
    }
}

/// Whether the run was on its way to an early end: interrupted, or out of luck.
fn was_wound_up(run: &RunState) -> bool {
    run.interrupted.is_some() || run.finished.is_some()
}

fn past_job(known: Option<&JobState>, remains: Remains) -> PastJob {
    PastJob {
        attempts: known.map_or(0, |job| job.attempts),
        was_closed: known.is_some_and(|job| matches!(job.phase, Phase::Accepted | Phase::Rejected)),
        peak: Bytes(known.map_or(0, |job| job.peak)),
        remains,
        checkpoint: None,
    }
}

/// Everything that a run may have to do.
fn works(table: Option<&FanOut>) -> Vec<Work> {
    let mut works = vec![Work::Load, Work::Cluster, Work::GpuProbe, Work::GpuGate, Work::Evolve, Work::Resolve];
    works.extend([Work::Audit(Stage::Evolve), Work::Audit(Stage::Resolve), Work::Export]);
    if let Some(table) = table {
        works.extend((0..=table.waves() as u32).map(|wave| Work::Commit { wave }));
        works.extend(table.jobs.iter().zip(0..).map(|(row, job)| Work::Solve { job, wave: row.wave }));
    }
    works
}

struct Looker<'a> {
    store: &'a Store,
    config: &'a Config,
    run: &'a RunState,
}

impl Looker<'_> {
    fn remains(&self, work: Work, known: Option<&JobState>, findings: &mut Findings) -> Remains {
        let phase = known.map(|job| job.phase);
        match (work, phase) {
            // It counts what it wrote, and nobody has kept the count.
            (Work::Export, _) => Remains::Nothing,
            (Work::GpuProbe | Work::GpuGate, Some(Phase::Accepted | Phase::Rejected)) => {
                let done = Done { effort: 0.0, steps: 0, reproducible: true, optimal: false };
                Remains::Output { done, was_relieved: false }
            }
            (_, Some(Phase::Rejected)) => self.given_up(work, known),
            (Work::Audit(stage), Some(Phase::Accepted)) => {
                self.run.verdicts.get(&stage).map_or(Remains::Nothing, |accepted| Remains::Verdict(*accepted))
            }
            _ => self.output(work, known, findings).unwrap_or_default(),
        }
    }

    /// A job that was given up stays so, unless its reason may be gone by now.
    fn given_up(&self, work: Work, known: Option<&JobState>) -> Remains {
        let outcome = known.and_then(|job| job.outcome.as_deref()).unwrap_or_default();
        let was_for_now = ["io", "not_started"].contains(&outcome) || (was_wound_up(self.run) && work.is_search());
        if was_for_now { Remains::Nothing } else { Remains::GivenUp { is_loss: outcome != "cancelled" } }
    }

    fn output(&self, work: Work, known: Option<&JobState>, findings: &mut Findings) -> Option<Remains> {
        let (name, (_, file, kind)) = (work.name(), work.output()?);
        let path = self.store.artifact(&file);
        let header = Header::read(&path).ok().filter(|header| header.kind == kind)?;
        let sums = (header.body_sum, header.key.0);
        let was_relieved = known.is_some_and(|job| job.was_relieved);
        let sealed = self.run.sealed.get(&file).filter(|sealed| sealed.job == name);
        let told = if let Some(sealed) = sealed.filter(|sealed| (sealed.body_sum, sealed.key) == sums) {
            // What the end of the run has cut is done as a whole now, where work is counted.
            let is_whole = sealed.told.is_none_or(|told| told.reproducible);
            let is_cut = sealed.is_cut || (self.run.finished.is_some() && !is_whole);
            if is_cut && self.is_counted() {
                return None;
            }
            sealed.told.unwrap_or_else(|| self.told(work, &header))
        } else {
            let is_doubtful = was_relieved || (was_wound_up(self.run) && work.is_search());
            let was_closed = past_job(known, Remains::Nothing).was_closed;
            if was_closed || (is_doubtful && self.is_counted()) || Artifact::open(&path, kind).is_err() {
                return None;
            }
            let told = self.told(work, &header);
            findings.remarks.push(format!("{file} was sealed and not written down yet: it counts"));
            findings.adopted.insert(name.clone(), adoption(work, &file, sums, told));
            told
        };
        findings.files.insert(name, file);
        let Told { effort, reproducible, optimal } = told;
        Some(Remains::Output { done: Done { effort, steps: 0, reproducible, optimal }, was_relieved })
    }

    /// The newest checkpoint of a job with a sound header. Whether it is of this very work is for the worker to see.
    fn checkpoint(&self, work: Work) -> Option<u32> {
        let numbers = if work.has_checkpoints() { self.store.checkpoints(&work.name()) } else { Vec::new() };
        let is_sound = |number: &u32| {
            let header = Header::read(&self.store.artifact(&checkpoint_name(&work.name(), *number)));
            header.is_ok_and(|header| header.kind == Kind::Checkpoint)
        };
        numbers.into_iter().filter(is_sound).max()
    }

    fn is_counted(&self) -> bool {
        self.config.time_limit.is_none()
    }

    /// What a worker would have said that nobody heard.
    fn told(&self, work: Work, header: &Header) -> Told {
        Told {
            effort: self.config.effort.unwrap_or_default(),
            // Whether the clock has cut it is not known.
            reproducible: self.is_counted() || !work.is_search(),
            optimal: codec::decode::<Claim>(&header.note).is_ok_and(|claim| claim.optimal),
        }
    }
}

fn adoption(work: Work, file: &str, (body_sum, key): (u64, u128), told: Told) -> Record {
    let wave = if let Work::Solve { wave, .. } = work { wave } else { 0 };
    Record::Adopted { stage: work.stage(), job: work.name(), wave, file: file.to_owned(), body_sum, key, told }
}
