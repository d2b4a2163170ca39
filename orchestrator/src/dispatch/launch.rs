//! What may start now: readiness by the graph, a thread, memory; and with which inputs and how much time.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::model::partition::Scope;
use shared::wire::Stage;
use shared::worker::{CHECKPOINT, checkpoint_name};

use super::event::{Command, Launch, Source};
use super::state::{Doom, Live, Phase, StageTally, State};
use super::{Fact, Who};
use crate::plan::{INSTANCE, JobId, Work, partition, slice};
use crate::policy::{
    Admission, Lesson, Need, Observation, Rung, WorkerView, informed, need_of, need_of_solve, watching, with_device,
};

/// A search that gets less than this would only read its input and write it again.
const TIME_LEAST: Duration = Duration::from_millis(2);
/// A driver that has not answered by then is stuck. A first look at a sleeping device takes one to two seconds.
pub(super) const PROBE_TIME: Duration = Duration::from_secs(5);

impl State {
    /// Starts every job that may start, the first in the order of the plan first.
    pub(super) fn start_what_is_ready(&mut self, now: Duration, commands: &mut Vec<Command>) {
        while self.recall_what_is_ready(now, commands) {
            self.settle_what_is_left_out(now, commands);
        }
        self.settle_what_is_left_out(now, commands);
        let first = commands.len();
        while self.doom.is_none() {
            let waiting = self.waiting(now);
            let Some(&job) = waiting.first() else { break };
            let needs: Vec<Need> = waiting.iter().map(|job| self.need(*job)).collect();
            let views = self.worker_views(now);
            let stage = self.graph.work(job).stage();
            match self.governor.admit(&self.observation(now, stage, &views, &needs)) {
                Admission::Granted(allotment) => self.launch(now, job, allotment, commands),
                Admission::Busy | Admission::Pressure => break,
                Admission::CannotFit { least, most, capacity } => {
                    let reason = format!(
                        "{} needs {least} at the least, and {most} is all that there is: \
                         it would fit with --memory {}M",
                        self.graph.work(job).name(),
                        capacity.0.div_ceil(1 << 20)
                    );
                    self.cannot_fit(now, job, reason, commands);
                    self.settle_what_is_left_out(now, commands);
                }
            }
        }
        self.tell_memory_before(first, commands);
    }

    /// Jobs that wait for a thread and memory only, as many as there are threads for.
    fn waiting(&self, now: Duration) -> Vec<JobId> {
        let is_live = |job: &JobId| self.live.values().any(|live| live.job == *job);
        let is_paused = |job: &JobId| self.histories.get(job).is_some_and(|history| history.pause_until > now);
        let busy = self.live.values().filter(|live| !live.is_stuck && live.work.takes_thread()).count();
        let mut free = (self.rules.threads as usize).saturating_sub(busy);
        let mut has_thread = |work: Work| !work.takes_thread() || free.checked_sub(1).map(|left| free = left).is_some();
        let ready = self.graph.ready(&self.settled).into_iter();
        let ready = ready.filter(|job| !is_live(job) && !is_paused(job) && !self.awaits_device(self.graph.work(*job)));
        ready.filter(|job| has_thread(self.graph.work(*job))).collect()
    }

    pub(super) fn need(&self, job: JobId) -> Need {
        if let Some(need) = self.histories.get(&job).and_then(|history| history.need) {
            return need;
        }
        let overrides = &self.rules.stage_memory;
        let work = self.graph.work(job);
        let need = match work {
            Work::Solve { .. } => need_of_solve(self.size(work) + self.rules.engine_memory, overrides),
            Work::Evolve if self.device_for(work).0.is_some() => {
                with_device(need_of(work.stage(), self.size(work), overrides))
            }
            Work::GpuWatch => watching(need_of(work.stage(), self.size(work), overrides)),
            work => need_of(work.stage(), self.size(work), overrides),
        };
        let enough = self.lesson(work).map_or(need.least, |lesson| lesson.enough);
        informed(need, enough, self.most_for(work.stage()))
    }

