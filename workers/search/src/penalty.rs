//! Who pays what: the penalties of a timetable by class, course and curriculum. For choosing where to work, not for the
//! inner loop.

use crate::view::View;

/// The slots before and behind, in a day mask that is shifted so that the slot itself is bit 2.
const NEIGHBOURS: u64 = 0b0_1010;

impl View<'_> {
    /// Weighted cost of the rooms of a course beyond its first.
    pub fn room_penalty(&self, course: usize) -> i32 {
        let rooms = &self.rooms[course * self.grid.rooms..][..self.grid.rooms];
        rooms.iter().filter(|count| **count > 0).count().saturating_sub(1) as i32 * self.grid.weights.room
    }

    /// Weighted cost of the working days that a course lacks.
    pub fn day_penalty(&self, course: usize) -> i32 {
        i32::from(self.grid.min_days[course].saturating_sub(self.spread[course])) * self.grid.weights.day
    }

    /// Weighted soft cost that a class itself is the cause of: seats that lack, and curricula in which it is isolated.
    pub fn class_penalty(&self, class: usize) -> i32 {
        let grid = self.grid;
        let (course, spot) = (grid.course_of(class), self.at[class]);
        let (day, slot) = (usize::from(grid.day_of[spot.period()]), grid.slot_of[spot.period()]);
        let alone =
            |curriculum: &&u16| self.masks[usize::from(**curriculum) * grid.days + day] >> slot & NEIGHBOURS == 0;
        let isolated = grid.course_curricula.row(course).iter().filter(alone).count() as i32;
        grid.excess(course, spot.room()) + isolated * grid.weights.isolated
    }
}
