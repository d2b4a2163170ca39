//! From room classes to rooms: within a class any room will do, so that a course is given one room as far as possible.

use std::ops::Range;

use shared::ids::{ClassId, Id, PeriodId, RoomId};
use shared::model::campus::Relation;
use shared::model::{Placement, Timetable};

use super::problem::Problem;
use crate::Spot;

/// How often a room class is dealt out, at most: families that were split are dealt first in the next deal.
const DEALS: usize = 64;

/// A family that a rule has put together counts so much more, when it is split.
const RULE_PRICE: usize = 1_000;

/// The timetable of `spots`, with a room for each class: a free one of its class where there is one. Courses are dealt to rooms
/// whole, the longest classes first, courses that must share a room together; whoever finds no room of their own takes several,
/// and comes first in another deal (Joslin, Clements, "Squeaky wheel optimization", 1999).
/// A room class in which somebody is left over is dealt out again by the starts of its classes, so that one with enough rooms
/// is never short of one. Classes that are nowhere stay unplaced.
pub fn seat(problem: &Problem, spots: &[Spot]) -> Timetable {
    let mut by_room_class = vec![Vec::new(); problem.rooms.len()];
    for (class, spot) in spots.iter().enumerate().filter(|(_, spot)| spot.period() < problem.periods) {
        by_room_class[spot.room()].push(class);
    }
    let mut timetable = Timetable::unplaced(spots.len());
    let families = families(problem);
    for (room_class, classes) in by_room_class.iter().enumerate() {
        let new = || Deal::new(problem, spots, room_class);
        let kept = || with_homes(&new, classes, &families);
        let deal = kept().or_else(|| least_split(&new, classes, &families)).unwrap_or_else(|| {
            let mut deal = new();
            deal.by_start(classes);
            deal
        });
        for (class, room) in deal.dealt {
            let period = PeriodId::new(spots[class].period());
            timetable.set(ClassId::new(class), Some(Placement { period, room: RoomId(room) }));
        }
    }
    timetable
}

/// A deal in which every class that has its home in the room class is there, if the others find rooms beside them. Nothing where
/// nobody has.
fn with_homes<'a>(new: &impl Fn() -> Deal<'a>, classes: &[usize], families: &[usize]) -> Option<Deal<'a>> {
    let mut homes = new();
    let left = homes.keep(classes);
    if homes.dealt.is_empty() {
        return None;
    }
    least_split(&|| homes.clone(), &left, families)
}

/// For each course the first of those that it must share a room with, itself included.
fn families(problem: &Problem) -> Vec<usize> {
    let mut families: Vec<usize> = (0..problem.courses).collect();
    let mut is_changed = true;
    while is_changed {
        is_changed = false;
        for course in 0..problem.courses {
            let bound = problem.pairs.partners(course).filter(|(_, relation)| *relation == Relation::SameRoom);
            let first = bound.map(|(other, _)| families[other]).min().unwrap_or(course);
            if first < families[course] {
                families[course] = first;
                is_changed = true;
            }
        }
    }
    families
}

/// The deal in which families have the fewest rooms beyond their first; nothing where none seats everybody.
fn least_split<'a>(new: &impl Fn() -> Deal<'a>, classes: &[usize], families: &[usize]) -> Option<Deal<'a>> {
    let mut order = new().families(classes, families);
    let mut best: Option<(usize, Deal<'a>)> = None;
    for _ in 0..DEALS {
        let mut deal = new();
        let rooms: Vec<usize> = order.iter().map_while(|family| deal.seat_family(family.clone())).collect();
        if rooms.len() < order.len() {
            // Whoever was left over comes first.
            order[..=rooms.len()].rotate_right(1);
            continue;
        }
        let price = |family: &[usize]| if deal.is_bound(family) { RULE_PRICE } else { 1 };
        let beyond = order.iter().zip(&rooms).map(|(family, rooms)| (rooms - 1) * price(family)).sum();
        if best.as_ref().is_none_or(|(least, _)| beyond < *least) {
            best = Some((beyond, deal));
        }
        if beyond == 0 {
            break;
        }
        let (split, whole): (Vec<_>, Vec<_>) = order.into_iter().zip(rooms).partition(|(_, rooms)| *rooms > 1);
        order = split.into_iter().chain(whole).map(|(family, _)| family).collect();
    }
    best.map(|(_, deal)| deal)
}

/// The rooms of one class, and who was dealt which.
#[derive(Clone)]
struct Deal<'a> {
    problem: &'a Problem,
    spots: &'a [Spot],
    rooms: &'a [u32],
    /// Room × period.
    taken: Vec<bool>,
    dealt: Vec<(usize, u32)>,
}

