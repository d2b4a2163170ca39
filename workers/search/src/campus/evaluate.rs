//! What a meeting costs where it is, and what a move would change, exactly, without making it.

use super::groups::alone;
use super::problem::Problem;
use super::state::{NOWHERE, State};
use crate::Spot;
use crate::change::Change;

/// The meetings of the same course, seen from one of them.
struct Siblings {
    /// Meetings on the same day.
    same_day: usize,
    /// Periods in common with them.
    common: i32,
    /// Distinct days of all of them.
    days: u64,
    /// Whether any of them uses the same room class, and whether there are any.
    same_room: bool,
    are_any: bool,
}

impl State {
    /// What moving a class to `target` would change, unless that is more than `limit`, hard violations at their weight.
    #[inline]
    pub fn evaluate(&self, problem: &Problem, class: usize, target: Spot, limit: i32) -> Option<Change> {
        let source = self.at[class];
        let course = problem.course_of(class);
        let (here, there) = (self.in_periods(problem, course, source), self.in_periods(problem, course, target));
        let found = Change { hard: there.hard - here.hard, soft: there.soft - here.soft };
        // What it costs there besides is no less than nothing, but for what `soft_gain` counts.
        let floor = found.weighted(problem.hard_weight) - problem.soft_gain[course];
        if self.other_hard == 0 && floor > limit {
            return None;
        }
        let here = self.beside(problem, class, source, source);
        // A rule may be broken here and kept there; nothing else there can be better than nothing.
        let is_ruled = problem.pairs.of(course).next().is_some();
        if !is_ruled && floor - here.hard * problem.hard_weight > limit {
            return None;
        }
        let there = self.beside(problem, class, target, source);
        let change = Change { hard: found.hard + there.hard - here.hard, soft: found.soft + there.soft - here.soft };
        (change.weighted(problem.hard_weight) <= limit).then_some(change)
    }

    /// What a class that is nowhere would cost at `spot`.
    pub fn marginal(&self, problem: &Problem, class: usize, spot: Spot) -> Change {
        let found = self.in_periods(problem, problem.course_of(class), spot);
        let beside = self.beside(problem, class, spot, NOWHERE);
        Change { hard: found.hard + beside.hard, soft: found.soft + beside.soft }
    }

    /// What a class costs where it is: how much would be gone with it.
    pub fn price_of(&self, problem: &Problem, class: usize) -> Change {
        let Some(spot) = self.spot(class) else { return Change::default() };
        let found = self.in_periods(problem, problem.course_of(class), spot);
        let beside = self.beside(problem, class, spot, spot);
        Change { hard: found.hard + beside.hard, soft: found.soft + beside.soft }
    }

    /// Hard violations that a course finds where it starts in a period: people who are elsewhere.
    #[inline]
    pub fn people(&self, problem: &Problem, course: usize, start: usize) -> i32 {
        let row = course * problem.periods + start;
        self.load[row..row + problem.length(course)].iter().sum()
    }

    /// What a course finds in the periods from `spot` on: people who are elsewhere, and its own wishes.
    #[inline]
    fn in_periods(&self, problem: &Problem, course: usize, spot: Spot) -> Change {
        let mut found = problem.start_price(course, spot.period());
        found.hard += self.people(problem, course, spot.period());
        if !self.load_soft.is_empty() {
            let row = course * problem.periods + spot.period();
            found.soft += self.load_soft[row..row + problem.length(course)].iter().sum::<i32>();
        }
        found
    }

