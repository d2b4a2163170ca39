//! The files of a campus, in the words of its folder: events with their meetings, days by name, hours from the calendar.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::ids::{ClassId, CourseId, Id};
use shared::model::campus::Campus;
use shared::model::cost::Components;
use shared::model::{Instance, Placement, Timetable};

use super::ExportError;
use super::csv_files::{LIST_SEPARATOR, written};
use super::meetings::Meeting;
use super::reasons::Unplaced;

/// The name and version of the layout of `timetable.json`. A reader that knows another version should refuse.
const SCHEMA: &str = "carillon.timetable.campus/1";

/// All meetings, by event and number. A pinned meeting keeps its number, for a pin is for the meeting of that number; the others
/// have theirs in the order of the week, and those without a place come last.
pub(super) fn meetings(instance: &Instance, campus: Campus<'_>, timetable: &Timetable) -> Vec<Meeting> {
    let mut is_pinned = vec![false; instance.class_count()];
    campus.pins().for_each(|pin| is_pinned[pin.class.index()] = true);
    let mut meetings = Vec::with_capacity(instance.class_count());
    for course in instance.courses() {
        let classes = || instance.course_classes(course);
        let mut free: Vec<Option<Placement>> =
            classes().filter(|class| !is_pinned[*class]).map(|class| timetable.get(ClassId::new(class))).collect();
        free.sort_by_key(|at| (at.is_none(), *at));
        let mut free = free.into_iter();
        for (number, class) in (1..).zip(classes()) {
            let at = if is_pinned[class] { timetable.get(ClassId::new(class)) } else { free.next().flatten() };
            meetings.push(Meeting { course, number, at });
        }
    }
    meetings
}

/// A meeting that has its place, in words.
#[derive(Serialize)]
struct Row<'a> {
    event: &'a str,
    meeting: usize,
    course: &'a str,
    day: &'a str,
    period: usize,
    periods: usize,
    start: &'a str,
    end: &'a str,
    room: &'a str,
    teachers: Vec<&'a str>,
    groups: Vec<&'a str>,
}

fn row<'a>(instance: &'a Instance, campus: Campus<'a>, meeting: &Meeting) -> Option<Row<'a>> {
    let Meeting { course, number, at } = *meeting;
    let at = at?;
    let (day, slot) = instance.day_and_slot(at.period);
    let periods = campus.length(course);
    // The day ends where it ends, whatever was placed beyond.
    let last = (slot + periods - 1).min(instance.slots_per_day() - 1);
    Some(Row {
        event: instance.course_name(course),
        meeting: number,
        course: campus.subject_name(campus.subject(course)),
        day: campus.day_name(day),
        period: slot + 1,
        periods,
        start: campus.slot_times(slot).0,
        end: campus.slot_times(last).1,
        room: instance.room_name(at.room),
        teachers: campus.teachers(course).iter().map(|teacher| instance.teacher_name(*teacher)).collect(),
        groups: campus.groups(course).iter().map(|group| campus.group_name(*group)).collect(),
    })
}

/// `timetable.csv`.
pub(super) fn timetable(instance: &Instance, campus: Campus<'_>, meetings: &[Meeting]) -> Result<Vec<u8>, ExportError> {
    let header = "event,meeting,course,day,period,periods,start,end,room,teachers,groups";
    written("timetable.csv", header, |file| {
        for row in meetings.iter().filter_map(|meeting| row(instance, campus, meeting)) {
            let numbers = [row.meeting, row.period, row.periods].map(|number| number.to_string());
            let (teachers, groups) = (row.teachers.join(LIST_SEPARATOR), row.groups.join(LIST_SEPARATOR));
            let [meeting, period, periods] = &numbers;
            let Row { event, course, day, start, end, room, .. } = row;
            file.write_record([event, meeting, course, day, period, periods, start, end, room, &teachers, &groups])?;
        }
        Ok(())
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    instance: &'a str,
    calendar: Calendar<'a>,
    placements: Vec<Row<'a>>,
    unplaced: Vec<UnplacedRow<'a>>,
    cost: CostRow,
    components: BTreeMap<&'static str, u64>,
}

/// The week, and the term that it is repeated in.
#[derive(Serialize)]
struct Calendar<'a> {
    time_zone: &'a str,
    term_start: &'a str,
    weeks: u32,
    holidays: Vec<&'a str>,
    days: Vec<&'a str>,
    periods: Vec<Hours<'a>>,
}

#[derive(Serialize)]
struct Hours<'a> {
    start: &'a str,
    end: &'a str,
}

#[derive(Serialize)]
struct UnplacedRow<'a> {
    event: &'a str,
    meeting: usize,
    course: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct CostRow {
    hard: u64,
    unplaced: u64,
    soft: u64,
}

