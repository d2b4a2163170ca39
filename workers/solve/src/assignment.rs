//! The assignment problem: each row gets a column of its own so that the sum of the prices is least.
//!
//! Shortest augmenting paths with potentials (Kuhn 1955; Jonker and Volgenant 1987): rows² × columns steps.

const NOBODY: usize = usize::MAX;

/// The column of each row. There must be at least as many columns as rows. Ties go to lower columns.
pub(crate) fn cheapest(rows: usize, columns: usize, price: impl Fn(usize, usize) -> i64) -> Vec<usize> {
    assert!(rows <= columns, "{rows} rows for {columns} columns");
    let mut matching = Matching {
        row_of: vec![NOBODY; columns],
        row_potential: vec![0; rows],
        column_potential: vec![0; columns],
        slack: vec![0; columns],
        from: vec![NOBODY; columns],
        reached: vec![false; columns],
    };
    (0..rows).for_each(|row| matching.insert(row, &price));
    let mut column_of = vec![NOBODY; rows];
    for (column, row) in matching.row_of.iter().enumerate() {
        if *row != NOBODY {
            column_of[*row] = column;
        }
    }
    column_of
}

struct Matching {
    row_of: Vec<usize>,
    row_potential: Vec<i64>,
    column_potential: Vec<i64>,
    /// Column: least reduced price from the rows reached so far.
    slack: Vec<i64>,
    /// Column: the column whose row gave that least price; `NOBODY` for the new row.
    from: Vec<usize>,
    reached: Vec<bool>,
}

impl Matching {
    /// Gives one more row a column, along the cheapest alternating path.
    fn insert(&mut self, new_row: usize, price: &impl Fn(usize, usize) -> i64) {
        self.slack.fill(i64::MAX);
        self.reached.fill(false);
        let (mut row, mut last) = (new_row, NOBODY);
        let end = loop {
            let column = self.advance(row, last, price);
            self.shift(self.slack[column], new_row);
            self.reached[column] = true;
            if self.row_of[column] == NOBODY {
                break column;
            }
            (row, last) = (self.row_of[column], column);
        };
        let mut column = end;
        while self.from[column] != NOBODY {
            self.row_of[column] = self.row_of[self.from[column]];
            column = self.from[column];
        }
        self.row_of[column] = new_row;
    }

    /// Looks from a reached row at all columns, and returns the nearest one that is not reached.
    fn advance(&mut self, row: usize, last: usize, price: &impl Fn(usize, usize) -> i64) -> usize {
        let mut nearest = NOBODY;
        for column in 0..self.row_of.len() {
            if self.reached[column] {
                continue;
            }
            let reduced = price(row, column) - self.row_potential[row] - self.column_potential[column];
            if reduced < self.slack[column] {
                self.slack[column] = reduced;
                self.from[column] = last;
            }
            if nearest == NOBODY || self.slack[column] < self.slack[nearest] {
                nearest = column;
            }
        }
        nearest
    }

    /// Moves the potentials so that the nearest column becomes reachable for nothing.
    fn shift(&mut self, by: i64, new_row: usize) {
        self.row_potential[new_row] += by;
        for column in 0..self.row_of.len() {
            if self.reached[column] {
                self.row_potential[self.row_of[column]] += by;
                self.column_potential[column] -= by;
            } else if self.slack[column] != i64::MAX {
                self.slack[column] -= by;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn least(row: usize, rows: usize, used: u32, columns: usize, prices: &[i64]) -> i64 {
        if row == rows {
            return 0;
        }
        let free = (0..columns).filter(|column| used & (1 << column) == 0);
        free.map(|column| prices[row * 6 + column] + least(row + 1, rows, used | 1 << column, columns, prices))
            .min()
            .unwrap()
    }

    proptest! {
        #[test]
        fn no_assignment_is_cheaper(prices in proptest::collection::vec(-9_i64..30, 36), rows in 0_usize..6, more in 0_usize..3) {
            let columns = (rows + more).min(6);
            let chosen = cheapest(rows, columns, |row, column| prices[row * 6 + column]);
            let mut distinct = chosen.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), rows);
            let sum: i64 = chosen.iter().enumerate().map(|(row, column)| prices[row * 6 + column]).sum();
            prop_assert_eq!(sum, least(0, rows, 0, columns, &prices));
        }
    }
}
