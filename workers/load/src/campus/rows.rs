//! From sheets to a draft. The sheets are read in an order in which each names only what those before it declare.

use shared::ids::{GroupId, Id, RoomId, TeacherId};
use shared::model::campus::{Relation, Who};

use super::Sheets;
use super::calendar::Calendar;
use super::cells::{add_once, code, count, list, listed_code, one_of, reference, references};
use super::draft::{Draft, Group, Room, Rule, Teacher, Unavailable};
use super::sheet::Sheet;
use crate::finding::{Finding, Findings, Place, Severity};
use crate::format::{Names, Word, shown};
use crate::limits::{CAPACITY_MAX, GROUP_SIZE_MAX, SLOTS_MAX, WEIGHT_MAX};

/// Whether something is hard, by the word for it.
const STRENGTHS: [(bool, &str); 2] = [(true, "hard"), (false, "soft")];

/// Reads all sheets into a draft.
pub(super) fn read<'t>(sheets: &'t Sheets, calendar: Calendar, findings: &mut Findings) -> Draft<'t> {
    let mut reader = Reader { draft: Draft { calendar, ..Draft::default() }, names: Declared::default(), findings };
    reader.rooms(&sheets.rooms);
    reader.teachers(&sheets.teachers);
    reader.groups(&sheets.groups);
    // What is taught decides what can be enrolled in, and who enrols decides the size of an event.
    reader.subjects(&sheets.events);
    reader.enrolments(&sheets.enrolments);
    reader.events(&sheets.events, sheets);
    reader.unavailable(&sheets.unavailable);
    reader.rules(&sheets.rules);
    reader.draft
}

/// The names that other rows may use.
#[derive(Debug, Default)]
pub(super) struct Declared<'t> {
    pub(super) rooms: Names<'t>,
    pub(super) teachers: Names<'t>,
    pub(super) groups: Names<'t>,
    pub(super) events: Names<'t>,
}

pub(super) struct Reader<'t, 'f> {
    pub(super) draft: Draft<'t>,
    pub(super) names: Declared<'t>,
    pub(super) findings: &'f mut Findings,
}

