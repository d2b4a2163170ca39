//! What the annealer tries: a meeting at another time, in a room class that is free there if there is one, or at its time in
//! another room class.

use super::problem::Problem;
use super::state::State;
use crate::Spot;
use crate::philox::below;

/// Room classes that are looked at for a free one.
const LOOKS: usize = 6;
/// One proposal in so many takes a room class at random.
const ANY_ROOM: u32 = 16;

impl State {
    /// The move that four random words stand for. The third word is the annealer's.
    #[inline]
    pub fn proposal(&self, problem: &Problem, words: [u32; 4]) -> Option<(usize, Spot)> {
        if problem.movable().is_empty() {
            return None;
        }
        let class = problem.movable()[below(words[0], problem.movable().len())] as usize;
        let (starts, rooms, source) = (problem.starts(class), problem.room_classes(class), self.at[class]);
        let start = usize::from(starts[below(words[1], starts.len())]);
        let turn = below(words[3], rooms.len());
        let is_any = words[3].is_multiple_of(ANY_ROOM) || start == source.period();
        let room = if is_any {
            usize::from(rooms[turn])
        } else if self.is_free(problem, class, start, source.room()) {
            source.room()
        } else {
            let order = (0..LOOKS.min(rooms.len())).map(|step| usize::from(rooms[(turn + step) % rooms.len()]));
            order.into_iter().find(|room| self.is_free(problem, class, start, *room)).unwrap_or(source.room())
        };
        let target = Spot::new(start, room);
        (target != source).then_some((class, target))
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
