//! What a lecture costs the search that is not where it was in the timetable before: a table by course and period, or none at all,
//! so that a search without such a timetable pays one test for it.

use shared::ids::{Id, RoomId};
use shared::model::Instance;

/// A period without a home, or a home without a room.
const NOWHERE: u16 = u16::MAX;

/// A course in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// What a lecture costs there wherever it is.
    period: i32,
    /// What it costs in any room but the one below.
    room: i32,
    /// The room that is home.
    home: u16,
    /// Whether there was a lecture.
    was_there: bool,
}

/// The homes of all courses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Homes {
    periods: usize,
    /// Course × period; empty where there was no timetable before.
    table: Vec<Entry>,
    most: i32,
}

impl Homes {
    /// The homes of an instance, rooms by their numbers.
    pub fn new(instance: &Instance) -> Self {
        Self::with_rooms(instance, |room| room.0 as u16)
    }

    /// The homes of an instance, rooms by what `number` makes of them.
    pub(crate) fn with_rooms(instance: &Instance, number: impl Fn(RoomId) -> u16) -> Self {
        let Some(homes) = instance.homes() else { return Self::default() };
        let (price, periods) = (homes.price(), instance.period_count());
        let mut table = vec![Entry { home: NOWHERE, ..Entry::default() }; instance.course_count() * periods];
        for course in instance.courses().filter(|course| homes.of(*course).len() > 0) {
            let row = &mut table[course.index() * periods..][..periods];
            for entry in &mut *row {
                entry.period = price.period as i32;
            }
            // Of several homes in a period the first one counts.
            for home in homes.of(course).collect::<Vec<_>>().into_iter().rev() {
                let home_room = home.room.map_or(NOWHERE, &number);
                row[home.period.index()] =
                    Entry { period: 0, room: price.room as i32, home: home_room, was_there: true };
            }
        }
        Self { periods, table, most: price.period.max(price.room) as i32 }
    }

    /// Whether there was a timetable before.
    #[inline]
    pub fn is_any(&self) -> bool {
        !self.table.is_empty()
    }

    /// The most that a lecture pays.
    pub fn most(&self) -> i32 {
        self.most
    }

    /// What a lecture of a course pays for a period, whatever its room.
    #[inline]
    pub fn other_period(&self, course: usize, period: usize) -> i32 {
        if self.table.is_empty() { 0 } else { self.table[course * self.periods + period].period }
    }

    /// What it pays for a room beside that.
    #[inline]
    pub fn other_room(&self, course: usize, period: usize, room: usize) -> i32 {
        if self.table.is_empty() {
            return 0;
        }
        let entry = self.table[course * self.periods + period];
        if usize::from(entry.home) == room { 0 } else { entry.room }
    }

    /// What it pays for both.
    #[inline]
    pub fn away(&self, course: usize, period: usize, room: usize) -> i32 {
        if self.table.is_empty() {
            return 0;
        }
        let entry = self.table[course * self.periods + period];
        entry.period + if usize::from(entry.home) == room { 0 } else { entry.room }
    }

    /// What a lecture of a course pays in a period, what it pays for any room but one, and that room. `None` where there was no
    /// timetable before.
    pub fn entry(&self, course: usize, period: usize) -> Option<(i32, i32, u16)> {
        self.table.get(course * self.periods + period).map(|entry| (entry.period, entry.room, entry.home))
    }

    /// Whether a course was taught in a period.
    #[inline]
    pub fn was_there(&self, course: usize, period: usize) -> bool {
        self.is_any() && self.table[course * self.periods + period].was_there
    }

    /// Whether a course was taught in a period in that room.
    #[inline]
    pub fn is_home(&self, course: usize, period: usize, room: usize) -> bool {
        self.is_any() && usize::from(self.table[course * self.periods + period].home) == room
    }
}
