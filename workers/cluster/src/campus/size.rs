//! How much memory a job of STAGE2A will need in a campus.
//!
//! A job compiles the whole campus (its arcs and counters grow with the campus, not with the cluster), and then solves pieces
//! of its cluster one after the other, each as a model of its own. So a cluster adds what its largest piece does:
//!
//! ```text
//! bytes = BASE + ARC · arcs + CELL · courses · periods + CLASS · classes + STUDENT · enrolments + courses · rooms / 4
//!       + LECTURE · min(lectures of the cluster, PIECE)
//! ```
//!
//! Measured on a university of 2,743 courses and 8,305 classes in 33 clusters: peaks of 12 to 22 MiB, 17 on average, where 18 are
//! predicted. On a campus of 172 courses in two clusters: 7 and 9, where 10 are. On ten universities in one: 180, where 180 are.

use shared::ids::{CourseId, Id, SubjectId};
use shared::model::Instance;
use shared::model::campus::Campus;

use crate::graph::Graph;
use crate::predict::Predict;

/// Private memory of a job before it opens a campus.
const BASE: u64 = 2 << 20;
/// Bytes of an arc of the compiled campus, the slack of its growth included.
const ARC: u64 = 10;
/// Bytes for each course and period: prices and counters.
const CELL: u64 = 28;
/// Bytes for each class.
const CLASS: u64 = 140;
/// Bytes for each enrolment, while the campus is compiled.
const STUDENT: u64 = 10;
/// Courses times rooms for each byte of what says which room classes suit which course.
const PAIRS_PER_BYTE: u64 = 4;
/// Bytes of the model of a piece, and of what the engine learns about it, for each lecture.
const LECTURE: u64 = 190 << 10;
/// Bytes of the models of the repair, which may work on one piece for long, and learns as much as the engine keeps.
const REPAIR: u64 = 48 << 20;
/// Lectures of the largest piece.
const PIECE: u64 = 40;

/// What the predictions for one campus share.
#[derive(Debug)]
pub(crate) struct CampusPredictor<'a> {
    instance: &'a Instance,
    compiled: u64,
}

impl<'a> CampusPredictor<'a> {
    /// Predicts for a campus with that many arcs between its courses.
    pub(crate) fn new(instance: &'a Instance, campus: Campus<'_>, graph: &Graph) -> Self {
        let enrolments: usize =
            (0..campus.subject_count()).map(|subject| campus.students(SubjectId::new(subject)).len()).sum();
        let compiled = ARC * graph.arc_count() as u64
            + CELL * (instance.course_count() * instance.period_count()) as u64
            + CLASS * instance.class_count() as u64
            + STUDENT * enrolments as u64
            + (instance.course_count() * instance.room_count()) as u64 / PAIRS_PER_BYTE;
        Self { instance, compiled }
    }
}

impl Predict for CampusPredictor<'_> {
    fn cluster_bytes(&self, courses: &[CourseId]) -> u64 {
        let lectures: usize = courses.iter().map(|course| self.instance.course_lectures(*course)).sum();
        BASE + self.compiled + LECTURE * (lectures as u64).min(PIECE)
    }

    /// Nothing: a cluster is solved in pieces, so memory is no reason to part it.
    fn course_bytes(&self, _: CourseId) -> u64 {
        0
    }

    fn repair_bytes(&self) -> u64 {
        BASE + self.compiled + REPAIR
    }

    fn count_work(&self) -> u64 {
        1
    }
}
