//! `timetable.json`: the timetable with its cost, for programs.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::ids::Id;
use shared::model::Instance;
use shared::model::cost::Components;

use super::ExportError;
use super::meetings::{Meeting, curricula_of};
use super::reasons::Unplaced;

/// The name and version of this layout. A reader that knows another version should refuse.
const SCHEMA: &str = "carillon.timetable/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    instance: &'a str,
    calendar: Calendar,
    placements: Vec<Row<'a>>,
    unplaced: Vec<UnplacedRow<'a>>,
    cost: CostRow,
    components: BTreeMap<&'static str, u64>,
}

/// The week. Days and periods are numbered from 1 everywhere in this file.
#[derive(Serialize)]
struct Calendar {
    days: usize,
    periods_per_day: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    course: &'a str,
    meeting: usize,
    day: usize,
    period: usize,
    room: &'a str,
    teacher: &'a str,
    curricula: &'a [&'a str],
}

#[derive(Serialize)]
struct UnplacedRow<'a> {
    course: &'a str,
    meeting: usize,
    reason: &'a str,
}

#[derive(Serialize)]
struct CostRow {
    hard: u64,
    unplaced: u64,
    soft: u64,
}

pub(super) fn timetable(
    instance: &Instance,
    meetings: &[Meeting],
    unplaced: &[Unplaced],
    components: &Components,
) -> Result<Vec<u8>, ExportError> {
    let curricula = curricula_of(instance);
    let row = |meeting: &Meeting| {
        let at = meeting.at?;
        let (day, slot) = instance.day_and_slot(at.period);
        Some(Row {
            course: instance.course_name(meeting.course),
            meeting: meeting.number,
            day: day + 1,
            period: slot + 1,
            room: instance.room_name(at.room),
            teacher: instance.teacher_name(instance.course_teachers()[meeting.course.index()]),
            curricula: &curricula[meeting.course.index()],
        })
    };
    let cost = components.cost();
    let named = components.hard().chain(components.soft());
    let document = Document {
        schema: SCHEMA,
        instance: instance.name(),
        calendar: Calendar { days: instance.days(), periods_per_day: instance.slots_per_day() },
        placements: meetings.iter().filter_map(row).collect(),
        unplaced: unplaced
            .iter()
            .map(|meeting| UnplacedRow {
                course: instance.course_name(meeting.course),
                meeting: meeting.number,
                reason: &meeting.reason,
            })
            .collect(),
        cost: CostRow { hard: cost.hard, unplaced: cost.unplaced, soft: cost.soft },
        components: named.collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
