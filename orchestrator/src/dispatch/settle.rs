//! What becomes of a job when an attempt at it has ended: its output counts, it is tried again, or it is given up.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::model::Cost;
use shared::wire::Stage;
use shared::worker::checkpoint_name;

use super::event::{Command, Done, Sealed};
use super::gpu::{Standing, migrates};
use super::retry::{Verdict, after};
use super::state::{Count, Doom, Live, Phase, State};
use super::sweeps::Found;
use super::{Fact, KillReason, Next};
use crate::plan::{Gain, JobId, Work};
use crate::policy::gpu::Passed;
use crate::signal::Interrupt;
use crate::supervise::{Death, Key, Outcome};
use crate::watch::{KernelAccount, KernelKill, PeakSource};

impl State {
    /// A worker is reaped: its memory is back, its reservation is returned, its end is judged.
    pub(super) fn gone(
        &mut self,
        now: Duration,
        key: Key,
        death: Death,
        residual: Bytes,
        kernel: KernelAccount,
        commands: &mut Vec<Command>,
    ) {
        let Some(mut live) = self.live.remove(&key) else { return };
        let was_at_its_limit = kernel.kill == Some(KernelKill::OwnLimit);
        let counted = kernel.peak.filter(|_| was_at_its_limit);
        let peak_source = if counted.is_some() { PeakSource::Cgroup } else { PeakSource::Sampled };
        if let Some(peak) = counted {
            // It was at its limit when it ended, whatever we saw last.
            (live.peak, live.last_charge) = (peak, peak);
        }
        let by_kernel = kernel.kill.filter(|_| !live.is_dying() && !live.is_leaving()).map(KillReason::of_kernel);
        if let Some(why) = by_kernel {
            let (who, largest) = (live.who.clone(), kernel.largest);
            let (charge, allotment) = (live.last_charge, live.allotment);
            commands.push(Command::Tell(Fact::Killed { who, why, charge, allotment, largest }));
        }
        let took = now.saturating_sub(live.released().unwrap_or(now));
        let freed = live.last_charge.less(residual);
        let tally = self.stages.entry(live.who.stage).or_default();
        tally.freed = tally.freed + freed;
        tally.peak = tally.peak.max(live.peak);
        tally.residual = tally.residual + residual;
        tally.longest_release = tally.longest_release.max(took);
        commands.push(Command::Tell(Fact::Freed {
            who: live.who.clone(),
            freed,
            residual,
            peak: live.peak,
            peak_source,
            took,
            lasted: now.saturating_sub(live.began),
            host_before: live.host_before,
            host_after: self.look.host,
        }));
        if live.is_stuck {
            // Its job was given up when it would not end.
            return;
        }
        match &live.phase {
            Phase::Leaving { done, sealed, .. } => {
                let (done, sealed) = (*done, sealed.clone());
                self.accept(now, live, done, sealed, commands);
            }
            Phase::Dying { why, words, .. } => {
                let outcome = outcome_of_kill(*why, death, words);
                self.conclude(now, &live, outcome, commands);
            }
            Phase::Starting | Phase::Running { .. } => {
                let silence = || Outcome::of_silence(death, live.last_word.as_ref(), live.stopped.is_some());
                let outcome = by_kernel.map_or_else(silence, |why| outcome_of_kill(why, death, ""));
                self.conclude(now, &live, outcome, commands);
            }
        }
    }

    /// A killed worker does not end. It keeps its allotment, for it keeps its memory. What it has sealed counts; otherwise its
    /// job is given up, for there must not be two attempts at it.
    pub(super) fn stuck(&mut self, now: Duration, key: Key, commands: &mut Vec<Command>) {
        let Some(live) = self.live.get_mut(&key).filter(|live| !live.is_stuck) else { return };
        live.is_stuck = true;
        let live = live.clone();
        self.look.situation.kept = self.kept();
        commands.push(Command::Tell(Fact::Unkillable { who: live.who.clone(), charge: live.last_charge }));
        if let Phase::Leaving { done, sealed, .. } = &live.phase {
            let (done, sealed) = (*done, sealed.clone());
            self.accept(now, live, done, sealed, commands);
        } else {
            self.conclude(now, &live, Outcome::Unkillable, commands);
        }
    }

