//! What the lines of a file say, row by row with places, before anything is checked across rows.

use super::text::Word;
use super::vocabulary::{Key, Section};
use crate::finding::Place;

/// A number and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    pub(crate) value: u32,
    pub(crate) place: Place,
}

/// A row of `COURSES`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CourseLine<'t> {
    pub(crate) name: Word<'t>,
    pub(crate) teacher: Word<'t>,
    pub(crate) lectures: Number,
    pub(crate) min_days: Number,
    pub(crate) students: Number,
}

/// A row of `CURRICULA`.
#[derive(Clone, Debug)]
pub(crate) struct CurriculumLine<'t> {
    pub(crate) name: Word<'t>,
    pub(crate) members: Vec<Word<'t>>,
}

/// A row of `UNAVAILABILITY_CONSTRAINTS`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnavailableLine<'t> {
    pub(crate) course: Word<'t>,
    pub(crate) day: Number,
    pub(crate) slot: Number,
}

/// A whole file. A row with an unreadable part is here with a zero in its place: its name is known to other rows all the same,
/// and the error is already among the findings.
#[derive(Debug, Default)]
pub(crate) struct Draft<'t> {
    /// Whether it is in the extended format.
    pub(crate) is_extended: bool,
    pub(crate) name: &'t str,
    /// Where each header key stands, by [`Key`].
    pub(crate) header: [Option<Place>; Key::COUNT],
    /// The numbers of the header that could be read, by [`Key`].
    pub(crate) numbers: [Option<Number>; Key::COUNT],
    /// Where each section begins, by [`Section`].
    pub(crate) sections: [Option<Place>; Section::ALL.len()],
    /// Rows found in each section, broken ones included.
    pub(crate) found: [usize; Section::ALL.len()],
    pub(crate) courses: Vec<CourseLine<'t>>,
    pub(crate) rooms: Vec<(Word<'t>, Number)>,
    pub(crate) curricula: Vec<CurriculumLine<'t>>,
    pub(crate) unavailable: Vec<UnavailableLine<'t>>,
    pub(crate) room_constraints: Vec<(Word<'t>, Word<'t>)>,
    /// Where the text ends: the place of what is missing.
    pub(crate) end: Option<Place>,
}

impl Draft<'_> {
    /// A number of the header.
    pub(crate) fn number(&self, key: Key) -> Option<Number> {
        self.numbers[key as usize]
    }

    /// Where the header ends, which is where a missing line of it is missed.
    pub(crate) fn header_end(&self) -> Place {
        self.sections.iter().flatten().min().copied().or(self.end).unwrap_or(Place::START)
    }
}
