//! Rows of a timetable, whichever of the two formats it is in. What a row says may make no sense in the instance any more: that is
//! a warning, and the rest of it is of use all the same.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use shared::ids::{CourseId, Id, PeriodId, RoomId};
use shared::model::Instance;

use super::Row;
use crate::campus::layout::PREVIOUS;
use crate::campus::{Sheet, decode as decode_text};
use crate::finding::{Finding, Findings};
use crate::format::{Names, Word, decode, lines, shown};

/// Numbers of meetings and periods beyond this mean nothing.
const NUMBER_MAX: usize = 1_000_000;

/// Reads all rows of a file.
pub(super) fn rows(bytes: &[u8], instance: &Instance, findings: &mut Findings) -> Vec<Row> {
    let words = Words::of(instance);
    if is_sheet(&decode(bytes)) { words.of_sheet(bytes, findings) } else { words.of_solution(&decode(bytes), findings) }
}

/// A sheet names its columns in the first row; a solution has none.
fn is_sheet(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.split([',', ';', '\t']).any(|cell| cell.trim().trim_matches('"') == "event")
}

/// The words of an instance.
struct Words<'a> {
    instance: &'a Instance,
    events: Names<'a>,
    rooms: Names<'a>,
}

impl<'a> Words<'a> {
    fn of(instance: &'a Instance) -> Self {
        Self {
            instance,
            events: instance.courses().map(|course| instance.course_name(course)).collect(),
            rooms: (0..instance.room_count()).map(|room| instance.room_name(RoomId::new(room))).collect(),
        }
    }

    fn of_sheet(&self, bytes: &[u8], findings: &mut Findings) -> Vec<Row> {
        let Some(text) = decode_text(bytes, None, findings) else { return Vec::new() };
        let sheet = Sheet::of_text(&PREVIOUS, None, &text, findings);
        if !sheet.is_readable() {
            return Vec::new();
        }
        let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
        for row in sheet.rows() {
            let [event, meeting, day, period, room, teachers, groups] = row.cells();
            let Some(number) = meeting.text.parse().ok().filter(|number| (1..=NUMBER_MAX).contains(number)) else {
                let finding =
                    Finding::warning(meeting.place, "the number of the meeting is none: the row is passed over");
                findings.push(finding.found(shown(meeting.text)));
                continue;
            };
            if !seen.insert((event.text.to_owned(), number)) {
                let message =
                    format!("meeting {number} of {} comes a second time: the row is passed over", shown(event.text));
                findings.push(Finding::warning(event.place, message));
                continue;
            }
            let at = self.day(day).zip(period.text.parse::<usize>().ok().and_then(|slot| slot.checked_sub(1)));
            let mut read = self.row(event, (day, period, at), room, findings);
            read.meeting = number;
            (read.teachers, read.groups) = (teachers.text.to_owned(), groups.text.to_owned());
            rows.push(read);
        }
        rows
    }

    fn of_solution(&self, text: &str, findings: &mut Findings) -> Vec<Row> {
        let (mut rows, mut counts) = (Vec::new(), BTreeMap::new());
        for line in lines(text) {
            let words = line.words();
            let [course, room, day, slot] = words[..] else {
                if !words.is_empty() {
                    let finding = Finding::error(line.end(), "the line does not have four words");
                    let expected =
                        "<course> <room> <day> <period>, or a timetable.csv whose first row names its columns";
                    findings.push(finding.expected(expected).found(shown(line.text.trim())));
                }
                continue;
            };
            let numbers = day.text.parse::<usize>().ok().zip(slot.text.parse::<usize>().ok());
            let mut read = self.row(course, (day, slot, numbers), room, findings);
            if let Some((day, slot)) = numbers.filter(|(day, slot)| *day < NUMBER_MAX && *slot < NUMBER_MAX) {
                // The files of a run count from 1.
                (read.day, read.period) = (self.day_name(day), (slot + 1).to_string());
            }
            let count = counts.entry(course.text.to_owned()).or_insert(0);
            *count += 1;
            read.meeting = *count;
            rows.push(read);
        }
        rows
    }

    /// A row of these words; `at` is the day and the slot that two of them stand for.
    fn row(
        &self,
        event: Word<'_>,
        (day, period, at): (Word<'_>, Word<'_>, Option<(usize, usize)>),
        room: Word<'_>,
        findings: &mut Findings,
    ) -> Row {
        let course = self.events.number(event.text).map(CourseId::new);
        if course.is_none() {
            let finding = Finding::warning(event.place, format!("there is no event {} any more", shown(event.text)));
            findings.push(finding);
        }
        let (days, slots) = (self.instance.days(), self.instance.slots_per_day());
        let at = at.filter(|(day, slot)| *day < days && *slot < slots);
        let in_room = self.rooms.number(room.text).map(RoomId::new);
        if course.is_some() {
            if at.is_none() {
                let message = format!("there is no period {} on {} any more", shown(period.text), shown(day.text));
                findings.push(Finding::warning(day.place, message));
            }
            if in_room.is_none() {
                findings.push(Finding::warning(room.place, format!("there is no room {} any more", shown(room.text))));
            }
        }
        Row {
            event: event.text.to_owned(),
            meeting: 0,
            day: day.text.to_owned(),
            period: period.text.to_owned(),
            room: room.text.to_owned(),
            teachers: String::new(),
            groups: String::new(),
            course,
            at: at.map(|(day, slot)| PeriodId::new(day * slots + slot)),
            in_room,
        }
    }

    /// A day by its name; where days have none, by its number from 1.
    fn day(&self, word: Word<'_>) -> Option<usize> {
        match self.instance.campus() {
            Some(campus) => (0..self.instance.days()).find(|day| campus.day_name(*day) == word.text),
            None => word.text.parse::<usize>().ok()?.checked_sub(1),
        }
    }

    /// How files of a run call a day.
    fn day_name(&self, day: usize) -> String {
        match self.instance.campus().filter(|_| day < self.instance.days()) {
            Some(campus) => campus.day_name(day).to_owned(),
            None => (day + 1).to_string(),
        }
    }
}
