//! A run without processes for the tests beside this: nothing happens in it but what a test says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::model::partition::{FanOut, Job, Scope};
use shared::model::{Components, Cost};
use shared::wire::{Order, PROTOCOL_VERSION, Report, Stage};

use super::event::{Command, Done, Event, Launch, Look, Sealed};
use super::recipe::Recipe;
use super::state::{Rules, State};
use super::{Fact, KillReason, Next};
use crate::config::Settings;
use crate::plan::{Shares, Work};
use crate::policy::gpu::{GpuRules, Passed, Wish};
use crate::policy::{Governor, Lessons, Situation, Thresholds};
use crate::supervise::{Death, Key, Outcome};
use crate::watch::{Capacity, CapacitySource, Host, KernelAccount, KernelKill, Sample};

pub(super) const MS: fn(u64) -> Duration = Duration::from_millis;
pub(super) const CAPACITY: Capacity = Capacity { bytes: Bytes::mib(1000), source: CapacitySource::Asked };

/// Nobody asks for a device.
pub(super) const GPU: GpuRules =
    GpuRules { wish: Wish::Auto, is_wanted: false, cap: Bytes::mib(100), watch: Duration::from_secs(2) };

/// A run in which nothing happens but what a test says.
pub(super) struct Run {
    pub(super) state: State,
    pub(super) now: Duration,
    pub(super) live: BTreeMap<Key, Launch>,
    pub(super) charge: Bytes,
    /// What the kernel did to each of them.
    pub(super) kernel: Option<KernelKill>,
    pub(super) others: Bytes,
    pub(super) told: Vec<Fact>,
    pub(super) orders: Vec<Order>,
    /// Checkpoints that were removed.
    pub(super) discarded: Vec<String>,
    pub(super) killed: Vec<KillReason>,
    /// What the next ledger costs.
    pub(super) cost: Cost,
    /// Another run has every device.
    pub(super) is_device_held: bool,
    /// Devices that were let go of, and what is used of each that is under quarantine.
    pub(super) released: Vec<Option<Bytes>>,
}

impl Run {
    pub(super) fn new(shares: Option<Shares>) -> Self {
        Self::made(shares, |_| {})
    }

    /// A run of counted work with other rules.
    pub(super) fn new_with(change: impl FnOnce(&mut Rules)) -> Self {
        Self::made(None, change)
    }

    fn made(shares: Option<Shares>, change: impl FnOnce(&mut Rules)) -> Self {
        let settings = Settings::read(&[], MS(1000)).unwrap();
        let mut rules = Rules {
            engine_memory: Bytes(0),
            threads: 2,
            recipe: Recipe { effort: shares.is_none().then_some(1.0), ..Recipe::default() },
            stage_memory: BTreeMap::new(),
            lessons: Lessons::default(),
            instance_bytes: Bytes(10_000),
            solve_memory: Bytes::mib(64),
            sweeps: 3,
            patience: settings.patience,
            retries: settings.retries,
            stages: BTreeSet::from([Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Evolve, Stage::Resolve]),
            gpu: GPU,
        };
        change(&mut rules);
        let state = State::new(rules, shares, Governor::new(Thresholds::default()));
        let (live, told, orders, discarded, killed) = Default::default();
        let mut run = Self {
            state,
            now: MS(0),
            live,
            charge: Bytes::mib(1),
            kernel: None,
            others: Bytes::mib(100),
            told,
            orders,
            discarded,
            killed,
            cost: Cost::default(),
            is_device_held: false,
            released: Vec::new(),
        };
        run.look();
        run
    }

    pub(super) fn seen(&self) -> Look {
        let sample = Sample { charge: self.charge, peak: self.charge, growth: 0.0, processes: 1, kill: self.kernel };
        let workers: BTreeMap<Key, Sample> = self.live.keys().map(|key| (*key, sample)).collect();
        let charges = workers.values().map(|sample| sample.charge).sum();
        let host = Host { limit: Bytes::mib(4000), used: self.others + charges };
        let (capacity, host_limit, host_used) = (Bytes::mib(1000), host.limit, host.used);
        let (orchestrator, tmpfs) = (Bytes::mib(2), Bytes(0));
        let situation = Situation { capacity, host_limit, host_used, orchestrator, tmpfs, charges, kept: Bytes(0) };
        Look { situation, host, host_read_at: self.now, workers }
    }

