//! Counted work: a budget that repeats exactly, and the clock where the budget is time.

use std::time::Duration;

use shared::worker::{Budget, Context};

/// How often the clock and the orders are looked at, in units of work.
const LOOK_INTERVAL: u64 = 256;
/// Part of the time that is kept back for extraction, rooms and sealing.
const RESERVE: f64 = 0.08;
const RESERVE_LEAST: Duration = Duration::from_millis(5);

/// Counts work and says when to stop.
#[derive(Debug)]
pub(crate) struct Meter<'c> {
    context: &'c Context,
    done: u64,
    reported: u64,
    limit: u64,
    slice_end: u64,
    reserve: Duration,
    cut: bool,
}

impl<'c> Meter<'c> {
    /// A meter for the worker's budget, where one unit of effort is `unit` of work.
    pub(crate) fn new(context: &'c Context, unit: u64) -> Self {
        let limit = match context.budget() {
            Budget::Effort(effort) | Budget::Both(effort, _) => (effort * unit as f64) as u64,
            Budget::Time(_) => u64::MAX,
        };
        Self::with_limit(context, limit)
    }

    /// A meter that allows that much work, whatever the worker's budget; the clock and orders still cut it.
    pub(crate) fn with_limit(context: &'c Context, limit: u64) -> Self {
        let reserve = context.time_left().map_or(Duration::ZERO, |left| left.mul_f64(RESERVE).max(RESERVE_LEAST));
        Self { context, done: 0, reported: 0, limit, slice_end: u64::MAX, reserve, cut: false }
    }

    /// Counts work.
    pub(crate) fn count(&mut self, work: u64) {
        self.done += work;
        if self.done >= self.reported + LOOK_INTERVAL {
            self.context.beat(self.done - self.reported);
            self.reported = self.done;
            self.look();
        }
    }

    /// Clock, orders and relief: each cuts the work short.
    fn look(&mut self) {
        let late = self.context.time_left().is_some_and(|left| left <= self.reserve);
        self.cut |= late || self.context.is_stopped();
        match self.context.take_relief() {
            0 => {}
            pass => {
                self.cut = true;
                self.context.relieved(pass, "stops early with the best so far");
            }
        }
    }

    /// Lets the next questions do at most `work` more.
    pub(crate) fn slice(&mut self, work: u64) {
        self.slice_end = self.done.saturating_add(work);
    }

    /// Whether the current slice is used up.
    pub(crate) fn is_slice_over(&self) -> bool {
        self.done >= self.slice_end || self.is_over()
    }

    /// Whether all of the budget is used up, or the work was cut short.
    pub(crate) fn is_over(&self) -> bool {
        self.cut || self.done >= self.limit
    }

    /// Whether a clock, a relief or an order cut the work, so that a repetition may differ.
    pub(crate) fn was_cut(&self) -> bool {
        self.cut
    }

    /// Work done.
    pub(crate) fn done(&self) -> u64 {
        self.done
    }
}
