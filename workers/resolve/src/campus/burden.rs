//! How hard it has been to place each course: who was in violation often is not to be disturbed lightly.
//!
//! Used in the choice of places while there are violations, never in what is accepted.

use crate::snapshot::{Loader, Misfit, Saver};

/// The most of one course, in units of cost.
const MOST: i32 = 400;
/// What is left of it at each stagnation, in eighths.
const KEPT_EIGHTHS: i32 = 6;

/// A weight for each course.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Burden(Vec<i32>);

impl Burden {
    /// No course has been hard to place yet.
    pub(crate) fn none(courses: usize) -> Self {
        Self(vec![0; courses])
    }

    /// The weight of a course.
    #[inline]
    pub(crate) fn of_course(&self, course: usize) -> i32 {
        self.0[course]
    }

    /// A course had to be placed again.
    pub(crate) fn add(&mut self, course: usize) {
        self.0[course] = (self.0[course] + 1).min(MOST);
    }

    /// Forgets some of it.
    pub(crate) fn fade(&mut self) {
        self.0.iter_mut().for_each(|weight| *weight = *weight * KEPT_EIGHTHS / 8);
    }

    /// Forgets all of it.
    pub(crate) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Writes the weights down.
    pub(crate) fn save(&self, saver: &mut Saver) {
        saver.words(self.0.iter().map(|weight| *weight as u64));
    }

    /// Takes over the weights that another had.
    pub(crate) fn restore(&mut self, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        for weight in &mut self.0 {
            *weight = loader.word_to(MOST as u64, "weights of courses")? as i32;
        }
        Ok(())
    }
}
