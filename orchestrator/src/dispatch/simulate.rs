//! Thousands of runs without a process: workers that do anything at all, told by a seed. Whatever they do, a job has one live
//! attempt at most, promise 7 holds at every start, each run ends, and its end can be explained.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::artifact::Kind;
use shared::bytes::Bytes;
use shared::model::partition::{FanOut, Job, Scope};
use shared::model::{Components, Cost};
use shared::wire::{Device, DeviceProcess, Failure, FailureKind, Order, PROTOCOL_VERSION, Report, Stage};

use super::event::{Command, Done, Event, Launch, Look, Sealed};
use super::recipe::Recipe;
use super::records::Records;
use super::state::{Rules, State};
use super::{Ending, Fact};
use crate::config::Settings;
use crate::journal::{Entry, Fingerprint, Phase, Record, RunSettings, RunState};
use crate::plan::{Shares, Work};
use crate::policy::gpu::{GpuRules, Passed, Wish};
use crate::policy::{Governor, Lessons, Situation, Thresholds};
use crate::signal::Interrupt;
use crate::supervise::{Death, Key, Outcome};
use crate::watch::{Capacity, CapacitySource, Host, KernelAccount, KernelKill, Sample};

const MS: fn(u64) -> Duration = Duration::from_millis;
const CAPACITY: Bytes = Bytes::mib(1000);
/// A run that has not ended after that many events never will.
const EVENTS_MAX: usize = 20_000;

/// Sebastiano Vigna's `SplitMix64`: small, and good enough to choose mischief.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

/// A worker that is not gone.
struct Actor {
    launch: Launch,
    charge: Bytes,
    mood: Mood,
    was_stopped: bool,
}

/// What a worker does next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// It has to say hello.
    New,
    /// It works.
    Busy,
    /// It has said its last word, or was told bye.
    Leaving,
    /// It was killed.
    Dead,
    /// It was killed and does not end.
    Stuck,
}

/// A world with a run in it.
struct World {
    state: State,
    dice: Dice,
    now: Duration,
    actors: BTreeMap<Key, Actor>,
    facts: Vec<Fact>,
    records: Records,
    /// What a replay of the journal comes to.
    journal: RunState,
    sequence: u64,
    /// How often a worker misbehaves, in hundredths.
    mischief: u64,
    /// The run has the lock of a device.
    has_device: bool,
}

fn rules(threads: u32, wish: Wish) -> Rules {
    let gpu = GpuRules { wish, is_wanted: wish != Wish::Never, cap: Bytes::mib(100), watch: MS(100) };
    let settings = Settings::read(&[], MS(1000)).unwrap();
    Rules {
        engine_memory: Bytes(0),
        threads,
        recipe: Recipe { effort: Some(1.0), ..Recipe::default() },
        stage_memory: BTreeMap::new(),
        lessons: Lessons::default(),
        instance_bytes: Bytes(10_000),
        solve_memory: Bytes::mib(64),
        sweeps: 3,
        patience: settings.patience,
        retries: settings.retries,
        stages: BTreeSet::from([Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Evolve, Stage::Resolve]),
        gpu,
    }
}

fn run_settings() -> RunSettings {
    RunSettings {
        run_id: "a run".to_owned(),
        instance: Vec::new(),
        fingerprint: Fingerprint::default(),
        is_in_runs: false,
        seed: 1,
        threads: 1,
        capacity: CAPACITY.0,
        memory_bytes: None,
        memory_percent: None,
        stage_memory: Vec::new(),
        effort: None,
        time_limit_ms: None,
        pressure_wait_ms: 0,
        until: Stage::Resolve,
        skip: Vec::new(),
        programs: Vec::new(),
        settings: Vec::new(),
    }
}

impl World {
    fn new(seed: u64, mischief: u64) -> Self {
        let mut dice = Dice(seed);
        let threads = 1 + dice.roll(4) as u32;
        let wish = [Wish::Never, Wish::Auto, Wish::Auto, Wish::Require][dice.roll(4) as usize];
        let limit = MS(500 + dice.roll(20_000));
        let shares = (dice.roll(2) == 0).then(|| Shares::new(limit, 8, 76));
        let state = State::new(rules(threads, wish), shares, Governor::new(Thresholds::default()));
        let (now, actors, facts, records, journal) = Default::default();
        let mut world =
            Self { state, dice, now, actors, facts, records, journal, sequence: 0, mischief, has_device: false };
        world.write(vec![Record::RunStarted(run_settings())]);
        world
    }

