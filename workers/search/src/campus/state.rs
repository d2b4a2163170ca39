//! A timetable of a campus with its counters.

use shared::model::Timetable;

use super::groups::alone;
use super::problem::Problem;
use super::start;
use crate::Spot;
use crate::change::Change;

/// Where a class is that is in no timetable.
pub(super) const NOWHERE: Spot = Spot::new(0xFFFF, 0xFFFF);

/// A timetable with a start and a room class for each class: for every one that is not hopeless, unless whoever builds it takes
/// classes out. Violations are possible, and counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub(super) totals: Change,
    pub(super) at: Vec<Spot>,
    /// Course × period: hard violations that the course would find there, itself left out.
    pub(super) load: Vec<i32>,
    /// The same for soft costs; empty where there are none.
    pub(super) load_soft: Vec<i32>,
    /// Room class × period: meetings.
    pub(super) held: Vec<u16>,
    /// Limited teacher × day: periods.
    pub(super) taught: Vec<u16>,
    /// Lowest group × period: meetings there, and meetings that start there.
    pub(super) busy: Vec<[u8; 2]>,
    /// Lowest group × day: the slots where these are not zero.
    pub(super) masks: Vec<[u64; 2]>,
    /// Violations of other kinds than those in `load`.
    pub(super) other_hard: i32,
}

impl State {
    /// The state of a timetable, its rooms taken for their classes. Classes that it leaves unplaced are put where they cost least.
    pub fn new(problem: &Problem, timetable: &Timetable) -> Self {
        start::complete(problem, timetable)
    }

    /// The state in which each class is where `spots` says. `None` when no state has these spots.
    pub fn from_spots(problem: &Problem, spots: &[Spot]) -> Option<Self> {
        let is_place = |(class, spot): (usize, &Spot)| {
            problem.is_hopeless(class) == (*spot == NOWHERE)
                && (*spot == NOWHERE
                    || problem.starts(class).contains(&(spot.period() as u16))
                        && problem.room_classes(class).contains(&(spot.room() as u16)))
        };
        if spots.len() != problem.classes || !spots.iter().enumerate().all(is_place) {
            return None;
        }
        let mut state = Self::empty(problem);
        for (class, spot) in spots.iter().enumerate().filter(|(_, spot)| **spot != NOWHERE) {
            state.enter(problem, class, *spot);
        }
        Some(state)
    }

    /// The state without any class.
    pub fn empty(problem: &Problem) -> Self {
        let cells = problem.periods * problem.courses;
        Self {
            totals: Change { hard: 0, soft: problem.empty_price },
            at: vec![NOWHERE; problem.classes],
            load: vec![0; cells],
            load_soft: vec![0; if problem.arcs.is_any_soft() { cells } else { 0 }],
            held: vec![0; problem.rooms.len() * problem.periods],
            taught: vec![0; problem.limits.len() * problem.days],
            busy: vec![[0; 2]; problem.group_count * problem.periods],
            masks: vec![[0; 2]; problem.group_count * problem.days],
            other_hard: 0,
        }
    }

    /// Hard violations.
    #[inline]
    pub fn hard(&self) -> i32 {
        self.totals.hard
    }

    /// Weighted soft cost.
    #[inline]
    pub fn soft(&self) -> i32 {
        self.totals.soft
    }

    /// Where each class is: its start, and its room class for a room. Hopeless ones are in a period that does not exist.
    pub fn spots(&self) -> &[Spot] {
        &self.at
    }

    /// Where a class is.
    #[inline]
    pub fn spot(&self, class: usize) -> Option<Spot> {
        Some(self.at[class]).filter(|spot| *spot != NOWHERE)
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.at.len() * 4
            + (self.load.len() + self.load_soft.len()) * 4
            + (self.held.len() + self.taught.len() + self.busy.len()) * 2
            + self.masks.len() * 16
            + size_of::<Self>()
    }

