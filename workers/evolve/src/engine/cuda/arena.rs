//! Where everything of a population lies on the device: one piece of memory, allocated once, parted here.

use std::ops::Range;

use super::tables::Compiled;

/// Parts begin at such a boundary.
const BOUNDARY: usize = 256;
/// Words of the answer of the kernel `best`.
pub(super) const FOUND: usize = 3;

/// Byte ranges within the arena. One row or one number for each individual, unless another thing is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arena {
    /// The tables of the instance.
    pub(super) tables: Range<usize>,
    /// The largest worsening for each bucket of a random word.
    pub(super) limits: Range<usize>,
    pub(super) states: Range<usize>,
    pub(super) bests: Range<usize>,
    pub(super) best_spots: Range<usize>,
    pub(super) counters: Range<usize>,
    /// Places of classes: on their way in or out, or lent for a crossover.
    pub(super) spots: Range<usize>,
    /// Who is copied to, or who is a child.
    pub(super) places: Range<usize>,
    /// Who is copied from.
    pub(super) sources: Range<usize>,
    /// Where the courses of each child begin; one more than there are children.
    pub(super) starts: Range<usize>,
    /// The courses of all children.
    pub(super) courses: Range<usize>,
    /// What is told after annealing: costs, accepted proposals, the best.
    pub(super) told: Range<usize>,
}

impl Arena {
    /// The arena of `size` individuals. A child adopts any number of the courses.
    pub(super) fn new(compiled: &Compiled, limits: usize, size: usize) -> Self {
        let Compiled { classes, courses, stride, .. } = *compiled;
        let mut end = 0;
        let mut part = |bytes: usize| {
            let begin = end;
            end += bytes.next_multiple_of(BOUNDARY);
            begin..begin + bytes
        };
        Self {
            tables: part(compiled.tables.len()),
            limits: part(limits * 2),
            states: part(size * stride),
            bests: part(size * 8),
            best_spots: part(size * classes * 4),
            counters: part(size * 8),
            spots: part(size * classes * 4),
            places: part(size * 4),
            sources: part(size * 4),
            starts: part((size + 1) * 4),
            courses: part(size * courses * 4),
            told: part(size * 12 + FOUND * 4),
        }
    }

    /// Bytes of all of it.
    pub(super) fn bytes(&self) -> usize {
        self.told.end
    }

    /// As many of `wanted` individuals as fit into `cap` bytes; none where not even one does.
    pub(super) fn fitting(compiled: &Compiled, limits: usize, wanted: usize, cap: usize) -> usize {
        let bytes = |size: usize| Self::new(compiled, limits, size).bytes();
        let (mut fits, mut beyond) = (0, wanted + 1);
        while beyond - fits > 1 {
            let middle = fits.midpoint(beyond);
            if bytes(middle) <= cap {
                fits = middle;
            } else {
                beyond = middle;
            }
        }
        fits
    }
}
