//! From a draft to the tables of an instance. An event becomes a course, its meetings the classes of it.

use shared::ids::{ClassId, CourseId, GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use shared::model::InstanceTables;
use shared::model::campus::{Blocked, CampusTables, EventRow, GroupRow, Pin, RuleRow};
use shared::model::instance::CourseRow;

use super::Options;
use super::domains::Domains;
use super::draft::{Draft, Event};
use super::week::{Week, has};
use crate::finding::{Finding, Findings, Place};
use crate::limits::{CAMPUS_CELLS_MAX, CAMPUS_ROOMS_MAX, EVENTS_MAX, MEETINGS_MAX};

/// Builds the tables of a sound draft.
pub(super) fn tables(draft: &Draft<'_>, week: &Week, domains: &Domains, options: &Options) -> InstanceTables {
    let calendar = &draft.calendar;
    InstanceTables {
        homes: None,
        name: calendar.title.clone().unwrap_or_else(|| options.name.clone()),
        days: calendar.days.len() as u32,
        slots_per_day: calendar.periods.len() as u32,
        courses: draft.events.iter().map(course).collect(),
        rooms: draft.rooms.iter().map(|room| (room.name.text.to_owned(), room.capacity)).collect(),
        curricula: Vec::new(),
        teachers: draft.teachers.iter().map(|teacher| teacher.name.text.to_owned()).collect(),
        unavailable: unavailable(week, domains),
        campus: Some(campus(draft, options)),
    }
}

/// The whole is not larger than the limits.
pub(super) fn sizes(draft: &Draft<'_>, findings: &mut Findings) {
    let too_many = |place: Place, what: &str, count: u64, most: u64| {
        let finding = Finding::error(place, format!("there are too many {what}"));
        (count > most).then(|| finding.expected(format!("at most {most}")).found(count.to_string()))
    };
    let (Some(room), Some(event)) = (draft.rooms.last(), draft.events.last()) else { return };
    let periods = draft.calendar.days.len() * draft.calendar.periods.len();
    let meetings = draft.events.iter().map(|event| u64::from(event.per_week)).sum();
    let cells = draft.rooms.len() * periods;
    let found = [
        too_many(room.name.place, "rooms", draft.rooms.len() as u64, u64::from(CAMPUS_ROOMS_MAX)),
        too_many(room.name.place, "places, which are rooms × periods of the week", cells as u64, CAMPUS_CELLS_MAX),
        too_many(event.name.place, "events", draft.events.len() as u64, u64::from(EVENTS_MAX)),
        too_many(event.name.place, "meetings", meetings, u64::from(MEETINGS_MAX)),
    ];
    found.into_iter().flatten().for_each(|finding| findings.push(finding));
}

fn course(event: &Event<'_>) -> CourseRow {
    CourseRow {
        name: event.name.text.to_owned(),
        teacher: TeacherId(0),
        lectures: event.per_week,
        min_days: event.min_days,
        students: event.size,
    }
}

fn campus(draft: &Draft<'_>, options: &Options) -> CampusTables {
    let calendar = &draft.calendar;
    let subjects = draft.subjects.ordered().iter().zip(&draft.enrolled);
    CampusTables {
        time_zone: calendar.time_zone.clone().unwrap_or_default(),
        term_start: calendar.term_start.map(|date| date.to_string()).unwrap_or_default(),
        weeks: calendar.weeks.unwrap_or(0),
        holidays: calendar.holidays.iter().map(ToString::to_string).collect(),
        day_names: calendar.days.clone(),
        slot_times: calendar.periods.iter().map(|(start, end)| (start.to_string(), end.to_string())).collect(),
        features: draft.features.ordered().iter().map(|&name| name.to_owned()).collect(),
        weights: options.weights,
        events: draft.events.iter().map(event_row).collect(),
        subjects: subjects.map(|(name, students)| ((*name).to_owned(), ids(students, StudentId))).collect(),
        students: draft.students.ordered().iter().map(|&name| name.to_owned()).collect(),
        groups: draft
            .groups
            .iter()
            .map(|group| GroupRow {
                name: group.name.text.to_owned(),
                size: group.size.unwrap_or(0),
                part_of: ids(&group.part_of, GroupId),
            })
            .collect(),
        teacher_max: draft.teachers.iter().map(|teacher| teacher.max_per_day).collect(),
        room_features: draft.rooms.iter().map(|room| room.features.clone()).collect(),
        blocked: blocked(draft),
        pins: pins(draft),
        rules: draft
            .rules
            .iter()
            .map(|rule| RuleRow { relation: rule.relation, weight: rule.weight, courses: ids(&rule.events, CourseId) })
            .collect(),
    }
}

/// The periods in which no meeting of an event can begin, because it would not end in the same day or somebody is away.
fn unavailable(week: &Week, domains: &Domains) -> Vec<(CourseId, PeriodId)> {
    let of_event = domains.starts.iter().enumerate().flat_map(|(number, starts)| {
        let closed = (0..week.periods()).filter(move |period| !has(starts, *period));
        closed.map(move |period| (CourseId::new(number), PeriodId(period)))
    });
    of_event.collect()
}

fn event_row(event: &Event<'_>) -> EventRow {
    EventRow {
        subject: SubjectId(event.subject),
        teachers: ids(&event.teachers, TeacherId),
        groups: ids(&event.groups, GroupId),
        periods: event.periods,
        features: event.features.clone(),
        rooms: ids(&event.rooms, RoomId),
        max_per_day: event.max_per_day,
    }
}

fn ids<T>(numbers: &[u32], id: fn(u32) -> T) -> Vec<T> {
    numbers.iter().map(|number| id(*number)).collect()
}

fn blocked(draft: &Draft<'_>) -> Vec<Blocked> {
    let slots_per_day = draft.calendar.periods.len() as u32;
    let periods =
        |day: u32, (from, last): (u32, u32)| (from..=last).map(move |slot| PeriodId(day * slots_per_day + slot));
    let of_row = draft
        .unavailable
        .iter()
        .flat_map(|row| periods(row.day, row.slots).map(|period| Blocked { who: row.who, period, hard: row.is_hard }));
    of_row.collect()
}

fn pins(draft: &Draft<'_>) -> Vec<Pin> {
    let slots_per_day = draft.calendar.periods.len() as u32;
    let mut pins = Vec::new();
    let mut first = 0;
    for event in &draft.events {
        for (number, pin) in (0..).zip(&event.pins) {
            if let Some(pin) = pin {
                let period = PeriodId(pin.day * slots_per_day + pin.slot);
                pins.push(Pin { class: ClassId(first + number), period, room: pin.room.map(RoomId) });
            }
        }
        first += event.per_week;
    }
    pins
}
