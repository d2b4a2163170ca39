//! Counted work: a budget that repeats exactly, and the clock where the budget is time.

use std::time::Duration;

use shared::worker::{Budget, Context};

/// How often the clock and the orders are looked at, in units of work.
const LOOK_INTERVAL: u64 = 256;
/// Part of the time that is kept back for extraction, rooms and sealing.
const RESERVE: f64 = 0.08;
const RESERVE_LEAST: Duration = Duration::from_millis(5);

/// What a unit of work takes of a core, about.
const UNIT_TIME: Duration = Duration::from_micros(4);

/// The pass of a relief order that the free heap answers.
const HEAP_PASS: u8 = 1;
/// The pass from which on all search ends.
const LAST_PASS: u8 = 3;

/// Counts work and says when to stop.
#[derive(Debug)]
pub(crate) struct Meter<'c> {
    context: &'c Context,
    done: u64,
    reported: u64,
    limit: u64,
    /// Part of the time that is left when all work ends.
    reserve: Duration,
    /// A portion is no smaller than that: with less the engine does not come to an answer.
    portion_least: u64,
    portion_end: u64,
    /// Part of the time that is left when the current portion ends.
    kept: Duration,
    is_late: bool,
    slice_end: u64,
    is_stopped: bool,
    /// The relief order that waits for the engine to be dropped.
    ordered: Option<u8>,
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
        Self {
            context,
            done: 0,
            reported: 0,
            limit,
            reserve,
            portion_least: 1,
            portion_end: limit,
            kept: reserve,
            is_late: false,
            slice_end: u64::MAX,
            is_stopped: false,
            ordered: None,
            cut: false,
        }
    }

    /// The same, with portions of at least so much work, where there is so much.
    pub(crate) fn with_portions_of(self, portion_least: u64) -> Self {
        Self { portion_least: portion_least.max(1), ..self }
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
        let left = self.context.time_left();
        self.is_late = left.is_some_and(|left| left <= self.kept);
        self.is_stopped |= left.is_some_and(|left| left <= self.reserve) || self.context.is_stopped();
        match self.context.take_relief() {
            0 => {}
            HEAP_PASS => self.context.relieved(HEAP_PASS, "free heap"),
            pass => {
                self.ordered = Some(pass);
                self.is_stopped |= pass >= LAST_PASS;
            }
        }
        self.cut |= self.is_late || self.is_stopped || self.ordered.is_some();
    }

    /// Begins the first of so many portions that share what is left of the budget; of fewer, where they would be too small.
    pub(crate) fn portion(&mut self, of: usize) {
        let work = self.limit.saturating_sub(self.done);
        let left = self.context.time_left().unwrap_or_default().saturating_sub(self.reserve);
        let of = of.min(self.portions_most(work, left)).max(1);
        self.portion_end = self.done + work / of as u64;
        self.kept = self.reserve + left.mul_f64((of - 1) as f64 / of as f64);
        self.is_late = false;
        self.slice_end = u64::MAX;
    }

    fn portions_most(&self, work: u64, left: Duration) -> usize {
        let is_timed = self.context.time_left().is_some();
        let in_time = (left.as_micros() / UNIT_TIME.as_micros()) as u64;
        let work = if is_timed { work.min(in_time) } else { work };
        // Where every unit may be a portion, all of them are as many as they are said to be.
        if self.portion_least == 1 { usize::MAX } else { (work / self.portion_least) as usize }
    }

    /// Lets the next questions do at most `work` more.
    pub(crate) fn slice(&mut self, work: u64) {
        self.slice_end = self.done.saturating_add(work);
    }

    /// Work that is left of the current slice.
    pub(crate) fn slice_left(&self) -> u64 {
        self.slice_end.min(self.portion_end).saturating_sub(self.done)
    }

    /// Looks at the clock and the orders in the midst of a question whose work is counted when it is over; says whether it
    /// has to end now. The heart beats if something `has_moved` since the last look.
    pub(crate) fn is_cut(&mut self, has_moved: bool) -> bool {
        if has_moved {
            self.context.beat(1);
        }
        self.look();
        self.is_over()
    }

    /// Whether the current slice is used up.
    pub(crate) fn is_slice_over(&self) -> bool {
        self.done >= self.slice_end || self.is_over()
    }

    /// Whether the current portion (all of the budget, where none was begun) is used up, or the work was cut short.
    pub(crate) fn is_over(&self) -> bool {
        self.is_stopped || self.is_late || self.ordered.is_some() || self.done >= self.portion_end
    }

    /// The relief order because of which the work has ended, for whoever has dropped the engine: work may go on after pass 2.
    pub(crate) fn take_order(&mut self) -> Option<u8> {
        self.ordered.take()
    }

    /// Whether nothing may be done any more, whatever the portion.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped || self.done >= self.limit
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context;

    #[test]
    fn portions_share_what_is_left_and_what_one_saves_the_others_have() {
        let context = context(1.0);
        let mut meter = Meter::new(&context, 900);
        meter.portion(3);
        meter.count(100);
        assert!(!meter.is_over());
        meter.portion(2);
        meter.count(399);
        assert!(!meter.is_over());
        meter.count(1);
        assert!(meter.is_over() && !meter.is_stopped());
        meter.portion(1);
        assert!(!meter.is_over());
        meter.count(400);
        assert!(meter.is_over() && meter.is_stopped() && !meter.was_cut());
    }

    /// An engine that needs much work for any answer gets few large portions, and the last of them what is left.
    #[test]
    fn portions_are_no_smaller_than_the_least() {
        let context = context(1.0);
        let mut meter = Meter::new(&context, 900).with_portions_of(400);
        meter.portion(10);
        assert_eq!(meter.slice_left(), 450);
        meter.count(450);
        assert!(meter.is_over());
        meter.portion(9);
        assert_eq!(meter.slice_left(), 450);
        meter.count(440);
        meter.portion(8);
        assert_eq!(meter.slice_left(), 10);
        meter.count(10);
        meter.portion(7);
        assert!(meter.is_over() && meter.is_stopped());
    }
}
