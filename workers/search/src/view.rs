//! The parts of a state, borrowed from its blob, with the bookkeeping that keeps the counters true.

use shared::model::Timetable;

use crate::change::{Change, isolation};
use crate::grid::Grid;
use crate::layout::{CROWDED, Layout, OWN};
use crate::spot::Spot;

/// The parts of a state; see `layout.rs` for what each holds.
#[derive(Debug)]
pub struct View<'a> {
    pub(crate) grid: &'a Grid,
    pub(crate) totals: &'a mut [i32],
    pub(crate) masks: &'a mut [u64],
    pub(crate) at: &'a mut [Spot],
    pub(crate) blocked: &'a mut [u16],
    pub(crate) cells: &'a mut [u16],
    pub(crate) days: &'a mut [u8],
    pub(crate) spread: &'a mut [u8],
    pub(crate) rooms: &'a mut [u8],
    pub(crate) counts: &'a mut [u8],
}

impl<'a> View<'a> {
    pub(crate) fn new(grid: &'a Grid, layout: &Layout, blob: &'a mut [u64]) -> Self {
        let mut rest: &'a mut [u8] = bytemuck::cast_slice_mut(blob);
        let mut part = |index: usize| {
            let (taken, behind) = std::mem::take(&mut rest).split_at_mut(layout.range(index).len());
            rest = behind;
            taken
        };
        Self {
            grid,
            totals: bytemuck::cast_slice_mut(part(0)),
            masks: bytemuck::cast_slice_mut(part(1)),
            at: &mut bytemuck::cast_slice_mut(part(2))[..grid.classes],
            blocked: bytemuck::cast_slice_mut(part(3)),
            cells: bytemuck::cast_slice_mut(part(4)),
            days: part(5),
            spread: part(6),
            rooms: part(7),
            counts: part(8),
        }
    }