impl<'t> Reader<'t, '_> {
    fn rooms(&mut self, sheet: &'t Sheet) {
        for row in sheet.rows() {
            let [room, capacity, _building, features] = row.cells();
            let name = listed_code(room, "room", self.findings);
            let capacity = count(capacity, "the capacity", 1..=CAPACITY_MAX, None, self.findings).unwrap_or(0);
            let mut numbers = Vec::new();
            for feature in list(features) {
                let number = self.draft.features.add(feature.text).0 as u32;
                add_once(&mut numbers, number, feature, "feature", self.findings);
            }
            if declare(&mut self.names.rooms, name, "room", |row| self.draft.rooms[row].name.place, self.findings) {
                self.draft.rooms.push(Room { name, capacity, features: numbers });
            }
        }
        if sheet.rows().len() == 0 {
            self.findings.push(no_rows(sheet, "room"));
        }
    }

    fn teachers(&mut self, sheet: &'t Sheet) {
        for row in sheet.rows() {
            let [teacher, _name, _email, max_per_day] = row.cells();
            let name = listed_code(teacher, "teacher", self.findings);
            let max_per_day = match max_per_day.text {
                "" => None,
                _ => count(max_per_day, "the most periods a day", 1..=SLOTS_MAX, None, self.findings),
            };
            let place = |row: usize| self.draft.teachers[row].name.place;
            if declare(&mut self.names.teachers, name, "teacher", place, self.findings) {
                self.draft.teachers.push(Teacher { name, max_per_day });
            }
        }
    }

    fn groups(&mut self, sheet: &'t Sheet) {
        for row in sheet.rows() {
            let [group, size, _] = row.cells();
            let name = listed_code(group, "group", self.findings);
            let size = count(size, "the size", 1..=GROUP_SIZE_MAX, None, self.findings);
            let place = |row: usize| self.draft.groups[row].name.place;
            if declare(&mut self.names.groups, name, "group", place, self.findings) {
                self.draft.groups.push(Group { name, size: Some(size.unwrap_or(0)), part_of: Vec::new() });
            }
        }
        for row in sheet.rows() {
            let [group, _, part_of] = row.cells();
            let above = references(part_of, "group", "groups.csv", &self.names.groups, self.findings);
            if let Some(number) = self.names.groups.number(group.text) {
                self.draft.groups[number].part_of = above;
            }
        }
        if let Some(finding) = circle(&self.draft.groups) {
            self.findings.push(finding);
        }
    }

    fn enrolments(&mut self, sheet: &'t Sheet) {
        self.draft.enrolled = vec![Vec::new(); self.draft.subjects.ordered().len()];
        for row in sheet.rows() {
            let [student, course] = row.cells();
            let name = code(student, "student", self.findings);
            let subject = reference(course, "course", "events.csv", &self.draft.subjects, self.findings);
            if let (Some(subject), false) = (subject, name.text.is_empty()) {
                let number = self.draft.students.add(name.text).0 as u32;
                self.draft.enrolled[subject as usize].push(number);
            }
        }
        let mut repeated = 0;
        for students in &mut self.draft.enrolled {
            let all = students.len();
            students.sort_unstable();
            students.dedup();
            repeated += all - students.len();
        }
        if let Some(first) = sheet.rows().next().filter(|_| repeated > 0) {
            let [student, _] = first.cells();
            let rows = if repeated == 1 { "1 row says".to_owned() } else { format!("{repeated} rows say") };
            let message = format!("{rows} again that a student is enrolled in a course");
            self.findings.push(Finding::warning(student.place, message).hint("each counts once"));
        }
    }

    fn unavailable(&mut self, sheet: &'t Sheet) {
        let slots = self.draft.calendar.periods.len() as u32;
        for row in sheet.rows() {
            let [who, day, from, to, strength] = row.cells();
            let place = who.place;
            let who = self.who(who);
            let day = self.day(day);
            let from = self.slot(from, slots);
            let last = self.slot(to, slots);
            let is_hard = one_of(strength, "strength", &STRENGTHS, Some(true), self.findings);
            if let (Some(from), Some(last)) = (from, last)
                && last < from
            {
                let finding = Finding::error(to.place, "the range ends before it begins").found(shown(to.text));
                self.findings.push(finding.expected(format!("a period from {} on", from + 1)));
            }
            if let (Some(who), Some(day), Some(from), Some(last), Some(is_hard)) = (who, day, from, last, is_hard) {
                self.draft.unavailable.push(Unavailable { who, day, slots: (from, last), is_hard, place });
            }
        }
    }

    /// A day, from 0.
    pub(super) fn day(&mut self, word: Word<'_>) -> Option<u32> {
        let days = &self.draft.calendar.days;
        let names: Names<'_> = days.iter().map(String::as_str).collect();
        // Days that could not be read are no reason to say the same of all who name them.
        if days.is_empty() { None } else { reference(word, "day", "the calendar", &names, self.findings) }
    }

    /// A slot of the day, from 0; written as the number of a period, from 1.
    pub(super) fn slot(&mut self, word: Word<'_>, slots: u32) -> Option<u32> {
        if slots == 0 {
            return None;
        }
        count(word, "the period", 1..=slots, None, self.findings).map(|period| period - 1)
    }

    /// Who is meant by a code, or by `teacher:X`.
    fn who(&mut self, word: Word<'_>) -> Option<Who> {
        let (kind, name) = match word.text.split_once(':') {
            Some((kind @ ("teacher" | "room" | "group"), name)) => (Some(kind), name),
            _ => (None, word.text),
        };
        let find = |names: &Names<'_>, word: &str| {
            if kind.is_none_or(|kind| kind == word) { names.number(name) } else { None }
        };
        let Declared { rooms, teachers, groups, .. } = &self.names;
        let found = [
            ("teacher", find(teachers, "teacher").map(|number| Who::Teacher(TeacherId::new(number)))),
            ("room", find(rooms, "room").map(|number| Who::Room(RoomId::new(number)))),
            ("group", find(groups, "group").map(|number| Who::Group(GroupId::new(number)))),
        ];
        let meant: Vec<(&str, Who)> = found.into_iter().filter_map(|(kind, who)| Some((kind, who?))).collect();
        match meant[..] {
            [(_, who)] => return Some(who),
            [] => {
                let noun = kind.unwrap_or("teacher, room or group");
                let finding = Finding::error(word.place, format!("there is no {noun} {}", shown(name)));
                let finding = finding.expected("the code of a teacher, a room or a group");
                let like = [("teacher", teachers), ("room", rooms), ("group", groups)]
                    .into_iter()
                    .filter(|(word, _)| {
                        self.findings.has_room(Severity::Error) && kind.is_none_or(|kind| kind == *word)
                    })
                    .find_map(|(_, names)| names.nearest(name));
                self.findings.push(match like {
                    Some(like) => finding.hint(format!("did you mean {}?", shown(like))),
                    None => finding,
                });
            }
            _ => {
                let kinds: Vec<&str> = meant.iter().map(|(kind, _)| *kind).collect();
                let message = format!("{} is the code of a {}", shown(name), kinds.join(" and of a "));
                let expected = kinds.iter().map(|kind| format!("{kind}:{name}")).collect::<Vec<_>>().join(" or ");
                self.findings.push(Finding::error(word.place, message).expected(expected));
            }
        }
        None
    }

    fn rules(&mut self, sheet: &'t Sheet) {
        for row in sheet.rows() {
            let [rule, events, strength, weight] = row.cells();
            let relation = one_of(rule, "rule", &Relation::ALL, None, self.findings);
            let numbers = references(events, "event", "events.csv", &self.names.events, self.findings);
            let is_hard = one_of(strength, "strength", &STRENGTHS, Some(true), self.findings);
            let weight = count(weight, "the weight", 0..=WEIGHT_MAX, Some(1), self.findings);
            if list(events).count() < 2 {
                let finding = Finding::error(events.place, "a rule is between events, and this names fewer than two");
                self.findings.push(finding.expected("two events or more").found(shown(events.text)));
            }
            if let (Some(relation), Some(is_hard), Some(weight)) = (relation, is_hard, weight) {
                let weight = (!is_hard).then_some(weight);
                self.draft.rules.push(Rule { relation, events: numbers, weight, place: rule.place });
            }
        }
    }
}

