//! The governor: what has to be done about memory, from one observation to the next.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Stage;

use super::{Admission, Budget, Change, Need, Situation, Thresholds, Watermark, admit, victim};

/// The last pass of a relief.
const PASSES: u8 = 3;
/// A worker may grow to at most so many hundredths of what it was first granted: a leak must not eat the whole budget first.
const ENLARGED_MOST: u64 = 200;
/// An enlargement of less than so many hundredths of the allotment is not worth the while.
const ENLARGED_LEAST: u64 = 10;
/// Our charge is small below so many hundredths of the host: relief of ours cannot matter.
const SMALL: u64 = 10;

/// What the governor is told about one worker that is not reaped yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerView {
    /// Any number that is unique among the living.
    pub id: u32,
    /// What its tree holds.
    pub charge: Bytes,
    /// What it may hold now.
    pub allotment: Bytes,
    /// What it was granted when it started.
    pub granted: Bytes,
    /// Whether it can start again without loss of the run.
    pub is_restartable: bool,
    /// Work since its last checkpoint or since its start.
    pub unsaved: Duration,
    /// It has published and waits for the last measurement.
    pub is_publishing: bool,
    /// It was killed and is not reaped.
    pub is_dying: bool,
}

/// One look at everything.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The time of the look.
    pub now: Duration,
    /// The stage that the run is in.
    pub stage: Stage,
    /// Who holds how much.
    pub situation: Situation,
    /// When `situation.host_used` was read; it may be older than the charges.
    pub host_read_at: Duration,
    /// All workers that are not reaped.
    pub workers: &'a [WorkerView],
    /// Needs of the jobs that could start now, the next one first.
    pub queue: &'a [Need],
}

impl Observation<'_> {
    /// The sum of all allotments.
    pub fn held(&self) -> Bytes {
        self.workers.iter().map(|worker| worker.allotment).sum()
    }
}

/// Why a worker is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It held more than its allotment.
    OverAllotment,
    /// The host was about to run out of memory.
    HostEmergency,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send `Relieve` to that worker.
    Relieve {
        /// Which.
        worker: u32,
        /// How hard to try.
        pass: u8,
    },
    /// Raise the allotment of that worker.
    Enlarge {
        /// Which.
        worker: u32,
        /// The new allotment.
        to: Bytes,
    },
    /// Kill the group of that worker at once.
    Kill {
        /// Which.
        worker: u32,
        /// Why.
        why: Why,
    },
    /// Tell: the host's memory is high, a relief pass begins.
    HighMemory {
        /// 1, 2 or 3.
        pass: u8,
    },
    /// Tell: what that pass has brought; the observation has the figures.
    AfterCleanup {
        /// 1, 2 or 3.
        pass: u8,
    },
    /// Tell: others hold the memory; nothing is admitted until they give it back.
    PressureBegan,
    /// Tell: they have.
    PressureEnded,
    /// Others have held the memory for longer than we wait. End the run, it can be resumed.
    GiveWay,
}

/// Keeps what has to be remembered between two looks.
#[derive(Clone, Debug)]
pub struct Governor {
    thresholds: Thresholds,
    soft: BTreeMap<u32, Soft>,
    high: Watermark,
    /// The relief pass that is under way or was the last one, and when it began.
    pass: Option<Pass>,
    /// When a dying worker was last seen: a look at the host before that still counts its memory.
    dying_at: Option<Duration>,
    pressure_since: Option<Duration>,
    gave_way: bool,
}

