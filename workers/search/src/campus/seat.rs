//! From room classes to rooms: within a class any room will do, so that a course is given one room as far as possible.

use std::ops::Range;

use shared::ids::{ClassId, Id, PeriodId, RoomId};
use shared::model::campus::Relation;
use shared::model::{Placement, Timetable};

use super::problem::Problem;
use crate::Spot;

/// The timetable of `spots`, with a room for each class: a free one of its class where there is one. Courses are dealt to rooms
/// whole, the longest classes first, courses that must share a room together; whoever finds no room of their own takes several.
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
        let mut deal = Deal::new(problem, spots, room_class);
        if !deal.by_family(classes, &families) {
            deal = Deal::new(problem, spots, room_class);
            deal.by_start(classes);
        }
        for (class, room) in deal.dealt {
            let period = PeriodId::new(spots[class].period());
            timetable.set(ClassId::new(class), Some(Placement { period, room: RoomId(room) }));
        }
    }
    timetable
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

/// The rooms of one class, and who was dealt which.
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

    /// Deals rooms to families, one where possible; false when somebody is left over.
    fn by_family(&mut self, classes: &[usize], families: &[usize]) -> bool {
        let of = |class: &usize| families[self.problem.course_of(*class)];
        let mut order = classes.to_vec();
        order.sort_by_key(|class| (of(class), *class));
        let mut whole: Vec<&[usize]> = order.chunk_by(|a, b| of(a) == of(b)).collect();
        let longest = |family: &[usize]| family.iter().map(|class| self.periods(*class).len()).max();
        let work = |family: &[usize]| family.iter().map(|class| self.periods(*class).len()).sum::<usize>();
        whole.sort_by_key(|family| std::cmp::Reverse((longest(family), work(family))));
        whole.into_iter().all(|family| self.seat_family(family.to_vec()))
    }

    /// Gives a family the room that most of it fits in, the fullest of such, until all are seated.
    fn seat_family(&mut self, mut left: Vec<usize>) -> bool {
        while !left.is_empty() {
            let fitting = |room: &usize| left.iter().filter(|class| self.is_free(*room, **class)).count();
            let use_of = |room: &usize| {
                let row = room * self.problem.periods;
                self.taken[row..row + self.problem.periods].iter().filter(|taken| **taken).count()
            };
            let room = (0..self.rooms.len()).max_by_key(|room| (fitting(room), use_of(room), std::cmp::Reverse(*room)));
            let before = left.len();
            left.retain(|class| {
                let fits = room.is_some_and(|room| self.is_free(room, *class));
                if let Some(room) = room.filter(|_| fits) {
                    self.give(room, *class);
                }
                !fits
            });
            if left.len() == before {
                return false;
            }
        }
        true
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