    /// Everything else: rooms, the course's own meetings, limits of the day, groups, rules. `counted` is where the class is
    /// counted now, which is taken out of every counter.
    #[inline]
    fn beside(&self, problem: &Problem, class: usize, spot: Spot, counted: Spot) -> Change {
        let course = problem.course_of(class);
        let siblings = self.siblings(problem, course, class, spot);
        let own = problem.arcs.own(course);
        let mut price = Change {
            hard: self.overfull(problem, course, spot, counted)
                + i32::from(siblings.same_day >= usize::from(problem.max_per_day[course]))
                + siblings.common * i32::from(own.hard)
                + self.overload(problem, course, spot, counted),
            soft: siblings.common * i32::from(own.soft) + problem.room_price(course, spot),
        };
        let weights = &problem.weights;
        if siblings.are_any && !siblings.same_room {
            price.soft += weights.rooms as i32;
        }
        let (least, days) = (i32::from(problem.min_days[course]), siblings.days.count_ones() as i32);
        if siblings.same_day == 0 && days < least {
            price.soft -= weights.min_days as i32;
        }
        if !problem.groups[course].is_empty() {
            price.soft += self.more_alone(problem, course, spot, counted) * weights.isolated as i32;
        }
        for pair in problem.pairs.of(course) {
            let (with, without) =
                (pair.price(problem, self, class, Some(spot)), pair.price(problem, self, class, None));
            price.hard += with.hard - without.hard;
            price.soft += with.soft - without.soft;
        }
        price
    }

    #[inline]
    fn siblings(&self, problem: &Problem, course: usize, class: usize, spot: Spot) -> Siblings {
        let (day, length) = (problem.day_of(spot.period()), problem.length(course));
        let mut seen = Siblings { same_day: 0, common: 0, days: 0, same_room: false, are_any: false };
        for sibling in problem.classes_of(course).filter(|sibling| *sibling != class) {
            let Some(other) = self.spot(sibling) else { continue };
            let other_day = problem.day_of(other.period());
            seen.are_any = true;
            seen.same_room |= other.room() == spot.room();
            seen.days |= 1 << other_day;
            if other_day == day {
                seen.same_day += 1;
                let between = other.period().abs_diff(spot.period());
                seen.common += length.saturating_sub(between) as i32;
            }
        }
        seen
    }

    /// Periods in which the room class has no room for one meeting more.
    #[inline]
    fn overfull(&self, problem: &Problem, course: usize, spot: Spot, counted: Spot) -> i32 {
        let length = problem.length(course);
        let is_own = |period: usize| counted.room() == spot.room() && period.wrapping_sub(counted.period()) < length;
        (spot.period()..spot.period() + length)
            .filter(|period| {
                let row = spot.room() * problem.periods + period;
                self.held[row] - u16::from(is_own(*period)) >= problem.rooms.available[row]
            })
            .count() as i32
    }

    /// Periods that teachers would have beyond their limits of the day.
    #[inline]
    fn overload(&self, problem: &Problem, course: usize, spot: Spot, counted: Spot) -> i32 {
        let limited = &problem.limited[course];
        if limited.is_empty() {
            return 0;
        }
        let (day, length) = (problem.day_of(spot.period()), problem.length(course) as i32);
        let is_counted = counted.period() < problem.periods && problem.day_of(counted.period()) == day;
        let more = |teacher: &u32| {
            let most = i32::from(problem.limits[*teacher as usize]);
            let taught = i32::from(self.taught[*teacher as usize * problem.days + day]);
            let others = taught - if is_counted { length } else { 0 };
            (others + length - most).max(0) - (others - most).max(0)
        };
        limited.iter().map(more).sum()
    }

    /// How many meetings of groups more stand alone with this one than without.
    #[inline]
    fn more_alone(&self, problem: &Problem, course: usize, spot: Spot, counted: Spot) -> i32 {
        let (start, length) = (spot.period(), problem.length(course));
        let is_counted =
            counted.period() < problem.periods && problem.day_of(counted.period()) == problem.day_of(start);
        let slot = start - problem.day_of(start) * problem.slots;
        let run = (u64::MAX >> (64 - length)) << slot;
        let more = |group: &u32| {
            let group = *group as usize;
            if is_counted {
                let [busy, starts] = self.masks_without(problem, group, counted.period(), length);
                alone(busy | run, starts | 1 << slot) - alone(busy, starts)
            } else {
                let (without, with) = self.alone_with(problem, group, start, length);
                with - without
            }
        };
        problem.groups[course].iter().map(more).sum()
    }
}