    /// How large a job is: in STAGE2A what it is predicted to hold, elsewhere the instance file.
    fn size(&self, work: Work) -> Bytes {
        match work {
            Work::Solve { sweep, job, .. } => Bytes(self.tables[sweep as usize].jobs[job as usize].bytes),
            _ => self.rules.instance_bytes,
        }
    }

    /// What earlier runs have taught about a job, unless the user says what its stage gets.
    fn lesson(&self, work: Work) -> Option<&Lesson> {
        let stage = work.stage();
        self.rules.lessons.of(stage, self.size(work)).filter(|_| !self.rules.stage_memory.contains_key(&stage))
    }

    /// Says, once for each stage, that a first attempt begins with what was found to be enough after a death.
    fn tell_lesson(&mut self, who: &Who, work: Work, allotment: Bytes, commands: &mut Vec<Command>) {
        let lesson = self.lesson(work).filter(|lesson| lesson.after_death && lesson.enough <= allotment);
        if let Some(run) = lesson.map(|lesson| lesson.run.clone())
            && self.tally.learnt.insert(who.stage)
        {
            commands.push(Command::Tell(Fact::Learnt { who: who.clone(), allotment, run }));
        }
    }

    /// The needs of all that could start now.
    pub(super) fn needs_waiting(&self, now: Duration) -> Vec<Need> {
        self.waiting(now).iter().map(|job| self.need(*job)).collect()
    }

    pub(super) fn worker_views(&self, now: Duration) -> Vec<WorkerView> {
        let view = |(key, live): (&u32, &Live)| WorkerView {
            id: *key,
            charge: live.charge,
            allotment: live.allotment,
            granted: live.granted,
            is_restartable: true,
            unsaved: now.saturating_sub(live.saved),
            is_publishing: live.is_leaving(),
            is_dying: live.is_dying(),
        };
        // What does not end is no worker any more: its memory is set aside in the situation.
        self.live.iter().filter(|(_, live)| !live.is_stuck).map(view).collect()
    }

