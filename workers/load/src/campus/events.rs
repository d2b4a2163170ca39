//! The rows of `events.csv`: what is taught, by whom, to whom, how often and where.

use super::Sheets;
use super::cells::{code, count, list, listed_code, parts, reference, references};
use super::draft::{Event, Group, Pin, Teacher};
use super::rows::{Reader, declare, no_rows};
use super::sheet::Sheet;
use crate::finding::Finding;
use crate::format::{Word, shown};
use crate::limits::{DAYS_MAX, GROUP_SIZE_MAX, MEETINGS_MAX, SLOTS_MAX};

/// The columns of the sheet.
const COLUMNS: usize = super::layout::EVENTS.columns.len();

impl<'t> Reader<'t, '_> {
    /// What is taught: the courses of all rows.
    pub(super) fn subjects(&mut self, sheet: &'t Sheet) {
        for row in sheet.rows() {
            let [_, course, ..] = row.cells::<COLUMNS>();
            if !course.text.is_empty() {
                self.draft.subjects.add(course.text);
            }
        }
    }

    pub(super) fn events(&mut self, sheet: &'t Sheet, sheets: &Sheets) {
        let (has_teachers, has_groups) = (sheets.has_teachers, sheets.has_groups);
        for row in sheet.rows() {
            let cells = row.cells::<COLUMNS>();
            let [name, course, teachers, groups, ..] = cells;
            let name = listed_code(name, "event", self.findings);
            let course = code(course, "course", self.findings);
            if !has_teachers {
                self.teachers_of_event(teachers);
            }
            if !has_groups {
                self.groups_of_event(groups);
            }
            let event = self.event(name, course, &cells);
            let place = |row: usize| self.draft.events[row].name.place;
            if declare(&mut self.names.events, name, "event", place, self.findings) {
                self.draft.events.push(event);
            }
        }
        if sheet.rows().len() == 0 {
            self.findings.push(no_rows(sheet, "event"));
        }
    }

    /// Without a sheet of teachers, whoever is named exists.
    fn teachers_of_event(&mut self, cell: Word<'t>) {
        for name in list(cell) {
            if self.names.teachers.add(name.text).1 {
                self.draft.teachers.push(Teacher { name, max_per_day: None });
            }
        }
    }

    fn groups_of_event(&mut self, cell: Word<'t>) {
        for name in list(cell) {
            if self.names.groups.add(name.text).1 {
                self.draft.groups.push(Group { name, size: None, part_of: Vec::new() });
            }
        }
    }

    fn event(&mut self, name: Word<'t>, course: Word<'t>, cells: &[Word<'t>; COLUMNS]) -> Event<'t> {
        let [_, _, teachers, groups, periods, per_week, size, features, rooms, min_days, max_per_day, pinned] = *cells;
        let slots = self.draft.calendar.periods.len() as u32;
        let periods_of = count(periods, "the number of periods", 1..=SLOTS_MAX, Some(1), self.findings);
        let number = periods_of.unwrap_or(1);
        if number > slots && slots > 0 {
            let finding = Finding::error(periods.place, "a meeting is longer than the day").found(number.to_string());
            self.findings.push(finding.expected(format!("at most {slots}, the periods of a day")));
        }
        let meetings = count(per_week, "the number of meetings a week", 1..=MEETINGS_MAX, Some(1), self.findings);
        let subject = self.draft.subjects.number(course.text).unwrap_or(0) as u32;
        let groups_of = references(groups, "group", "groups.csv", &self.names.groups, self.findings);
        let mut event = Event {
            name,
            subject,
            teachers: references(teachers, "teacher", "teachers.csv", &self.names.teachers, self.findings),
            size: 0,
            groups: groups_of,
            periods: number,
            per_week: meetings.unwrap_or(1),
            per_week_place: per_week.place,
            size_place: size.place,
            features: self.needed(features),
            rooms: references(rooms, "room", "rooms.csv", &self.names.rooms, self.findings),
            min_days: count(min_days, "the least number of days", 0..=DAYS_MAX, Some(0), self.findings).unwrap_or(0),
            min_days_place: min_days.place,
            max_per_day: count(max_per_day, "the most meetings a day", 1..=SLOTS_MAX, Some(1), self.findings)
                .unwrap_or(1),
            pins: Vec::new(),
        };
        event.size = self.size(size, &event);
        event.pins = self.pins(pinned, &event);
        event
    }

    /// Features that the room must have. One that no room has is known all the same: it is a proof, not a mistake of writing.
    fn needed(&mut self, cell: Word<'t>) -> Vec<u32> {
        let mut needed: Vec<u32> = list(cell).map(|feature| self.draft.features.add(feature.text).0 as u32).collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    /// What is written, or else the students who are enrolled, or else the people of the groups.
    fn size(&mut self, cell: Word<'_>, event: &Event<'_>) -> u32 {
        if !cell.text.is_empty() {
            return count(cell, "the size", 1..=GROUP_SIZE_MAX, None, self.findings).unwrap_or(0);
        }
        let enrolled = self.draft.enrolled.get(event.subject as usize).map_or(0, Vec::len) as u32;
        if enrolled > 0 {
            return enrolled;
        }
        let sizes = event.groups.iter().map(|group| self.draft.groups[*group as usize].size);
        let sum = sizes.sum::<Option<u32>>().filter(|sum| *sum > 0);
        if sum.is_none() {
            let message = format!("nothing says how many people attend the event {}", shown(event.name.text));
            let finding = Finding::error(cell.place, message);
            let finding = finding.expected("a size, or students who are enrolled in its course, or groups with sizes");
            self.findings.push(finding);
        }
        sum.unwrap_or(0)
    }

    fn pins(&mut self, cell: Word<'t>, event: &Event<'_>) -> Vec<Option<Pin>> {
        let mut pins = Vec::new();
        for part in parts(cell, |character| character == '|') {
            if part.text.is_empty() {
                pins.push(None);
                continue;
            }
            if pins.len() == event.per_week as usize {
                let finding = Finding::error(part.place, "there are more pins than meetings").found(shown(part.text));
                self.findings.push(finding.expected(format!("at most {}, one for each meeting", event.per_week)));
                break;
            }
            let pin = self.pin(part, event);
            pins.push(pin);
        }
        pins.truncate(event.per_week as usize);
        pins
    }

    /// `Mon 3` or `Mon 3 R101`.
    fn pin(&mut self, part: Word<'_>, event: &Event<'_>) -> Option<Pin> {
        let slots = self.draft.calendar.periods.len() as u32;
        let words: Vec<Word<'_>> = list(part).collect();
        let (day, period, room) = match words[..] {
            [day, period] => (day, period, None),
            [day, period, room] => (day, period, Some(room)),
            _ => {
                let finding = Finding::error(part.place, "this is no pin").found(shown(part.text));
                self.findings.push(finding.expected("`day period` or `day period room`, such as Mon 3 R101"));
                return None;
            }
        };
        let (day, slot) = (self.day(day), self.slot(period, slots));
        let room = match room {
            None => None,
            Some(room) => Some(reference(room, "room", "rooms.csv", &self.names.rooms, self.findings)?),
        };
        let (day, slot) = (day?, slot?);
        if slot + event.periods > slots {
            let message =
                format!("a meeting of {} periods that begins here does not end within the day", event.periods);
            let finding = Finding::error(part.place, message).found(shown(part.text));
            self.findings
                .push(finding.expected(format!("a period from 1 to {}", (slots + 1).saturating_sub(event.periods))));
            return None;
        }
        Some(Pin { day, slot, room, place: part.place })
    }
}
