//! What can be annealed: the seam between a cooling and what it cools.

use shared::model::Timetable;

use crate::anneal::Thresholds;
use crate::grid::Grid;
use crate::philox::below;
use crate::spot::Spot;
use crate::state::State;
use crate::view::View;
use crate::{Philox, campus};

/// A timetable in motion.
pub trait Motion {
    /// Hard violations, and weighted soft cost.
    fn cost(&self) -> (i32, i32);
    /// Where each class is.
    fn spots(&self) -> &[Spot];
    /// Makes the proposal that four random words stand for, if the thresholds let it pass; whether they did.
    fn propose(&mut self, words: [u32; 4], thresholds: &Thresholds) -> bool;
}

/// The forms of compiled instances. There are kernels for each.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a> {
    /// The competition's.
    Competition(&'a Grid),
    /// A campus.
    Campus(&'a campus::Problem),
}

/// A compiled instance whose timetables can be annealed. The searches over whole populations are written for any of them.
pub trait Landscape: Sync {
    /// A timetable with its counters.
    type State: Clone + Send + Sync;
    /// A state in motion.
    type View<'a>: Motion
    where
        Self: 'a;

    /// Which of the forms it is.
    fn form(&self) -> Form<'_>;
    /// Classes of a timetable.
    fn classes(&self) -> usize;
    /// Weight of a hard violation against soft cost.
    fn hard_weight(&self) -> i32;
    /// Soft cost that no timetable without a violation is below.
    fn bound(&self) -> i32;
    /// The state of a timetable; unplaced classes are put where they cost least.
    fn state(&self, timetable: &Timetable) -> Self::State;
    /// The state in which each class is where `spots` says, if there is one.
    fn state_of(&self, spots: &[Spot]) -> Option<Self::State>;
    /// A state, to be moved.
    fn view<'a>(&'a self, state: &'a mut Self::State) -> Self::View<'a>;
    /// Hard violations and weighted soft cost of a state.
    fn cost_of(&self, state: &Self::State) -> (i32, i32);
    /// Bytes of a state.
    fn bytes_of(&self, state: &Self::State) -> usize;
    /// Makes `state` a copy of `other`, without allocating.
    fn copy(&self, state: &mut Self::State, other: &Self::State);
    /// The timetable of some spots, as the other stages know it.
    fn timetable(&self, spots: &[Spot]) -> Timetable;
    /// A connected set of at most a share of all courses, for a crossover: grown from a random course along what couples
    /// courses. Ascending.
    fn connected_courses(&self, random: Philox, counter: u64, share: usize) -> Vec<u32>;
    /// Puts the classes of `courses` where `lent` has them, as far as that is a legal step.
    fn adopt(&self, state: &mut Self::State, lent: &[Spot], courses: &[u32]);
}

/// Grows a set of courses from a random one along their neighbours until `most` (at least one) or fewer, at random, are found.
pub(crate) fn grow(
    (random, counter): (Philox, u64),
    courses: usize,
    most: usize,
    neighbours: impl Fn(usize) -> Vec<u32>,
) -> Vec<u32> {
    let words = random.block(counter);
    let mut found = vec![below(words[0], courses) as u32];
    let size = 1 + below(words[1], most.max(1));
    let mut is_found = vec![false; courses];
    is_found[found[0] as usize] = true;
    let mut next = 0;
    while next < found.len() && found.len() < size {
        let neighbours = neighbours(found[next] as usize);
        let turn = below(words[2], neighbours.len().max(1));
        for &course in neighbours[turn..].iter().chain(&neighbours[..turn]) {
            if found.len() < size && !std::mem::replace(&mut is_found[course as usize], true) {
                found.push(course);
            }
        }
        next += 1;
    }
    found.sort_unstable();
    found
}

impl Motion for View<'_> {
    #[inline]
    fn cost(&self) -> (i32, i32) {
        (self.hard(), self.soft())
    }

    fn spots(&self) -> &[Spot] {
        View::spots(self)
    }

    #[inline]
    fn propose(&mut self, words: [u32; 4], thresholds: &Thresholds) -> bool {
        let grid = self.grid();
        let class = below(words[0], grid.classes);
        let periods = grid.course_periods.row(grid.course_of(class));
        if periods.is_empty() {
            return false;
        }
        let target = Spot::new(usize::from(periods[below(words[1], periods.len())]), below(words[3], grid.rooms));
        let Some(change) = self.evaluate(class, target, thresholds.limit(words[2])) else { return false };
        self.apply(class, target, change);
        true
    }
}

impl Landscape for Grid {
    type State = State;
    type View<'a> = View<'a>;

    fn form(&self) -> Form<'_> {
        Form::Competition(self)
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn hard_weight(&self) -> i32 {
        self.weights.hard
    }

    fn bound(&self) -> i32 {
        self.bound
    }

    fn state(&self, timetable: &Timetable) -> State {
        State::new(self, timetable)
    }

    fn state_of(&self, spots: &[Spot]) -> Option<State> {
        State::from_spots(self, spots)
    }

    fn view<'a>(&'a self, state: &'a mut State) -> View<'a> {
        state.view(self)
    }

    fn cost_of(&self, state: &State) -> (i32, i32) {
        (state.hard(), state.soft())
    }

    fn bytes_of(&self, state: &State) -> usize {
        state.bytes()
    }

    fn copy(&self, state: &mut State, other: &State) {
        state.copy_from(other);
    }

    fn timetable(&self, spots: &[Spot]) -> Timetable {
        Spot::timetable(spots)
    }

    fn connected_courses(&self, random: Philox, counter: u64, share: usize) -> Vec<u32> {
        let neighbours = |course: usize| self.neighbours(course).iter().map(|other| u32::from(*other)).collect();
        grow((random, counter), self.courses, self.courses.div_ceil(share), neighbours)
    }

    fn adopt(&self, state: &mut State, lent: &[Spot], courses: &[u32]) {
        let mut view = state.view(self);
        for class in courses.iter().flat_map(|course| self.classes_of(*course as usize)) {
            if view.spots()[class] != lent[class]
                && let Some(change) = view.evaluate(class, lent[class], i32::MAX)
            {
                view.apply(class, lent[class], change);
            }
        }
    }
}