    /// Becomes a copy of `other`, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.clone_from(other);
    }

    /// Moves a class. `change` must be what [`State::evaluate`] said of it.
    pub fn apply(&mut self, problem: &Problem, class: usize, target: Spot, change: Change) {
        let (course, source) = (problem.course_of(class), self.at[class]);
        let people = self.people(problem, course, target.period()) - self.people(problem, course, source.period());
        self.move_people(problem, course, source.period(), target.period());
        self.count(problem, course, source, -1);
        self.count(problem, course, target, 1);
        self.at[class] = target;
        self.add(change, people);
    }

    /// Takes a class out of the timetable, until [`State::enter`]; what that changes.
    pub fn leave(&mut self, problem: &Problem, class: usize) -> Change {
        let (price, spot) = (self.price_of(problem, class), self.at[class]);
        let course = problem.course_of(class);
        let people = self.people(problem, course, spot.period());
        self.count_people(problem, course, spot.period(), -1);
        self.count(problem, course, spot, -1);
        self.at[class] = NOWHERE;
        let change = Change { hard: -price.hard, soft: -price.soft };
        self.add(change, -people);
        change
    }

    /// Puts a class that is nowhere into the timetable; what that changes.
    pub fn enter(&mut self, problem: &Problem, class: usize, spot: Spot) -> Change {
        debug_assert_eq!(self.at[class], NOWHERE, "a class has one place");
        let price = self.marginal(problem, class, spot);
        let course = problem.course_of(class);
        let people = self.people(problem, course, spot.period());
        self.count_people(problem, course, spot.period(), 1);
        self.count(problem, course, spot, 1);
        self.at[class] = spot;
        self.add(price, people);
        price
    }

    /// Adds a change to the totals, so many of its violations being of the kind in `load`.
    fn add(&mut self, change: Change, people: i32) {
        self.totals.hard += change.hard;
        self.totals.soft += change.soft;
        self.other_hard += change.hard - people;
    }

    /// What others find of a course, where one of its classes starts at `to` and no longer at `from`.
    fn move_people(&mut self, problem: &Problem, course: usize, from: usize, to: usize) {
        let (periods, length) = (problem.periods, problem.length(course));
        for arc in problem.arcs.of(course) {
            let row = &mut self.load[arc.other as usize * periods..][..periods];
            row[from..from + length].iter_mut().for_each(|load| *load -= i32::from(arc.hard));
            row[to..to + length].iter_mut().for_each(|load| *load += i32::from(arc.hard));
        }
        if !self.load_soft.is_empty() {
            for arc in problem.arcs.of(course) {
                let row = &mut self.load_soft[arc.other as usize * periods..][..periods];
                row[from..from + length].iter_mut().for_each(|load| *load -= i32::from(arc.soft));
                row[to..to + length].iter_mut().for_each(|load| *load += i32::from(arc.soft));
            }
        }
    }

    /// The same for a class more or less.
    fn count_people(&mut self, problem: &Problem, course: usize, start: usize, sign: i32) {
        let length = problem.length(course);
        for arc in problem.arcs.of(course) {
            let row = arc.other as usize * problem.periods + start;
            self.load[row..row + length].iter_mut().for_each(|load| *load += sign * i32::from(arc.hard));
            if !self.load_soft.is_empty() {
                self.load_soft[row..row + length].iter_mut().for_each(|load| *load += sign * i32::from(arc.soft));
            }
        }
    }

    /// Adds `sign` to every other counter that a class of a course has a part in at `spot`.
    fn count(&mut self, problem: &Problem, course: usize, spot: Spot, sign: i8) {
        let length = problem.length(course);
        let day = problem.day_of(spot.period());
        for period in spot.period()..spot.period() + length {
            let held = &mut self.held[spot.room() * problem.periods + period];
            *held = held.wrapping_add_signed(i16::from(sign));
        }
        for teacher in &problem.limited[course] {
            let taught = &mut self.taught[*teacher as usize * problem.days + day];
            *taught = taught.wrapping_add_signed(i16::from(sign) * length as i16);
        }
        for group in &problem.groups[course] {
            self.count_group(problem, *group as usize, spot.period(), length, sign);
        }
    }

    fn count_group(&mut self, problem: &Problem, group: usize, start: usize, length: usize, sign: i8) {
        let day = problem.day_of(start);
        let masks = &mut self.masks[group * problem.days + day];
        for period in start..start + length {
            let bit = 1_u64 << (period - day * problem.slots);
            let counts = &mut self.busy[group * problem.periods + period];
            for (kind, is_meant) in [(0, true), (1, period == start)] {
                if is_meant {
                    counts[kind] = counts[kind].wrapping_add_signed(sign);
                    masks[kind] = if counts[kind] > 0 { masks[kind] | bit } else { masks[kind] & !bit };
                }
            }
        }
    }

    /// Meetings of a group that stand alone on a day, as it is and with one meeting more.
    #[inline]
    pub(super) fn alone_with(&self, problem: &Problem, group: usize, start: usize, length: usize) -> (i32, i32) {
        let day = problem.day_of(start);
        let [busy, starts] = self.masks[group * problem.days + day];
        let slot = start - day * problem.slots;
        let run = (u64::MAX >> (64 - length)) << slot;
        (alone(busy, starts), alone(busy | run, starts | 1 << slot))
    }

    /// The masks of a group's day without one meeting that is there.
    #[inline]
    pub(super) fn masks_without(&self, problem: &Problem, group: usize, start: usize, length: usize) -> [u64; 2] {
        let day = problem.day_of(start);
        let [mut busy, mut starts] = self.masks[group * problem.days + day];
        for period in start..start + length {
            let bit = 1_u64 << (period - day * problem.slots);
            let counts = self.busy[group * problem.periods + period];
            busy &= if counts[0] == 1 { !bit } else { u64::MAX };
            starts &= if period == start && counts[1] == 1 { !bit } else { u64::MAX };
        }
        [busy, starts]
    }
}
