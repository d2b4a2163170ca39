//! How much memory the CP-SAT process of a cluster will need: counted from the model it will build, before it is built.
//!
//! The model is the room-free one: a Boolean `x[c,p]` for each course and period it may use, the conflicts of curricula and
//! teachers, room counts for each size threshold, working days, compactness. Curricula with the same courses inside the
//! cluster are one *group*: they share their variables. For a set of courses *S* on *P* periods, with *T* thresholds (distinct
//! sizes of rooms and of the courses of *S* below the largest course of *S*), *G* groups, *G₂* of them with two courses or more:
//!
//! ```text
//! variables   = Σ_S available(c)  +  Σ_S (days + 1)  +  P · (G + G₂)  +  T P
//! constraints = Σ_S (days + 2)    +  P · (G + G₂)    +  P · teachers  +  (T + 1) P
//! literals    = Σ_S available(c) · (4 + thresholds below students(c))  +  Σ_G Σ_group available(c)  +  P · (4 G + G₂)  +  2 T P
//! lectures    = Σ_S lectures(c)
//! ```
//!
//! Whether a group is taught in a period is a variable of its own only with two courses; with one it is that course's. What each
//! of these costs depends on the engine and on what is asked of it: see [`Prices`].

use shared::ids::{CourseId, Id};
use shared::model::Instance;

use crate::membership::Membership;
use crate::random::Random;

/// What an engine holds at its peak: bytes for the process and for each part of the model.
///
/// The peak is `VmHWM`, all that is resident, the pages of the program itself (4 MiB) included. The allotment counts private
/// memory only, so a prediction is rather too high for it than too low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Bytes of the process before there is a model.
    pub base: u64,
    /// Bytes of a variable.
    pub variable: u64,
    /// Bytes of a constraint.
    pub constraint: u64,
    /// Bytes of a literal in a constraint.
    pub literal: u64,
    /// Bytes of what is learned, for each lecture: work is counted by lectures, and what is learned by work.
    pub lecture: u64,
}

/// The built-in engine while it optimises. Fitted to the relative error over 131 jobs of comp01, comp05, comp07, comp12, the college
/// and two terms of Erlangen, of 374 to 33,032 variables and with peaks of 4.7 to 40 MiB: 0.71 to 1.25 of each peak is predicted
/// (`docs/clustering.md`). Variables and constraints grow with the literals, and fit no better beside them.
pub const PUMPKIN: Prices = Prices { base: 4_000_000, variable: 0, constraint: 0, literal: 200, lecture: 62_000 };

/// The built-in engine while it looks for any solution of hard constraints: counted from what it stores.
pub const PUMPKIN_REPAIR: Prices = Prices { base: 6 << 20, variable: 800, constraint: 200, literal: 24, lecture: 0 };

/// The size of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelSize {
    /// Boolean and small integer variables.
    pub variables: u64,
    /// Constraints of all kinds.
    pub constraints: u64,
    /// Terms of all constraints together.
    pub literals: u64,
    /// Lectures that it places.
    pub lectures: u64,
}

impl ModelSize {
    /// Peak bytes of the process that works on this model at these prices.
    pub fn bytes(self, prices: Prices) -> u64 {
        prices.base
            + prices.variable * self.variables
            + prices.constraint * self.constraints
            + prices.literal * self.literals
            + prices.lecture * self.lectures
    }
}

/// What the stage asks of a prediction.
pub(crate) trait Predict: std::fmt::Debug {
    /// Peak bytes of the process that solves a cluster of courses, each given once.
    fn cluster_bytes(&self, courses: &[CourseId]) -> u64;

    /// No less than what any cluster grows by when it takes this course in.
    fn course_bytes(&self, course: CourseId) -> u64;

    /// Peak bytes of the process that repairs, where there is something to repair.
    fn repair_bytes(&self) -> u64;

    /// What one [`Predict::cluster_bytes`] costs, in elementary steps.
    fn count_work(&self) -> u64;
}

/// What the predictions of one instance share.
#[derive(Debug)]
pub struct Predictor<'a> {
    instance: &'a Instance,
    prices: Prices,
    membership: Membership,
    available: Vec<u64>,
    /// Distinct sizes of rooms, ascending.
    seats: Vec<u32>,
    /// Distinct sizes of rooms and courses, ascending.
    sizes: Vec<u32>,
}

