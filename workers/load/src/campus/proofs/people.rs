//! More hours than somebody has: a teacher, the people of a group, a student. Events that exclude one another need periods of
//! their own.

use std::collections::BTreeSet;

use super::{Campus, proof};
use crate::campus::week::{Periods, add_all, count};
use crate::finding::{Finding, Findings, Place};
use crate::format::plural;

/// Ways from a group upwards that are looked at.
const LINES_MAX: usize = 32;

pub(super) fn look(campus: &Campus<'_>, findings: &mut Findings) {
    let covered: Vec<Periods> = (0..campus.draft.events.len())
        .map(|event| campus.week.covered(campus.draft.events[event].periods, &campus.domains.starts[event]))
        .collect();
    teachers(campus, &covered, findings);
    groups(campus, &covered, findings);
    students(campus, &covered, findings);
}

fn teachers(campus: &Campus<'_>, covered: &[Periods], findings: &mut Findings) {
    let (draft, week) = (campus.draft, campus.week);
    let mut taught = vec![Vec::new(); draft.teachers.len()];
    for (number, event) in draft.events.iter().enumerate() {
        event.teachers.iter().for_each(|teacher| taught[*teacher as usize].push(number));
    }
    for (number, (teacher, events)) in draft.teachers.iter().zip(&taught).enumerate() {
        let hours: u64 = events.iter().map(|event| campus.hours(*event)).sum();
        let free = week.free(&week.teachers[number]);
        let most = teacher.max_per_day.unwrap_or(week.slots);
        let had: u64 = (0..week.days).map(|day| u64::from(week.fit(day, 1, &free).min(most))).sum();
        let who = format!("teacher {}", teacher.name.text);
        if hours > had {
            let a_day = teacher.max_per_day.map_or_else(String::new, |most| format!(", at most {most} a day"));
            let message =
                format!("{who} has {hours} hours of {} and {had} periods{a_day}", plural(events.len(), "event"));
            let finding = proof(teacher.name.place, message).rows(campus.places(events));
            findings.push(finding.hint("give some of the events to somebody else, or free more periods"));
        } else {
            findings.extend(crowd(campus, &who, teacher.name.place, events, covered));
        }
    }
}

/// The people of a group attend its events and those of all groups above it.
fn groups(campus: &Campus<'_>, covered: &[Periods], findings: &mut Findings) {
    let draft = campus.draft;
    let mut of_group = vec![Vec::new(); draft.groups.len()];
    for (number, event) in draft.events.iter().enumerate() {
        event.groups.iter().for_each(|group| of_group[*group as usize].push(number));
    }
    let mut is_above = vec![false; draft.groups.len()];
    draft.groups.iter().flat_map(|group| &group.part_of).for_each(|above| is_above[*above as usize] = true);
    let place = |group: u32| draft.groups[group as usize].name.place;
    let mut told = BTreeSet::new();
    for lowest in (0..draft.groups.len()).filter(|group| !is_above[*group]) {
        for way in ways_up(campus, lowest as u32) {
            // From the top: what is too much for a whole year is not told of each of its groups.
            let found = (0..way.len()).rev().find_map(|from| {
                let line = &way[from..];
                let mut events: Vec<usize> =
                    line.iter().flat_map(|group| of_group[*group as usize].iter().copied()).collect();
                events.sort_unstable();
                events.dedup();
                Some((line[0], crowd(campus, &named(campus, line), place(line[0]), &events, covered)?))
            });
            if let Some((group, finding)) = found
                && told.insert(group)
            {
                findings.push(finding);
            }
        }
    }
}

fn named(campus: &Campus<'_>, line: &[u32]) -> String {
    let names: Vec<&str> = line.iter().map(|group| campus.draft.groups[*group as usize].name.text).collect();
    match names[..] {
        [one] => format!("group {one}"),
        _ => format!("group {} with all above it ({})", names[0], names[1..].join(", ")),
    }
}

