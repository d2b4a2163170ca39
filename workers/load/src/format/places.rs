//! Where the rows of an instance of the competition stand.

use std::collections::HashMap;

use shared::ids::{CourseId, Id as _, PeriodId};

use super::draft::{Draft, UnavailableLine};
use crate::places::{Away, Places, Whose};

/// The places of a sound draft with so many slots a day.
pub(super) fn places(draft: &Draft<'_>, slots: u32) -> Places {
    let courses: HashMap<&str, CourseId> =
        draft.courses.iter().enumerate().map(|(number, course)| (course.name.text, CourseId::new(number))).collect();
    let away = |row: &UnavailableLine<'_>| {
        let period = PeriodId(row.day.value * slots + row.slot.value);
        let whose = Whose::Course(*courses.get(row.course.text)?);
        Some(Away { whose, periods: (period, period), place: row.course.place })
    };
    Places {
        courses: draft.courses.iter().map(|course| course.name.place).collect(),
        rooms: draft.rooms.iter().map(|(room, _)| room.place).collect(),
        curricula: draft.curricula.iter().map(|curriculum| curriculum.name.place).collect(),
        away: draft.unavailable.iter().filter_map(away).collect(),
        ..Places::default()
    }
}
