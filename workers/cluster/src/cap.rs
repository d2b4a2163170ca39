//! The cap of a cluster: what one solve job may need, in predicted bytes and in lectures.
//!
//! Bytes decide whether the process lives, lectures whether its search gets anywhere: beyond some forty lectures the built-in
//! engine stops improving. Both are caps, neither is a target.

use std::ops::{Add, Sub};

use shared::ids::{CourseId, Id};
use shared::model::Instance;

use crate::predict::{PUMPKIN, Predict};

/// What a set of atoms weighs against the cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Weekly lectures.
    pub(crate) lectures: u32,
    /// Predicted bytes above the process's own. Sums of loads bound the prediction of the union from above.
    pub(crate) bytes: u64,
}

impl Add for Load {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { lectures: self.lectures + other.lectures, bytes: self.bytes + other.bytes }
    }
}

impl Sub for Load {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { lectures: self.lectures - other.lectures, bytes: self.bytes - other.bytes }
    }
}

impl std::iter::Sum for Load {
    fn sum<I: Iterator<Item = Self>>(loads: I) -> Self {
        loads.fold(Self::default(), Add::add)
    }
}

/// The most that a cluster may weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cap {
    /// Most lectures.
    pub(crate) lectures: u32,
    /// Most bytes above the process's own.
    pub(crate) bytes: u64,
}

impl Cap {
    /// A cap from the bytes that a whole process may need.
    pub(crate) fn new(lectures: u32, process_bytes: u64) -> Self {
        Self { lectures, bytes: process_bytes.saturating_sub(PUMPKIN.base) }
    }

    /// Whether a load keeps within the cap.
    #[inline]
    pub(crate) fn holds(self, load: Load) -> bool {
        load.lectures <= self.lectures && load.bytes <= self.bytes
    }
}

/// The atoms of an instance on the scale.
#[derive(Debug)]
pub(crate) struct Scale<'a> {
    predictor: &'a dyn Predict,
    courses: Vec<Vec<CourseId>>,
    loads: Vec<Load>,
}

impl<'a> Scale<'a> {
    /// Weighs each atom; `labels` gives the atom of each course.
    pub(crate) fn new(instance: &Instance, predictor: &'a dyn Predict, labels: &[u32], atoms: usize) -> Self {
        let mut courses = vec![Vec::new(); atoms];
        let mut loads = vec![Load::default(); atoms];
        for (course, atom) in instance.courses().zip(labels) {
            courses[*atom as usize].push(course);
            let bytes = predictor.course_bytes(course);
            let lectures = instance.course_lectures(course) as u32;
            loads[*atom as usize] = loads[*atom as usize] + Load { lectures, bytes };
        }
        Self { predictor, courses, loads }
    }

    /// So many atoms of one lecture each.
    pub(crate) fn of_ones(atoms: usize, predictor: &'a dyn Predict) -> Self {
        let courses = (0..atoms).map(|atom| vec![CourseId::new(atom)]).collect();
        Self { predictor, courses, loads: vec![Load { lectures: 1, bytes: 0 }; atoms] }
    }

    /// Load of each atom. Their sum bounds that of a set of atoms from above; the lectures are exact.
    pub(crate) fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// Predicted bytes of a whole process that solves these atoms.
    pub(crate) fn process_bytes(&self, atoms: impl Iterator<Item = u32>) -> u64 {
        let courses: Vec<CourseId> = atoms.flat_map(|atom| self.courses[atom as usize].iter().copied()).collect();
        self.predictor.cluster_bytes(&courses)
    }

    /// Whether a set of atoms of the summed load `bound` keeps within the cap. The sum is tried first: the exact count is dear.
    pub(crate) fn fits(&self, cap: Cap, bound: Load, atoms: impl Iterator<Item = u32>) -> bool {
        cap.holds(bound)
            || bound.lectures <= cap.lectures && self.process_bytes(atoms).saturating_sub(PUMPKIN.base) <= cap.bytes
    }

    /// What an exact count costs, in elementary steps.
    pub(crate) fn count_work(&self) -> u64 {
        self.predictor.count_work()
    }
}