    /// The compiled instance.
    pub fn grid(&self) -> &'a Grid {
        self.grid
    }

    /// Hard violations.
    #[inline]
    pub fn hard(&self) -> i32 {
        self.totals[0]
    }

    /// Weighted soft cost.
    #[inline]
    pub fn soft(&self) -> i32 {
        self.totals[1]
    }

    /// Hard violations at their weight, plus the soft cost.
    #[inline]
    pub fn weighted(&self) -> i64 {
        i64::from(self.hard()) * i64::from(self.grid.weights.hard) + i64::from(self.soft())
    }

    /// Where each class is.
    pub fn spots(&self) -> &[Spot] {
        self.at
    }

    /// The class in a cell.
    #[inline]
    pub fn class_in(&self, spot: Spot) -> Option<usize> {
        usize::from(self.cells[self.cell(spot)]).checked_sub(1)
    }

    /// Hard violations that a class is part of where it is: conflicting courses there, plus one if the period is forbidden.
    #[inline]
    pub fn violations_of(&self, class: usize) -> u16 {
        let period = self.at[class].period();
        self.blocked[period * self.grid.courses + self.grid.course_of(class)] - OWN
    }

    /// The timetable as the other stages know it.
    pub fn timetable(&self) -> Timetable {
        Spot::timetable(self.at)
    }

    #[inline]
    pub(crate) fn cell(&self, spot: Spot) -> usize {
        spot.period() * self.grid.rooms + spot.room()
    }

    /// Moves `class` to `target`; a class that is there takes its place. `change` must be what
    /// [`View::evaluate`](crate::View::evaluate) said of it.
    pub fn apply(&mut self, class: usize, target: Spot, change: Change) {
        let source = self.at[class];
        let partner = self.class_in(target);
        self.lift(class, source);
        if let Some(other) = partner {
            self.lift(other, target);
            self.put(other, source);
        }
        self.put(class, target);
        self.totals[0] += change.hard;
        self.totals[1] += change.soft;
    }

    fn lift(&mut self, class: usize, spot: Spot) {
        let cell = self.cell(spot);
        self.cells[cell] = 0;
        self.count(class, spot, -1);
    }

    pub(crate) fn put(&mut self, class: usize, spot: Spot) {
        let cell = self.cell(spot);
        debug_assert_eq!(self.cells[cell], 0, "a cell holds one class");
        self.cells[cell] = class as u16 + 1;
        self.at[class] = spot;
        self.count(class, spot, 1);
    }

    /// Adds `sign` to every counter that a class in `spot` has a part in.
    pub(crate) fn count(&mut self, class: usize, spot: Spot, sign: i8) {
        let grid = self.grid;
        let (course, period) = (grid.course_of(class), spot.period());
        let step = i16::from(sign);
        let row = &mut self.blocked[period * grid.courses..(period + 1) * grid.courses];
        for other in grid.neighbours.row(course) {
            row[usize::from(*other)] = row[usize::from(*other)].wrapping_add_signed(step);
        }
        row[course] = row[course].wrapping_add_signed(step * OWN as i16);
        let day = usize::from(grid.day_of[period]);
        let classes = &mut self.days[course * grid.days + day];
        let before = *classes;
        *classes = before.wrapping_add_signed(sign);
        if before == 0 || *classes == 0 {
            self.spread[course] = self.spread[course].wrapping_add_signed(sign);
        }
        let room = &mut self.rooms[course * grid.rooms + spot.room()];
        *room = room.wrapping_add_signed(sign);
        let bit = 1_u64 << (grid.slot_of[period] + 2);
        for curriculum in grid.course_curricula.row(course) {
            let curriculum = usize::from(*curriculum);
            let count = &mut self.counts[curriculum * grid.periods + period];
            let before = *count;
            *count = before.wrapping_add_signed(sign);
            let after = *count;
            let mask = curriculum * grid.days + day;
            if before == 0 || after == 0 {
                self.masks[mask] ^= bit;
            }
            if before.max(after) > 1 {
                let crowded = self.day_counts(curriculum, day).iter().any(|count| *count > 1);
                self.masks[mask] = self.masks[mask] & !CROWDED | if crowded { CROWDED } else { 0 };
            }
        }
    }

    /// Fills an empty state and counts its totals from the counters.
    pub(crate) fn fill(&mut self, spots: &[Spot]) {
        self.blocked.fill(0);
        let forbidden = &self.grid.forbidden;
        self.blocked[..forbidden.len()].copy_from_slice(forbidden);
        for (class, spot) in spots.iter().enumerate() {
            self.put(class, *spot);
        }
        self.totals[0] = self.count_hard();
        self.totals[1] = self.count_soft();
    }

    fn count_hard(&self) -> i32 {
        let forbidden = |class: usize| {
            let period = self.at[class].period();
            i32::from(self.grid.forbidden[period * self.grid.courses + self.grid.course_of(class)])
        };
        let (mut twice, mut once) = (0, 0);
        for class in 0..self.grid.classes {
            once += forbidden(class);
            twice += i32::from(self.violations_of(class)) - forbidden(class);
        }
        once + twice / 2
    }

    fn count_soft(&self) -> i32 {
        let grid = self.grid;
        let weights = &grid.weights;
        let own = |class: usize| {
            let (course, spot) = (grid.course_of(class), self.at[class]);
            grid.excess(course, spot.room()) + grid.homes.away(course, spot.period(), spot.room())
        };
        let excess: i32 = (0..grid.classes).map(own).sum();
        let of_course = |course: usize| {
            let missing = i32::from(grid.min_days[course].saturating_sub(self.spread[course]));
            let rooms = &self.rooms[course * grid.rooms..(course + 1) * grid.rooms];
            let extra = rooms.iter().filter(|count| **count > 0).count().saturating_sub(1) as i32;
            missing * weights.day + extra * weights.room
        };
        let courses: i32 = (0..grid.courses).map(of_course).sum();
        let isolated: i32 = (0..grid.curricula)
            .flat_map(|curriculum| (0..grid.days).map(move |day| (curriculum, day)))
            .map(|(curriculum, day)| isolation(self.day_counts(curriculum, day), |_, count| count))
            .sum();
        excess + courses + isolated * weights.isolated
    }

    /// How many classes a curriculum has in each slot of a day.
    pub(crate) fn day_counts(&self, curriculum: usize, day: usize) -> &[u8] {
        let start = curriculum * self.grid.periods + day * self.grid.slots;
        &self.counts[start..start + self.grid.slots]
    }
}
