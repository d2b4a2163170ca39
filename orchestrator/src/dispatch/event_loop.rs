//! The shell around `step`: waits for whatever comes first, feeds it, does what comes out. It decides nothing.

use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use shared::artifact::Header;
use shared::bytes::Bytes;
use shared::codec;
use shared::model::partition::FanOut;
use shared::model::timetable::Claim;
use shared::wire::Report;
use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout};

use super::arguments::arguments;
use super::chronicle::Chronicle;
use super::event::{Command, Done, Event, Launch, Look, Seal, Sealed};
use super::state::State;
use super::{Ending, Fact, Who};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::RunError;
use crate::notify::Notify;
use crate::plan::Work;
use crate::policy::Situation;
use crate::signal::{Interrupt, Interrupts};
use crate::store::{DeviceLocks, Store};
use crate::supervise::{Attempt, Key, MAIL_MAX, Mail, Pen, Pens, Programs, SpawnError, Strays};
use crate::watch::{Capacity, Memory, Sample, Sampler, families, interval, tmpfs};

/// Who is not reaped by then is stuck in the kernel.
const BURIAL: Duration = Duration::from_secs(10);
/// The time until the next look, where a log had to be cut.
const FLOODED: Duration = Duration::from_millis(5);
/// Decisions are further apart than that only when this process does not run.
const ABSENCE: Duration = Duration::from_secs(1);
/// The processes that are looked at when somebody is killed for memory.
const LARGEST: usize = 10;
/// What is shown of a worker's log when it speaks to the user.
const LOG_BYTES_MAX: usize = 256 << 10;

/// What the loop works with.
#[derive(Debug)]
pub struct Loop {
    /// What the user wants.
    pub config: Config,
    /// Where everything is written.
    pub store: Store,
    /// Time since the start.
    pub clock: Clock,
    /// Who works for which stage.
    pub programs: Programs,
    /// The host's memory.
    pub memory: Memory,
    /// What may be counted on.
    pub capacity: Capacity,
    /// Journal and report.
    pub chronicle: Chronicle,
    /// Whether artifacts are memory.
    pub is_on_tmpfs: bool,
    /// Whoever wants to know that the loop turns.
    pub notify: Notify,
    /// Where the kernel holds workers, if it does.
    pub pens: Option<Pens>,
    /// The device that the run has.
    pub devices: DeviceLocks,
}

/// A run at its end.
#[derive(Debug)]
pub struct Conducted {
    /// How it ended.
    pub ending: Ending,
    /// Journal and report.
    pub chronicle: Chronicle,
    /// Where everything is written.
    pub store: Store,
    /// Processes that were killed and do not end.
    pub stuck: Vec<u32>,
}

/// Runs a run to its end. Call it on the main thread: workers die with the thread that started them.
///
/// # Errors
/// When the journal cannot be written; then nobody of the run is left.
pub async fn conduct(parts: Loop, state: State, interrupts: Interrupts) -> Result<Conducted, RunError> {
    let (mail, mut letters) = mpsc::channel(MAIL_MAX);
    let (live, sampler, soonest) = (BTreeMap::new(), Sampler::new(), interval::LONGEST);
    let strays = Strays::new(parts.programs.run_id());
    let decided = parts.clock.now();
    let mut conductor = Conductor { parts, state, live, sampler, strays, mail, soonest, decided };
    let conducted = conductor.conduct(&mut letters, interrupts).await;
    if conducted.is_err() {
        // Whatever went wrong, nobody is left behind.
        let _ = timeout(BURIAL, conductor.bury_everybody(&mut letters)).await;
    }
    conducted?;
    let Conductor { parts: Loop { clock, capacity, mut chronicle, store, .. }, state, live, .. } = conductor;
    // The run does not wait for who is stuck in the kernel, but says who it is.
    for (attempt, launch) in live.values() {
        chronicle.tell(clock.now(), &Fact::Left { who: launch.who.clone(), pid: attempt.pid() })?;
    }
    let stuck = live.values().map(|(attempt, _)| attempt.pid()).collect();
    Ok(Conducted { ending: state.ending(clock.now(), capacity), chronicle, store, stuck })
}

struct Conductor {
    parts: Loop,
    state: State,
    live: BTreeMap<Key, (Attempt, Launch)>,
    sampler: Sampler,
    strays: Strays,
    mail: mpsc::Sender<Mail>,
    /// Time until the next look at memory.
    soonest: Duration,
    /// When something was last decided: at least as often as memory is looked at.
    decided: Duration,
}