/// Gives a name its number; says so if it has one already, and returns whether it is new. A name that is missing has been said
/// to be, and gets none.
pub(super) fn declare<'t>(
    names: &mut Names<'t>,
    name: Word<'t>,
    noun: &str,
    place: impl Fn(usize) -> Place,
    findings: &mut Findings,
) -> bool {
    if name.text.is_empty() {
        return false;
    }
    let (number, is_new) = names.add(name.text);
    if !is_new {
        let finding = Finding::error(name.place, format!("the {noun} {} comes a second time", shown(name.text)));
        findings.push(finding.hint(format!("the first is at line {}", place(number).line)));
    }
    is_new
}

pub(super) fn no_rows(sheet: &Sheet, noun: &str) -> Finding {
    Finding::error(sheet.start(), format!("there is no {noun}")).expected(format!("a row for each {noun}"))
}

/// An error for a group that is a part of itself, by way of others.
fn circle(groups: &[Group<'_>]) -> Option<Finding> {
    /// Whether a group has been followed upwards.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Seen {
        No,
        OnTheWay,
        Yes,
    }
    let mut seen = vec![Seen::No; groups.len()];
    for start in 0..groups.len() {
        // The way from `start` upwards: a group, and which of those above it comes next.
        let mut way = if seen[start] == Seen::No { vec![(start, 0)] } else { Vec::new() };
        while let Some((group, next)) = way.last_mut() {
            seen[*group] = Seen::OnTheWay;
            let Some(&above) = groups[*group].part_of.get(*next) else {
                seen[*group] = Seen::Yes;
                way.pop();
                continue;
            };
            *next += 1;
            match seen[above as usize] {
                Seen::No => way.push((above as usize, 0)),
                Seen::Yes => {}
                Seen::OnTheWay => {
                    let from = way.iter().position(|(group, _)| *group == above as usize).unwrap_or(0);
                    let circle = way[from..].iter().map(|(group, _)| *group).chain([above as usize]);
                    let names: Vec<&str> = circle.map(|group| groups[group].name.text).collect();
                    let finding = Finding::error(groups[above as usize].name.place, "a group is a part of itself");
                    let finding = finding.found(names.join(" → "));
                    return Some(finding.hint("`part_of` names the larger group, and only that"));
                }
            }
        }
    }
    None
}
