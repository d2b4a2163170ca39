//! From an instance to its conflict graph: courses that share a teacher or a curriculum, weighted by what a cut would cost.
//!
//! The weight of an edge is the expected cost between two courses if both were placed at random in the periods they may use,
//! not a count of what they share:
//!
//! ```text
//! w(a,b) = lectures(a) · lectures(b) · ( CLASH   · P(same period)
//!                                      + COMPACT · P(neighbouring periods) · common curricula )
//! ```
//!
//! with the probabilities counted exactly from the two availability sets. Two courses that can never meet weigh nothing, but
//! keep their edge: they are still coupled, and must not be solved in the same wave.

use rayon::prelude::*;
use shared::ids::{CourseId, Id, PeriodId};
use shared::model::Instance;
use shared::model::cost::CURRICULUM_COMPACTNESS_WEIGHT;

use crate::graph::{Arc, Graph};
use crate::membership::Membership;

/// What an expected clash weighs, in units of soft cost: some five times an isolated class.
const CLASH: f64 = 10.0;
/// What the chance of being neighbours weighs, for each curriculum in common.
const COMPACT: f64 = CURRICULUM_COMPACTNESS_WEIGHT as f64;
/// Marks a common teacher in the count of common curricula.
const TEACHER: u32 = 1 << 31;

/// The conflict graph of the courses. `parallel` says whether to build its rows on rayon's threads; the graph is the same.
pub(crate) fn conflict_graph(instance: &Instance, membership: &Membership, parallel: bool) -> Graph {
    let builder = Builder::new(instance, membership);
    let courses = 0..instance.course_count();
    let scratch = || vec![0_u32; instance.course_count()];
    let row = |common: &mut Vec<u32>, course: usize| builder.row(common, CourseId::new(course));
    let rows: Vec<Vec<Arc>> = if parallel {
        courses.into_par_iter().with_min_len(32).map_init(scratch, row).collect()
    } else {
        let mut common = scratch();
        courses.map(|course| row(&mut common, course)).collect()
    };
    Graph::from_rows(rows)
}

struct Builder<'a> {
    instance: &'a Instance,
    membership: &'a Membership,
    taught: Vec<Vec<CourseId>>,
    windows: Vec<Window>,
}

/// When a course may be taught, as bitsets of periods.
struct Window {
    lectures: f64,
    count: f64,
    own: Vec<u64>,
    /// Periods right after one of its own, on the same day.
    after: Vec<u64>,
    /// Periods right before one of its own, on the same day.
    before: Vec<u64>,
}

impl Window {
    fn new(instance: &Instance, course: CourseId) -> Self {
        let own = instance.course_available(course).to_vec();
        let (mut after, mut before) = (vec![0; own.len()], vec![0; own.len()]);
        let slots = instance.slots_per_day();
        let mut count = 0.0;
        for period in
            (0..instance.period_count()).filter(|period| instance.is_available(course, PeriodId::new(*period)))
        {
            count += 1.0;
            if (period + 1) % slots != 0 {
                set(&mut after, period + 1);
            }
            if period % slots != 0 {
                set(&mut before, period - 1);
            }
        }
        Self { lectures: instance.course_lectures(course) as f64, count, own, after, before }
    }
}

fn set(bits: &mut [u64], index: usize) {
    bits[index / 64] |= 1 << (index % 64);
}

fn common_bits(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum()
}

impl<'a> Builder<'a> {
    fn new(instance: &'a Instance, membership: &'a Membership) -> Self {
        let mut taught = vec![Vec::new(); instance.teacher_count()];
        for course in instance.courses() {
            taught[instance.course_teachers()[course.index()].index()].push(course);
        }
        let windows = instance.courses().map(|course| Window::new(instance, course)).collect();
        Self { instance, membership, taught, windows }
    }

    /// The arcs of one course, by ascending target. `common` is all zeros before and after.
    fn row(&self, common: &mut [u32], course: CourseId) -> Vec<Arc> {
        let mut touched = Vec::new();
        let mut count = |other: CourseId, mark: u32| {
            if other != course {
                let seen = &mut common[other.index()];
                if *seen == 0 {
                    touched.push(other);
                }
                *seen += mark;
            }
        };
        for curriculum in self.membership.of(course) {
            self.instance.curriculum_courses(*curriculum).iter().for_each(|other| count(*other, 1));
        }
        let teacher = self.instance.course_teachers()[course.index()];
        self.taught[teacher.index()].iter().for_each(|other| count(*other, TEACHER));
        touched.sort_unstable();
        let arc = |other: CourseId| {
            let shared = std::mem::take(&mut common[other.index()]) & !TEACHER;
            Arc { target: other.0, weight: self.weight(course.min(other), course.max(other), shared) as f32 }
        };
        touched.into_iter().map(arc).collect()
    }

    /// The weight of an edge; its ends in ascending order, so that both directions round alike.
    fn weight(&self, first: CourseId, second: CourseId, curricula: u32) -> f64 {
        let (a, b) = (&self.windows[first.index()], &self.windows[second.index()]);
        let pairs = a.count * b.count;
        if pairs == 0.0 {
            return 0.0;
        }
        let same = f64::from(common_bits(&a.own, &b.own)) / pairs;
        let neighbours = f64::from(common_bits(&a.own, &b.after) + common_bits(&a.own, &b.before)) / pairs;
        a.lectures * b.lectures * (CLASH * same + COMPACT * neighbours * f64::from(curricula))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Row, instance};

    #[test]
    fn weights_are_expected_costs() {
        // Two days of two slots. Courses 0 and 1 share a curriculum, 1 and 2 a teacher, 2 may only use period 3.
        let rows = [Row::of(2, 0), Row::of(1, 1), Row::of(1, 1).unavailable(&[0, 1, 2])];
        let instance = instance(2, 2, &rows, &[&[0, 1]]);
        let graph = conflict_graph(&instance, &Membership::new(&instance), false);
        // 4 of 16 pairs of periods coincide, and 4 ordered pairs of 16 are neighbours.
        assert_eq!(graph.arcs(0), [Arc { target: 1, weight: (2.0 * (10.0 / 4.0 + 2.0 / 4.0)) as f32 }]);
        assert_eq!(graph.arcs(2), [Arc { target: 1, weight: (10.0 / 4.0) as f32 }]);
        assert_eq!(graph.arcs(1)[0], Arc { target: 0, ..graph.arcs(0)[0] });
    }

    #[test]
    fn courses_that_never_meet_keep_an_edge_without_weight() {
        let rows = [Row::of(1, 0).unavailable(&[0, 1]), Row::of(1, 0).unavailable(&[2, 3])];
        let instance = instance(2, 2, &rows, &[]);
        let graph = conflict_graph(&instance, &Membership::new(&instance), false);
        assert_eq!(graph.arcs(0), [Arc { target: 1, weight: 0.0 }]);
    }

    #[test]
    fn threads_do_not_change_the_graph() {
        let instance = crate::testing::random_instance(7, 90, 40);
        let membership = Membership::new(&instance);
        let (one, many) = (conflict_graph(&instance, &membership, false), conflict_graph(&instance, &membership, true));
        (0..90).for_each(|course| assert_eq!(one.arcs(course), many.arcs(course)));
    }
}
