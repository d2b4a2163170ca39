//! How much memory a job of STAGE2A will need in a campus.
//!
//! A job compiles the whole campus (its arcs and counters grow with the campus, not with the cluster), and then solves pieces
//! of its cluster one after the other, each as a model of its own. So a cluster adds what its largest piece does:
//!
//! ```text
//! bytes = BASE + ARC · arcs + CELL · courses · periods + CLASS · classes + STUDENT · enrolments
//!       + LECTURE · min(lectures of the cluster, PIECE)
//! ```
//!
//! The peak is all that is resident, the 4 MiB of the program's own pages included, as in `predict`. Fitted to campuses of 172 to 27,500
//! courses (`docs/clustering.md`); what a job takes beyond its piece depends on how long the engine works on it, which nobody knows
//! before. The smallest campuses hold less than is said: their pieces are solved before much is learned.

use shared::ids::{CourseId, Id, SubjectId};
use shared::model::Instance;
use shared::model::campus::Campus;

use crate::graph::Graph;
use crate::predict::Predict;

/// Memory of a job before it opens a campus, the program included.
const BASE: u64 = 4_200_000;
/// Bytes of an arc of the compiled campus, the slack of its growth included.
const ARC: u64 = 12;
/// Bytes for each course and period: prices and counters.
const CELL: u64 = 32;
/// Bytes for each class.
const CLASS: u64 = 160;
/// Bytes for each enrolment, while the campus is compiled.
const STUDENT: u64 = 12;
/// Bytes of the model of a piece, and of what the built-in engine learns about it, for each lecture.
const LECTURE: u64 = 215_000;
/// Bytes of the models of the repair, which may work on one piece for long, and learns as much as the engine keeps.
const REPAIR: u64 = 48 << 20;
/// Lectures of the largest piece.
const PIECE: u64 = 40;

/// How large a campus is.
#[derive(Clone, Copy, Debug)]
struct Extent {
    courses: u64,
    periods: u64,
    classes: u64,
    enrolments: u64,
    arcs: u64,
}

impl Extent {
    /// Bytes of the compiled campus.
    fn compiled(self) -> u64 {
        ARC * self.arcs + CELL * self.courses * self.periods + CLASS * self.classes + STUDENT * self.enrolments
    }

    /// Peak bytes of the job of a cluster.
    fn cluster_bytes(self, lectures: u64) -> u64 {
        BASE + self.compiled() + LECTURE * lectures.min(PIECE)
    }
}

/// What the predictions for one campus share.
#[derive(Debug)]
pub(crate) struct CampusPredictor<'a> {
    instance: &'a Instance,
    extent: Extent,
}

impl<'a> CampusPredictor<'a> {
    /// Predicts for a campus with that many arcs between its courses.
    pub(crate) fn new(instance: &'a Instance, campus: Campus<'_>, graph: &Graph) -> Self {
        let enrolments: usize =
            (0..campus.subject_count()).map(|subject| campus.students(SubjectId::new(subject)).len()).sum();
        let extent = Extent {
            courses: instance.course_count() as u64,
            periods: instance.period_count() as u64,
            classes: instance.class_count() as u64,
            enrolments: enrolments as u64,
            arcs: graph.arc_count() as u64,
        };
        Self { instance, extent }
    }
}

impl Predict for CampusPredictor<'_> {
    fn cluster_bytes(&self, courses: &[CourseId]) -> u64 {
        let lectures: usize = courses.iter().map(|course| self.instance.course_lectures(*course)).sum();
        self.extent.cluster_bytes(lectures as u64)
    }

    /// Nothing: a cluster is solved in pieces, so memory is no reason to part it.
    fn course_bytes(&self, _: CourseId) -> u64 {
        0
    }

    fn repair_bytes(&self) -> u64 {
        BASE + self.extent.compiled() + REPAIR
    }

    fn count_work(&self) -> u64 {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Campuses of the table in `docs/clustering.md`: what is predicted for a cluster, and the least and the most that was seen.
    #[test]
    fn campuses_that_were_measured_are_predicted_within_three_tenths() {
        let extent = |[courses, periods, classes, enrolments, arcs]: [u64; 5]| Extent {
            courses,
            periods,
            classes,
            enrolments,
            arcs,
        };
        let table = [
            (extent([172, 40, 499, 6_047, 4_838]), 13_230_620, 11_255_808, 15_986_688),
            (extent([2_743, 48, 8_305, 118_246, 212_022]), 22_305_264, 18_329_600, 31_789_056),
            (extent([27_500, 48, 83_250, 1_178_000, 2_273_208]), 109_774_496, 103_882_752, 103_915_520),
        ];
        for (extent, predicted, least, most) in table {
            let bytes = extent.cluster_bytes(200);
            assert_eq!(bytes, predicted, "{extent:?}");
            assert!(
                10 * bytes <= 13 * least && 10 * bytes >= 7 * most,
                "{extent:?}: {bytes} where {least} to {most} were seen"
            );
        }
    }
}
