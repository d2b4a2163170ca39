//! Pins that cannot all hold: two at once, one where somebody is away, one in a room that does not suit.

use std::collections::{BTreeMap, BTreeSet};

use super::events::begins;
use super::{Campus, proof};
use crate::campus::draft::Pin;
use crate::campus::week::has;
use crate::finding::{Finding, Findings};

/// A meeting with its pin.
#[derive(Clone, Copy)]
struct Pinned<'a> {
    event: usize,
    /// Which meeting, from 1.
    number: usize,
    pin: &'a Pin,
}

pub(super) fn look(campus: &Campus<'_>, findings: &mut Findings) {
    let of_event = campus.draft.events.iter().enumerate().flat_map(|(event, row)| {
        let pins = (1..).zip(&row.pins).filter_map(|(number, pin)| Some((number, pin.as_ref()?)));
        pins.map(move |(number, pin)| Pinned { event, number, pin })
    });
    let pinned: Vec<Pinned<'_>> = of_event.collect();
    for meeting in &pinned {
        findings.extend(alone(campus, meeting));
    }
    together(campus, &pinned, findings);
    full_days(campus, &pinned, findings);
}

impl Pinned<'_> {
    fn start(&self, campus: &Campus<'_>) -> u32 {
        self.pin.day * campus.week.slots + self.pin.slot
    }

    /// `meeting 2 of event PHY-L is pinned to Mon 3`.
    fn said(&self, campus: &Campus<'_>) -> String {
        format!("meeting {} of event {} is pinned to {}", self.number, campus.name(self.event), self.when(campus))
    }

    fn when(&self, campus: &Campus<'_>) -> String {
        format!("{} {}", campus.draft.calendar.days[self.pin.day as usize], self.pin.slot + 1)
    }
}

/// Whether a pin can hold at all.
fn alone(campus: &Campus<'_>, meeting: &Pinned<'_>) -> Option<Finding> {
    let (draft, week) = (campus.draft, campus.week);
    let event = &draft.events[meeting.event];
    let start = meeting.start(campus);
    let told = |why: String| Some(proof(meeting.pin.place, format!("{}, and {why}", meeting.said(campus))));
    let is_away = |away: &[u64]| (start..start + event.periods).any(|period| has(away, period));
    if let Some(teacher) = event.teachers.iter().find(|teacher| is_away(&week.teachers[**teacher as usize])) {
        return told(format!("teacher {} is unavailable then", draft.teachers[*teacher as usize].name.text));
    }
    if let Some(group) = event.groups.iter().find(|group| is_away(&week.groups[**group as usize])) {
        return told(format!(
            "group {} or one of its relatives is unavailable then",
            draft.groups[*group as usize].name.text
        ));
    }
    let suits = campus.domains.rooms(meeting.event);
    match meeting.pin.room {
        Some(room) if !suits.contains(&room) => {
            let room = &draft.rooms[room as usize];
            let why = format!(
                "room {} with {} seats does not suit its {} people, its features or its rooms",
                room.name.text, room.capacity, event.size
            );
            told(why)
        }
        Some(room) if is_away(&week.rooms[room as usize]) => {
            told(format!("room {} is unavailable then", draft.rooms[room as usize].name.text))
        }
        // An event that no room suits has been told.
        None if !suits.is_empty() && !has(&begins(campus, meeting.event), start) => {
            told("no room that suits is available then".to_owned())
        }
        _ => None,
    }
}

/// Two pins that need the same room or the same people at once. Each pair is told once.
fn together(campus: &Campus<'_>, pinned: &[Pinned<'_>], findings: &mut Findings) {
    let draft = campus.draft;
    let mut at: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, meeting) in pinned.iter().enumerate() {
        let start = meeting.start(campus);
        (start..start + draft.events[meeting.event].periods)
            .for_each(|period| at.entry(period).or_default().push(index));
    }
    let mut told = BTreeSet::new();
    for meetings in at.values() {
        let mut busy = Busy::default();
        for &index in meetings {
            for (other, what) in busy.add(campus, pinned, index) {
                if told.insert((other, index)) {
                    let (one, two) = (&pinned[other], &pinned[index]);
                    let message = format!("{}, and {}: {what} cannot be at both", two.said(campus), one.said(campus));
                    let finding = proof(two.pin.place, message).rows([one.pin.place]);
                    findings.push(finding.hint("take one of the two pins away, or move it"));
                }
            }
        }
    }
}

