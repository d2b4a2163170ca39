//! Where the rows of a campus stand.

use shared::ids::{ClassId, Id as _, PeriodId};

use super::draft::{Draft, Unavailable};
use crate::places::{Away, Places, Whose};

/// The places of a sound draft.
pub(super) fn places(draft: &Draft<'_>) -> Places {
    let slots = draft.calendar.periods.len() as u32;
    let mut pins = Vec::new();
    let mut first = 0;
    for event in &draft.events {
        let pinned = event.pins.iter().enumerate().filter_map(|(number, pin)| Some((number, (*pin)?.place)));
        pins.extend(pinned.map(|(number, place)| (ClassId::new(first + number), place)));
        first += event.per_week as usize;
    }
    let away = |row: &Unavailable| Away {
        whose: Whose::Somebody(row.who),
        periods: (PeriodId(row.day * slots + row.slots.0), PeriodId(row.day * slots + row.slots.1)),
        place: row.place,
    };
    Places {
        courses: draft.events.iter().map(|event| event.name.place).collect(),
        rooms: draft.rooms.iter().map(|room| room.name.place).collect(),
        teachers: draft.teachers.iter().map(|teacher| teacher.name.place).collect(),
        groups: draft.groups.iter().map(|group| group.name.place).collect(),
        curricula: Vec::new(),
        rules: draft.rules.iter().map(|rule| rule.place).collect(),
        pins,
        away: draft.unavailable.iter().filter(|row| row.is_hard).map(away).collect(),
    }
}