/// The ways from a group to one that is a part of none. Groups on one way exclude each other; those on two need not.
fn ways_up(campus: &Campus<'_>, group: u32) -> Vec<Vec<u32>> {
    let (mut ways, mut open) = (Vec::new(), vec![vec![group]]);
    while let Some(way) = open.pop() {
        let above = way.last().map_or(&[][..], |last| &campus.draft.groups[*last as usize].part_of);
        if above.is_empty() {
            ways.push(way);
        } else {
            open.extend(above.iter().map(|above| way.iter().copied().chain([*above]).collect()));
        }
        if ways.len() + open.len() > LINES_MAX {
            break;
        }
    }
    ways
}

/// Students whose events cannot all be attended: a proof where clashes are forbidden, or else a warning.
fn students(campus: &Campus<'_>, covered: &[Periods], findings: &mut Findings) {
    let draft = campus.draft;
    let mut of_subject = vec![Vec::new(); draft.enrolled.len()];
    for (number, event) in draft.events.iter().enumerate() {
        of_subject[event.subject as usize].push(number);
    }
    let mut attended = vec![Vec::new(); draft.students.ordered().len()];
    for (subject, students) in draft.enrolled.iter().enumerate() {
        for student in students {
            attended[*student as usize].push(subject);
        }
    }
    let mut first = None;
    let mut crowded = 0;
    for (student, subjects) in attended.iter().enumerate() {
        let events: Vec<usize> = subjects.iter().flat_map(|subject| of_subject[*subject].iter().copied()).collect();
        if let Some((taken, hours, had)) = over(campus, &events, covered) {
            crowded += 1;
            first.get_or_insert((student, taken, hours, had));
        }
    }
    let Some((student, taken, hours, had)) = first else { return };
    let name = draft.students.ordered()[student];
    let message = format!(
        "student {name} attends {} with {hours} hours, and there are only {} for them",
        plural(taken.len(), "event"),
        plural(had as usize, "period")
    );
    let row = campus.sheets.enrolments.rows().map(|row| row.cells::<2>()[0]).find(|cell| cell.text == name);
    let place = row.map_or(Place::START, |cell| cell.place);
    let finding = if campus.is_student_hard { proof(place, message) } else { Finding::warning(place, message) };
    let finding = if crowded > 1 { finding.found(format!("{crowded} students like this one")) } else { finding };
    let hint = "enrol them in fewer courses, or let their clashes be a cost (--set student_clashes=soft)";
    findings
        .push(finding.hint(if campus.is_student_hard { hint } else { "each clash costs" }).rows(campus.places(&taken)));
}

/// A finding where some of these events, no two of which can be at once, have more hours than periods.
fn crowd(campus: &Campus<'_>, who: &str, place: Place, events: &[usize], covered: &[Periods]) -> Option<Finding> {
    let (taken, hours, had) = over(campus, events, covered)?;
    let names: Vec<&str> = taken.iter().take(6).map(|event| campus.name(*event)).collect();
    let more = if taken.len() > names.len() { ", …" } else { "" };
    let all = plural(events.len(), "event");
    let which = if taken.len() == events.len() { all } else { format!("{all}; {} of them", taken.len()) };
    let message = format!(
        "{who} has {which} with {hours} hours ({}{more}), and there are only {} for them",
        names.join(", "),
        plural(had as usize, "period")
    );
    let finding = proof(place, message).rows(campus.places(&taken));
    Some(finding.hint("take away some hours, or free more periods"))
}

/// Of events that exclude one another the most restricted ones, as soon as they have more hours than the periods that their
/// meetings can cover; with the hours and the periods.
fn over(campus: &Campus<'_>, events: &[usize], covered: &[Periods]) -> Option<(Vec<usize>, u64, u64)> {
    // Most people have far fewer hours than any event has periods: then there is nothing to look at.
    let all: u64 = events.iter().map(|event| campus.hours(*event)).sum();
    if events.iter().all(|event| u64::from(count(&covered[*event])) >= all) {
        return None;
    }
    let mut events = events.to_vec();
    events.sort_by_key(|event| (count(&covered[*event]), *event));
    let mut union = campus.week.no_periods();
    let mut hours = 0;
    for taken in 0..events.len() {
        hours += campus.hours(events[taken]);
        add_all(&mut union, &covered[events[taken]]);
        let had = u64::from(count(&union));
        // A single event that has no periods is told by its own argument.
        if hours > had && (taken > 0 || had > 0) {
            return Some((events[..=taken].to_vec(), hours, had));
        }
    }
    None
}
