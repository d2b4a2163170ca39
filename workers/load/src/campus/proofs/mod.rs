//! What counting alone proves or foretells of a campus: no timetable can exist, or a cost cannot be avoided. Not a search: a
//! campus that passes may still be infeasible. Each argument looks at one thing, and takes no longer than reading it did.
//!
//! ```text
//! events   no room is large enough, no period is left, too few days      rooms   more meetings than rooms of a kind hold
//! people   more hours than a teacher, a group or a student has           pins    two things at once
//! rules    rules that contradict each other
//! ```

mod events;
mod people;
mod pins;
mod rooms;
mod rules;
#[cfg(test)]
mod soundness;
#[cfg(test)]
mod tests;

use super::Sheets;
use super::domains::Domains;
use super::draft::Draft;
use super::week::Week;
use crate::finding::{Finding, Findings, Place, Severity};

/// A sound campus with what was computed of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Campus<'a> {
    pub(super) draft: &'a Draft<'a>,
    pub(super) week: &'a Week,
    pub(super) domains: &'a Domains,
    pub(super) sheets: &'a Sheets,
    /// Whether two events of a student must not be at once, or only should not.
    pub(super) is_student_hard: bool,
}

/// Looks at a sound campus.
pub(super) fn look(campus: &Campus<'_>, findings: &mut Findings) {
    events::look(campus, findings);
    people::look(campus, findings);
    rooms::look(campus, findings);
    pins::look(campus, findings);
    rules::look(campus, findings);
}

/// A proof that no timetable exists.
fn proof(place: Place, message: impl Into<String>) -> Finding {
    Finding::new(Severity::Infeasible, place, message)
}

impl Campus<'_> {
    fn name(&self, event: usize) -> &str {
        self.draft.events[event].name.text
    }

    fn place(&self, event: usize) -> Place {
        self.draft.events[event].name.place
    }

    /// Where the rows of some events are.
    fn places<'e>(&self, events: impl IntoIterator<Item = &'e usize>) -> impl Iterator<Item = Place> {
        events.into_iter().map(|event| self.place(*event))
    }

    /// Periods that all meetings of an event take together.
    fn hours(&self, event: usize) -> u64 {
        let event = &self.draft.events[event];
        u64::from(event.per_week) * u64::from(event.periods)
    }

    /// Whether two meetings of an event would have somebody in common.
    fn is_attended(&self, event: usize) -> bool {
        let event = &self.draft.events[event];
        let has_students = self.is_student_hard && !self.draft.enrolled[event.subject as usize].is_empty();
        !event.teachers.is_empty() || !event.groups.is_empty() || has_students
    }
}
