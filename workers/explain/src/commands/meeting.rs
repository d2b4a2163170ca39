//! What both commands say of an event and its meetings.

use serde::Serialize;
use shared::ids::{CourseId, Id as _};
use shared::model::Placement;

use crate::case::Case;
use crate::ground::Ground;
use crate::scales::Change;

/// Teachers, groups or curricula that are named in a headline.
const NAMES_SHOWN: usize = 6;

/// An event, in names.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Event {
    #[serde(rename = "event")]
    pub(super) name: String,
    pub(super) rows: Vec<String>,
    pub(super) students: u32,
    /// Periods of each meeting.
    pub(super) periods: usize,
    pub(super) teachers: Vec<String>,
    /// Its groups, or in the competition its curricula.
    pub(super) groups: Vec<String>,
}

/// Where a meeting is.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Spot {
    /// The period in which it begins, in words.
    pub(super) when: String,
    /// Day and period, from 1.
    pub(super) day: usize,
    pub(super) period: usize,
    pub(super) room: String,
}

/// What changes of a rule.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Counted {
    pub(super) rule: &'static str,
    pub(super) hard: bool,
    pub(super) count: i64,
}

impl Event {
    pub(super) fn of(case: &Case, ground: &Ground<'_>, course: CourseId) -> Self {
        let teachers = ground.teachers(course);
        Self {
            name: case.instance.course_name(course).to_owned(),
            rows: case.rows.told(case.rows.places.courses.get(course.index())),
            students: case.instance.course_students()[course.index()],
            periods: ground.length(course),
            teachers: teachers.iter().map(|teacher| case.instance.teacher_name(*teacher).to_owned()).collect(),
            groups: ground.groups(course).into_iter().map(str::to_owned).collect(),
        }
    }

    /// One line about it.
    pub(super) fn headline(&self) -> String {
        let mut parts = vec![self.name.clone(), super::count(self.students as usize, "student")];
        if self.periods > 1 {
            parts.push(format!("{} periods each", self.periods));
        }
        let named = [&self.teachers, &self.groups].into_iter().filter(|names| !names.is_empty());
        parts.extend(named.map(|names| short(names)));
        let row = if self.rows.is_empty() { String::new() } else { format!("  ({})", self.rows.join(", ")) };
        format!("{}{row}\n", parts.join(" · "))
    }
}

/// The first few of some names.
fn short(names: &[String]) -> String {
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..NAMES_SHOWN].join(", ")),
    }
}

impl Spot {
    pub(super) fn of(case: &Case, ground: &Ground<'_>, at: Placement) -> Self {
        let (day, slot) = case.instance.day_and_slot(at.period);
        let room = case.instance.room_name(at.room).to_owned();
        Self { when: ground.when(at.period), day: day + 1, period: slot + 1, room }
    }

    /// `Mon 09:05 in Hall`.
    pub(super) fn told(&self) -> String {
        format!("{} in {}", self.when, self.room)
    }
}

impl Counted {
    pub(super) fn of(changes: &[Change]) -> Vec<Self> {
        changes.iter().map(|change| Self { rule: change.rule, hard: change.is_hard, count: change.by }).collect()
    }

    /// `S2 isolated meeting +2`.
    pub(super) fn told(all: &[Self]) -> String {
        all.iter().map(|one| format!("{} {:+}", one.rule, one.count)).collect::<Vec<_>>().join(", ")
    }
}