    /// The output of an attempt counts.
    fn accept(&mut self, now: Duration, live: Live, done: Done, sealed: Sealed, commands: &mut Vec<Command>) {
        self.leave_device(now, &live, commands);
        let Live { job, work, who, counted, .. } = live;
        if work == Work::GpuGate && self.is_gate_closed(now, job, &who, commands) {
            return;
        }
        commands.push(Command::Tell(Fact::Ended { who: who.clone(), outcome: Outcome::Sealed, next: Next::Accepted }));
        let name = work.output().map(|(_, name, _)| name);
        if let Some(artifact) = name.clone() {
            self.contents.insert(artifact.clone(), sealed.content);
            commands.push(Command::Tell(Fact::Sealed { who, artifact, bytes: sealed.bytes }));
        }
        self.take_over(now, work, done, Found { table: sealed.table, cost: sealed.cost });
        match work {
            Work::Audit(stage) => self.judge(stage, counted, commands),
            Work::Export => {
                self.tally.exported = counted.map(|count| count.components);
                let told = self.tally.exported.clone().map(|components| Command::Tell(Fact::Exported { components }));
                commands.extend(told);
            }
            _ => {}
        }
        self.settle(now, job, commands);
    }

    /// What a sealed output changes for the jobs behind it.
    pub(super) fn take_over(&mut self, now: Duration, work: Work, done: Done, found: Found) {
        if !done.reproducible {
            self.irreproducible(if self.shares.is_some() { "clock" } else { "cut short" });
        }
        let name = work.output().map(|(_, name, _)| name);
        match work {
            Work::Load
            | Work::GpuProbe
            | Work::GpuWatch
            | Work::GpuGate
            | Work::GpuAbsence
            | Work::Audit(_)
            | Work::Export => {}
            Work::Cluster { .. } => self.fan_out(now, found.table.unwrap_or_default()),
            Work::Commit { sweep, wave } => {
                self.timetables.accepted = name;
                self.timetables.cost = found.cost;
                if wave == 0 {
                    self.timetables.before_sweep = found.cost;
                }
                self.timetables.is_optimal |= done.optimal;
                let waves = self.graph.waves(sweep).saturating_sub(wave);
                if let (Some(shares), true) = (&mut self.shares, found.cost.is_some_and(Cost::is_feasible)) {
                    shares.nothing_is_broken(now, waves);
                }
            }
            Work::Solve { sweep, job, .. } => {
                self.timetables.fragments.extend(name.map(|name| ((sweep, job), name)));
            }
            Work::Evolve | Work::Resolve => {
                self.timetables.candidate = name;
                self.timetables.is_candidate_optimal = done.optimal;
                self.tally.efforts.push(done.effort);
            }
        }
    }

    /// The audit has counted: the candidate goes forward, or what it was made from does.
    fn judge(&mut self, stage: Stage, counted: Option<Count>, commands: &mut Vec<Command>) {
        let Some(Count { components, accepted }) = counted else {
            self.timetables.candidate = None;
            return self.degrade();
        };
        // As the claims of ledgers do, it counts what changes to the timetable before cost the search.
        let cost = components.priced();
        commands.push(Command::Tell(Fact::Verdict { stage, accepted, components }));
        self.go_forward(stage, accepted, cost);
    }

    /// The candidate, which costs so much, goes forward, or what it was made from does.
    pub(super) fn go_forward(&mut self, stage: Stage, accepted: bool, cost: Cost) {
        let candidate = self.timetables.candidate.take();
        if let Some(before) = self.timetables.cost {
            let after = if accepted { cost } else { before };
            self.tally.gains.push(Gain { stage, sweep: None, before, after });
        }
        if accepted {
            self.timetables.accepted = candidate;
            self.timetables.cost = Some(cost);
            self.timetables.is_optimal |= self.timetables.is_candidate_optimal;
        } else {
            self.degrade();
        }
    }