    pub(super) fn observation<'a>(
        &self,
        now: Duration,
        stage: Stage,
        workers: &'a [WorkerView],
        queue: &'a [Need],
    ) -> Observation<'a> {
        Observation { now, stage, situation: self.look.situation, host_read_at: self.look.host_read_at, workers, queue }
    }

    fn launch(&mut self, now: Duration, job: JobId, allotment: Bytes, commands: &mut Vec<Command>) {
        let work = self.graph.work(job);
        let (threads, ends) = (self.threads(job), self.end_of(now, job));
        let before = self.attempts_before.get(&work.name()).copied().unwrap_or_default();
        let history = self.history(job);
        history.attempts += 1;
        history.ends = ends;
        let who = Who { stage: work.stage(), job: work.name(), attempt: before + history.attempts };
        let began_at = history.checkpoint;
        let key = self.next_key;
        self.next_key += 1;
        self.last_stage = who.stage;
        let host = self.look.host;
        let fresh = || StageTally { host_before: host, ..StageTally::default() };
        self.stages.entry(who.stage).or_insert_with(fresh);
        let effort = self.rules.recipe.effort.filter(|_| work.is_search());
        let time = ends.map(|ends| ends.saturating_sub(now));
        let (rungs, recipe) = (self.rungs_taken(job), &self.rules.recipe);
        let (inputs, settings) = (self.inputs(job), self.settings(work, recipe, &rungs));
        let made_from = self.key_by(job, recipe, &rungs);
        if who.attempt == 1 {
            self.tell_lesson(&who, work, allotment, commands);
        }
        let (device, device_memory) = self.device_for(work);
        let is_on_device = device_memory.is_some();
        if is_on_device {
            self.enter_device(&who, commands);
        }
        let launch = Launch {
            key,
            who: who.clone(),
            work,
            inputs,
            settings,
            made_from,
            allotment,
            threads,
            device,
            device_memory,
            effort,
            time,
        };
        let live = Live {
            job,
            work,
            who,
            allotment,
            granted: allotment,
            charge: Bytes(0),
            last_charge: Bytes(0),
            peak: Bytes(0),
            host_before: host,
            began: now,
            ends,
            phase: Phase::Starting,
            began_at,
            saved: now,
            is_on_device,
            is_stuck: false,
            stopped: None,
            before_relief: Bytes(0),
            told: 0,
            last_word: None,
            counted: None,
        };
        self.live.insert(key, live);
        commands.push(Command::Spawn(Box::new(launch)));
    }

    /// Its threads, or one where it is on the ladder.
    fn threads(&self, job: JobId) -> u32 {
        if self.rungs_taken(job).contains(&Rung::OneThread) { 1 } else { self.threads_of(self.graph.work(job)) }
    }

    /// All threads, shared fairly with the other jobs of its wave, and no more than it can use.
    pub(super) fn threads_of(&self, work: Work) -> u32 {
        let Work::Solve { sweep, job, wave } = work else { return self.rules.threads };
        let table = &self.tables[sweep as usize];
        let beside = table.wave(wave as usize).count() as u32;
        let share = self.rules.threads / self.rules.threads.min(beside.max(1));
        share.min(table.jobs[job as usize].threads).max(1)
    }

    /// When a job that starts now has to be done: fixed at its first attempt, so that another one has only what is left.
    fn end_of(&mut self, now: Duration, job: JobId) -> Option<Duration> {
        let work = self.graph.work(job);
        if work.is_expendable() {
            return Some(now + PROBE_TIME);
        }
        if let Some(ends) = self.histories.get(&job).and_then(|history| history.ends) {
            return Some(ends);
        }
        let shares = self.shares?;
        match work {
            Work::Solve { sweep, wave, .. } => {
                let waves = self.graph.waves(sweep) - wave;
                let end = *self.wave_ends.entry((sweep, wave)).or_insert_with(|| shares.wave_end(now, waves));
                let of_wave =
                    |other: Work| matches!(other, Work::Solve { sweep: s, wave: w, .. } if (s, w) == (sweep, wave));
                let all = self.graph.jobs_where(of_wave);
                let begun = |job: &&JobId| self.histories.get(job).is_some_and(|history| history.attempts > 0);
                let waiting = all.len() - all.iter().filter(begun).count();
                Some(now + slice(now, end, waiting, all.len().min(self.rules.threads as usize)))
            }
            Work::Evolve => Some(shares.evolve_end(now, self.rules.stages.contains(&Stage::Resolve))),
            Work::Resolve => Some(shares.resolve_end(now)),
            _ => None,
        }
    }

    /// Whether there is too little time left for a search to begin.
    pub(super) fn is_out_of_time(&mut self, now: Duration, job: JobId) -> bool {
        let work = self.graph.work(job);
        let Some(shares) = self.shares.filter(|_| work.is_search()) else { return false };
        let has_begun = self.histories.get(&job).is_some_and(|history| history.attempts > 0);
        let end = match work {
            // Without any time a job of a wave still has what the guide gave it.
            Work::Solve { sweep, wave, .. } => {
                let end = || shares.wave_end(now, self.graph.waves(sweep) - wave);
                self.wave_ends.get(&(sweep, wave)).copied().unwrap_or_else(end)
            }
            _ => shares.resolve_end(now),
        };
        !has_begun && end < now + TIME_LEAST
    }

    pub(super) fn inputs(&self, job: JobId) -> Vec<(&'static str, Source)> {
        let work = self.graph.work(job);
        let artifact = |name: &str| Source::Artifact(name.to_owned());
        let accepted = || self.timetables.accepted.as_ref().map(|name| artifact(name));
        let mut inputs = match work {
            Work::GpuProbe | Work::GpuWatch | Work::GpuGate | Work::GpuAbsence => Vec::new(),
            Work::Load => vec![("file", Source::Instance)],
            Work::Cluster { sweep: 0 } | Work::Evolve | Work::Resolve | Work::Audit(_) | Work::Export => {
                vec![("instance", artifact(INSTANCE))]
            }
            Work::Cluster { sweep } => {
                vec![("instance", artifact(INSTANCE)), ("before", artifact(&partition(sweep - 1)))]
            }
            Work::Commit { sweep, .. } | Work::Solve { sweep, .. } => {
                vec![("instance", artifact(INSTANCE)), ("partition", artifact(&partition(sweep)))]
            }
        };
        let reads_previous = matches!(work, Work::Load | Work::Export) && self.rules.recipe.previous.is_some();
        inputs.extend(reads_previous.then_some(("previous", Source::Previous)));
        let role = match work {
            Work::Load | Work::Cluster { .. } | Work::GpuProbe | Work::GpuWatch | Work::GpuGate | Work::GpuAbsence => {
                return inputs;
            }
            Work::Commit { .. } | Work::Solve { .. } => "ledger",
            Work::Evolve | Work::Resolve | Work::Export => "timetable",
            Work::Audit(_) => "before",
        };
        inputs.extend(accepted().map(|source| (role, source)));
        if let Work::Audit(_) = work {
            inputs.extend(self.timetables.candidate.as_ref().map(|name| ("after", artifact(name))));
        }
        if work == Work::Resolve && self.rules.recipe.policy.is_some() {
            inputs.push(("policy", Source::Policy));
        }
        if let Work::Commit { sweep, wave } = work {
            inputs.extend(self.fragments_before(sweep, wave).map(|name| ("fragment", artifact(name))));
        }
        let checkpoint = self.histories.get(&job).and_then(|history| history.checkpoint);
        inputs.extend(checkpoint.map(|number| (CHECKPOINT, artifact(&checkpoint_name(&work.name(), number)))));
        inputs
    }

    /// The fragments of the wave before `wave` of a sweep, in the order of their jobs.
    pub(super) fn fragments_before(&self, sweep: u32, wave: u32) -> impl Iterator<Item = &String> {
        let wave_of = move |job: u32| self.tables[sweep as usize].jobs[job as usize].wave;
        let is_of_wave = move |of: u32, job: u32| of == sweep && wave > 0 && wave_of(job) == wave - 1;
        self.timetables.fragments.iter().filter(move |((of, job), _)| is_of_wave(*of, *job)).map(|(_, name)| name)
    }

    /// Puts a line before the first worker of each stage among the commands from `first` on.
    fn tell_memory_before(&mut self, first: usize, commands: &mut Vec<Command>) {
        let mut at = first;
        while at < commands.len() {
            let Command::Spawn(launch) = &commands[at] else {
                at += 1;
                continue;
            };
            let history = self.live.get(&launch.key).and_then(|live| self.histories.get(&live.job));
            let (stage, is_first) = (launch.who.stage, history.is_some_and(|history| history.attempts == 1));
            let is_of_stage =
                |command: &Command| matches!(command, Command::Spawn(launch) if launch.who.stage == stage);
            let at_once = commands[at..].iter().filter(|command| is_of_stage(command)).count();
            let tally = self.stages.entry(stage).or_default();
            if tally.jobs == 0 {
                let (jobs, waves) = self.extent(stage);
                let fact = Fact::MemoryBefore {
                    stage,
                    situation: self.look.situation,
                    jobs,
                    waves,
                    at_once,
                    allotment: launch.allotment,
                };
                commands.insert(at, Command::Tell(fact));
                at += 1;
            }
            if is_first {
                self.stages.entry(stage).or_default().jobs += 1;
            }
            at += 1;
        }
    }

    /// Jobs and waves of a stage, or of the current sweep of STAGE2A; the repair behind its last wave is no cluster.
    fn extent(&self, stage: Stage) -> (usize, usize) {
        let (Stage::Solve, Some(table)) = (stage, self.tables.last()) else {
            return (if stage == Stage::Cluster { 1 } else { self.graph.count(stage) }, 1);
        };
        let clusters = table.jobs.iter().filter(|job| matches!(job.scope, Scope::Cluster(_)));
        let waves: BTreeSet<u32> = clusters.clone().map(|job| job.wave).collect();
        (clusters.count(), waves.len())
    }

    fn cannot_fit(&mut self, now: Duration, job: JobId, reason: String, commands: &mut Vec<Command>) {
        let work = self.graph.work(job);
        if work.is_dispensable() {
            let why = "it does not fit the memory";
            commands.push(Command::Tell(Fact::Skipped { stage: work.stage(), why }));
            self.give_up(now, job, Doom { exit: Exit::CannotFit, reason }, commands);
        } else {
            self.give_up_the_run(now, Doom { exit: Exit::CannotFit, reason }, commands);
        }
    }
}