#[derive(Clone, Copy, Debug)]
struct Pass {
    number: u8,
    began: Duration,
    is_measured: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Soft {
    line: Watermark,
    pass: u8,
    relieved_at: Duration,
}

impl Governor {
    /// A governor at the start of a run.
    pub fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            soft: BTreeMap::new(),
            high: Watermark::default(),
            pass: None,
            dying_at: None,
            pressure_since: None,
            gave_way: false,
        }
    }

    /// The thresholds it goes by.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// What all allotments together may be.
    pub fn budget(&self, seen: &Observation) -> Budget {
        Budget::new(&self.thresholds, seen.stage, &seen.situation)
    }

    /// Whether the first job of the queue may start, and with what. Ask again after each start, with what it changed.
    pub fn admit(&self, seen: &Observation) -> Admission {
        let verdict = admit(self.budget(seen), seen.held(), &self.thresholds, &seen.situation, seen.queue);
        if matches!(verdict, Admission::CannotFit { .. }) {
            return verdict;
        }
        let is_alone = seen.workers.is_empty();
        if self.is_pressed_by_others(seen) {
            return if is_alone { Admission::Pressure } else { Admission::Busy };
        }
        let is_single = self.high.is_raised() || seen.situation.is_host_at(self.thresholds.high(seen.stage));
        if is_single && !is_alone { Admission::Busy } else { verdict }
    }

    /// Takes note of a look and says what is to be done, in this order.
    pub fn observe(&mut self, seen: &Observation) -> Vec<Action> {
        let mut actions = Vec::new();
        self.soft.retain(|id, _| seen.workers.iter().any(|worker| worker.id == *id));
        self.watch_allotments(seen, &mut actions);
        self.watch_host(seen, &mut actions);
        self.watch_for_emergency(seen, &mut actions);
        self.watch_others(seen, &mut actions);
        actions
    }

    /// The two lines of each worker. One above its allotment is killed at once, whoever else is dying: its line is its own.
    /// One near it gets more if there is more; only when there is not it has to make room, for that may change its result.
    fn watch_allotments(&mut self, seen: &Observation, actions: &mut Vec<Action>) {
        let Thresholds { soft, soft_clear, soft_hold, relief_settle, .. } = self.thresholds;
        let mut free = self.budget(seen).bytes().less(seen.held());
        for worker in seen.workers.iter().filter(|worker| !worker.is_dying) {
            if worker.charge > worker.allotment {
                actions.push(Action::Kill { worker: worker.id, why: Why::OverAllotment });
                continue;
            }
            let state = self.soft.entry(worker.id).or_default();
            let change = state.line.observe(seen.now, (worker.charge, worker.allotment), (soft, soft_clear), soft_hold);
            if change == Some(Change::Cleared) {
                state.pass = 0;
            }
            if worker.is_publishing || !super::budget::at_least(worker.charge, worker.allotment, soft) {
                continue;
            }
            if let Some(more) = enlargement(worker, free) {
                free = free.less(more);
                *state = Soft::default();
                actions.push(Action::Enlarge { worker: worker.id, to: worker.allotment + more });
            } else if state.pass < PASSES && (state.pass == 0 || seen.now >= state.relieved_at + relief_settle) {
                state.pass += 1;
                state.relieved_at = seen.now;
                actions.push(Action::Relieve { worker: worker.id, pass: state.pass });
            }
        }
    }

    /// High memory of the host: relief in up to three passes, measured after each.
    fn watch_host(&mut self, seen: &Observation, actions: &mut Vec<Action>) {
        let thresholds = &self.thresholds;
        let high = thresholds.high(seen.stage);
        let level = (seen.situation.host_used, seen.situation.host_limit);
        let change = self.high.observe(seen.now, level, (high, thresholds.high_clear), thresholds.high_hold);
        if let Some(pass) = &mut self.pass
            && !pass.is_measured
            && seen.now >= pass.began + thresholds.relief_settle
            && seen.host_read_at > pass.began
        {
            pass.is_measured = true;
            actions.push(Action::AfterCleanup { pass: pass.number });
        }
        let next = match (change, self.pass) {
            (Some(Change::Raised), _) => 1,
            (Some(Change::Cleared), _) => {
                self.pass = None;
                return;
            }
            (None, Some(pass)) if pass.is_measured && seen.situation.is_host_at(high) => pass.number + 1,
            _ => return,
        };
        if next > PASSES {
            return;
        }
        self.pass = Some(Pass { number: next, began: seen.now, is_measured: false });
        actions.push(Action::HighMemory { pass: next });
        let is_futile = seen.situation.are_others_at(high)
            && !super::budget::at_least(seen.situation.pipeline(), seen.situation.host_limit, SMALL);
        let able = seen.workers.iter().filter(|worker| !worker.is_dying && !worker.is_publishing && !is_futile);
        actions.extend(able.map(|worker| Action::Relieve { worker: worker.id, pass: next }));
    }

    /// An emergency of the host: one victim, then wait until it is reaped and the host was looked at again.
    fn watch_for_emergency(&mut self, seen: &Observation, actions: &mut Vec<Action>) {
        let kills = actions.iter().any(|action| matches!(action, Action::Kill { .. }));
        if kills || seen.workers.iter().any(|worker| worker.is_dying) {
            self.dying_at = Some(seen.now);
            return;
        }
        if self.dying_at.is_some_and(|at| seen.host_read_at <= at) {
            return;
        }
        if let Some(worker) = victim::choose(&self.thresholds, seen.stage, &seen.situation, seen.workers) {
            self.dying_at = Some(seen.now);
            actions.push(Action::Kill { worker, why: Why::HostEmergency });
        }
    }

    /// Pressure from outside: while something waits to start, nothing of ours runs and others hold the memory, the clock runs.
    fn watch_others(&mut self, seen: &Observation, actions: &mut Vec<Action>) {
        let is_pressed = seen.workers.is_empty() && !seen.queue.is_empty() && self.admit(seen) == Admission::Pressure;
        match (is_pressed, self.pressure_since) {
            (true, None) => {
                self.pressure_since = Some(seen.now);
                actions.push(Action::PressureBegan);
            }
            (false, Some(_)) => {
                self.pressure_since = None;
                self.gave_way = false;
                actions.push(Action::PressureEnded);
            }
            _ => {}
        }
        let since = self.pressure_since;
        let is_over = since.is_some_and(|since| seen.now.saturating_sub(since) >= self.thresholds.pressure_wait);
        if is_over && !self.gave_way {
            self.gave_way = true;
            actions.push(Action::GiveWay);
        }
    }

    /// Whether others alone keep the host's memory high.
    fn is_pressed_by_others(&self, seen: &Observation) -> bool {
        seen.situation.are_others_at(self.thresholds.high(seen.stage))
    }
}

/// What a worker near its line may get on top, if that is worth the while.
fn enlargement(worker: &WorkerView, free: Bytes) -> Option<Bytes> {
    let most = worker.granted.percent(ENLARGED_MOST).less(worker.allotment);
    let more = worker.allotment.percent(50).min(most).min(free);
    (more > Bytes(0) && more >= worker.allotment.percent(ENLARGED_LEAST)).then_some(more)
}

#[cfg(test)]
#[path = "governor_tests.rs"]
mod tests;