impl<'a> Deal<'a> {
    fn new(problem: &'a Problem, spots: &'a [Spot], room_class: usize) -> Self {
        let rooms = &problem.rooms.rooms[room_class];
        Self { problem, spots, rooms, taken: vec![false; rooms.len() * problem.periods], dealt: Vec::new() }
    }

    fn periods(&self, class: usize) -> Range<usize> {
        let start = self.spots[class].period();
        start..start + self.problem.length(self.problem.course_of(class))
    }

    fn is_free(&self, room: usize, class: usize) -> bool {
        let row = room * self.problem.periods;
        self.periods(class).all(|period| !self.taken[row + period])
    }

    fn give(&mut self, room: usize, class: usize) {
        let row = room * self.problem.periods;
        for period in self.periods(class) {
            self.taken[row + period] = true;
        }
        self.dealt.push((class, self.rooms[room]));
    }

    /// Gives classes the rooms that they had before, where these are free; who is left.
    fn keep(&mut self, classes: &[usize]) -> Vec<usize> {
        let mut left = Vec::new();
        for &class in classes {
            let (course, start) = (self.problem.course_of(class), self.spots[class].period());
            let home = self.rooms.iter().position(|room| self.problem.is_home(course, start, *room));
            match home.filter(|room| self.is_free(*room, class)) {
                Some(room) => self.give(room, class),
                None => left.push(class),
            }
        }
        left
    }

    /// The classes of each family: those of several courses first, then those with the longest and the most.
    fn families(&self, classes: &[usize], families: &[usize]) -> Vec<Vec<usize>> {
        let of = |class: &usize| families[self.problem.course_of(*class)];
        let mut order = classes.to_vec();
        order.sort_by_key(|class| (of(class), *class));
        let mut whole: Vec<Vec<usize>> = order.chunk_by(|a, b| of(a) == of(b)).map(<[usize]>::to_vec).collect();
        let lengths = |family: &[usize]| family.iter().map(|class| self.periods(*class).len()).collect::<Vec<_>>();
        whole.sort_by_cached_key(|family| {
            let lengths = lengths(family);
            std::cmp::Reverse((self.is_bound(family), lengths.iter().max().copied(), lengths.iter().sum::<usize>()))
        });
        whole
    }

    /// Gives a family the room that most of it fits in, the fullest of such, until all are seated: how many rooms that takes.
    /// Nothing when somebody is left over.
    fn seat_family(&mut self, mut left: Vec<usize>) -> Option<usize> {
        let mut rooms = 0;
        while !left.is_empty() {
            let fitting = |room: &usize| left.iter().filter(|class| self.is_free(*room, **class)).count();
            let course = self.problem.course_of(left[0]);
            let key = |room| (fitting(&room), self.is_known(room, course), self.use_of(room), std::cmp::Reverse(room));
            let most = (0..self.rooms.len()).map(key).max();
            let (_, _, _, std::cmp::Reverse(room)) = most.filter(|(fitting, ..)| *fitting > 0)?;
            left.retain(|class| {
                let fits = self.is_free(room, *class);
                if fits {
                    self.give(room, *class);
                }
                !fits
            });
            rooms += 1;
        }
        Some(rooms)
    }

    /// Whether a course has been given a room already, for classes that are at home there.
    fn is_known(&self, room: usize, course: usize) -> bool {
        let is_it =
            |(class, given): &(usize, u32)| *given == self.rooms[room] && self.problem.course_of(*class) == course;
        self.problem.has_homes() && self.dealt.iter().any(is_it)
    }

    /// Whether a family is one by a rule.
    fn is_bound(&self, family: &[usize]) -> bool {
        family.iter().any(|class| self.problem.course_of(*class) != self.problem.course_of(family[0]))
    }

    fn use_of(&self, room: usize) -> usize {
        let row = room * self.problem.periods;
        self.taken[row..row + self.problem.periods].iter().filter(|taken| **taken).count()
    }

    /// Deals rooms to classes by their starts, that of the course's other classes where it is free; the first room where none is.
    fn by_start(&mut self, classes: &[usize]) {
        let mut order = classes.to_vec();
        order.sort_by_key(|class| (self.spots[*class].period(), *class));
        for class in order {
            let course = self.problem.course_of(class);
            let known = self.dealt.iter().filter(|(other, _)| self.problem.course_of(*other) == course);
            let mut known = known.filter_map(|(_, room)| self.rooms.iter().position(|other| other == room));
            let known = known.find(|room| self.is_free(*room, class));
            let room = known.or_else(|| (0..self.rooms.len()).find(|room| self.is_free(*room, class)));
            self.give(room.unwrap_or(0), class);
        }
    }
}
