//! A campus as something that can be annealed.

use shared::model::Timetable;

use super::problem::Problem;
use super::seat::seat;
use super::state::State;
use crate::anneal::Thresholds;
use crate::motion::{Form, Landscape, Motion, grow};
use crate::{Philox, Spot};

/// A campus in motion.
#[derive(Debug)]
pub struct CampusView<'a> {
    problem: &'a Problem,
    state: &'a mut State,
}

impl Motion for CampusView<'_> {
    #[inline]
    fn cost(&self) -> (i32, i32) {
        (self.state.hard(), self.state.soft())
    }

    fn spots(&self) -> &[Spot] {
        self.state.spots()
    }

    #[inline]
    fn propose(&mut self, words: [u32; 4], thresholds: &Thresholds) -> bool {
        let Some((class, target)) = self.state.proposal(self.problem, words) else { return false };
        let limit = thresholds.limit(words[2]);
        let Some(change) = self.state.evaluate(self.problem, class, target, limit) else { return false };
        self.state.apply(self.problem, class, target, change);
        true
    }
}

impl Landscape for Problem {
    type State = State;
    type View<'a> = CampusView<'a>;

    fn form(&self) -> Form<'_> {
        Form::Campus(self)
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn hard_weight(&self) -> i32 {
        self.hard_weight
    }

    fn bound(&self) -> i32 {
        0
    }

    fn state(&self, timetable: &Timetable) -> State {
        State::new(self, timetable)
    }

    fn state_of(&self, spots: &[Spot]) -> Option<State> {
        State::from_spots(self, spots)
    }

    fn view<'a>(&'a self, state: &'a mut State) -> CampusView<'a> {
        CampusView { problem: self, state }
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
        seat(self, spots)
    }

    fn connected_courses(&self, random: Philox, counter: u64, share: usize) -> Vec<u32> {
        let neighbours = |course: usize| self.neighbours(course).map(|other| other as u32).collect();
        grow((random, counter), self.courses, self.courses.div_ceil(share), neighbours)
    }

    fn adopt(&self, state: &mut State, lent: &[Spot], courses: &[u32]) {
        for class in courses.iter().flat_map(|course| self.classes_of(*course as usize)) {
            if let Some(spot) = state.spot(class)
                && spot != lent[class]
                && let Some(change) = state.evaluate(self, class, lent[class], i32::MAX)
            {
                state.apply(self, class, lent[class], change);
            }
        }
    }
}