impl<'a> Predictor<'a> {
    /// Looks through the instance once; `prices` are those of the engine that the clusters will be given to.
    pub fn new(instance: &'a Instance, prices: Prices) -> Self {
        let ones = |course| instance.course_available(course).iter().map(|word| u64::from(word.count_ones())).sum();
        let seats = distinct(instance.room_capacities().iter().copied());
        let sizes = distinct(instance.course_students().iter().chain(&seats).copied());
        let available = instance.courses().map(ones).collect();
        Self { instance, prices, membership: Membership::new(instance), available, seats, sizes }
    }

    /// Curricula of each course.
    pub(crate) fn membership(&self) -> &Membership {
        &self.membership
    }

    /// The model of a cluster of courses, each given once.
    pub fn cluster(&self, courses: &[CourseId]) -> ModelSize {
        let students = |course: &CourseId| self.instance.course_students()[course.index()];
        let thresholds = distinct(self.seats.iter().copied().chain(courses.iter().map(students)));
        self.size(courses, &thresholds, Joining::Counted)
    }

    /// No smaller than what any cluster grows by when it takes this course in: the sizes of single courses, summed, bound the
    /// size of a cluster from above, so a cap that holds for the sum holds for the cluster.
    pub fn course_bound(&self, course: CourseId) -> ModelSize {
        self.size(&[course], &self.sizes, Joining::Assumed)
    }

    /// The repair: all courses, hard constraints only.
    pub fn repair(&self) -> ModelSize {
        let periods = self.instance.period_count() as u64;
        let groups = (self.instance.curriculum_count() + self.instance.teacher_count()) as u64;
        let places: u64 = self.available.iter().sum();
        let memberships = self
            .instance
            .courses()
            .map(|course| self.available[course.index()] * (3 + self.membership.of(course).len() as u64));
        ModelSize {
            variables: places,
            constraints: self.instance.course_count() as u64 + periods * (groups + 1),
            literals: memberships.sum(),
            lectures: self.instance.class_count() as u64,
        }
    }

    fn size(&self, courses: &[CourseId], thresholds: &[u32], joining: Joining) -> ModelSize {
        let (days, periods) = (self.instance.days() as u64, self.instance.period_count() as u64);
        let count = courses.len() as u64;
        let students = |course: CourseId| self.instance.course_students()[course.index()];
        let below = |students: u32| thresholds.partition_point(|size| *size < students) as u64;
        let largest = courses.iter().map(|course| students(*course)).max().unwrap_or(0);
        let room_sums = below(largest) * periods;
        let groups = self.groups(courses, joining);
        let single = periods * groups.len() as u64;
        let joint = periods * groups.iter().filter(|group| group.courses > 1).count() as u64;
        let teachers = distinct(courses.iter().map(|course| self.instance.course_teachers()[course.index()].0));
        let places: u64 = courses.iter().map(|course| self.available[course.index()]).sum();
        let terms = courses.iter().map(|course| self.available[course.index()] * (4 + below(students(*course))));
        let grouped: u64 = groups.iter().map(|group| group.places).sum();
        ModelSize {
            variables: places + count * (days + 1) + single + joint + room_sums,
            constraints: count * (days + 2) + single + joint + periods * teachers.len() as u64 + room_sums + periods,
            literals: terms.sum::<u64>() + grouped + 4 * single + joint + 2 * room_sums,
            lectures: courses.iter().map(|course| self.instance.course_lectures(*course) as u64).sum(),
        }
    }

    /// The groups of the curricula that have a course among these.
    fn groups(&self, courses: &[CourseId], joining: Joining) -> Vec<Group> {
        let mut of_curriculum = vec![Group::default(); self.instance.curriculum_count()];
        for course in courses {
            for curriculum in self.membership.of(*course) {
                let group = &mut of_curriculum[curriculum.index()];
                group.key = group.key.wrapping_add(Random::new(0, 0).word(u64::from(course.0)));
                group.courses += 1;
                group.places += self.available[course.index()];
            }
        }
        let mut groups: Vec<Group> = of_curriculum.into_iter().filter(|group| group.courses > 0).collect();
        match joining {
            Joining::Assumed => groups.iter_mut().for_each(|group| group.courses += 1),
            Joining::Counted => {
                groups.sort_unstable_by_key(|group| group.key);
                groups.dedup_by_key(|group| group.key);
            }
        }
        groups
    }
}

impl Predict for Predictor<'_> {
    fn cluster_bytes(&self, courses: &[CourseId]) -> u64 {
        self.cluster(courses).bytes(self.prices)
    }

    fn course_bytes(&self, course: CourseId) -> u64 {
        self.course_bound(course).bytes(self.prices) - self.prices.base
    }

    fn repair_bytes(&self) -> u64 {
        self.repair().bytes(PUMPKIN_REPAIR)
    }

    /// Each exact count of a cluster looks through all curricula.
    fn count_work(&self) -> u64 {
        self.instance.curriculum_count() as u64
    }
}

