//! Gradual constraint weights: what a violation of each course weighs beyond the common weight.
//!
//! A course that is still in violation at a local optimum gains weight, the others lose theirs (Sylejmani, Gashi, Ymeri,
//! "Simulated annealing with penalization for university course timetabling", 2022). Used while there are hard violations;
//! all weights are zero otherwise, and then nothing here costs anything.

use search::{Grid, Spot, View};

use crate::snapshot::{Loader, Misfit, Saver};

/// Extra weight by course, in units of the objective.
#[derive(Clone, Debug)]
pub(crate) struct Emphasis {
    courses: Vec<i32>,
    active: bool,
}

/// A tenth of the common weight for each local optimum at which the course is in violation.
const GROWTH: i32 = 10;
/// What is left of the weight of a course without violation, in eighths.
const KEPT_EIGHTHS: i32 = 7;
/// The most extra weight, as a multiple of the common weight.
const MOST: i32 = 4;

impl Emphasis {
    /// No extra weight.
    pub(crate) fn none(grid: &Grid) -> Self {
        Self { courses: vec![0; grid.courses], active: false }
    }

    /// Writes the weights down.
    pub(crate) fn save(&self, saver: &mut Saver) {
        // Whether any is above zero need not be written.
        let Self { courses, active: _ } = self;
        saver.words(courses.iter().map(|weight| *weight as u64));
    }

    /// Takes over the weights that another had.
    pub(crate) fn restore(&mut self, grid: &Grid, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        let most = (MOST * grid.weights.hard) as u64;
        for weight in &mut self.courses {
            *weight = loader.word_to(most, "extra weights")? as i32;
        }
        self.active = self.courses.iter().any(|weight| *weight > 0);
        Ok(())
    }

    /// The extra weight of a course.
    #[inline]
    pub(crate) fn of_course(&self, course: usize) -> i32 {
        self.courses[course]
    }

    /// The extra weight of the violations that a placed class has a part in: that of both courses for a conflict, twice that
    /// of its own course for a forbidden period.
    #[inline]
    pub(crate) fn of_class(&self, view: &View<'_>, class: usize) -> i32 {
        if !self.active || view.violations_of(class) == 0 { 0 } else { self.count(view, class) }
    }

    fn count(&self, view: &View<'_>, class: usize) -> i32 {
        let grid = view.grid();
        let (course, period) = (grid.course_of(class), view.spots()[class].period());
        let own = self.courses[course];
        let mut conflicts = 0;
        let mut extra = 0;
        for room in 0..grid.rooms {
            let Some(other) = view.class_in(Spot::new(period, room)) else { continue };
            let other = grid.course_of(other);
            if other != course && grid.conflict(course, other) {
                conflicts += 1;
                extra += own + self.courses[other];
            }
        }
        extra + 2 * own * (i32::from(view.violations_of(class)) - conflicts)
    }

    /// At a local optimum: courses in violation gain weight, the others lose theirs.
    pub(crate) fn shift(&mut self, view: &View<'_>) {
        let grid = view.grid();
        for course in 0..grid.courses {
            let weight = &mut self.courses[course];
            let violated = grid.classes_of(course).any(|class| view.violations_of(class) > 0);
            *weight = if violated {
                (*weight + grid.weights.hard / GROWTH).min(MOST * grid.weights.hard)
            } else {
                *weight * KEPT_EIGHTHS / 8
            };
        }
        self.active = self.courses.iter().any(|weight| *weight > 0);
    }

    /// Takes all extra weight away.
    pub(crate) fn clear(&mut self) {
        if self.active {
            self.courses.fill(0);
            self.active = false;
        }
    }

    /// The extra weight of all violations, counted anew.
    #[cfg(test)]
    pub(crate) fn total(&self, view: &View<'_>) -> i32 {
        if !self.active {
            return 0;
        }
        // Counted from each class, a conflict comes up twice; a forbidden period once, with twice its weight.
        (0..view.grid().classes).map(|class| self.of_class_in_total(view, class)).sum::<i32>() / 2
    }

    #[cfg(test)]
    fn of_class_in_total(&self, view: &View<'_>, class: usize) -> i32 {
        let grid = view.grid();
        let (course, period) = (grid.course_of(class), view.spots()[class].period());
        let forbidden = grid.periods_of(course).binary_search(&(period as u16)).is_err();
        self.of_class(view, class) + if forbidden { 2 * self.courses[course] } else { 0 }
    }
}
