//! Anybody's `timetable.csv`. What a row says may make no sense in the campus: that is counted, not refused, so that a timetable
//! that is wrong gets a number like any other. Refused is only what cannot be read.

use std::collections::HashSet;

use shared::ids::{CourseId, Id, RoomId};
use shared::model::Instance;
use shared::model::campus::Campus;
use shared::model::cost::Meeting;

use super::sheet::Sheet;
use super::{encoding, layout};
use crate::finding::{Finding, Findings};
use crate::format::{Names, Word, shown};

/// Numbers in a row lie between this and its opposite; what is as far away as that clashes with nothing.
const NUMBER_MAX: i64 = 1_000_000;

/// What a timetable says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// The meetings that it places, each at most once.
    pub(crate) meetings: Vec<Meeting>,
    pub(crate) oddities: Oddities,
}

/// How many rows make no sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Oddities {
    unknown_event: u64,
    placed_twice: u64,
    unknown_day_or_room: u64,
    out_of_range: u64,
    wrong_length: u64,
}

impl Oddities {
    /// The counts by name.
    pub(crate) fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("H10 wrong length", self.wrong_length),
            ("meeting number out of range", self.out_of_range),
            ("meeting placed twice", self.placed_twice),
            ("unknown day or room", self.unknown_day_or_room),
            ("unknown event", self.unknown_event),
        ]
    }
}

/// Reads a timetable. Rows without the numbers that they need are among the findings.
pub(crate) fn read(bytes: &[u8], instance: &Instance, campus: Campus<'_>, findings: &mut Findings) -> Foreign {
    let mut foreign = Foreign::default();
    let Some(text) = encoding::decode(bytes, None, findings) else { return foreign };
    let sheet = Sheet::of_text(&layout::TIMETABLE, None, &text, findings);
    if !sheet.is_readable() {
        return foreign;
    }
    let events: Names<'_> = instance.courses().map(|course| instance.course_name(course)).collect();
    let rooms: Names<'_> = (0..instance.room_count()).map(|room| instance.room_name(RoomId::new(room))).collect();
    let days: Names<'_> = (0..instance.days()).map(|day| campus.day_name(day)).collect();
    let mut placed = HashSet::new();
    for row in sheet.rows() {
        let [event, meeting, day, period, periods, room] = row.cells();
        let Some(number) = number(meeting, "the number of the meeting", findings) else { continue };
        let Some(event) = events.number(event.text) else {
            foreign.oddities.unknown_event += 1;
            continue;
        };
        if placed.contains(&(event, number)) {
            foreign.oddities.placed_twice += 1;
            continue;
        }
        let (Some(day), Some(room)) = (days.number(day.text), rooms.number(room.text)) else {
            foreign.oddities.unknown_day_or_room += 1;
            continue;
        };
        let Some(period) = self::number(period, "the period", findings) else { continue };
        let course = CourseId::new(event);
        placed.insert((event, number));
        let length = campus.length(course) as i64;
        let said = if periods.text.is_empty() {
            Some(length)
        } else {
            self::number(periods, "the number of periods", findings)
        };
        foreign.oddities.wrong_length += u64::from(said.is_some_and(|said| said != length));
        let is_inside = (1..=instance.course_lectures(course) as i64).contains(&number);
        foreign.oddities.out_of_range += u64::from(!is_inside);
        // A meeting that there is not is none of those that are missing.
        let number = if is_inside { number as usize - 1 } else { usize::MAX };
        foreign.meetings.push(Meeting { course, number, day, slot: period - 1, room: RoomId::new(room) });
    }
    foreign
}

fn number(word: Word<'_>, what: &str, findings: &mut Findings) -> Option<i64> {
    let number = word.text.parse().ok().filter(|number: &i64| number.abs() <= NUMBER_MAX);
    if number.is_none() {
        let finding = Finding::error(word.place, format!("{what} is not a whole number")).found(shown(word.text));
        findings.push(finding.expected("a whole number such as 1"));
    }
    number
}