    /// An attempt has ended without an output that counts.
    pub(super) fn conclude(&mut self, now: Duration, live: &Live, outcome: Outcome, commands: &mut Vec<Command>) {
        let Live { job, work, .. } = *live;
        let who = live.who.clone();
        self.leave_device(now, live, commands);
        if self.doom.is_some() {
            let next = Next::RunEnds(self.doom.as_ref().map_or(Exit::Internal, |doom| doom.exit));
            commands.push(Command::Tell(Fact::Ended { who, outcome, next }));
            return;
        }
        if matches!(outcome, Outcome::BadInput | Outcome::NoInput | Outcome::Infeasible) && work == Work::Load {
            commands.push(Command::ShowLog(who.clone()));
        }
        let is_cancelled =
            outcome == Outcome::Cancelled || work.is_expendable() || (self.is_winding_up() && work.is_search());
        if !is_cancelled && migrates(live, &outcome) {
            let why = outcome.to_string();
            let next = Next::Again { pause: Duration::ZERO };
            commands.push(Command::Tell(Fact::Ended { who, outcome, next }));
            return self.lose_device(live, why, commands);
        }
        let mut verdict = if is_cancelled { Verdict::GiveUp } else { self.verdict(job, &outcome) };
        if outcome == Outcome::OomAllotment && !is_cancelled {
            verdict = self.more_memory_or_less_work(live, verdict, commands);
        }
        if matches!(outcome, Outcome::Crash { .. } | Outcome::Hang) && live.began_at == self.history(job).checkpoint {
            // It came no further than where it began: perhaps it is that which it cannot bear.
            self.forget_checkpoint(job, commands);
        }
        if !work.is_expendable() && self.is_a_crash_loop(now, &outcome) {
            let reason =
                format!("{} crashes and hangs within a minute, the last one of {}", self.troubles.len(), who.job);
            let next = Next::RunEnds(Exit::CrashLoop);
            commands.push(Command::Tell(Fact::Ended { who, outcome, next }));
            let doom = Doom { exit: Exit::CrashLoop, reason };
            if self.timetables.accepted.is_none() || !work.is_dispensable() || self.wound_up.is_some() {
                return self.give_up_the_run(now, doom, commands);
            }
            // A timetable that is there is not thrown away.
            self.wind_up(now, doom.clone(), commands);
            return self.give_up(now, job, doom, commands);
        }
        match verdict {
            Verdict::Again { pause } => {
                self.history(job).pause_until = now + pause;
                commands.push(Command::Tell(Fact::Ended { who, outcome, next: Next::Again { pause } }));
            }
            Verdict::GiveUp => {
                let exit = self.interrupt.map_or(exit_of(&outcome), Interrupt::exit);
                let doom = Doom { exit, reason: format!("{} {outcome}", who.job) };
                let next = if work.is_dispensable() { Next::GivenUp } else { Next::RunEnds(doom.exit) };
                commands.push(Command::Tell(Fact::Ended { who, outcome, next }));
                if is_cancelled && work.is_dispensable() {
                    self.settle(now, job, commands);
                } else {
                    self.give_up(now, job, doom, commands);
                }
            }
        }
    }

    /// Counts an end and says whether it is worth another attempt.
    fn verdict(&mut self, job: JobId, outcome: &Outcome) -> Verdict {
        let mut retries = self.rules.retries;
        if matches!(self.graph.work(job), Work::Audit(_)) {
            // A recount that fails twice fails always, and a run with a timetable must not end as a crash loop for it.
            retries.crash = retries.crash.min(1);
        }
        let history = self.history(job);
        match outcome {
            Outcome::Crash { .. } | Outcome::Device { .. } | Outcome::NotStarted { .. } => history.crashes += 1,
            Outcome::Hang => history.hangs += 1,
            Outcome::OomAllotment => history.out_of_memory += 1,
            Outcome::OomHost => history.host_emergencies += 1,
            _ => {}
        }
        after(outcome, history, retries)
    }

    /// Whether crashes and hangs come faster than restarts make sense. Deaths by memory do not count.
    fn is_a_crash_loop(&mut self, now: Duration, outcome: &Outcome) -> bool {
        /// More of them than this …
        const TROUBLES_MAX: usize = 5;
        /// … within this time.
        const WINDOW: Duration = Duration::from_mins(1);
        if !matches!(outcome, Outcome::Crash { .. } | Outcome::Hang) {
            return false;
        }
        self.troubles.push_back(now);
        self.troubles.retain(|at| *at + WINDOW >= now);
        self.troubles.len() > TROUBLES_MAX
    }

    /// A job is out of attempts. What it got goes forward, or the run ends.
    pub(super) fn give_up(&mut self, now: Duration, job: JobId, doom: Doom, commands: &mut Vec<Command>) {
        let work = self.graph.work(job);
        if !work.is_dispensable() {
            return self.give_up_the_run(now, doom, commands);
        }
        if !work.is_expendable() {
            self.degrade();
        }
        self.without(work, true);
        self.settle(now, job, commands);
    }

    /// What it means for the jobs behind it that a job is settled without an output.
    pub(super) fn without(&mut self, work: Work, is_loss: bool) {
        match work {
            Work::Commit { .. } if is_loss => self.timetables.are_waves_over = true,
            Work::Solve { sweep, job, .. } if is_loss => drop(self.timetables.failed.insert((sweep, job))),
            Work::Audit(_) => self.timetables.candidate = None,
            _ => {}
        }
    }

    /// Settles every job that has nothing to do: the run is interrupted, the time is over, the waves are, or nothing can be
    /// improved any more. Its input goes forward.
    pub(super) fn settle_what_is_left_out(&mut self, now: Duration, commands: &mut Vec<Command>) {
        while self.doom.is_none() {
            self.plan_on(now, commands);
            let is_live = |job: &JobId| self.live.values().any(|live| live.job == *job);
            let ready: Vec<JobId> = self.graph.ready(&self.settled).into_iter().filter(|job| !is_live(job)).collect();
            let Some((job, why)) = ready.into_iter().find_map(|job| Some((job, self.left_out(now, job)?))) else {
                return;
            };
            let stage = self.graph.work(job).stage();
            if self.graph.work(job).is_search() && self.tally.left_out.insert(stage) {
                commands.push(Command::Tell(Fact::Skipped { stage, why }));
            }
            self.settle(now, job, commands);
        }
    }

