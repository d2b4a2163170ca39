//! From a partial timetable to one in which every class has a cell.

use shared::model::Timetable;

use crate::grid::Grid;
use crate::spot::Spot;

const FREE: usize = usize::MAX;

/// Which class is in each cell, and where each class is, while a timetable is completed.
struct Board<'a> {
    grid: &'a Grid,
    cells: Vec<usize>,
    spots: Vec<Option<Spot>>,
    /// Period × course: classes of the course there.
    there: Vec<u16>,
}

/// Keeps every placement of `timetable` that has a cell to itself, and puts the other classes into free cells where they
/// violate least. Deterministic.
pub(crate) fn complete(grid: &Grid, timetable: &Timetable) -> Vec<Spot> {
    let mut board = Board::empty(grid);
    for (class, placement) in timetable.placements().iter().enumerate() {
        if let Some(at) = placement {
            board.put(class, Spot::new(at.period.0 as usize, at.room.0 as usize));
        }
    }
    for class in 0..grid.classes {
        if board.spots[class].is_none() && !board.put_best(class) && !board.put_by_exchange(class) {
            return round_robin(grid);
        }
    }
    board.spots.into_iter().flatten().collect()
}

/// Whether `spots` places every class, in a cell of its own, and no two classes of a course in one period.
pub(crate) fn is_complete(grid: &Grid, spots: &[Spot]) -> bool {
    let mut board = Board::empty(grid);
    let mut places = spots.iter().enumerate();
    spots.len() == grid.classes
        && places
            .all(|(class, spot)| spot.period() < grid.periods && spot.room() < grid.rooms && board.put(class, *spot))
}

impl<'a> Board<'a> {
    fn empty(grid: &'a Grid) -> Self {
        Self {
            grid,
            cells: vec![FREE; grid.cells()],
            spots: vec![None; grid.classes],
            there: vec![0; grid.periods * grid.courses],
        }
    }
}

impl Board<'_> {
    fn cell(&self, spot: Spot) -> usize {
        spot.period() * self.grid.rooms + spot.room()
    }

    fn is_there(&self, course: usize, period: usize) -> bool {
        self.there[period * self.grid.courses + course] > 0
    }

    /// Puts a class into a free cell, unless its course is in that period already.
    fn put(&mut self, class: usize, spot: Spot) -> bool {
        let (cell, course) = (self.cell(spot), self.grid.course_of(class));
        if self.cells[cell] != FREE || self.is_there(course, spot.period()) {
            return false;
        }
        self.cells[cell] = class;
        self.spots[class] = Some(spot);
        self.there[spot.period() * self.grid.courses + course] += 1;
        true
    }

    fn lift(&mut self, class: usize) -> Option<Spot> {
        let spot = self.spots[class].take()?;
        let cell = self.cell(spot);
        self.cells[cell] = FREE;
        self.there[spot.period() * self.grid.courses + self.grid.course_of(class)] -= 1;
        Some(spot)
    }

    /// Violations of a course in a period, and its excess in a room.
    fn price(&self, course: usize, spot: Spot) -> (usize, i32) {
        let grid = self.grid;
        let clashes = grid.neighbours(course).iter().filter(|other| self.is_there(usize::from(**other), spot.period()));
        let forbidden = grid.forbidden[spot.period() * grid.courses + course];
        (clashes.count() + usize::from(forbidden), grid.excess(course, spot.room()))
    }

    fn free_spots(&self) -> impl Iterator<Item = Spot> + '_ {
        let rooms = self.grid.rooms;
        let free = self.cells.iter().enumerate().filter(|(_, class)| **class == FREE);
        free.map(move |(cell, _)| Spot::new(cell / rooms, cell % rooms))
    }

    fn put_best(&mut self, class: usize) -> bool {
        let course = self.grid.course_of(class);
        let best = self
            .free_spots()
            .filter(|spot| !self.is_there(course, spot.period()))
            .min_by_key(|spot| (self.price(course, *spot), self.cell(*spot)));
        best.is_some_and(|spot| self.put(class, spot))
    }

    /// Every free cell is in a period where the course already is: another class moves there and makes room.
    fn put_by_exchange(&mut self, class: usize) -> bool {
        let course = self.grid.course_of(class);
        let Some(free) = self.free_spots().next() else { return false };
        for other in 0..self.grid.classes {
            let Some(spot) = self.spots[other] else { continue };
            let fits =
                !self.is_there(course, spot.period()) && !self.is_there(self.grid.course_of(other), free.period());
            if fits {
                self.lift(other);
                return self.put(other, free) && self.put(class, spot);
            }
        }
        false
    }
}

/// The placement that always exists while there are enough cells: classes in order, from period to period. Classes of a
/// course follow one another, and a course has no more classes than there are periods, so they never meet.
fn round_robin(grid: &Grid) -> Vec<Spot> {
    (0..grid.classes).map(|class| Spot::new(class % grid.periods, class / grid.periods)).collect()
}
