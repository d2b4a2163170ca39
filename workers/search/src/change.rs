//! What a relocation would change, exactly, without making it. This is the hot path of every search.

use crate::grid::Grid;
use crate::layout::{CROWDED, OWN};
use crate::spot::Spot;
use crate::view::View;

/// A class and the cell it would take; a class that is there would take its place in exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// The class.
    pub class: usize,
    /// Where it would go.
    pub target: Spot,
}

/// By how much the totals would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Hard violations.
    pub hard: i32,
    /// Weighted soft cost.
    pub soft: i32,
}

impl Change {
    /// The change at a weight for hard violations.
    #[inline]
    pub const fn weighted(self, hard_weight: i32) -> i32 {
        self.hard * hard_weight + self.soft
    }
}

/// What leaving a slot adds to the number of isolated slots, by the five bits around it (two before, itself, two behind);
/// taking the slot adds the negative. A neighbour becomes isolated when it has no other neighbour; the class itself was
/// isolated when it had none.
pub(crate) const LEAVING: [i8; 32] = {
    let mut table = [0; 32];
    let mut bits = 0_usize;
    while bits < 32 {
        let (far_left, left, right, far_right) = (bits & 1, bits >> 1 & 1, bits >> 3 & 1, bits >> 4 & 1);
        let own = (left == 0 && right == 0) as i8;
        let lonely_left = (left == 1 && far_left == 0) as i8;
        let lonely_right = (right == 1 && far_right == 0) as i8;
        table[bits] = lonely_left + lonely_right - own;
        bits += 1;
    }
    table
};

/// The most isolated slots that one move can remove, for each curriculum: the class itself, and both neighbours at its new
/// place.
const GAIN_PER_CURRICULUM: i32 = 3;

/// Classes of a curriculum without a neighbour on a day, from the number in each slot; `adjust` may change what is counted.
pub(crate) fn isolation(counts: &[u8], adjust: impl Fn(usize, i32) -> i32) -> i32 {
    let count = |slot: usize| adjust(slot, i32::from(counts[slot]));
    let lonely =
        |slot: usize| (slot == 0 || count(slot - 1) == 0) && (slot + 1 == counts.len() || count(slot + 1) == 0);
    (0..counts.len()).filter(|slot| lonely(*slot)).map(count).sum()
}