/// Curricula with the same courses in a cluster.
#[derive(Clone, Copy, Default)]
struct Group {
    /// Sum of random words of the courses: equal for equal sets, and for different ones only by a chance that does not matter.
    key: u64,
    courses: u32,
    /// Available periods of the courses, summed.
    places: u64,
}

/// How curricula are grouped: as counted, or as they might be with courses that are not here (each for itself, and joint).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joining {
    Counted,
    Assumed,
}

fn distinct(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Row, instance, random_instance};

    #[test]
    fn a_cluster_is_counted_term_by_term() {
        // Four periods on two days, rooms of 10 and 30 seats; both courses in curriculum 0, course 1 has 25 students.
        let rows = [Row::of(2, 0).students(5), Row::of(1, 1).students(25).unavailable(&[0])];
        let instance = instance(2, 2, &rows, &[&[0, 1], &[1]]);
        let size = Predictor::new(&instance, PUMPKIN).cluster(&[CourseId(0), CourseId(1)]);
        // Thresholds below 25 are 5 and 10: two sums in each period; one group has both courses, one has course 1.
        assert_eq!(size.variables, 7 + 2 * 3 + 4 * (2 + 1) + 2 * 4);
        assert_eq!(size.constraints, 2 * 4 + 4 * (2 + 1) + 4 * 2 + 3 * 4);
        assert_eq!(size.literals, 4 * 4 + 3 * (4 + 2) + (7 + 3) + 4 * (4 * 2 + 1) + 2 * 2 * 4);
        assert_eq!(size.lectures, 3);
    }

    #[test]
    fn single_courses_bound_every_cluster() {
        for seed in 0..20 {
            let instance = random_instance(seed, 30, 25);
            let predictor = Predictor::new(&instance, PUMPKIN);
            let cluster: Vec<CourseId> =
                instance.courses().filter(|course| (course.0 + seed as u32).is_multiple_of(3)).collect();
            let size = predictor.cluster(&cluster);
            let bound = |of: fn(ModelSize) -> u64| {
                cluster.iter().map(|course| of(predictor.course_bound(*course))).sum::<u64>()
            };
            assert!(size.variables <= bound(|size| size.variables));
            assert!(size.constraints <= bound(|size| size.constraints));
            assert!(size.literals <= bound(|size| size.literals));
            assert_eq!(size.lectures, bound(|size| size.lectures));
        }
    }

    /// The lowest and the highest prediction for each instance of the table in `docs/clustering.md`, beside the peak that was seen.
    #[test]
    fn jobs_that_were_measured_are_predicted_within_three_tenths() {
        // Literals, lectures, predicted and seen bytes.
        let table = [
            ("college", 5_004, 38, 7_356_800, 7_282_688),
            ("comp01", 2_700, 40, 7_020_000, 9_871_360),
            ("comp01", 2_175, 35, 6_605_000, 5_320_704),
            ("comp05", 9_772, 39, 8_372_400, 10_960_896),
            ("comp05", 19_597, 38, 10_275_400, 9_367_552),
            ("comp07", 5_177, 39, 7_453_400, 9_052_160),
            ("comp07", 3_473, 35, 6_864_600, 5_513_216),
            ("comp12", 3_896, 26, 6_391_200, 7_692_288),
            ("comp12", 8_785, 37, 8_051_000, 8_773_632),
            ("erlangen2011_2", 42_484, 71, 16_898_800, 19_652_608),
            ("erlangen2011_2", 56_575, 63, 19_221_000, 16_769_024),
            ("erlangen2012_1", 1_706, 3, 4_527_200, 6_221_824),
            ("erlangen2012_1", 137_530, 68, 35_722_000, 42_065_920),
        ];
        for (instance, literals, lectures, predicted, seen) in table {
            let bytes = ModelSize { literals, lectures, ..ModelSize::default() }.bytes(PUMPKIN);
            assert_eq!(bytes, predicted, "{instance}");
            assert!(10 * bytes >= 7 * seen && 10 * bytes <= 13 * seen, "{instance}: {bytes} where {seen} were seen");
        }
    }

    #[test]
    fn an_empty_cluster_needs_little_more_than_a_process() {
        let instance = random_instance(1, 10, 5);
        let empty = Predictor::new(&instance, PUMPKIN).cluster(&[]);
        assert_eq!(empty.variables, 0);
        assert!(empty.bytes(PUMPKIN) < PUMPKIN.base + (1 << 20));
    }
}