/// `timetable.json`.
pub(super) fn json(
    instance: &Instance,
    campus: Campus<'_>,
    meetings: &[Meeting],
    unplaced: &[Unplaced],
    components: &Components,
) -> Result<Vec<u8>, ExportError> {
    let cost = components.cost();
    let hours = |slot| {
        let (start, end) = campus.slot_times(slot);
        Hours { start, end }
    };
    let subject = |course: CourseId| campus.subject_name(campus.subject(course));
    let unplaced_row = |meeting: &'_ Unplaced| (instance.course_name(meeting.course), subject(meeting.course));
    let document = Document {
        schema: SCHEMA,
        instance: instance.name(),
        calendar: Calendar {
            time_zone: campus.time_zone(),
            term_start: campus.term_start(),
            weeks: campus.weeks(),
            holidays: campus.holidays().collect(),
            days: (0..instance.days()).map(|day| campus.day_name(day)).collect(),
            periods: (0..instance.slots_per_day()).map(hours).collect(),
        },
        placements: meetings.iter().filter_map(|meeting| row(instance, campus, meeting)).collect(),
        unplaced: unplaced
            .iter()
            .map(|meeting| {
                let (event, course) = unplaced_row(meeting);
                UnplacedRow { event, meeting: meeting.number, course, reason: &meeting.reason }
            })
            .collect(),
        cost: CostRow { hard: cost.hard, unplaced: cost.unplaced, soft: cost.soft },
        components: components.hard().chain(components.soft()).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use shared::ids::{PeriodId, RoomId};
    use shared::model::cost;

    use super::*;
    use crate::campus::testing;
    use crate::export::files;

    /// The files of the small campus with these places of its classes: day, slot and room.
    fn exported(places: [Option<(u32, u32, u32)>; 7]) -> BTreeMap<&'static str, String> {
        let instance = testing::read(testing::folder().path()).tables.unwrap().instance().unwrap();
        let mut timetable = Timetable::unplaced(places.len());
        for (class, place) in (0..).zip(places) {
            let at = place.map(|(day, slot, room)| Placement { period: PeriodId(4 * day + slot), room: RoomId(room) });
            timetable.set(ClassId(class), at);
        }
        let counted = cost::recount(&instance, &timetable);
        let files = files(&instance, &timetable, &counted, None).unwrap().files;
        files.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
    }

    #[test]
    fn a_campus_is_told_in_its_own_words() {
        // The first meeting of the first event is pinned; of the third event, whose classes are out of order, none is.
        let placed = [(0, 0, 0), (1, 1, 0), (2, 3, 2), (2, 2, 0), (0, 2, 0), (1, 0, 0), (2, 0, 1)];
        let files = exported(placed.map(Some));
        assert_eq!(files.keys().copied().collect::<Vec<_>>(), ["timetable.csv", "timetable.json", "unplaced.csv"]);
        insta::assert_snapshot!(files["timetable.csv"].trim_start_matches('\u{feff}'), @"
        event,meeting,course,day,period,periods,start,end,room,teachers,groups
        ALG-L,1,ALG,Mon,1,2,09:05,10:55,Hall,Rossi,Y1
        ALG-L,2,ALG,Tue,2,2,10:05,11:55,Hall,Rossi,Y1
        ALG-T,1,ALG,Wed,4,1,14:05,14:55,Small,Verdi,Y1A
        PHY-L,1,PHY,Mon,3,1,11:05,11:55,Hall,Bianchi,Y1
        PHY-L,2,PHY,Tue,1,1,09:05,09:55,Hall,Bianchi,Y1
        PHY-L,3,PHY,Wed,3,1,11:05,11:55,Hall,Bianchi,Y1
        PHY-P,1,PHY,Wed,1,3,09:05,11:55,Lab,Verdi;Bianchi,Y1B
        ");
        assert_eq!(files["unplaced.csv"], "\u{feff}event,meeting,reason\n");
        let json: serde_json::Value = serde_json::from_str(&files["timetable.json"]).unwrap();
        assert_eq!(json["calendar"]["periods"][3]["end"], "14:55");
        assert_eq!(json["placements"].as_array().unwrap().len(), 7);
        assert_eq!(json["placements"][6]["teachers"], serde_json::json!(["Verdi", "Bianchi"]));
        assert_eq!(json["components"]["H2 room clash"], 0);
    }

    #[test]
    fn what_has_no_place_is_told_with_the_first_obstacle_of_each_period() {
        let placed = [Some((0, 0, 0)), None, Some((2, 2, 2)), Some((1, 0, 0)), Some((1, 1, 0)), Some((1, 2, 0)), None];
        insta::assert_snapshot!(exported(placed)["unplaced.csv"].trim_start_matches('\u{feff}'), @r#"
        event,meeting,reason
        ALG-L,2,"of 12 periods none is left: in 3 the day ends before the meeting, in 2 a teacher is unavailable, in 3 the event has enough meetings that day, in 4 a group has another event"
        PHY-P,1,"of 12 periods none is left: in 6 the day ends before the meeting, in 4 a teacher teaches another event, in 2 a group has another event"
        "#);
    }
}
