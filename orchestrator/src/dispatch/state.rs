//! What is known about a run at one instant. It has one owner, the loop; only `step` changes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::model::partition::FanOut;
use shared::model::{Components, Cost};
use shared::wire::{Failure, Stage};

use super::event::{Done, Look, Sealed};
use super::gpu::Gpu;
use super::recall::Past;
use super::recipe::Recipe;
use super::sweeps::SweepsBefore;
use super::{KillReason, Who};
use crate::config::{Patience, Retries};
use crate::plan::{Gain, Graph, JobId, Shares, Work};
use crate::policy::gpu::GpuRules;
use crate::policy::{Governor, Lessons, Need};
use crate::signal::Interrupt;
use crate::supervise::Key;
use crate::watch::Host;

/// What does not change during a run.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What the engine of STAGE2A holds beyond what its jobs are predicted to.
    pub engine_memory: Bytes,
    /// Threads of the whole pipeline.
    pub threads: u32,
    /// What the results depend on.
    pub recipe: Recipe,
    /// `--stage-memory`.
    pub stage_memory: BTreeMap<Stage, Bytes>,
    /// What earlier runs have taught.
    pub lessons: Lessons,
    /// Length of the instance file.
    pub instance_bytes: Bytes,
    /// The most that one job of STAGE2A may be predicted to hold.
    pub solve_memory: Bytes,
    /// The most sweeps of STAGE2A.
    pub sweeps: u32,
    /// How long to wait.
    pub patience: Patience,
    /// How often to try again.
    pub retries: Retries,
    /// Stages that run.
    pub stages: BTreeSet<Stage>,
    /// What is done with devices.
    pub gpu: GpuRules,
}

/// A run.
#[derive(Debug)]
pub struct State {
    pub(super) rules: Rules,
    pub(super) graph: Graph,
    pub(super) shares: Option<Shares>,
    /// The fan-out table of each sweep.
    pub(super) tables: Vec<FanOut>,
    pub(super) histories: BTreeMap<JobId, History>,
    pub(super) settled: BTreeSet<JobId>,
    pub(super) live: BTreeMap<Key, Live>,
    pub(super) governor: Governor,
    pub(super) look: Look,
    pub(super) timetables: Timetables,
    pub(super) stages: BTreeMap<Stage, StageTally>,
    pub(super) tally: Tally,
    /// By sweep and wave.
    pub(super) wave_ends: BTreeMap<(u32, u32), Duration>,
    pub(super) interrupt: Option<Interrupt>,
    pub(super) doom: Option<Doom>,
    /// Why the run ends early, with the timetable that it has.
    pub(super) wound_up: Option<Doom>,
    pub(super) last_stage: Stage,
    pub(super) next_key: Key,
    /// Others hold the memory, and nothing is started until they give it back.
    pub(super) is_pressed: bool,
    /// Charge of the pipeline when the last relief pass of the host began.
    pub(super) before_relief: Bytes,
    /// Attempts by the starts of the run before this one, by job.
    pub(super) attempts_before: BTreeMap<String, u32>,
    /// Sweeps of STAGE2A that such a start had planned.
    pub(super) sweeps_before: SweepsBefore,
    /// What such a start has left of jobs that are not settled yet.
    pub(super) past: Past,
    /// What the sealed files hold, by their names.
    pub(super) contents: BTreeMap<String, u128>,
    /// The device that STAGE2B may work on.
    pub(super) gpu: Gpu,
    /// When attempts crashed or hung lately.
    pub(super) troubles: VecDeque<Duration>,
}

/// Why the run cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doom {
    pub(super) exit: Exit,
    pub(super) reason: String,
}