    fn left_out(&mut self, now: Duration, job: JobId) -> Option<&'static str> {
        let work = self.graph.work(job);
        if let Some(why) = self.nothing_to_do(work) {
            return Some(why);
        }
        if work.is_search() && self.is_out_of_time(now, job) {
            self.irreproducible("clock");
            return Some("its time is over, and what is left of it is left out");
        }
        None
    }

    /// Why a job that could start has nothing to do, whatever the time.
    pub(super) fn nothing_to_do(&self, work: Work) -> Option<&'static str> {
        let are_waves_over = self.timetables.are_waves_over || self.timetables.is_optimal;
        match work {
            Work::Audit(_) => self.timetables.candidate.is_none().then_some("there is nothing to audit"),
            work if work.is_expendable() => self.nothing_to_look_at(work),
            Work::Commit { sweep: 0, wave: 0 } => None,
            Work::Commit { sweep, wave } => {
                let is_last = self.is_winding_up() || are_waves_over;
                let has_nothing = self.fragments_before(sweep, wave).next().is_none() || self.timetables.are_waves_over;
                (is_last && has_nothing).then_some("there is nothing to commit")
            }
            Work::Cluster { sweep: 1.. } if self.is_winding_up() => Some("the sweeps are over"),
            _ if !work.is_search() => None,
            _ if self.interrupt.is_some() => Some("the run is interrupted"),
            _ if self.wound_up.is_some() => Some("the run ends with what there is"),
            _ if self.timetables.is_optimal => Some("the timetable is proven optimal"),
            Work::Solve { .. } if are_waves_over => Some("the waves are over"),
            _ => None,
        }
    }

    /// No attempt will go on from where this job stood.
    pub(super) fn forget_checkpoint(&mut self, job: JobId, commands: &mut Vec<Command>) {
        let Some(history) = self.histories.get_mut(&job) else { return };
        if let Some(number) = history.checkpoint.take() {
            let name = self.graph.work(job).name();
            commands.push(Command::Discard(checkpoint_name(&name, number)));
        }
    }

    /// A job needs no more attempts. Tells what its stage freed when it was the last one.
    pub(super) fn settle(&mut self, now: Duration, job: JobId, commands: &mut Vec<Command>) {
        self.settled.insert(job);
        self.forget_checkpoint(job, commands);
        match self.graph.work(job) {
            Work::GpuProbe => self.probe_is_over(now, commands),
            Work::GpuWatch if self.gpu.standing == Standing::Locked => self.pass_over(now, Passed::Silent, commands),
            Work::Evolve => self.is_done_with_device(now, commands),
            _ => {}
        }
        let stage = self.graph.work(job).stage();
        let is_over = self.graph.jobs_where(|work| work.stage() == stage).iter().all(|job| self.settled.contains(job));
        let host_after = self.look.host;
        if let Some(tally) = self.stages.get_mut(&stage).filter(|tally| is_over && !tally.is_told) {
            tally.is_told = true;
            commands.push(Command::Tell(Fact::StageFreed {
                stage,
                freed: tally.freed,
                peak: tally.peak,
                jobs: tally.jobs,
                longest_release: tally.longest_release,
                residual: tally.residual,
                host_before: tally.host_before,
                host_after,
            }));
        }
    }
}

fn outcome_of_kill(why: KillReason, death: Death, words: &str) -> Outcome {
    match why {
        KillReason::OverAllotment | KillReason::KernelLimit => Outcome::OomAllotment,
        KillReason::HostEmergency | KillReason::KernelEmergency => Outcome::OomHost,
        KillReason::NoHello | KillReason::Hang => Outcome::Hang,
        KillReason::NotStopped | KillReason::RunEnds => Outcome::Cancelled,
        KillReason::Untrustworthy => Outcome::Crash { death, words: words.to_owned() },
        KillReason::OverDevice => Outcome::Device { words: words.to_owned() },
    }
}

/// The exit code of a run that cannot go on without a job that ended so.
fn exit_of(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::BadInput => Exit::BadInput,
        Outcome::NoInput => Exit::NoInput,
        Outcome::Infeasible => Exit::Infeasible,
        Outcome::Io { .. } | Outcome::NotStarted { .. } => Exit::Io,
        Outcome::OomAllotment => Exit::CannotFit,
        Outcome::OomHost => Exit::PressureOutside,
        Outcome::Sealed
        | Outcome::Crash { .. }
        | Outcome::Device { .. }
        | Outcome::Hang
        | Outcome::Unkillable
        | Outcome::Cancelled => Exit::NoTimetable,
    }
}
