//! Where the parts of a state lie in its blob. The same bytes serve the CPU and, later, a device.
//!
//! ```text
//! totals   u64          hard violations (low half), weighted soft cost (high half)
//! masks    u64 [K][D]   curriculum × day: bit 2 + slot is set where the curriculum has a class, bit 63 where two share a slot
//! at       u32 [L]      class: its cell
//! blocked  u16 [P][C]   period × course: conflicting courses there, + 1 where forbidden, + OWN where the course itself is there
//! cells    u16 [P][R]   cell: its class + 1, or 0
//! days     u8  [C][D]   course × day: classes
//! spread   u8  [C]      course: distinct days
//! rooms    u8  [C][R]   course × room: classes
//! counts   u8  [K][P]   curriculum × period: classes
//! ```

use std::ops::Range;

use crate::grid::Grid;

/// Added to the counter of a course in a period where the course itself has a class.
pub(crate) const OWN: u16 = 1 << 12;

/// Set in the mask of a curriculum's day on which two of its classes share a slot.
pub(crate) const CROWDED: u64 = 1 << 63;

/// Byte ranges of the parts, each on an 8-byte boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) parts: [usize; 8],
    pub(crate) bytes: usize,
}

impl Layout {
    pub(crate) fn new(grid: &Grid) -> Self {
        let sizes = [
            8,
            grid.curricula * grid.days * 8,
            grid.classes * 4,
            grid.periods * grid.courses * 2,
            grid.cells() * 2,
            grid.courses * grid.days,
            grid.courses,
            grid.courses * grid.rooms,
            grid.curricula * grid.periods,
        ];
        let mut ends = [0; 8];
        let mut end = 0;
        for (index, size) in sizes.iter().enumerate() {
            if index > 0 {
                ends[index - 1] = end;
            }
            end += size.next_multiple_of(8);
        }
        Self { parts: ends, bytes: end }
    }

    /// The byte range of part `index`, padding included.
    pub(crate) fn range(&self, index: usize) -> Range<usize> {
        let start = if index == 0 { 0 } else { self.parts[index - 1] };
        let end = self.parts.get(index).copied().unwrap_or(self.bytes);
        start..end
    }
}
