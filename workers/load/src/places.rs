//! Where the rows of an instance stand in the user's own files, by the ids that the instance has: for whoever explains a timetable to
//! the people who wrote them.

use shared::ids::{ClassId, CourseId, PeriodId};
use shared::model::campus::Who;

use crate::finding::Place;

/// The rows of an instance. What is not there in a format has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// By course.
    pub courses: Vec<Place>,
    /// By room.
    pub rooms: Vec<Place>,
    /// By teacher: a row of their own, or the first event that names them. The competition has none.
    pub teachers: Vec<Place>,
    /// By group, likewise.
    pub groups: Vec<Place>,
    /// By curriculum.
    pub curricula: Vec<Place>,
    /// By rule.
    pub rules: Vec<Place>,
    /// Pins, by their classes.
    pub pins: Vec<(ClassId, Place)>,
    /// Rows that say when somebody is not available.
    pub away: Vec<Away>,
}

/// A row that says when somebody is not available, for good reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    /// Whose row it is.
    pub whose: Whose,
    /// The first and the last period, of one day.
    pub periods: (PeriodId, PeriodId),
    /// Where it stands.
    pub place: Place,
}

/// Whose row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// A course's, as the competition has it.
    Course(CourseId),
    /// A teacher's, a room's or a group's, as a campus has it.
    Somebody(Who),
}