/// The timetables on their way forward.
#[derive(Clone, Debug, Default)]
pub(super) struct Timetables {
    /// The last one accepted: what goes forward.
    pub(super) accepted: Option<String>,
    /// The output of a search that is not audited yet.
    pub(super) candidate: Option<String>,
    /// What that costs, as `commit` and `audit` have counted it.
    pub(super) cost: Option<Cost>,
    /// What the current sweep of STAGE2A began with.
    pub(super) before_sweep: Option<Cost>,
    /// Fragments by sweep and job.
    pub(super) fragments: BTreeMap<(u32, u32), String>,
    /// Jobs of STAGE2A that were given up, by sweep and number.
    pub(super) failed: BTreeSet<(u32, u32)>,
    /// The waves are over: a commit was given up.
    pub(super) are_waves_over: bool,
    /// Nothing behind this can improve it.
    pub(super) is_optimal: bool,
    /// Whether the candidate claims to be optimal.
    pub(super) is_candidate_optimal: bool,
}

/// The attempts at a job so far.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// By this start of the run.
    pub(super) attempts: u32,
    pub(super) crashes: u32,
    pub(super) hangs: u32,
    pub(super) out_of_memory: u32,
    pub(super) host_emergencies: u32,
    /// Not to be started before.
    pub(super) pause_until: Duration,
    /// What it needs, where an out-of-memory has taught us.
    pub(super) need: Option<Need>,
    /// When it has to be done, from its first attempt on.
    pub(super) ends: Option<Duration>,
    /// The checkpoint that the next attempt goes on from.
    pub(super) checkpoint: Option<u32>,
    /// Rungs of the degradation ladder that were taken.
    pub(super) rung: usize,
}

/// A worker that is not reaped.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) job: JobId,
    pub(super) work: Work,
    pub(super) who: Who,
    pub(super) allotment: Bytes,
    pub(super) granted: Bytes,
    /// What it holds now; nothing while it waits to be reaped.
    pub(super) charge: Bytes,
    /// What it was last seen to hold.
    pub(super) last_charge: Bytes,
    pub(super) peak: Bytes,
    pub(super) host_before: Host,
    pub(super) began: Duration,
    /// When its time is over.
    pub(super) ends: Option<Duration>,
    pub(super) phase: Phase,
    /// The checkpoint that it went on from.
    pub(super) began_at: Option<u32>,
    /// When its work was last saved: sealed in a checkpoint, or else not begun.
    pub(super) saved: Duration,
    /// It works on a device.
    pub(super) is_on_device: bool,
    /// It was killed and does not end.
    pub(super) is_stuck: bool,
    /// When it was told to stop.
    pub(super) stopped: Option<Duration>,
    /// Its charge when it was last asked for relief.
    pub(super) before_relief: Bytes,
    /// Messages of it that went into the log of the run.
    pub(super) told: u32,
    pub(super) last_word: Option<Failure>,
    pub(super) counted: Option<Count>,
}

/// A slow recount.
#[derive(Clone, Debug)]
pub(super) struct Count {
    pub(super) components: Components,
    pub(super) accepted: bool,
}

/// How far a worker is.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Started, and not heard of yet.
    Starting,
    /// It has said hello.
    Running {
        /// Its work when it last beat.
        ticks: u64,
        /// When that last grew.
        moved: Duration,
    },
    /// It has published, and was told bye.
    Leaving { since: Duration, done: Done, sealed: Sealed },
    /// It was killed.
    Dying { since: Duration, why: KillReason, words: String },
}

/// What the jobs of a stage came to.
#[derive(Clone, Debug, Default)]
pub(super) struct StageTally {
    pub(super) jobs: usize,
    pub(super) freed: Bytes,
    pub(super) peak: Bytes,
    pub(super) residual: Bytes,
    pub(super) longest_release: Duration,
    pub(super) host_before: Host,
    pub(super) is_told: bool,
}

