//! The week as a grid of at most 64 slots, and sets of them as one word: who is busy when is one `and` to ask.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// Days of so many periods. Slot `day × periods + period`, all from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Week {
    pub(super) days: usize,
    pub(super) periods: usize,
}

impl Week {
    pub(super) fn slots(self) -> usize {
        self.days * self.periods
    }

    pub(super) fn day_of(self, slot: usize) -> usize {
        slot / self.periods
    }

    pub(super) fn period_of(self, slot: usize) -> usize {
        slot % self.periods
    }

    /// Every slot of the week.
    pub(super) fn all(self) -> Slots {
        Slots::run(0, self.slots())
    }

    /// The slots of a day.
    pub(super) fn day(self, day: usize) -> Slots {
        Slots::run(day * self.periods, self.periods)
    }

    /// The first or the second half of a day, as its first period and the number of them.
    pub(super) fn half(self, is_second: bool) -> (usize, usize) {
        let first = self.periods / 2;
        if is_second { (first, self.periods - first) } else { (0, first) }
    }

    /// Where a meeting of two periods may start: at every second period of a day, so that pairs never overlap by one.
    pub(super) fn pairs(self) -> Slots {
        let is_start =
            |slot: &usize| self.period_of(*slot).is_multiple_of(2) && self.period_of(*slot) + 1 < self.periods;
        (0..self.slots()).filter(is_start).fold(Slots::NONE, |set, slot| set | Slots::run(slot, 1))
    }
}

/// A set of slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(u64);

impl Slots {
    pub(super) const NONE: Self = Self(0);

    /// `length` slots from `start`.
    pub(super) fn run(start: usize, length: usize) -> Self {
        Self(if length >= 64 { u64::MAX } else { ((1 << length) - 1) << start })
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The slots whose next one is in the set too.
    pub(super) fn followed(self) -> Self {
        Self(self.0 & (self.0 >> 1))
    }

    /// The slots in ascending order.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |slot| self.0 >> slot & 1 == 1)
    }
}

impl BitOr for Slots {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Slots {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl BitAnd for Slots {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Slots {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_start_at_every_second_period_and_end_within_the_day() {
        let week = Week { days: 2, periods: 5 };
        assert_eq!(week.pairs().iter().collect::<Vec<_>>(), [0, 2, 5, 7]);
        assert_eq!(week.day(1).iter().collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
        assert_eq!(Slots::run(0, 3).followed().iter().collect::<Vec<_>>(), [0, 1]);
    }
}
