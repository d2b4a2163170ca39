//! Rigid atoms: what no cut may ever part.
//!
//! The classes of one course are one atom from the start, so atoms are sets of courses. Curriculum-based timetabling has no
//! further rigid relation: teachers and curricula only forbid, and the ledger keeps what they forbid across clusters. Formats
//! with rigid distributions (same room, same time, precedence) hand their pairs in here.

use petgraph::unionfind::UnionFind;
use shared::ids::{CourseId, Id};

use crate::graph::renumber;

/// The atoms of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Atoms {
    /// Atom of each course, numbered by first course.
    pub(crate) labels: Vec<u32>,
    /// How many there are.
    pub(crate) count: usize,
}

impl Atoms {
    /// The atoms of `courses` courses of which the pairs in `rigid` may not be parted.
    pub(crate) fn new(courses: usize, rigid: &[(CourseId, CourseId)]) -> Self {
        let mut sets: UnionFind<usize> = UnionFind::new(courses);
        for (a, b) in rigid {
            sets.union(a.index(), b.index());
        }
        let mut labels: Vec<u32> = sets.into_labeling().into_iter().map(|label| label as u32).collect();
        let count = renumber(&mut labels);
        Self { labels, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rigid_pairs_join_and_nothing_else_does() {
        let free = Atoms::new(4, &[]);
        assert_eq!((free.labels, free.count), (vec![0, 1, 2, 3], 4));
        let bound = Atoms::new(5, &[(CourseId(4), CourseId(1)), (CourseId(1), CourseId(2))]);
        assert_eq!((bound.labels, bound.count), (vec![0, 1, 1, 2, 1], 3));
    }
}
