//! What the sheets say, row by row: names are resolved to numbers, and whatever a later finding may be about keeps its place.

use shared::model::campus::{Relation, Who};

use super::calendar::Calendar;
use crate::finding::Place;
use crate::format::{Names, Word};

/// A campus. With an error among the findings it is only what could be read.
#[derive(Debug, Default)]
pub(crate) struct Draft<'t> {
    pub(crate) calendar: Calendar,
    /// What rooms have and events need.
    pub(crate) features: Names<'t>,
    pub(crate) rooms: Vec<Room<'t>>,
    pub(crate) teachers: Vec<Teacher<'t>>,
    pub(crate) groups: Vec<Group<'t>>,
    /// What students enrol in: the `course` of the sheets.
    pub(crate) subjects: Names<'t>,
    pub(crate) students: Names<'t>,
    /// The students of each subject, ascending.
    pub(crate) enrolled: Vec<Vec<u32>>,
    pub(crate) events: Vec<Event<'t>>,
    pub(crate) unavailable: Vec<Unavailable>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(crate) struct Room<'t> {
    pub(crate) name: Word<'t>,
    pub(crate) capacity: u32,
    pub(crate) features: Vec<u32>,
}

/// A teacher, by a row of their own or by the first event that names them.
#[derive(Debug)]
pub(crate) struct Teacher<'t> {
    pub(crate) name: Word<'t>,
    pub(crate) max_per_day: Option<u32>,
}

/// A group, by a row of its own or by the first event that names it. Only the former has a size.
#[derive(Debug)]
pub(crate) struct Group<'t> {
    pub(crate) name: Word<'t>,
    pub(crate) size: Option<u32>,
    pub(crate) part_of: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct Event<'t> {
    pub(crate) name: Word<'t>,
    pub(crate) subject: u32,
    pub(crate) teachers: Vec<u32>,
    pub(crate) groups: Vec<u32>,
    pub(crate) periods: u32,
    pub(crate) per_week: u32,
    /// Where `per_week` stands.
    pub(crate) per_week_place: Place,
    pub(crate) size: u32,
    /// Where the size stands, or would.
    pub(crate) size_place: Place,
    pub(crate) features: Vec<u32>,
    /// The allowed ones; all if there is none.
    pub(crate) rooms: Vec<u32>,
    pub(crate) min_days: u32,
    pub(crate) min_days_place: Place,
    pub(crate) max_per_day: u32,
    /// By meeting, from the first on.
    pub(crate) pins: Vec<Option<Pin>>,
}

/// Where a meeting has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pin {
    pub(crate) day: u32,
    pub(crate) slot: u32,
    pub(crate) room: Option<u32>,
    pub(crate) place: Place,
}

/// Slots of a day in which somebody is away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unavailable {
    pub(crate) who: Who,
    pub(crate) day: u32,
    /// The first and the last slot.
    pub(crate) slots: (u32, u32),
    pub(crate) is_hard: bool,
    pub(crate) place: Place,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) relation: Relation,
    pub(crate) events: Vec<u32>,
    /// Of a soft rule; a hard one has none.
    pub(crate) weight: Option<u32>,
    pub(crate) place: Place,
}