impl Conductor {
    async fn conduct(
        &mut self,
        letters: &mut mpsc::Receiver<Mail>,
        mut interrupts: Interrupts,
    ) -> Result<(), RunError> {
        let look = self.look_afresh();
        self.feed(Event::Looked(look))?;
        let mut next_look = self.now() + self.soonest;
        while !self.state.has_ended() {
            let now = self.now();
            self.parts.notify.turn(now, self.parts.chronicle.status());
            let wake = self.state.wake_at(now).map_or(next_look, |at| at.min(next_look));
            let deadline = tokio::time::Instant::from_std(self.parts.clock.instant(wake));
            tokio::select! {
                biased;
                () = sleep_until(deadline) => {
                    let look = self.look();
                    next_look = self.now() + self.soonest;
                    self.feed(Event::Looked(look))?;
                    next_look = next_look.min(self.now() + self.soonest);
                }
                interrupt = interrupts.next() => self.interrupted(interrupt)?,
                letter = letters.recv() => {
                    let letter = letter.expect("a sender is kept in here");
                    self.open(letter)?;
                    // A new worker, or one near its line, may have to be looked at earlier than it was planned.
                    next_look = next_look.min(self.now() + self.soonest);
                }
            }
        }
        Ok(())
    }

    /// Ends all workers and waits until each is reaped and its channel is closed: the folder of a channel that waits for a
    /// call is removed only then.
    async fn bury_everybody(&mut self, letters: &mut mpsc::Receiver<Mail>) {
        self.live.values().for_each(|(attempt, _)| attempt.kill());
        while !self.live.is_empty() {
            match letters.recv().await {
                Some(Mail::Gone { key, .. }) => drop(self.live.remove(&key)),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn now(&self) -> Duration {
        self.parts.clock.now()
    }

    fn interrupted(&mut self, interrupt: Interrupt) -> Result<(), RunError> {
        let now = self.now();
        self.parts.chronicle.interrupted(now, interrupt.number())?;
        self.feed(Event::Interrupted(interrupt))
    }

    fn open(&mut self, letter: Mail) -> Result<(), RunError> {
        match letter {
            Mail::Called(key, orders) => {
                if let Some((attempt, _)) = self.live.get_mut(&key) {
                    attempt.connect(orders);
                }
                Ok(())
            }
            Mail::Said(key, Report::Published { effort, steps, reproducible, optimal }) => {
                self.published(key, Done { effort, steps, reproducible, optimal })
            }
            Mail::Said(key, Report::Devices { devices }) => {
                let others = self.live.iter().filter(|(other, _)| **other != key);
                let ours = families(others.map(|(_, (attempt, _))| attempt.pid()));
                self.feed(Event::Seen { key, devices, ours })
            }
            Mail::Said(key, report) => {
                if let Report::Relieved { .. } = report {
                    // What it holds now is what the relief has left.
                    let look = self.look();
                    self.feed(Event::Looked(look))?;
                }
                self.feed(Event::Said(key, report))
            }
            Mail::Garbled(key, words) => self.feed(Event::Garbled { key, words }),
            Mail::Stuck(key) => self.feed(Event::Stuck(key)),
            Mail::Unheld(key, why) => self.unheld(key, why),
            Mail::Gone { key, death, mut kernel } => {
                let Some((attempt, _)) = self.live.get_mut(&key) else { return Ok(()) };
                attempt.cut_log();
                let pid = attempt.pid();
                // Nobody is left whom we know to be of it; whoever slipped away unmarked is counted all the same.
                self.sampler.watch_by(pid, None);
                let residual = self.sampler.sample(pid, self.parts.clock.instant(self.now())).charge.max(kernel.left);
                self.sampler.forget(pid);
                self.live.remove(&key);
                let look = self.look_afresh();
                if kernel.kill.is_some() {
                    kernel.largest = Memory::largest(LARGEST);
                }
                self.feed(Event::Gone { key, death, residual, kernel, look })
            }
        }
    }

    /// The kernel does not hold it: it is looked at, and that is said.
    fn unheld(&mut self, key: Key, why: String) -> Result<(), RunError> {
        let now = self.now();
        let Some((attempt, launch)) = self.live.get(&key) else { return Ok(()) };
        self.sampler.watch_by(attempt.pid(), None);
        Ok(self.parts.chronicle.tell(now, &Fact::Unheld { who: launch.who.clone(), why })?)
    }

    fn published(&mut self, key: Key, done: Done) -> Result<(), RunError> {
        let Some((_, launch)) = self.live.get(&key) else { return Ok(()) };
        let (who, output) = (launch.who.clone(), launch.work.output().map(|(_, name, _)| name));
        let seal = self.examine(launch.work);
        if let Ok(sealed) = &seal {
            let now = self.now();
            self.parts.chronicle.sealed(now, &who, done, sealed, output)?;
        }
        let look = self.look();
        self.feed(Event::Published { key, done, seal, look })
    }

    /// Reads the header of what a worker says it has sealed.
    fn examine(&self, work: Work) -> Seal {
        let Some((_, name, kind)) = work.output() else {
            return Ok(Sealed { kind: None, bytes: 0, sums: (0, 0), content: 0, table: None, cost: None });
        };
        let header = Header::read(&self.parts.store.artifact(&name)).map_err(|error| format!("failed to {error}"))?;
        if header.kind != kind {
            return Err(format!("{name} holds {:?} where {kind:?} was expected", header.kind));
        }
        let table = matches!(work, Work::Cluster { .. }).then(|| codec::decode::<FanOut>(&header.note)).transpose();
        let table = table.map_err(|error| format!("failed to {error} (the fan-out table of {name})"))?;
        let claim = matches!(work, Work::Commit { .. }).then(|| codec::decode::<Claim>(&header.note)).transpose();
        let cost = claim.map_err(|error| format!("failed to {error} (the cost of {name})"))?.map(|claim| claim.cost);
        let (sums, content) = ((header.body_sum, header.key.0), header.content());
        Ok(Sealed { kind: Some(kind), bytes: header.length, sums, content, table, cost })
    }

    /// Lets `step` decide and does what it says, until there is nothing more to do.
    fn feed(&mut self, event: Event) -> Result<(), RunError> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let now = self.now();
            let away = now.saturating_sub(self.decided);
            self.decided = now;
            let event = if away > ABSENCE {
                events.push_front(event);
                Event::WasAway(away)
            } else {
                event
            };
            let commands = self.state.step(now, event);
            for command in commands {
                events.extend(self.obey(command)?);
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<Option<Event>, RunError> {
        let now = self.now();
        match command {
            Command::Spawn(launch) => return Ok(Some(self.spawn(now, &launch)?)),
            Command::Order(key, order) => {
                if let Some((attempt, _)) = self.live.get(&key) {
                    attempt.order(order);
                }
            }
            Command::Kill { key, who, why, charge, allotment } => {
                self.parts.chronicle.kill(now, &who, why)?;
                if let Some((attempt, _)) = self.live.get(&key) {
                    attempt.kill();
                }
                let largest = if why.is_about_memory() { Memory::largest(LARGEST) } else { Vec::new() };
                self.parts.chronicle.tell(now, &Fact::Killed { who, why, charge, allotment, largest })?;
            }
            Command::Limit(key, allotment) => {
                let limited = self.live.get(&key).map_or(Ok(()), |(attempt, _)| attempt.limit(allotment));
                if let Err(error) = limited {
                    self.unheld(key, format!("failed to {error}"))?;
                }
            }
            // One that stays takes room on the disk, and is removed when the run is taken up again.
            Command::Discard(name) => drop(std::fs::remove_file(self.parts.store.artifact(&name))),
            Command::LockDevice(devices) => {
                let (device, passed) = self.parts.devices.take_first(devices);
                return Ok(Some(Event::DeviceLocked { device, passed }));
            }
            Command::ReleaseDevice(quarantine) => self.parts.devices.release(quarantine),
            Command::Tell(fact) => self.parts.chronicle.tell(now, &fact)?,
            Command::ShowLog(who) => self.show_log(&who),
        }
        Ok(None)
    }

    fn spawn(&mut self, now: Duration, launch: &Launch) -> Result<Event, RunError> {
        self.parts.chronicle.reserve(now, launch)?;
        let key = launch.key;
        let pen = self.pen(now, launch)?;
        match self.try_to_spawn(launch, pen) {
            Ok(attempt) => {
                let pid = attempt.pid();
                self.sampler.watch(pid);
                self.sampler.watch_by(pid, attempt.gauge());
                // It lives from here on, even if that cannot be written down.
                self.live.insert(key, (attempt, launch.clone()));
                self.parts.chronicle.spawned(self.now(), launch, pid)?;
                // Nobody knows yet how fast it grows: it is looked at as soon as it could be half-way to its line.
                self.soonest = self.soonest.min(interval::next(launch.allotment, 0.0));
                Ok(Event::Spawned(key))
            }
            Err(error) => Ok(Event::NotSpawned { key, outcome: error.outcome() }),
        }
    }

    /// A control group for an attempt, where the kernel can hold it. Where that fails once it is said, and the attempt looked at.
    fn pen(&mut self, now: Duration, launch: &Launch) -> Result<Option<Pen>, RunError> {
        let Who { job, attempt, .. } = &launch.who;
        let Some(pens) = &self.parts.pens else { return Ok(None) };
        match pens.make(&format!("{job}-{attempt}"), launch.allotment) {
            Ok(pen) => Ok(Some(pen)),
            Err(error) => {
                let unheld = Fact::Unheld { who: launch.who.clone(), why: format!("failed to {error}") };
                self.parts.chronicle.tell(now, &unheld)?;
                Ok(None)
            }
        }
    }

    fn try_to_spawn(&mut self, launch: &Launch, pen: Option<Pen>) -> Result<Attempt, SpawnError> {
        let Who { job, attempt, .. } = &launch.who;
        let log = self.parts.store.begin_attempt(job, *attempt)?;
        if let Some((_, name, _)) = launch.work.output() {
            // What another start has left there, and does not count, must not be taken for what this attempt says it has sealed.
            let _ = std::fs::remove_file(self.parts.store.artifact(&name));
        }
        let mut args = arguments(&self.parts.store, &self.parts.config, launch);
        let patience = self.parts.config.settings.patience.kill;
        Attempt::start(launch.key, &self.parts.programs, &mut args, log, &self.mail, patience, pen)
    }

    fn look_afresh(&mut self) -> Look {
        let now = self.parts.clock.instant(self.now());
        self.parts.memory.host_afresh(now);
        self.look()
    }

    /// Looks at everybody's memory, and plans the next look by who is nearest to the line.
    fn look(&mut self) -> Look {
        let now = self.parts.clock.instant(self.now());
        self.adopt_strays(now);
        let is_flooded = self.live.values_mut().fold(false, |cut, (attempt, _)| attempt.cut_log() || cut);
        let sampler = &mut self.sampler;
        let workers: BTreeMap<Key, Sample> =
            self.live.iter().map(|(key, (attempt, _))| (*key, sampler.sample(attempt.pid(), now))).collect();
        let headroom = |(key, sample): (&Key, &Sample)| {
            let allotment = self.state.allotment(*key).unwrap_or(sample.charge);
            interval::next(allotment.less(sample.charge), sample.growth)
        };
        self.soonest = workers.iter().map(headroom).min().unwrap_or(interval::LONGEST);
        if is_flooded {
            // Who floods its log does not stop at once.
            self.soonest = self.soonest.min(FLOODED);
        }
        let host = self.parts.memory.host(now);
        let read_at = self.parts.memory.looked_at().unwrap_or(now);
        let situation = Situation {
            kept: Bytes(0),
            capacity: self.parts.capacity.bytes,
            host_limit: host.limit,
            host_used: host.used,
            orchestrator: self.sampler.own(),
            tmpfs: if self.parts.is_on_tmpfs { tmpfs::occupied(self.parts.store.root()) } else { Bytes(0) },
            charges: workers.values().map(|sample| sample.charge).sum(),
        };
        let held = workers.iter().filter_map(|(key, sample)| {
            let (_, launch) = self.live.get(key)?;
            Some((launch.who.stage, sample.charge, self.state.allotment(*key)?))
        });
        self.parts.chronicle.held(self.parts.clock.now(), &situation, held);
        Look { situation, host, host_read_at: self.parts.clock.since_start(read_at), workers }
    }

    /// Whoever has left a worker's group and lost its parent is charged to that worker all the same.
    fn adopt_strays(&mut self, now: Instant) {
        let Self { live, strays, sampler, .. } = self;
        let is_worker = |pid| live.values().any(|(attempt, _)| attempt.pid() == pid);
        for stray in strays.look(now, is_worker) {
            match live.values().find(|(attempt, _)| attempt.mark() == stray.attempt) {
                Some((attempt, _)) => sampler.adopt(attempt.pid(), stray.pid),
                None => stray.end(),
            }
        }
    }

    /// Prints what a worker wrote for the user. A closed stderr is no reason to stop.
    fn show_log(&mut self, who: &Who) {
        let text = read_up_to(&self.parts.store.stderr_log(&who.job, who.attempt), LOG_BYTES_MAX);
        self.parts.chronicle.foreign(&text);
    }
}

fn read_up_to(path: &Path, most: usize) -> Vec<u8> {
    let mut text = Vec::new();
    // What cannot be read is not shown; why the run ends is said all the same.
    let _ = std::fs::File::open(path).and_then(|file| file.take(most as u64).read_to_end(&mut text));
    text
}