    /// Writes the journal, and replays it at the same time.
    fn write(&mut self, records: Vec<Record>) {
        for record in records {
            let entry = Entry { sequence: self.sequence, at_ms: self.now.as_millis() as u64, record };
            self.sequence += 1;
            self.journal.apply(&entry).unwrap_or_else(|error| panic!("{error}: {entry:?}"));
        }
    }

    fn look(&self) -> Look {
        let of = |actor: &Actor| Sample { charge: actor.charge, peak: actor.charge, processes: 1, ..Sample::default() };
        let workers: BTreeMap<Key, Sample> = self.actors.iter().map(|(key, actor)| (*key, of(actor))).collect();
        let charges = workers.values().map(|sample| sample.charge).sum();
        let host = Host { limit: Bytes::mib(2000), used: Bytes::mib(300) + charges };
        let situation = Situation {
            kept: Bytes(0),
            capacity: CAPACITY,
            host_limit: host.limit,
            host_used: host.used,
            orchestrator: Bytes::mib(2),
            tmpfs: Bytes(0),
            charges,
        };
        Look { situation, host, host_read_at: self.now, workers }
    }

    fn feed(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for command in self.state.step(self.now, event) {
                match command {
                    Command::Spawn(launch) => events.push(self.spawn(*launch)),
                    Command::Order(key, order) => self.order(key, order),
                    Command::Kill { key, who, why, .. } => {
                        self.write(vec![Records::of_kill(&who, why)]);
                        self.killed(key);
                    }
                    Command::Tell(fact) => {
                        let records = self.records.of_fact(&fact);
                        self.write(records);
                        self.facts.push(fact);
                    }
                    Command::LockDevice(devices) => events.push(self.lock(devices)),
                    Command::ReleaseDevice(_) => {
                        assert!(self.has_device, "a device is let go of that nobody has");
                        self.has_device = false;
                    }
                    Command::ShowLog(_) | Command::Limit(..) | Command::Discard(_) => {}
                }
            }
            self.check();
        }
    }

    /// Another run has every third device.
    fn lock(&mut self, mut devices: Vec<Device>) -> Event {
        assert!(!self.has_device, "two devices are locked");
        let device = devices.remove(0);
        self.has_device = self.dice.roll(3) > 0;
        if self.has_device {
            return Event::DeviceLocked { device: Some(device), passed: Vec::new() };
        }
        Event::DeviceLocked { device: None, passed: vec![(device, Passed::Held { holder: String::new() })] }
    }

    fn spawn(&mut self, launch: Launch) -> Event {
        assert!(launch.device.is_none() || self.has_device, "{} works on a device of others", launch.who.job);
        let key = launch.key;
        let is_planned = self.journal.jobs.contains_key(&launch.who.job);
        self.write(Records::of_launch(&launch, is_planned));
        if self.dice.roll(100) < self.mischief / 4 {
            let outcome = Outcome::NotStarted { words: "there is no room".to_owned() };
            return Event::NotSpawned { key, outcome };
        }
        self.write(vec![Records::of_spawn(&launch.who, key, 1)]);
        let actor = Actor { launch, charge: Bytes::mib(1), mood: Mood::New, was_stopped: false };
        self.actors.insert(key, actor);
        Event::Spawned(key)
    }

    /// Most of those who are killed die.
    fn killed(&mut self, key: Key) {
        let is_stuck = self.dice.roll(40) < self.mischief / 4;
        if let Some(actor) = self.actors.get_mut(&key) {
            actor.mood = if is_stuck { Mood::Stuck } else { Mood::Dead };
        }
    }

    fn order(&mut self, key: Key, order: Order) {
        let Some(actor) = self.actors.get_mut(&key) else { return };
        match order {
            Order::Bye => actor.mood = Mood::Leaving,
            Order::Stop => actor.was_stopped = true,
            Order::Relieve { .. } => actor.charge = actor.charge.percent(80),
        }
    }

    /// What has to hold at every instant.
    fn check(&self) {
        let mut names = BTreeSet::new();
        let mut held = Bytes(0);
        let is_stuck = |key: &Key| self.state.live.get(key).is_some_and(|live| live.is_stuck);
        for (key, actor) in &self.actors {
            assert!(names.insert(actor.launch.who.job.clone()), "two live attempts at {}", actor.launch.who.job);
            held = held + self.state.allotment(*key).unwrap_or_default();
        }
        assert!(held <= CAPACITY.percent(70), "{held} are promised of {CAPACITY}");
        let works = |(key, actor): &(&Key, &Actor)| !is_stuck(key) && actor.launch.work.takes_thread();
        let working = self.actors.iter().filter(works).count();
        assert!(working <= self.state.rules.threads as usize, "more workers than threads");
    }

    /// The journal says of each job what the state says: how many attempts there were, whether one lives, whether it is done.
    fn check_journal(&self) {
        for job in self.state.graph.jobs_where(|_| true) {
            let name = self.state.graph.work(job).name();
            let attempts = self.state.histories.get(&job).map_or(0, |history| history.attempts);
            let Some(known) = self.journal.jobs.get(&name) else {
                assert_eq!(attempts, 0, "{name} was tried, and the journal knows nothing of it");
                continue;
            };
            assert_eq!(known.attempts, attempts, "attempts at {name}");
            let lives = self.state.live.values().any(|live| live.job == job && !live.is_stuck);
            let is_open = matches!(known.phase, Phase::Reserved | Phase::Running(_) | Phase::Published(_));
            assert_eq!(is_open, lives, "{name} is {:?}", known.phase);
            let is_closed = matches!(known.phase, Phase::Accepted | Phase::Rejected);
            // One that is left out between two attempts is settled without a record: another start may take it up again.
            let is_left_out = known.phase == Phase::Waiting;
            let is_settled = self.state.settled.contains(&job);
            assert!(is_closed == is_settled || is_left_out, "{name} is {:?}", known.phase);
        }
    }

    /// Lets something happen.
    fn happen(&mut self) {
        self.now += MS(1 + self.dice.roll(40));
        let keys: Vec<Key> = self.actors.keys().copied().collect();
        if keys.is_empty() || self.dice.roll(4) == 0 {
            self.now += MS(self.dice.roll(100));
            let look = self.look();
            return self.feed(Event::Looked(look));
        }
        let key = keys[self.dice.roll(keys.len() as u64) as usize];
        let is_bad = self.dice.roll(100) < self.mischief;
        match self.actors[&key].mood {
            Mood::Dead => self.leave(key, Death::Signal(9)),
            Mood::Stuck if self.dice.roll(8) == 0 => self.leave(key, Death::Signal(9)),
            Mood::Stuck => self.feed(Event::Stuck(key)),
            Mood::Leaving => self.leave(key, Death::Code(0)),
            Mood::New | Mood::Busy if is_bad => self.misbehave(key),
            Mood::Busy => self.behave(key),
            Mood::New => {
                self.actors.get_mut(&key).unwrap().mood = Mood::Busy;
                self.feed(Event::Said(key, Report::Hello { protocol: PROTOCOL_VERSION, pid: 1 }));
            }
        }
    }

    fn leave(&mut self, key: Key, death: Death) {
        self.leave_with(key, death, KernelAccount::default());
    }

    fn leave_with(&mut self, key: Key, death: Death, kernel: KernelAccount) {
        self.actors.remove(&key);
        let look = self.look();
        self.feed(Event::Gone { key, death, residual: Bytes(0), kernel, look });
    }

    fn behave(&mut self, key: Key) {
        let ticks = self.dice.roll(1 << 40);
        let actor = self.actors.get_mut(&key).unwrap();
        if actor.launch.work.has_checkpoints() && self.dice.roll(4) == 0 {
            let number = ticks as u32;
            return self.feed(Event::Said(key, Report::Checkpointed { number }));
        }
        let actor = self.actors.get_mut(&key).unwrap();
        if self.dice.roll(3) > 0 && !actor.was_stopped {
            let most = actor.launch.allotment.percent(60).0;
            actor.charge = Bytes(1 + self.dice.roll(most));
            return self.feed(Event::Said(key, Report::Beat { ticks }));
        }
        let (work, optimal) = (actor.launch.work, self.dice.roll(20) == 0);
        if matches!(work, Work::Audit(_) | Work::Export) {
            let (components, accepted) = (Components::default(), self.dice.roll(4) > 0);
            self.feed(Event::Said(key, Report::Counted { components, accepted }));
        }
        if work.is_expendable() {
            let devices = self.devices();
            self.feed(Event::Seen { key, devices, ours: BTreeSet::from([1]) });
        }
        if work == Work::GpuWatch && !self.actors[&key].was_stopped {
            return;
        }
        let done = Done { effort: 1.0, steps: 1, reproducible: true, optimal };
        let (seal, look) = (Ok(self.sealed(work)), self.look());
        let who = self.actors[&key].launch.who.clone();
        if let Ok(sealed) = &seal
            && self.state.live.get(&key).is_some_and(|live| !live.is_dying())
        {
            self.write(Records::of_published(&who, done, sealed, work.output().map(|(_, name, _)| name)));
        }
        self.feed(Event::Published { key, done, seal, look });
    }

    /// None, or one that others use, or not.
    fn devices(&mut self) -> Vec<Device> {
        if self.dice.roll(6) == 0 {
            return Vec::new();
        }
        let (name, uuid) = ("a".to_owned(), "GPU-a".to_owned());
        let used = Some((self.dice.roll(2) * self.dice.roll(1000)) << 20);
        let processes = (self.dice.roll(2) == 0).then(|| vec![DeviceProcess { pid: 1, used: Some(1 << 20) }]);
        vec![Device { name, uuid, total: 1000 << 20, used, is_open: true, processes }]
    }

    fn sealed(&mut self, work: Work) -> Sealed {
        let table = matches!(work, Work::Cluster { .. }).then(|| {
            let waves = 1 + self.dice.roll(3) as u32;
            let jobs = 1 + self.dice.roll(6);
            let mut of_waves: Vec<u32> = (0..jobs).map(|_| self.dice.roll(u64::from(waves)) as u32).collect();
            of_waves.extend(0..waves);
            of_waves.sort_unstable();
            let job = |wave| Job { wave, bytes: 30 << 20, threads: 2, scope: Scope::Cluster(0) };
            FanOut { jobs: of_waves.into_iter().map(job).collect() }
        });
        let cost = matches!(work, Work::Commit { .. }).then(|| Cost { soft: self.dice.roll(1000), ..Cost::default() });
        Sealed { kind: Some(Kind::Draft), bytes: 1, sums: (0, 0), content: 0, table, cost }
    }

    fn misbehave(&mut self, key: Key) {
        let trick = self.dice.roll(9);
        let actor = self.actors.get_mut(&key).unwrap();
        match trick {
            0 => actor.charge = Bytes::mib(900),
            1 => self.leave(key, Death::Signal(11)),
            2 => self.leave(key, Death::Code(0)),
            3 => self.feed(Event::Garbled { key, words: "nonsense".to_owned() }),
            4 => {
                let kinds = [FailureKind::Bug, FailureKind::Memory, FailureKind::Io, FailureKind::Infeasible];
                let is_on_device = actor.launch.device_memory.is_some();
                let kind = if is_on_device { FailureKind::Device } else { kinds[self.dice.roll(4) as usize] };
                actor.mood = Mood::Leaving;
                self.feed(Event::Said(key, Report::Failed(Failure::new(kind, "alas"))));
            }
            5 => {
                let done = Done { effort: 1.0, steps: 1, reproducible: true, optimal: false };
                let look = self.look();
                self.feed(Event::Published { key, done, seal: Err("it is a lie".to_owned()), look });
            }
            6 => self.now += MS(35_000),
            7 => {
                let kernel = KernelAccount {
                    kill: Some(KernelKill::OwnLimit),
                    peak: Some(actor.launch.allotment),
                    ..KernelAccount::default()
                };
                self.leave_with(key, Death::Signal(9), kernel);
            }
            _ => self.feed(Event::Said(key, Report::Incumbent { cost: Cost::default() })),
        }
    }

    fn run(mut self, interrupt_at: Option<usize>) -> (Ending, Vec<Fact>) {
        let look = self.look();
        self.feed(Event::Looked(look));
        for count in 0..EVENTS_MAX {
            if self.state.has_ended() {
                let capacity = Capacity { bytes: CAPACITY, source: CapacitySource::Asked };
                assert!(self.actors.values().all(|actor| actor.mood == Mood::Stuck), "somebody is left");
                return (self.state.ending(self.now, capacity), self.facts);
            }
            if interrupt_at == Some(count) {
                self.feed(Event::Interrupted(Interrupt::Term));
            }
            self.happen();
            self.check_journal();
        }
        let left: Vec<_> = self.actors.values().map(|actor| (actor.launch.who.clone(), actor.was_stopped)).collect();
        panic!("the run does not end: {left:?} {:?} {:?}", self.state.gpu, self.facts.last());
    }
}

#[path = "simulate_tests.rs"]
mod tests;
