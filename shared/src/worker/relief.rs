//! Orders to give memory back. Each is answered, whatever the stage is about.
//!
//! The free part of the heap goes back at every order, without the stage. A stage that can give up more looks for orders with
//! [`take`](Relief::take) while it works, and reports what it gave up. An order that no stage looks for is answered here: at
//! once before the stage has looked for the first time, and otherwise when the next order comes or the work ends.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// What an order gives back without the stage.
pub(super) const FREE_HEAP: &str = "free heap";

/// The orders of one worker. A pass is a number from 1 on.
#[derive(Debug, Default)]
pub(super) struct Relief {
    /// The highest pass that was ordered and not taken.
    ordered: AtomicU8,
    /// The last pass that the stage has not answered.
    unanswered: AtomicU8,
    /// Whether the stage has ever looked for orders.
    is_looked_for: AtomicBool,
}

impl Relief {
    /// An order has come. Returns the pass that is to be answered now.
    pub(super) fn order(&self, pass: u8) -> Option<u8> {
        self.ordered.fetch_max(pass, Ordering::Relaxed);
        if !self.is_looked_for.load(Ordering::Relaxed) {
            // It stays for a stage that begins to look later, which may then give up more.
            return Some(pass);
        }
        some(self.unanswered.swap(pass, Ordering::Relaxed))
    }

    /// The highest pass ordered since the last call; 0 is none.
    pub(super) fn take(&self) -> u8 {
        self.is_looked_for.store(true, Ordering::Relaxed);
        self.ordered.swap(0, Ordering::Relaxed)
    }

    /// The stage answers all orders up to that pass.
    pub(super) fn answer(&self, pass: u8) {
        let is_answered = |waiting: u8| (waiting <= pass).then_some(0);
        // An order that came after the one that is answered here still waits for its own answer.
        let _ = self.unanswered.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_answered);
    }

    /// The pass that nobody has answered, at the end of the work.
    pub(super) fn left(&self) -> Option<u8> {
        some(self.unanswered.swap(0, Ordering::Relaxed))
    }
}

fn some(pass: u8) -> Option<u8> {
    (pass > 0).then_some(pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_no_stage_looks_for_is_answered_at_once() {
        let relief = Relief::default();
        assert_eq!((relief.order(1), relief.order(2)), (Some(1), Some(2)));
        assert_eq!(relief.left(), None);
        assert_eq!(relief.take(), 2, "who begins to look finds what was ordered");
    }

    #[test]
    fn a_stage_that_looks_answers_itself() {
        let relief = Relief::default();
        assert_eq!(relief.take(), 0);
        assert_eq!(relief.order(1), None);
        assert_eq!(relief.take(), 1);
        relief.answer(1);
        assert_eq!(relief.order(2), None);
        assert_eq!((relief.take(), relief.take()), (2, 0));
        relief.answer(2);
        assert_eq!(relief.left(), None);
    }

    #[test]
    fn what_a_stage_leaves_unanswered_is_answered_with_the_next_order_or_at_the_end() {
        let relief = Relief::default();
        relief.take();
        assert_eq!(relief.order(1), None);
        assert_eq!(relief.order(2), Some(1));
        relief.answer(1);
        assert_eq!(relief.left(), Some(2), "an answer to the first is none to the second");
        assert_eq!(relief.left(), None);
    }
}