/// What the run came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// A stage gave up, and what it got went forward.
    pub(super) is_degraded: bool,
    /// Why a repetition may differ.
    pub(super) irreproducible: Option<&'static str>,
    /// Stages of which it was told what earlier runs have taught.
    pub(super) learnt: BTreeSet<Stage>,
    /// Stages that something was left out of.
    pub(super) left_out: BTreeSet<Stage>,
    /// The recount by `export`.
    pub(super) exported: Option<Components>,
    /// The most that the whole pipeline was seen to hold.
    pub(super) peak: Bytes,
    /// Effort of the searches over the whole timetable.
    pub(super) efforts: Vec<f64>,
    /// What each stage has brought, and each sweep of STAGE2A.
    pub(super) gains: Vec<Gain>,
}

impl Live {
    pub(super) fn is_dying(&self) -> bool {
        matches!(self.phase, Phase::Dying { .. })
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running { .. })
    }

    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.phase, Phase::Leaving { .. })
    }

    /// Time that passed while nobody could hear it counts against nobody's patience.
    pub(super) fn forgive(&mut self, away: Duration) {
        match &mut self.phase {
            Phase::Starting => self.began += away,
            Phase::Running { moved: since, .. } | Phase::Leaving { since, .. } | Phase::Dying { since, .. } => {
                *since += away;
            }
        }
        self.stopped = self.stopped.map(|since| since + away);
    }

    /// When its last word was, if it was.
    pub(super) fn released(&self) -> Option<Duration> {
        match self.phase {
            Phase::Leaving { since, .. } | Phase::Dying { since, .. } => Some(since),
            Phase::Starting | Phase::Running { .. } => None,
        }
    }
}

impl State {
    /// A run that has not begun.
    pub fn new(rules: Rules, shares: Option<Shares>, governor: Governor) -> Self {
        let by_the_clock = shares.is_some() && rules.recipe.effort.is_none();
        let tally = Tally { irreproducible: by_the_clock.then_some("clock"), ..Tally::default() };
        Self {
            graph: Graph::new(rules.stages.clone(), rules.gpu.is_wanted),
            rules,
            shares,
            tables: Vec::new(),
            histories: BTreeMap::new(),
            settled: BTreeSet::new(),
            live: BTreeMap::new(),
            governor,
            look: Look::default(),
            timetables: Timetables::default(),
            stages: BTreeMap::new(),
            tally,
            wave_ends: BTreeMap::new(),
            interrupt: None,
            doom: None,
            wound_up: None,
            last_stage: Stage::Load,
            next_key: 0,
            is_pressed: false,
            before_relief: Bytes(0),
            attempts_before: BTreeMap::new(),
            sweeps_before: SweepsBefore::default(),
            past: Past::default(),
            contents: BTreeMap::new(),
            gpu: Gpu::default(),
            troubles: VecDeque::new(),
        }
    }

    /// The sum of the instance that the run is of.
    pub fn instance_sum(&self) -> u128 {
        self.rules.recipe.instance
    }

    /// The sum of the policy that STAGE3 begins with, where it is a file.
    pub fn policy_sum(&self) -> Option<u128> {
        self.rules.recipe.policy
    }

    /// Whether everything is done and nobody is left.
    pub fn has_ended(&self) -> bool {
        self.live.values().all(|live| live.is_stuck)
            && (self.doom.is_some() || self.graph.ready(&self.settled).is_empty())
    }

    /// What a worker may hold now.
    pub fn allotment(&self, key: Key) -> Option<Bytes> {
        self.live.get(&key).map(|live| live.allotment)
    }

    pub(super) fn history(&mut self, job: JobId) -> &mut History {
        self.histories.entry(job).or_default()
    }

    /// Notes why a repetition may differ; the first reason stays.
    pub(super) fn irreproducible(&mut self, why: &'static str) {
        self.tally.irreproducible.get_or_insert(why);
    }

    /// Whether no search is worth beginning any more.
    pub(super) fn is_winding_up(&self) -> bool {
        self.interrupt.is_some() || self.wound_up.is_some()
    }

    pub(super) fn degrade(&mut self) {
        self.tally.is_degraded = true;
        self.irreproducible("degraded");
    }
}
