//! The one place where it is decided what happens next: a function of state, event and time. It touches nothing else.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::wire::{Order, PROTOCOL_VERSION, Report};

use super::event::{Command, Done, Event, Look, Seal};
use super::state::{Count, Doom, Live, Phase, State};
use super::{Ending, Fact, KillReason};
use crate::plan::Work;
use crate::signal::Interrupt;
use crate::supervise::{Key, Outcome};
use crate::watch::Capacity;

/// Messages of one attempt that are written down; a search of a night has a few thousand.
const TOLD_MAX: u32 = 10_000;

impl State {
    /// Takes note of an event and says what is to be done about it, in this order.
    pub fn step(&mut self, now: Duration, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::Looked(look) => {
                self.look_at(look);
                self.watch_kernel(now, &mut commands);
                self.watch_memory(now, &mut commands);
            }
            Event::Spawned(key) => self.spawned(now, key),
            Event::NotSpawned { key, outcome } => self.not_spawned(now, key, outcome, &mut commands),
            Event::Said(key, report) => self.said(now, key, report, &mut commands),
            Event::Seen { key, devices, ours } => self.seen(now, key, devices, ours, &mut commands),
            Event::DeviceLocked { device, passed } => self.locked(device, passed, &mut commands),
            Event::Published { key, done, seal, look } => {
                self.look_at(look);
                self.published(now, key, done, seal, &mut commands);
            }
            Event::Garbled { key, words } => self.kill(now, key, KillReason::Untrustworthy, &words, &mut commands),
            Event::Gone { key, death, residual, kernel, look } => {
                self.look_at(look);
                self.gone(now, key, death, residual, kernel, &mut commands);
            }
            Event::Stuck(key) => self.stuck(now, key, &mut commands),
            Event::Interrupted(interrupt) => self.interrupted(now, interrupt, &mut commands),
            Event::WasAway(lasted) => self.live.values_mut().for_each(|live| live.forgive(lasted)),
        }
        self.watch_time(now, &mut commands);
        self.start_what_is_ready(now, &mut commands);
        commands
    }

    /// The exit code and all else that is said at the end.
    pub fn ending(&self, wall: Duration, capacity: Capacity) -> Ending {
        let (exit, reason) = match (&self.doom, self.interrupt, &self.tally.exported) {
            (Some(doom), _, _) => (doom.exit, Some(doom.reason.clone())),
            (None, _, _) if self.wound_up.is_some() => {
                self.wound_up.as_ref().map_or((Exit::Internal, None), |doom| (doom.exit, Some(doom.reason.clone())))
            }
            (None, Some(interrupt), _) => (interrupt.exit(), None),
            (None, None, Some(components)) if !components.cost().is_feasible() => (Exit::Incomplete, None),
            (None, None, _) if self.tally.is_degraded => (Exit::Degraded, None),
            (None, None, _) => (Exit::Complete, None),
        };
        let efforts = &self.tally.efforts;
        // A sum of nothing is -0.
        let mean = efforts.iter().fold(0.0, |sum, effort| sum + effort) / efforts.len().max(1) as f64;
        Ending {
            exit,
            reason,
            components: self.tally.exported.clone(),
            reproducible: self.tally.irreproducible.is_none(),
            irreproducible_because: self.tally.irreproducible,
            // Counted work is what was asked for; by the clock it is what the searches say.
            effort: self.rules.recipe.effort.unwrap_or(mean),
            wall,
            peak: self.tally.peak,
            capacity,
            gains: self.tally.gains.clone(),
        }
    }

    /// Takes over what was seen of everybody's memory.
    fn look_at(&mut self, mut look: Look) {
        look.situation.kept = self.kept();
        for (key, sample) in &look.workers {
            if let Some(live) = self.live.get_mut(key) {
                live.charge = sample.charge;
                if sample.charge > Bytes(0) {
                    live.last_charge = sample.charge;
                }
                live.peak = live.peak.max(sample.peak);
            }
        }
        for (stage, tally) in &mut self.stages {
            let held = self.live.values().filter(|live| live.who.stage == *stage).map(|live| live.charge).sum();
            tally.peak = tally.peak.max(held);
        }
        self.tally.peak = self.tally.peak.max(look.situation.pipeline());
        self.look = look;
    }

    /// What is set aside for workers that do not end.
    pub(super) fn kept(&self) -> Bytes {
        self.live.values().filter(|live| live.is_stuck).map(|live| live.allotment).sum()
    }

    fn spawned(&mut self, now: Duration, key: Key) {
        if let Some(live) = self.live.get_mut(&key) {
            (live.began, live.saved) = (now, now);
        }
    }

    /// A worker that could not be started has ended before it lived.
    fn not_spawned(&mut self, now: Duration, key: Key, outcome: Outcome, commands: &mut Vec<Command>) {
        if let Some(live) = self.live.remove(&key) {
            self.conclude(now, &live, outcome, commands);
        }
    }

    fn said(&mut self, now: Duration, key: Key, report: Report, commands: &mut Vec<Command>) {
        let Some(live) = self.live.get_mut(&key) else { return };
        let (who, live_job) = (live.who.clone(), live.job);
        match report {
            Report::Hello { protocol, pid } => {
                if protocol != PROTOCOL_VERSION {
                    let words = format!("it speaks protocol {protocol}, we speak {PROTOCOL_VERSION}");
                    return self.kill(now, key, KillReason::Untrustworthy, &words, commands);
                }
                if !matches!(live.phase, Phase::Starting) {
                    return;
                }
                live.phase = Phase::Running { ticks: 0, moved: now };
                if live.stopped.is_some() {
                    commands.push(Command::Order(key, Order::Stop));
                }
                commands.push(Command::Tell(Fact::Hello { who, pid }));
                self.is_called(key, pid);
            }
            Report::Beat { ticks: newer } => {
                if let Phase::Running { ticks, moved } = &mut live.phase
                    && newer != *ticks
                {
                    (*ticks, *moved) = (newer, now);
                }
            }
            Report::Incumbent { .. } | Report::Note { .. } | Report::Relieved { .. } if !is_heard(live, commands) => {}
            Report::Incumbent { cost } => commands.push(Command::Tell(Fact::Incumbent { who, cost })),
            Report::Note { text } => commands.push(Command::Tell(Fact::Note { who, text })),
            Report::Relieved { pass, what } => {
                let (before, after) = (live.before_relief, live.charge);
                commands.push(Command::Tell(Fact::Relieved { who, pass, what, before, after }));
            }
            Report::Counted { components, accepted } => live.counted = Some(Count { components, accepted }),
            Report::Checkpointed { number } => {
                live.saved = now;
                self.history(live_job).checkpoint = Some(number);
                commands.push(Command::Tell(Fact::Checkpointed { who, number }));
            }
            Report::Failed(failure) => live.last_word = Some(failure),
            Report::DeviceMemory { held, .. } => self.says_it_holds(now, key, Bytes(held), commands),
            Report::Devices { .. } | Report::Published { .. } => {}
        }
    }

    /// A worker says it is done. It is believed when what it sealed is sound; then it may go.
    fn published(&mut self, now: Duration, key: Key, done: Done, seal: Seal, commands: &mut Vec<Command>) {
        let Some(live) = self.live.get_mut(&key).filter(|live| !live.is_dying()) else { return };
        let must_count = matches!(live.work, Work::Audit(_) | Work::Export);
        let seal = seal.and_then(|sealed| match live.counted {
            None if must_count => Err("it says that it is done, and has not counted".to_owned()),
            _ => Ok(sealed),
        });
        match seal {
            Ok(sealed) => {
                live.phase = Phase::Leaving { since: now, done, sealed };
                let Done { effort, steps, reproducible, optimal } = done;
                let (who, charge, peak) = (live.who.clone(), live.charge, live.peak);
                let fact = Fact::Published { who, effort, steps, reproducible, optimal, charge, peak };
                commands.extend([Command::Order(key, Order::Bye), Command::Tell(fact)]);
            }
            Err(words) => self.kill(now, key, KillReason::Untrustworthy, &words, commands),
        }
    }

    pub(super) fn kill(&mut self, now: Duration, key: Key, why: KillReason, words: &str, commands: &mut Vec<Command>) {
        let Some(live) = self.live.get_mut(&key).filter(|live| !live.is_dying() && !live.is_stuck) else { return };
        let (who, charge, allotment) = (live.who.clone(), live.charge, live.allotment);
        // What is sealed is sealed: a worker that does not leave afterwards is ended, and its output counts.
        if let Phase::Leaving { since, .. } = &mut live.phase {
            // It gets as long again to be gone, rather than another signal with each event.
            *since = now;
        } else {
            live.phase = Phase::Dying { since: now, why, words: words.to_owned() };
        }
        commands.push(Command::Kill { key, who, why, charge, allotment });
    }

    /// Asks a worker to seal what it has. One that has not called yet is asked when it does.
    pub(super) fn ask_to_stop(&mut self, now: Duration, key: Key, commands: &mut Vec<Command>) {
        if let Some(live) = self.live.get_mut(&key).filter(|live| live.stopped.is_none()) {
            live.stopped = Some(now);
            commands.push(Command::Order(key, Order::Stop));
        }
    }

    fn interrupted(&mut self, now: Duration, interrupt: Interrupt, commands: &mut Vec<Command>) {
        commands.push(Command::Tell(Fact::Interrupted { signal: interrupt.name() }));
        if self.interrupt.is_some() {
            let again = Doom { exit: interrupt.exit(), reason: format!("interrupted again by {}", interrupt.name()) };
            return self.give_up_the_run(now, again, commands);
        }
        self.interrupt = Some(interrupt);
        self.irreproducible("interrupted");
        // The first ledger is worth waiting for: without it there is nothing to export.
        let is_awaited = |work: Work| work.is_search() || work == (Work::Commit { sweep: 0, wave: 0 });
        let awaited: Vec<Key> =
            self.live.iter().filter(|(_, live)| is_awaited(live.work)).map(|(key, _)| *key).collect();
        if self.timetables.accepted.is_none() && awaited.is_empty() {
            let reason = format!("{} came before there was a timetable", interrupt.name());
            self.give_up_the_run(now, Doom { exit: interrupt.exit(), reason }, commands);
        }
        for key in awaited {
            self.ask_to_stop(now, key, commands);
        }
    }

    /// No search begins any more and those that run seal what they have; what there is is exported, and then the run ends so.
    pub(super) fn wind_up(&mut self, now: Duration, doom: Doom, commands: &mut Vec<Command>) {
        self.wound_up.get_or_insert(doom);
        self.irreproducible("cut short");
        let searching: Vec<Key> =
            self.live.iter().filter(|(_, live)| live.work.is_search()).map(|(key, _)| *key).collect();
        for key in searching {
            self.ask_to_stop(now, key, commands);
        }
    }

    /// Nothing more is started, and whoever lives is ended.
    pub(super) fn give_up_the_run(&mut self, now: Duration, doom: Doom, commands: &mut Vec<Command>) {
        self.doom.get_or_insert(doom);
        let living: Vec<Key> = self.live.keys().copied().collect();
        for key in living {
            self.kill(now, key, KillReason::RunEnds, "", commands);
        }
    }
}

/// Whether what a worker tells goes into the log of the run: it has a limit, and reaching it is told.
fn is_heard(live: &mut Live, commands: &mut Vec<Command>) -> bool {
    live.told = live.told.saturating_add(1);
    if live.told == TOLD_MAX {
        let text = format!("{TOLD_MAX} messages are enough: what it says from here on is not told");
        commands.push(Command::Tell(Fact::Note { who: live.who.clone(), text }));
    }
    live.told < TOLD_MAX
}
