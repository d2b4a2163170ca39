//! What can be told about a run: the facts, without the words. `report` finds the words, `journal` keeps what a later reader
//! needs.

use std::path::PathBuf;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::model::{Components, Cost};
use shared::wire::Stage;

use super::{DeviceFact, KillReason};
use crate::engine::Engine;
use crate::origin::Origin;
use crate::plan::Gain;
use crate::policy::{Rung, Situation};
use crate::store::Tidied;
use crate::supervise::{Enforcement, Outcome, Swept};
use crate::watch::{Capacity, Host, LargeProcess, PeakSource};

/// One attempt at one job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// What it does.
    pub stage: Stage,
    /// The job's name, such as `solve.3`.
    pub job: String,
    /// Its number, from 1.
    pub attempt: u32,
}

/// What follows from the end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its output counts.
    Accepted,
    /// Another attempt, after a pause, with that much memory where it changes.
    Again {
        /// The pause before it.
        pause: Duration,
    },
    /// The job is given up; what it got goes forward.
    GivenUp,
    /// The run cannot go on.
    RunEnds(Exit),
}

/// The facts of a run.
#[derive(Clone, Debug)]
pub enum Fact {
    /// The run begins.
    Began {
        /// The instance, as it was named.
        instance: PathBuf,
        /// Where everything is written.
        run_dir: PathBuf,
        /// What may be counted on.
        capacity: Capacity,
        /// The host at that moment.
        host: Host,
        /// Threads of the whole pipeline.
        threads: u32,
        /// The seed.
        seed: u64,
    },
    /// What it came from.
    Origin(Origin),
    /// Who holds the workers at their allotments, before the first of them starts.
    Enforced(Enforcement),
    /// The engine of STAGE2A, found or not.
    Engine(Engine),
    /// What dead runs had left of their control groups.
    Swept(Swept),
    /// The kernel does not hold that worker, though it holds others: it is looked at.
    Unheld {
        /// Which.
        who: Who,
        /// Why, a sentence.
        why: String,
    },
    /// A control group of the run is still there at its end.
    GroupLeft {
        /// Why, a sentence.
        why: String,
    },
    /// The processor time of all workers of this start together.
    Spent {
        /// As the kernel has counted it.
        processor: Duration,
    },
    /// The policy that was named for STAGE3 is not there.
    PolicyIgnored {
        /// Which.
        path: PathBuf,
        /// Why, a sentence.
        why: String,
    },
    /// Sums of the policy files that STAGE3 began and ended with, where there are such files.
    Policies {
        /// Of the copy in the run directory.
        before: Option<u128>,
        /// Of what it learned.
        after: Option<u128>,
    },
    /// There is no report of the run; all else is there.
    Unreported {
        /// Why, a sentence.
        why: String,
    },
    /// The run goes on from where another start of it was broken off.
    Resumed {
        /// Jobs that are done already.
        done: usize,
        /// All jobs, where it is known how many sweeps there are.
        jobs: Option<usize>,
        /// What was found, a sentence each.
        remarks: Vec<String>,
    },
    /// Jobs of a start before this one need not run again after all: the jobs before them have made what they had made then.
    Recalled {
        /// Their names.
        jobs: Vec<String>,
    },
    /// A journal of an earlier run teaches nothing.
    HistoryIgnored {
        /// Which.
        path: PathBuf,
        /// Why, the end of the sentence "failed to …".
        why: String,
    },
    /// The first attempt at a job gets what was enough in an earlier run.
    Learnt {
        /// Which.
        who: Who,
        /// What it gets.
        allotment: Bytes,
        /// The run that taught it.
        run: String,
    },
    /// Right before the first worker of a stage is started.
    MemoryBefore {
        /// The stage.
        stage: Stage,
        /// Who holds how much.
        situation: Situation,
        /// Jobs of the stage in all.
        jobs: usize,
        /// Waves that they run in; 1 for every stage but STAGE2A.
        waves: usize,
        /// How many of them run at once.
        at_once: usize,
        /// What the first one may hold.
        allotment: Bytes,
    },
    /// A worker was started.
    Spawned {
        /// Which.
        who: Who,
        /// Its process.
        pid: u32,
        /// What it may hold.
        allotment: Bytes,
        /// Its threads.
        threads: u32,
        /// Its counted work.
        effort: Option<f64>,
        /// Its time.
        time: Option<Duration>,
    },
    /// It has called.
    Hello {
        /// Which.
        who: Who,
        /// Its process, as it says.
        pid: u32,
    },
    /// It has a better whole timetable.
    Incumbent {
        /// Which.
        who: Who,
        /// What that costs, as the search counts.
        cost: Cost,
    },
    /// A sentence by a worker.
    Note {
        /// Which.
        who: Who,
        /// The sentence.
        text: String,
    },
    /// Something about a device.
    Device(DeviceFact),
    /// Another attempt can go on from here.
    Checkpointed {
        /// Which.
        who: Who,
        /// The checkpoint's number within the job.
        number: u32,
    },
    /// There is no more memory for a job: it goes one rung down the ladder.
    Degraded {
        /// The attempt that ran out of memory.
        who: Who,
        /// What the next one does with less.
        rung: Rung,
    },
    /// The host's memory is high, a relief pass begins.
    HighMemory {
        /// The stage that the run is in.
        stage: Stage,
        /// 1, 2 or 3.
        pass: u8,
        /// Who holds how much.
        situation: Situation,
    },
    /// What that pass has brought.
    AfterCleanup {
        /// The stage that the run is in.
        stage: Stage,
        /// 1, 2 or 3.
        pass: u8,
        /// The charge of the pipeline before the pass.
        before: Bytes,
        /// Who holds how much now.
        situation: Situation,
    },
    /// A worker was asked to give memory back.
    ReliefOrdered {
        /// Which.
        who: Who,
        /// 1, 2 or 3.
        pass: u8,
        /// Its charge at that moment.
        before: Bytes,
    },
    /// It says what it gave up.
    Relieved {
        /// Which.
        who: Who,
        /// 1, 2 or 3.
        pass: u8,
        /// What it gave up.
        what: String,
        /// Its charge when it was asked.
        before: Bytes,
        /// Its charge now.
        after: Bytes,
    },
    /// A worker near its line got more.
    Enlarged {
        /// Which.
        who: Who,
        /// Its new allotment.
        to: Bytes,
    },
    /// Others hold the memory; nothing is started until they give it back.
    PressureBegan {
        /// Who holds how much.
        situation: Situation,
    },
    /// They have.
    PressureEnded,
    /// A worker was ended, by us or by the kernel.
    Killed {
        /// Which.
        who: Who,
        /// Why.
        why: KillReason,
        /// What it held.
        charge: Bytes,
        /// What it was allowed to hold.
        allotment: Bytes,
        /// The largest processes of the host at that moment; empty where memory was not the reason.
        largest: Vec<LargeProcess>,
    },
    /// A worker says that its output is sealed, and the header of it is sound.
    Published {
        /// Which.
        who: Who,
        /// Work done, in units of `--effort`.
        effort: f64,
        /// Elementary steps done.
        steps: u64,
        /// Whether a repetition gives the same.
        reproducible: bool,
        /// Whether it is proven optimal.
        optimal: bool,
        /// What it held then.
        charge: Bytes,
        /// The most that it was seen to hold.
        peak: Bytes,
    },
    /// A worker is reaped and its group is empty.
    Freed {
        /// Which.
        who: Who,
        /// Its last live charge less what is left.
        freed: Bytes,
        /// What is left: zero, unless something escaped.
        residual: Bytes,
        /// The most that it held.
        peak: Bytes,
        /// Who says so.
        peak_source: PeakSource,
        /// From its last word to being reaped.
        took: Duration,
        /// How long the attempt lasted.
        lasted: Duration,
        /// The host when it was started.
        host_before: Host,
        /// The host now.
        host_after: Host,
    },
    /// It was killed and does not end: it is stuck in the kernel, and keeps its allotment.
    Unkillable {
        /// Which.
        who: Who,
        /// What it holds.
        charge: Bytes,
    },
    /// The run ends, and it is still there.
    Left {
        /// Which.
        who: Who,
        /// Its process.
        pid: u32,
    },
    /// All jobs of a stage are done: the sum of their `Freed`.
    StageFreed {
        /// The stage.
        stage: Stage,
        /// The sum.
        freed: Bytes,
        /// The most that all workers of the stage held together.
        peak: Bytes,
        /// Its jobs.
        jobs: usize,
        /// The longest time from a last word to being reaped.
        longest_release: Duration,
        /// What is left.
        residual: Bytes,
        /// The host before its first worker.
        host_before: Host,
        /// The host now.
        host_after: Host,
    },
    /// How an attempt ended and what follows.
    Ended {
        /// Which.
        who: Who,
        /// How it ended.
        outcome: Outcome,
        /// What follows.
        next: Next,
    },
    /// An output is accepted.
    Sealed {
        /// Which.
        who: Who,
        /// The file's name in the run directory.
        artifact: String,
        /// Its length.
        bytes: u64,
    },
    /// A sweep of STAGE2A is over.
    SweepEnded {
        /// What it has brought.
        gain: Gain,
        /// Whether there is another one.
        goes_on: bool,
    },
    /// A stage is left out.
    Skipped {
        /// Which.
        stage: Stage,
        /// Why, a fragment of a sentence.
        why: &'static str,
    },
    /// The slow recount of a stage's output beside its input.
    Verdict {
        /// The stage that was judged.
        stage: Stage,
        /// Whether its output is no worse than its input.
        accepted: bool,
        /// What the output costs.
        components: Components,
    },
    /// What the exported timetable costs, counted by `export`.
    Exported {
        /// The count by constraint.
        components: Components,
    },
    /// Old runs of the instance were removed, or not.
    Tidied(Tidied),
    /// Somebody interrupts the run.
    Interrupted {
        /// Name of the signal.
        signal: &'static str,
    },
}

/// How the run ended: what `result.json` and the last line of the story are made of.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The exit code.
    pub exit: Exit,
    /// Why, where it is neither complete nor incomplete: finishes the sentence "failed to …" or "gave up: …".
    pub reason: Option<String>,
    /// The recount of what was exported, where anything was.
    pub components: Option<Components>,
    /// Whether a repetition gives the same bytes.
    pub reproducible: bool,
    /// Why not: a word or two, such as `clock`.
    pub irreproducible_because: Option<&'static str>,
    /// The `--effort` nearest to the work done.
    pub effort: f64,
    /// Wall time of the run.
    pub wall: Duration,
    /// The most that the whole pipeline was seen to hold.
    pub peak: Bytes,
    /// Capacity and its source.
    pub capacity: Capacity,
    /// What each stage has brought, and each sweep of STAGE2A.
    pub gains: Vec<Gain>,
}
