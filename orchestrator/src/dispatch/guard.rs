//! What is noticed while nothing happens: memory and time.

use std::time::Duration;

use shared::exit::Exit;
use shared::wire::Order;

use super::event::Command;
use super::state::{Doom, Phase, State};
use super::{Fact, KillReason};
use crate::policy::{Action, Why};
use crate::supervise::Key;
use crate::watch::KernelKill;

/// A search seals its best when its time is over; so much later it is reminded.
const OVERTIME: Duration = Duration::from_millis(300);

impl State {
    /// Ends what is left of attempts of which the kernel has ended somebody: it takes the largest process, not the whole attempt.
    pub(super) fn watch_kernel(&mut self, now: Duration, commands: &mut Vec<Command>) {
        let killed: Vec<_> = self.look.workers.iter().filter_map(|(key, sample)| Some((*key, sample.kill?))).collect();
        for (key, kill) in killed {
            let Some(live) = self.live.get_mut(&key).filter(|live| !live.is_leaving()) else { continue };
            if kill == KernelKill::OwnLimit {
                // That is what it held then; by now it may be less.
                live.charge = live.allotment;
            }
            self.kill(now, key, KillReason::of_kernel(kill), "", commands);
        }
    }

    /// Does what the governor says.
    pub(super) fn watch_memory(&mut self, now: Duration, commands: &mut Vec<Command>) {
        let (views, queue) = (self.worker_views(now), self.needs_waiting(now));
        let stage = self.last_stage;
        // Borrowed field by field: the governor changes while it looks at the rest.
        let situation = self.look.situation;
        let seen = crate::policy::Observation {
            now,
            stage,
            situation,
            host_read_at: self.look.host_read_at,
            workers: &views,
            queue: &queue,
        };
        for action in self.governor.observe(&seen) {
            match action {
                Action::Relieve { worker, pass } => self.relieve(worker, pass, commands),
                Action::Enlarge { worker, to } => self.enlarge(worker, to, commands),
                Action::Kill { worker, why } => {
                    let why = match why {
                        Why::OverAllotment => KillReason::OverAllotment,
                        Why::HostEmergency => KillReason::HostEmergency,
                    };
                    self.kill(now, worker, why, "", commands);
                }
                Action::HighMemory { pass } => {
                    self.before_relief = situation.pipeline();
                    commands.push(Command::Tell(Fact::HighMemory { stage, pass, situation }));
                }
                Action::AfterCleanup { pass } => {
                    let before = self.before_relief;
                    commands.push(Command::Tell(Fact::AfterCleanup { stage, pass, before, situation }));
                }
                Action::PressureBegan => {
                    self.is_pressed = true;
                    commands.push(Command::Tell(Fact::PressureBegan { situation }));
                }
                Action::PressureEnded => {
                    self.is_pressed = false;
                    commands.push(Command::Tell(Fact::PressureEnded));
                }
                Action::GiveWay => {
                    let reason = "other programs hold the memory and did not give it back in time".to_owned();
                    self.give_up_the_run(now, Doom { exit: Exit::PressureOutside, reason }, commands);
                }
            }
        }
    }

    fn relieve(&mut self, key: Key, pass: u8, commands: &mut Vec<Command>) {
        let Some(live) = self.live.get_mut(&key) else { return };
        live.before_relief = live.charge;
        let (who, before) = (live.who.clone(), live.charge);
        // Told first: it is in the journal before the worker hears of it.
        commands.push(Command::Tell(Fact::ReliefOrdered { who, pass, before }));
        commands.push(Command::Order(key, Order::Relieve { pass }));
        self.irreproducible("relief");
    }

    fn enlarge(&mut self, key: Key, to: shared::bytes::Bytes, commands: &mut Vec<Command>) {
        let Some(live) = self.live.get_mut(&key) else { return };
        live.allotment = to;
        commands.push(Command::Limit(key, to));
        commands.push(Command::Tell(Fact::Enlarged { who: live.who.clone(), to }));
    }

    /// Ends whoever is silent, stuck, or too late.
    pub(super) fn watch_time(&mut self, now: Duration, commands: &mut Vec<Command>) {
        let overdue: Vec<(Key, Overdue)> =
            self.live.keys().filter_map(|key| Some((*key, self.overdue(now, *key)?))).collect();
        for (key, what) in overdue {
            match what {
                Overdue::End(why) => self.kill(now, key, why, "", commands),
                Overdue::Remind => self.ask_to_stop(now, key, commands),
            }
        }
        let is_over = self.shares.is_some_and(|shares| now >= shares.limit());
        if is_over && self.timetables.accepted.is_none() && self.doom.is_none() && !self.has_ended() {
            let (exit, reason) = if self.is_pressed {
                (Exit::PressureOutside, "other programs held the memory until the time limit")
            } else {
                (Exit::Deadline, "the time limit came before there was a timetable")
            };
            self.give_up_the_run(now, Doom { exit, reason: reason.to_owned() }, commands);
        }
    }

    fn overdue(&self, now: Duration, key: Key) -> Option<Overdue> {
        let live = &self.live[&key];
        let patience = self.rules.patience;
        if live.stopped.is_some_and(|at| now >= at + patience.stop) && !live.is_dying() && !live.is_leaving() {
            let was_asked = self.is_winding_up();
            return Some(Overdue::End(if was_asked { KillReason::NotStopped } else { KillReason::Hang }));
        }
        match live.phase {
            Phase::Starting if now >= live.began + patience.hello => Some(Overdue::End(KillReason::NoHello)),
            Phase::Running { moved, .. } if now >= moved + patience.silence => Some(Overdue::End(KillReason::Hang)),
            Phase::Leaving { since, .. } if now >= since + patience.stop => Some(Overdue::End(KillReason::Hang)),
            Phase::Running { .. } if live.stopped.is_none() && live.ends.is_some_and(|ends| now >= ends + OVERTIME) => {
                Some(Overdue::Remind)
            }
            _ => None,
        }
    }

    /// When something is due even if nothing happens. What is due often anyway (a look at memory) does not count.
    pub fn wake_at(&self, now: Duration) -> Option<Duration> {
        let pauses = self.histories.values().map(|history| history.pause_until).filter(|until| *until > now);
        let stops = self.live.values().filter_map(|live| Some(live.stopped? + self.rules.patience.stop));
        let limit = self.shares.filter(|_| self.timetables.accepted.is_none()).map(|shares| shares.limit());
        pauses.chain(stops).chain(limit).filter(|at| *at > now).min()
    }
}

/// What is to be done about a worker that is late.
enum Overdue {
    End(KillReason),
    Remind,
}
