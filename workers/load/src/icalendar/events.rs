//! Meetings as events of a calendar: one for each meeting, repeated every week of the term.

use jiff::Timestamp;
use shared::ids::Id as _;
use shared::model::Instance;

use super::names::identifier;
use super::term::Term;
use super::text::{escaped, line};
use super::zone::{local, universal};
use crate::exported::{self, Exported, Meeting};

/// Minutes since 1970 that no run is older than: a number that grows from there has room for four thousand years.
const EPOCH_MINUTES: i64 = 26_297_280;

/// The blocks `VEVENT` of all meetings; an empty one where a meeting is never held.
pub(super) fn all(exported: &Exported, term: &Term) -> Vec<String> {
    let Exported { instance, meetings, made, .. } = exported;
    let groups = exported::groups(instance);
    meetings.iter().map(|meeting| block(instance, term, meeting, &groups[meeting.course.index()], *made)).collect()
}

/// A whole calendar: its name, its zone, and these blocks.
pub(super) fn calendar<'a>(term: &Term, zone: &str, name: &str, blocks: impl Iterator<Item = &'a String>) -> String {
    let mut text = String::new();
    line(&mut text, "BEGIN", "VCALENDAR");
    line(&mut text, "VERSION", "2.0");
    line(&mut text, "PRODID", "-//Carillon//Carillon//EN");
    line(&mut text, "CALSCALE", "GREGORIAN");
    line(&mut text, "METHOD", "PUBLISH");
    line(&mut text, "X-WR-CALNAME", &escaped(&format!("{name} · {}", term.title)));
    line(&mut text, "X-WR-TIMEZONE", &term.zone_name);
    text.push_str(zone);
    blocks.for_each(|block| text.push_str(block));
    line(&mut text, "END", "VCALENDAR");
    text
}

fn block(instance: &Instance, term: &Term, meeting: &Meeting, groups: &[String], made: Timestamp) -> String {
    let occurrences = term.occurrences(meeting.day, meeting.slot, meeting.periods);
    let (Some((start, end)), Some((last, _))) = (occurrences.held.first(), occurrences.held.last()) else {
        return String::new();
    };
    let event = instance.course_name(meeting.course);
    let in_zone = |name: &str| format!("{name};TZID={}", term.zone_name);
    let mut text = String::new();
    line(&mut text, "BEGIN", "VEVENT");
    line(&mut text, "UID", &uid(term, event, meeting.number));
    line(&mut text, "DTSTAMP", &universal(made));
    line(&mut text, "SEQUENCE", &sequence(made).to_string());
    line(&mut text, &in_zone("DTSTART"), &local(*start));
    line(&mut text, &in_zone("DTEND"), &local(*end));
    if start != last {
        // Until has to be an instant, not a time of the zone.
        let until = last.to_zoned(term.zone.clone()).map_or(Timestamp::MAX, |at| at.timestamp());
        line(&mut text, "RRULE", &format!("FREQ=WEEKLY;UNTIL={}", universal(until)));
    }
    if !occurrences.left_out.is_empty() {
        let dates: Vec<String> = occurrences.left_out.iter().map(|at| local(*at)).collect();
        line(&mut text, &in_zone("EXDATE"), &dates.join(","));
    }
    line(&mut text, "SUMMARY", &escaped(event));
    line(&mut text, "LOCATION", &escaped(instance.room_name(meeting.room)));
    line(&mut text, "DESCRIPTION", &escaped(&description(instance, meeting, groups)));
    line(&mut text, "END", "VEVENT");
    text
}

/// The same for an event and a meeting in each run of a term, so that a calendar that has it moves it.
fn uid(term: &Term, event: &str, meeting: usize) -> String {
    format!("{}.{}.{}.{meeting}@carillon", identifier(&term.title), term.start, identifier(event))
}

/// Which of two versions is the newer one: the minute in which the timetable was made.
fn sequence(made: Timestamp) -> i64 {
    (made.as_second() / 60 - EPOCH_MINUTES).max(0)
}

fn description(instance: &Instance, meeting: &Meeting, groups: &[String]) -> String {
    let teachers = exported::teachers(instance, meeting.course);
    let teachers: Vec<&str> = teachers.iter().map(|teacher| instance.teacher_name(*teacher)).collect();
    let course = instance.campus().map(|campus| campus.subject_name(campus.subject(meeting.course)));
    let lines = [
        course.map(|course| format!("Course: {course}")),
        (!teachers.is_empty()).then(|| format!("Teachers: {}", teachers.join(", "))),
        (!groups.is_empty()).then(|| format!("Groups: {}", groups.join(", "))),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
