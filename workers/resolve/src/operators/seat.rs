//! Rooms for classes that enter one period, by an exact assignment: students without a seat and room stability together.
//!
//! A course has at most one class in a period, so within a period what a class pays for a room does not depend on where
//! the others go, and the least total is an assignment problem. Solved by shortest augmenting paths (Jonker, Volgenant, "A
//! shortest augmenting path algorithm for dense and sparse linear assignment problems", Computing 38, 1987).

use search::Spot;

use super::Call;
use crate::transaction::Transaction;

/// The most rooms that take part in one assignment.
const ROOMS_MOST: usize = 64;
/// So many steps of the assignment cost about as much as one evaluation.
const STEPS_PER_UNIT: usize = 32;

/// Puts `classes`, which are out, into free rooms of `period`, at least total price. False when there are too few rooms or a
/// course is there already.
pub(super) fn seat(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>, classes: &[usize], period: usize) -> bool {
    let grid = steps.view().grid();
    let mut matching = std::mem::take(&mut call.scratch.matching);
    let first = call.random.below(grid.rooms);
    let rooms = (0..grid.rooms).map(|step| (first + step) % grid.rooms);
    matching.rooms.clear();
    matching.rooms.extend(rooms.filter(|room| steps.view().class_in(Spot::new(period, *room)).is_none()));
    // The window of rooms begins anywhere; it only matters where there are more than an assignment takes.
    matching.rooms.truncate(ROOMS_MOST.max(classes.len()));
    let seated = classes.len() <= matching.rooms.len() && {
        matching.price(steps, classes, period);
        matching.solve(classes.len());
        steps.count(classes.len() * classes.len() * matching.rooms.len() / STEPS_PER_UNIT);
        classes.iter().enumerate().all(|(row, class)| steps.enter(*class, Spot::new(period, matching.room_of(row))))
    };
    call.scratch.matching = matching;
    seated
}

/// An assignment of rows (classes) to columns (rooms), and its buffers.
#[derive(Debug, Default)]
pub(super) struct Matching {
    rooms: Vec<usize>,
    prices: Vec<i32>,
    row_of: Vec<usize>,
    column_of: Vec<usize>,
    row_potential: Vec<i32>,
    column_potential: Vec<i32>,
    distance: Vec<i32>,
    previous: Vec<usize>,
    visited: Vec<bool>,
}

const NONE: usize = usize::MAX;

impl Matching {
    fn price(&mut self, steps: &Transaction<'_, '_>, classes: &[usize], period: usize) {
        let view = steps.view();
        self.prices.clear();
        for class in classes {
            let course = view.grid().course_of(*class);
            self.prices.extend(self.rooms.iter().map(|room| view.room_entry(course, Spot::new(period, *room))));
        }
    }

    fn room_of(&self, row: usize) -> usize {
        self.rooms[self.column_of[row]]
    }

    /// Assigns each of `rows` rows a column of its own, at least total price. Needs as many columns.
    fn solve(&mut self, rows: usize) {
        let columns = self.rooms.len();
        let fresh = |buffer: &mut Vec<i32>, length: usize| {
            buffer.clear();
            buffer.resize(length, 0);
        };
        fresh(&mut self.row_potential, rows);
        fresh(&mut self.column_potential, columns);
        self.row_of.clear();
        self.row_of.resize(columns, NONE);
        self.column_of.clear();
        self.column_of.resize(rows, NONE);
        for row in 0..rows {
            self.augment(row, columns);
        }
    }

    /// Finds the cheapest way to give `start` a column, moving rows that have one.
    fn augment(&mut self, start: usize, columns: usize) {
        self.distance.clear();
        self.distance.resize(columns, i32::MAX);
        self.previous.clear();
        self.previous.resize(columns, NONE);
        self.visited.clear();
        self.visited.resize(columns, false);
        let (mut row, mut column, mut covered) = (start, NONE, 0);
        loop {
            let mut least = (i32::MAX, NONE);
            for candidate in (0..columns).filter(|candidate| !self.visited[*candidate]) {
                let reduced =
                    self.prices[row * columns + candidate] - self.row_potential[row] - self.column_potential[candidate]
                        + covered;
                if reduced < self.distance[candidate] {
                    self.distance[candidate] = reduced;
                    self.previous[candidate] = column;
                }
                if self.distance[candidate] < least.0 {
                    least = (self.distance[candidate], candidate);
                }
            }
            (covered, column) = least;
            self.visited[column] = true;
            match self.row_of[column] {
                NONE => break,
                next => row = next,
            }
        }
        self.shift_potentials(start, covered);
        self.flip(start, column);
    }

    fn shift_potentials(&mut self, start: usize, total: i32) {
        self.row_potential[start] += total;
        for column in 0..self.distance.len() {
            if self.visited[column] && self.row_of[column] != NONE {
                let slack = total - self.distance[column];
                self.row_potential[self.row_of[column]] += slack;
                self.column_potential[column] -= slack;
            }
        }
    }

    /// Moves each row on the path to `column` one column further.
    fn flip(&mut self, start: usize, mut column: usize) {
        loop {
            let before = self.previous[column];
            let row = if before == NONE { start } else { self.row_of[before] };
            self.row_of[column] = row;
            self.column_of[row] = column;
            if before == NONE {
                return;
            }
            column = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The least total by trying every arrangement.
    fn least(prices: &[i32], columns: usize, rows: usize, row: usize, used: &mut Vec<bool>) -> i32 {
        if row == rows {
            return 0;
        }
        let mut best = i32::MAX;
        for column in 0..columns {
            if !used[column] {
                used[column] = true;
                best = best.min(prices[row * columns + column] + least(prices, columns, rows, row + 1, used));
                used[column] = false;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn an_assignment_is_a_cheapest_one(
            columns in 1_usize..6,
            missing in 0_usize..4,
            prices in proptest::collection::vec(0..30, 36),
        ) {
            let rows = columns.saturating_sub(missing).max(1);
            let prices = prices[..rows * columns].to_vec();
            let mut matching = Matching { rooms: (0..columns).collect(), prices: prices.clone(), ..Matching::default() };
            matching.solve(rows);
            let mut taken: Vec<usize> = (0..rows).map(|row| matching.room_of(row)).collect();
            let total: i32 = taken.iter().enumerate().map(|(row, column)| prices[row * columns + column]).sum();
            prop_assert_eq!(total, least(&prices, columns, rows, 0, &mut vec![false; columns]));
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), rows);
        }
    }
}