/// Who and what is taken in one period, and by which pinned meeting.
#[derive(Default)]
struct Busy {
    rooms: BTreeMap<u32, usize>,
    teachers: BTreeMap<u32, usize>,
    groups: BTreeMap<u32, usize>,
    /// Groups with one below them that is taken.
    above: BTreeMap<u32, usize>,
    students: BTreeMap<u32, usize>,
}

impl Busy {
    /// Takes what a meeting needs; returns what was taken already, one thing for each other meeting.
    fn add(&mut self, campus: &Campus<'_>, pinned: &[Pinned<'_>], index: usize) -> Vec<(usize, String)> {
        let draft = campus.draft;
        let event = &draft.events[pinned[index].event];
        let mut found: BTreeMap<usize, String> = BTreeMap::new();
        if let Some(room) = pinned[index].pin.room
            && let Some(other) = self.rooms.insert(room, index)
        {
            found.insert(other, format!("room {}", draft.rooms[room as usize].name.text));
        }
        for &teacher in &event.teachers {
            if let Some(other) = self.teachers.insert(teacher, index) {
                found.entry(other).or_insert_with(|| format!("teacher {}", draft.teachers[teacher as usize].name.text));
            }
        }
        for &group in &event.groups {
            let line = &campus.week.lines[group as usize];
            let taken = line.iter().find_map(|above| self.groups.get(above)).or_else(|| self.above.get(&group));
            if let Some(&other) = taken.filter(|other| **other != index) {
                found.entry(other).or_insert_with(|| format!("group {}", draft.groups[group as usize].name.text));
            }
        }
        for &group in &event.groups {
            self.groups.insert(group, index);
            self.above.extend(campus.week.lines[group as usize].iter().map(|above| (*above, index)));
        }
        let students = if campus.is_student_hard { &draft.enrolled[event.subject as usize][..] } else { &[] };
        for &student in students {
            if let Some(other) = self.students.insert(student, index) {
                found.entry(other).or_insert_with(|| format!("student {}", draft.students.ordered()[student as usize]));
            }
        }
        found.into_iter().collect()
    }
}

/// More pins on a day than an event or a teacher may have.
fn full_days(campus: &Campus<'_>, pinned: &[Pinned<'_>], findings: &mut Findings) {
    let draft = campus.draft;
    let mut of_event: BTreeMap<(usize, u32), Vec<&Pinned<'_>>> = BTreeMap::new();
    let mut of_teacher: BTreeMap<(u32, u32), Vec<&Pinned<'_>>> = BTreeMap::new();
    for meeting in pinned {
        of_event.entry((meeting.event, meeting.pin.day)).or_default().push(meeting);
        for teacher in &draft.events[meeting.event].teachers {
            of_teacher.entry((*teacher, meeting.pin.day)).or_default().push(meeting);
        }
    }
    for ((event, day), meetings) in of_event {
        let most = draft.events[event].max_per_day;
        if meetings.len() > most as usize {
            let day = &draft.calendar.days[day as usize];
            let message = format!(
                "event {} has {} meetings pinned to {day}, and may have {most}",
                campus.name(event),
                meetings.len()
            );
            findings
                .push(proof(meetings[0].pin.place, message).hint("move a pin, or allow more a day (`max_per_day`)"));
        }
    }
    for ((teacher, day), meetings) in of_teacher {
        let Some(most) = draft.teachers[teacher as usize].max_per_day else { continue };
        let hours: u32 = meetings.iter().map(|meeting| draft.events[meeting.event].periods).sum();
        if hours > most {
            let (day, name) = (&draft.calendar.days[day as usize], draft.teachers[teacher as usize].name.text);
            let message = format!("teacher {name} has {hours} periods pinned to {day}, and may have {most}");
            let finding =
                proof(meetings[0].pin.place, message).rows(meetings.iter().skip(1).map(|meeting| meeting.pin.place));
            findings.push(finding.hint("move a pin, or allow the teacher more a day (`max_per_day`)"));
        }
    }
}