impl View<'_> {
    /// What moving `class` to `target` (or exchanging it with the class there) would change. `None` when that is no legal
    /// step (same place, or a course would meet itself in a period), or when the weighted change is above `limit`.
    #[inline]
    pub fn evaluate(&self, class: usize, target: Spot, limit: i32) -> Option<Change> {
        match self.class_in(target) {
            None => self.evaluate_move(class, target, limit),
            Some(other) => self.evaluate_exchange(class, other, limit),
        }
    }

    #[inline]
    fn evaluate_move(&self, class: usize, target: Spot, limit: i32) -> Option<Change> {
        let grid = self.grid;
        let (course, source) = (grid.course_of(class), self.at[class]);
        let (from, to) = (source.period(), target.period());
        let room = self.room_change(course, source.room(), target.room()) + self.home_change(course, source, target);
        if from == to {
            return (room <= limit).then_some(Change { hard: 0, soft: room });
        }
        let there = self.blocked[to * grid.courses + course];
        if there >= OWN {
            return None;
        }
        let hard = i32::from(there) - i32::from(self.blocked[from * grid.courses + course] - OWN);
        let soft = room + self.day_change(course, from, to);
        let known = hard * grid.weights.hard + soft;
        if known - gain_bound(grid, course) > limit {
            return None;
        }
        let exact = self.hard() != 0 || hard != 0;
        let isolated = self.isolated_change(course, from, to, None, exact);
        let change = Change { hard, soft: soft + isolated * grid.weights.isolated };
        (known + isolated * grid.weights.isolated <= limit).then_some(change)
    }

    #[inline]
    fn evaluate_exchange(&self, class: usize, other: usize, limit: i32) -> Option<Change> {
        let grid = self.grid;
        let (course, source) = (grid.course_of(class), self.at[class]);
        let (partner, target) = (grid.course_of(other), self.at[other]);
        if course == partner {
            return None;
        }
        let (from, to) = (source.period(), target.period());
        let mut soft = self.room_change(course, source.room(), target.room())
            + self.room_change(partner, target.room(), source.room())
            + self.home_change(course, source, target)
            + self.home_change(partner, target, source);
        if from == to {
            return (soft <= limit).then_some(Change { hard: 0, soft });
        }
        let (here, there) =
            (&self.blocked[from * grid.courses..][..grid.courses], &self.blocked[to * grid.courses..][..grid.courses]);
        if there[course] >= OWN || here[partner] >= OWN {
            return None;
        }
        let coupled = grid.conflict(course, partner);
        let hard = i32::from(there[course]) + i32::from(here[partner])
            - 2 * i32::from(coupled)
            - i32::from(here[course] - OWN)
            - i32::from(there[partner] - OWN);
        let bound = gain_bound(grid, course) + gain_bound(grid, partner);
        if hard * grid.weights.hard + soft - bound - 2 * grid.weights.day > limit {
            return None;
        }
        soft += self.day_change(course, from, to) + self.day_change(partner, to, from);
        let known = hard * grid.weights.hard + soft;
        if known - bound > limit {
            return None;
        }
        let exact = self.hard() != 0 || hard != 0;
        let isolated = self.isolated_change(course, from, to, coupled.then_some(partner), exact)
            + self.isolated_change(partner, to, from, coupled.then_some(course), exact);
        let change = Change { hard, soft: soft + isolated * grid.weights.isolated };
        (known + isolated * grid.weights.isolated <= limit).then_some(change)
    }

    /// Seats and room stability, for one class of a course.
    #[inline]
    fn room_change(&self, course: usize, from: usize, to: usize) -> i32 {
        if from == to {
            return 0;
        }
        let grid = self.grid;
        let rooms = &self.rooms[course * grid.rooms..][..grid.rooms];
        let extra = i32::from(rooms[to] == 0) - i32::from(rooms[from] == 1);
        grid.excess(course, to) - grid.excess(course, from) + extra * grid.weights.room
    }

    /// Where the lectures of a course were before, for one of its classes.
    #[inline]
    fn home_change(&self, course: usize, from: Spot, to: Spot) -> i32 {
        let homes = &self.grid.homes;
        if !homes.is_any() {
            return 0;
        }
        homes.away(course, to.period(), to.room()) - homes.away(course, from.period(), from.room())
    }

    /// Working days, for one class of a course.
    #[inline]
    fn day_change(&self, course: usize, from: usize, to: usize) -> i32 {
        let grid = self.grid;
        let (left, entered) = (usize::from(grid.day_of[from]), usize::from(grid.day_of[to]));
        if left == entered {
            return 0;
        }
        let days = &self.days[course * grid.days..][..grid.days];
        let (least, before) = (i32::from(grid.min_days[course]), i32::from(self.spread[course]));
        let after = before + i32::from(days[entered] == 0) - i32::from(days[left] == 1);
        ((least - after).max(0) - (least - before).max(0)) * grid.weights.day
    }

    /// Isolated classes of the curricula of `course`, but for those that `except` belongs to as well: for them an exchange of
    /// the two courses changes nothing. Bit windows tell, but for days on which two classes of a curriculum share a period, or
    /// would; with `exact` false there is no such day.
    #[inline]
    fn isolated_change(&self, course: usize, from: usize, to: usize, except: Option<usize>, exact: bool) -> i32 {
        let grid = self.grid;
        let curricula = grid.course_curricula.row(course);
        let skip = |curriculum: u16| {
            except.is_some_and(|other| grid.course_curricula.row(other).binary_search(&curriculum).is_ok())
        };
        let (left, entered) = (usize::from(grid.day_of[from]), usize::from(grid.day_of[to]));
        let (from_slot, to_slot) = (grid.slot_of[from], grid.slot_of[to]);
        let taken = if left == entered { 4_u64 << from_slot } else { 0 };
        let meeting = CROWDED | 4_u64 << to_slot;
        let mut sum = 0;
        for &curriculum in curricula {
            if except.is_some() && skip(curriculum) {
                continue;
            }
            let days = &self.masks[usize::from(curriculum) * grid.days..][..grid.days];
            let (leave, enter) = (days[left], days[entered]);
            if exact && (leave & CROWDED != 0 || enter & meeting != 0) {
                sum += self.recounted_change(usize::from(curriculum), from, to);
                continue;
            }
            let leaving = LEAVING[(leave >> from_slot & 31) as usize];
            let entering = LEAVING[((enter ^ taken) >> to_slot & 31) as usize];
            sum += i32::from(leaving) - i32::from(entering);
        }
        sum
    }

    /// The same from the counts, for days on which classes of a curriculum share a period, or would.
    fn recounted_change(&self, curriculum: usize, from: usize, to: usize) -> i32 {
        let grid = self.grid;
        let on_day = |day: u8| {
            let first = usize::from(day) * grid.slots;
            let counts = self.day_counts(curriculum, usize::from(day));
            let moved =
                |slot: usize, count: i32| count - i32::from(first + slot == from) + i32::from(first + slot == to);
            isolation(counts, moved) - isolation(counts, |_, count| count)
        };
        let (left, entered) = (grid.day_of[from], grid.day_of[to]);
        on_day(left) + if left == entered { 0 } else { on_day(entered) }
    }
}

/// The most that the compactness of a course's curricula can gain by one move.
#[inline]
fn gain_bound(grid: &Grid, course: usize) -> i32 {
    GAIN_PER_CURRICULUM * grid.weights.isolated * grid.course_curricula.row(course).len() as i32
}
