//! What the annealer tries: a meeting at another time, in a room class that is free there if there is one (its own, or one of its
//! siblings', if possible), or at its time in another room class.

use super::problem::Problem;
use super::state::State;
use crate::Spot;
use crate::philox::below;

/// Room classes that are looked at for a free one.
const LOOKS: usize = 6;
/// Proposals are of so many kinds; kinds are equally likely.
const KINDS: u32 = 16;
/// Kinds that take a room class at random.
const ANY_ROOM: u32 = 1;
/// Kinds that stay at their time and join a sibling in its room class, above the former.
const JOINING: u32 = 2;

impl State {
    /// The move that four random words stand for. The third word is the annealer's.
    #[inline]
    pub fn proposal(&self, problem: &Problem, words: [u32; 4]) -> Option<(usize, Spot)> {
        if problem.movable().is_empty() {
            return None;
        }
        let class = problem.movable()[below(words[0], problem.movable().len())] as usize;
        let (starts, rooms, source) = (problem.starts(class), problem.room_classes(class), self.at[class]);
        let kind = words[3] % KINDS;
        if (ANY_ROOM..ANY_ROOM + JOINING).contains(&kind) {
            let room = self.room_of_sibling(problem, class, words[1])?;
            return (room != source.room()).then(|| (class, Spot::new(source.period(), room)));
        }
        let start = usize::from(starts[below(words[1], starts.len())]);
        let turn = below(words[3], rooms.len());
        let room = if kind < ANY_ROOM || start == source.period() {
            usize::from(rooms[turn])
        } else {
            let mut order = (0..LOOKS.min(rooms.len())).map(|step| usize::from(rooms[(turn + step) % rooms.len()]));
            let is_free = |room: &usize| self.is_free(problem, class, start, *room);
            Some(source.room())
                .filter(is_free)
                .or_else(|| self.room_of_sibling(problem, class, words[3]).filter(is_free))
                .or_else(|| order.find(is_free))
                .unwrap_or(source.room())
        };
        let target = Spot::new(start, room);
        (target != source).then_some((class, target))
    }

    /// The room class of a sibling, where the class may use it.
    #[inline]
    fn room_of_sibling(&self, problem: &Problem, class: usize, word: u32) -> Option<usize> {
        let family = problem.classes_of(problem.course_of(class));
        let room = self.spot(family.start + below(word, family.len()))?.room();
        problem.room_classes(class).contains(&(room as u16)).then_some(room)
    }

    /// Whether a room class has a room in all periods of a class, itself counted where it is now.
    #[inline]
    pub fn is_free(&self, problem: &Problem, class: usize, start: usize, room: usize) -> bool {
        let row = room * problem.periods + start;
        let length = problem.length(problem.course_of(class));
        let (held, available) = (&self.held[row..row + length], &problem.rooms.available[row..row + length]);
        held.iter().zip(available).all(|(held, available)| held < available)
    }

    /// Whether the room class of a class has too few rooms for all that are there, in one of its periods.
    pub fn is_crowded(&self, problem: &Problem, class: usize) -> bool {
        self.spot(class).is_some_and(|spot| {
            let row = spot.room() * problem.periods + spot.period();
            let length = problem.length(problem.course_of(class));
            let (held, available) = (&self.held[row..row + length], &problem.rooms.available[row..row + length]);
            held.iter().zip(available).any(|(held, available)| held > available)
        })
    }
}
