//! Taking a class out of the timetable for a while and putting it back elsewhere: the steps of operators that rearrange
//! several classes at once. While a class is out, the totals are those of the classes that are placed.

use crate::change::{Change, LEAVING, isolation};
use crate::layout::{CROWDED, OWN};
use crate::spot::Spot;
use crate::view::View;

impl View<'_> {
    /// What one more class of `course` in `period` would change, its room left aside. `None` where the course has a class.
    #[inline]
    pub fn period_entry(&self, course: usize, period: usize) -> Option<Change> {
        let grid = self.grid;
        let violations = self.blocked[period * grid.courses + course];
        if violations >= OWN {
            return None;
        }
        let hard = i32::from(violations);
        let day = usize::from(grid.day_of[period]);
        let missing = grid.min_days[course] > self.spread[course];
        let gained = missing && self.days[course * grid.days + day] == 0;
        let isolated = self.isolated_by_entry(course, period, self.hard() != 0 || hard != 0);
        let moved = grid.homes.other_period(course, period);
        let soft = isolated * grid.weights.isolated - i32::from(gained) * grid.weights.day + moved;
        Some(Change { hard, soft })
    }

    /// What one more class of `course` in `target` would add for its room: students without a seat, and the room where it is a
    /// further one, or another one than before.
    #[inline]
    pub fn room_entry(&self, course: usize, target: Spot) -> i32 {
        let (grid, room) = (self.grid, target.room());
        let further = self.rooms[course * grid.rooms + room] == 0 && self.spread[course] > 0;
        grid.excess(course, room)
            + i32::from(further) * grid.weights.room
            + grid.homes.other_room(course, target.period(), room)
    }

    #[inline]
    fn isolated_by_entry(&self, course: usize, period: usize, exact: bool) -> i32 {
        let grid = self.grid;
        let (day, slot) = (usize::from(grid.day_of[period]), usize::from(grid.slot_of[period]));
        let mut sum = 0;
        for curriculum in grid.course_curricula.row(course) {
            let curriculum = usize::from(*curriculum);
            let mask = self.masks[curriculum * grid.days + day];
            // As for a relocation: bit windows tell, but for days on which two classes of a curriculum meet, or would.
            if exact && mask & (CROWDED | 4 << slot) != 0 {
                let counts = self.day_counts(curriculum, day);
                sum +=
                    isolation(counts, |at, count| count + i32::from(at == slot)) - isolation(counts, |_, count| count);
            } else {
                sum -= i32::from(LEAVING[(mask >> slot & 31) as usize]);
            }
        }
        sum
    }

    /// Takes a class out and says what that changed. It must be placed.
    pub fn leave(&mut self, class: usize) -> Change {
        let (course, spot) = (self.grid.course_of(class), self.at[class]);
        let cell = self.cell(spot);
        let hard = i32::from(self.violations_of(class));
        self.cells[cell] = 0;
        self.count(class, spot, -1);
        // The totals tell whether bit windows may be used, so the violations go first.
        self.totals[0] -= hard;
        let entry = self.period_entry(course, spot.period()).expect("the class has just left this period");
        let soft = -entry.soft - self.room_entry(course, spot);
        self.totals[1] += soft;
        Change { hard: -hard, soft }
    }

    /// Puts a class that is out into a free cell and says what that changed. `None`, and nothing is done, when the cell is
    /// taken or the course is in that period already.
    pub fn enter(&mut self, class: usize, target: Spot) -> Option<Change> {
        let course = self.grid.course_of(class);
        if self.class_in(target).is_some() {
            return None;
        }
        let entry = self.period_entry(course, target.period())?;
        let change = Change { hard: entry.hard, soft: entry.soft + self.room_entry(course, target) };
        self.put(class, target);
        self.totals[0] += change.hard;
        self.totals[1] += change.soft;
        Some(change)
    }
}
