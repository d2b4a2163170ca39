//! A complete timetable with its counters, as one flat blob.

use shared::model::Timetable;

use crate::grid::Grid;
use crate::layout::Layout;
use crate::spot::Spot;
use crate::start;
use crate::view::View;

/// A timetable in which every class has a cell of its own; hard violations (conflicts, forbidden periods) are possible and
/// counted. Two classes never share a cell, and two classes of a course never share a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    layout: Layout,
    blob: Vec<u64>,
}

impl State {
    /// The state of `timetable`. Classes that it leaves unplaced, or whose place is taken, are put where they violate least.
    pub fn new(grid: &Grid, timetable: &Timetable) -> Self {
        Self::filled(grid, &start::complete(grid, timetable))
    }

    /// The state in which each class is where `spots` says. It is the very state that these spots were taken from: a state
    /// remembers nothing of how it came about. `None` when no state has these spots.
    pub fn from_spots(grid: &Grid, spots: &[Spot]) -> Option<Self> {
        start::is_complete(grid, spots).then(|| Self::filled(grid, spots))
    }

    fn filled(grid: &Grid, spots: &[Spot]) -> Self {
        let layout = Layout::new(grid);
        let blob = vec![0; layout.bytes / 8];
        let mut state = Self { layout, blob };
        state.view(grid).fill(spots);
        state
    }

    /// The parts of the state, to read and to change.
    pub fn view<'a>(&'a mut self, grid: &'a Grid) -> View<'a> {
        View::new(grid, &self.layout, &mut self.blob)
    }

    /// Becomes a copy of `other`, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.blob.copy_from_slice(&other.blob);
    }

    /// Size of the blob in bytes.
    pub fn bytes(&self) -> usize {
        self.blob.len() * 8
    }

    /// Hard violations: conflicting pairs, and classes in forbidden periods.
    pub fn hard(&self) -> i32 {
        self.blob[0] as u32 as i32
    }

    /// Weighted soft cost.
    pub fn soft(&self) -> i32 {
        (self.blob[0] >> 32) as u32 as i32
    }

    /// The placements as the other stages know them.
    pub fn timetable(&mut self, grid: &Grid) -> Timetable {
        self.view(grid).timetable()
    }
}
