//! Which jobs of a dead run are done: what its journal says, where the files say the same; and what was sealed when it died,
//! before anybody could write it down.

use std::collections::{BTreeMap, BTreeSet};

use shared::artifact::{Artifact, Header, Kind};
use shared::bytes::Bytes;
use shared::codec;
use shared::model::Cost;
use shared::model::timetable::Claim;
use shared::worker::checkpoint_name;

use crate::config::Config;
use crate::dispatch::{Done, Past, PastJob, Recipe, Remains, works};
use crate::journal::{JobState, Phase, Record, RunState, Told, Verdict};
use crate::plan::{Work, partition};
use crate::store::Store;

/// What was found.
#[derive(Debug)]
pub(super) struct Findings {
    /// What the state is made from.
    pub(super) past: Past,
    /// The jobs whose output was found and is not written down.
    unwritten: BTreeSet<String>,
    /// How it is written down that a job is done already.
    records: BTreeMap<String, Vec<Record>>,
    /// The file of each output that counts, by job.
    files: BTreeMap<String, String>,
}

impl Findings {
    /// Looks at everything that is left of a run whose results depended on `recipe`.
    pub(super) fn look(store: &Store, config: &Config, run: &RunState, recipe: Recipe) -> Self {
        let table = |sweep| codec::decode(&Header::read(&store.artifact(&partition(sweep))).ok()?.note).ok();
        let tables = (0..).map_while(table).collect();
        let past = Past { jobs: BTreeMap::new(), tables, was_interrupted: was_wound_up(run), recipe };
        let (unwritten, records, files) = Default::default();
        let mut findings = Self { past, unwritten, records, files };
        let looker = Looker { store, config, run };
        for work in works(&findings.past.tables) {
            let known = run.jobs.get(&work.name());
            let remains = looker.remains(work, known, &mut findings);
            let checkpoint = looker.checkpoint(work);
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
        self.unwritten.get(job).and_then(|job| self.records.get(job)?.first().cloned())
    }

    /// The file of an output that nobody had written down.
    pub(super) fn unwritten_file(&self, job: &str) -> Option<&str> {
        self.unwritten.get(job).and_then(|job| self.files.get(job)).map(String::as_str)
    }

    /// How it is to be written down, once it turns out that jobs which seemed to run again need not.
    pub(super) fn into_records(self) -> BTreeMap<String, Vec<Record>> {
        self.records
    }

    /// The files to keep: what those jobs have sealed, what may still count, and where the others stood.
    pub(super) fn files_of(&self, settled: &BTreeSet<String>) -> BTreeSet<String> {
        let counts = |job: &String| settled.contains(job) || self.past.jobs[job].remains != Remains::Nothing;
        let outputs = self.files.iter().filter(|(job, _)| counts(job)).map(|(_, file)| file.clone());
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
                let job = work.name();
                findings.records.insert(job.clone(), vec![Record::Accepted { job }]);
                Remains::Done
            }
            (_, Some(Phase::Rejected)) => self.given_up(work, known),
            (Work::Audit(stage), Some(Phase::Accepted)) => {
                let Some(verdict) = self.run.verdicts.get(&stage) else { return Remains::Nothing };
                let (job, Verdict { accepted, hard, unplaced, cost }) = (work.name(), *verdict);
                let judged = Record::Verdict { stage, accepted, hard, unplaced, cost };
                findings.records.insert(job.clone(), vec![judged, Record::Accepted { job }]);
                Remains::Verdict { accepted, cost: Cost { hard, unplaced, soft: cost } }
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
            findings.unwritten.insert(name.clone());
            self.told(work, &header)
        };
        findings.records.insert(name.clone(), vec![adoption(work, &file, sums, told)]);
        findings.files.insert(name, file);
        let Told { effort, reproducible, optimal } = told;
        let (done, key, content) = (Done { effort, steps: 0, reproducible, optimal }, header.key.0, header.content());
        let claim = || codec::decode::<Claim>(&header.note).ok();
        let cost = matches!(work, Work::Commit { .. }).then(claim).flatten().map(|claim| claim.cost);
        Some(Remains::Output { done, was_relieved, key, content, cost })
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