    pub(super) fn look(&mut self) {
        let look = self.seen();
        self.feed(Event::Looked(look));
    }

    pub(super) fn feed(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for command in self.state.step(self.now, event) {
                match command {
                    Command::Spawn(launch) => {
                        events.push(Event::Spawned(launch.key));
                        self.live.insert(launch.key, *launch);
                    }
                    Command::Order(_, order) => self.orders.push(order),
                    Command::Kill { why, .. } => self.killed.push(why),
                    Command::Tell(fact) => self.told.push(fact),
                    Command::Discard(name) => self.discarded.push(name),
                    Command::LockDevice(mut devices) => {
                        let is_held = self.is_device_held;
                        let device = (!is_held).then(|| devices.remove(0));
                        let held = |device| (device, Passed::Held { holder: String::new() });
                        let passed = if is_held { devices.into_iter().map(held).collect() } else { Vec::new() };
                        events.push(Event::DeviceLocked { device, passed });
                    }
                    Command::ReleaseDevice(mark) => self.released.push(mark),
                    Command::ShowLog(_) | Command::Limit(..) => {}
                }
            }
        }
    }

    /// The live attempt at a job.
    pub(super) fn key(&self, job: &str) -> Key {
        let found = self.live.iter().find(|(_, launch)| launch.who.job == job);
        *found.unwrap_or_else(|| panic!("{job} is not among {:?}", self.names())).0
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.live.values().map(|launch| launch.who.job.as_str()).collect()
    }

    pub(super) fn hello(&mut self, job: &str) {
        self.feed(Event::Said(self.key(job), Report::Hello { protocol: PROTOCOL_VERSION, pid: 7 }));
    }

    pub(super) fn gone(&mut self, job: &str, death: Death) {
        self.gone_by_key(self.key(job), death);
    }

    pub(super) fn gone_by_key(&mut self, key: Key, death: Death) {
        self.live.remove(&key);
        let look = self.seen();
        self.feed(Event::Gone { key, death, residual: Bytes(0), kernel: KernelAccount::default(), look });
    }

    /// A job is done as it should be.
    pub(super) fn done(&mut self, job: &str, optimal: bool) {
        self.hello(job);
        let key = self.key(job);
        let work = self.live[&key].work;
        if matches!(work, Work::Audit(_) | Work::Export) {
            self.feed(Event::Said(key, Report::Counted { components: Components::default(), accepted: true }));
        }
        let row = |wave| Job { wave, bytes: 20 << 20, threads: 2, scope: Scope::Cluster(0) };
        let table = matches!(work, Work::Cluster { .. }).then(|| FanOut { jobs: vec![row(0), row(0), row(1)] });
        let cost = matches!(work, Work::Commit { .. }).then_some(self.cost);
        let seal = Ok(Sealed { kind: None, bytes: 1, sums: (0, 0), content: 0, table, cost });
        let (done, look) = (Done { effort: 1.0, steps: 1, reproducible: true, optimal }, self.seen());
        self.feed(Event::Published { key, done, seal, look });
        self.gone(job, Death::Code(0));
    }

    /// Everything is done until that job runs.
    pub(super) fn until(job: &str) -> Self {
        let mut run = Self::new(None);
        run.go_to(job);
        run
    }

    /// Everything is done until that job runs.
    pub(super) fn go_to(&mut self, job: &str) {
        while !self.names().contains(&job) {
            let next = self.names()[0].to_owned();
            self.done(&next, false);
        }
    }

    pub(super) fn last_end(&self) -> (Outcome, Next) {
        let ends = self.told.iter().rev().filter_map(|fact| match fact {
            Fact::Ended { outcome, next, .. } => Some((outcome.clone(), next.clone())),
            _ => None,
        });
        ends.into_iter().next().expect("an attempt has ended")
    }
}
