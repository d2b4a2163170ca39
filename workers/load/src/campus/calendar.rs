//! The calendar: which days a week has and which periods a day, with their hours, and when the term is.

use std::fmt;

use super::entries::{Entry, Item};
use super::layout::CALENDAR;
use crate::finding::{Finding, Findings, Place, Severity};
use crate::format::{look_at_name, nearest, number, shown};
use crate::limits::{DAYS_MAX, HOLIDAYS_MAX, SLOTS_MAX, WEEKS_MAX};

/// A day of the calendar of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

/// A time of the day, in minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Minute(pub(crate) u32);

/// A week that repeats, and the term that it fills.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub(crate) title: Option<String>,
    /// Its IANA name.
    pub(crate) time_zone: Option<String>,
    pub(crate) term_start: Option<Date>,
    pub(crate) weeks: Option<u32>,
    pub(crate) holidays: Vec<Date>,
    /// Names of the days of the week.
    pub(crate) days: Vec<String>,
    /// Beginning and end of the periods of each day.
    pub(crate) periods: Vec<(Minute, Minute)>,
    /// Where the periods stand: the place of what concerns the length of the day.
    pub(crate) periods_place: Option<Place>,
}

const KEYS: [&str; 7] = ["title", "time_zone", "term_start", "weeks", "holidays", "days", "periods"];

/// Reads a calendar. With an error in it, it has no days and no periods, so that nobody is told to be outside of them. `file` is where what is missing is missed.
pub(super) fn read(entries: &[Entry], file: &'static str, findings: &mut Findings) -> Calendar {
    let mut calendar = Calendar::default();
    let errors = findings.count(Severity::Error);
    for entry in entries {
        let one = entry.items.first();
        match entry.key.text.as_str() {
            "title" => calendar.title = one.map(|item| name(item, findings)),
            "time_zone" => calendar.time_zone = one.map(|item| time_zone(item, findings)),
            "term_start" => calendar.term_start = one.and_then(|item| date(item, findings)),
            "weeks" => {
                calendar.weeks =
                    one.and_then(|item| number(item.word(), "the number of weeks", 1..=WEEKS_MAX, findings));
            }
            "holidays" => calendar.holidays = holidays(entry, findings),
            "days" => calendar.days = days(entry, findings),
            "periods" => {
                calendar.periods = periods(entry, findings);
                calendar.periods_place = Some(entry.key.place);
            }
            _ => findings.push(unknown(&entry.key)),
        }
    }
    for (key, example) in
        [("days", "days = [\"Mon\", …]"), ("periods", "periods = [ { start = \"09:05\", end = … }, … ]")]
    {
        if entries.iter().all(|entry| entry.key.text != key) {
            let finding = Finding::error(Place::START.of(file), format!("the calendar has no `{key}`"));
            findings.push(finding.expected(if file == CALENDAR {
                example.to_owned()
            } else {
                format!("a row `{key}`")
            }));
        }
    }
    if findings.count(Severity::Error) > errors {
        calendar.days.clear();
        calendar.periods.clear();
    }
    calendar
}

fn unknown(key: &Item) -> Finding {
    let finding = Finding::error(key.place, format!("a calendar has no key {}", shown(&key.text)));
    let finding = finding.expected(format!("one of {}", KEYS.join(", ")));
    match nearest(&key.text, KEYS.into_iter()) {
        Some(like) => finding.hint(format!("did you mean `{like}`?")),
        None => finding,
    }
}

fn name(item: &Item, findings: &mut Findings) -> String {
    look_at_name(item.word(), findings);
    item.word().text.to_owned()
}

/// Whether there is such a zone is known only where its table is; here it has to look like one.
fn time_zone(item: &Item, findings: &mut Findings) -> String {
    let zone = name(item, findings);
    let is_letter = |character: char| character.is_ascii_alphanumeric() || "_+-/".contains(character);
    if zone != "UTC" && !(zone.contains('/') && zone.chars().all(is_letter)) {
        let finding = Finding::error(item.place, "this is no time zone").found(shown(&zone));
        findings.push(finding.expected("the IANA name of one, such as Europe/Rome"));
    }
    zone
}

fn date(item: &Item, findings: &mut Findings) -> Option<Date> {
    let date = Date::parse(item.word().text);
    if date.is_none() {
        let finding = Finding::error(item.place, "this is no date").found(shown(&item.text));
        findings.push(finding.expected("year-month-day, such as 2026-09-14"));
    }
    date
}

fn holidays(entry: &Entry, findings: &mut Findings) -> Vec<Date> {
    let list = entry.list();
    if list.len() > HOLIDAYS_MAX {
        let finding = Finding::error(entry.key.place, "there are too many holidays");
        findings.push(finding.expected(format!("at most {HOLIDAYS_MAX}")).found(list.len().to_string()));
        return Vec::new();
    }
    list.iter().filter_map(|item| date(item, findings)).collect()
}

fn days(entry: &Entry, findings: &mut Findings) -> Vec<String> {
    let list = entry.list();
    let mut days: Vec<String> = Vec::new();
    if list.is_empty() || list.len() > DAYS_MAX as usize {
        let finding = Finding::error(entry.key.place, "the number of days is out of range");
        findings.push(finding.expected(format!("1 to {DAYS_MAX} days of a week")).found(list.len().to_string()));
        return days;
    }
    for item in &list {
        let day = name(item, findings);
        let is_between = |character: char| character.is_whitespace() || ";|".contains(character);
        if day.is_empty() || day.contains(is_between) {
            let finding = Finding::error(item.place, "this cannot be the name of a day").found(shown(&day));
            findings.push(finding.expected("one word without `;` and `|`, such as Mon"));
        } else if days.contains(&day) {
            findings.push(Finding::error(item.place, format!("the day {} comes a second time", shown(&day))));
        }
        days.push(day);
    }
    days
}

fn periods(entry: &Entry, findings: &mut Findings) -> Vec<(Minute, Minute)> {
    let list = entry.list();
    let mut periods: Vec<(Minute, Minute)> = Vec::new();
    if list.is_empty() || list.len() > SLOTS_MAX as usize {
        let finding = Finding::error(entry.key.place, "the number of periods is out of range");
        findings.push(finding.expected(format!("1 to {SLOTS_MAX} periods of a day")).found(list.len().to_string()));
        return periods;
    }
    for item in &list {
        let hours = item.text.split_once('-').and_then(|(from, to)| Some((Minute::parse(from)?, Minute::parse(to)?)));
        let before = periods.last().map_or(Minute(0), |(_, end)| *end);
        match hours {
            None => {
                let finding = Finding::error(item.place, "this is no period").found(shown(&item.text));
                findings.push(
                    finding
                        .expected("a start and an end, such as { start = \"09:05\", end = \"09:55\" } or 09:05-09:55"),
                );
            }
            Some((start, end)) if end <= start => {
                findings
                    .push(Finding::error(item.place, "the period ends before it has begun").found(shown(&item.text)));
            }
            Some((start, _)) if start < before => {
                let finding = Finding::error(item.place, "the period begins before the one above it ends");
                findings.push(finding.found(shown(&item.text)).hint("periods stand in the order of the day"));
            }
            Some(_) => {}
        }
        // A place is kept for what is wrong, so that the numbers of the others are right.
        periods.push(hours.unwrap_or((before, before)));
    }
    periods
}

impl Date {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(|part| Some((part.len(), digits(part)?)));
        let (Some(Some((4, year))), Some(Some((2, month))), Some(Some((2, day))), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=last).contains(&day).then_some(Self { year, month, day })
    }
}

impl Minute {
    /// `9:05`, `09:05` or `09:05:00`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(':').map(|part| if part.len() <= 2 { digits(part) } else { None });
        let (hour, minute) = (parts.next()??, parts.next()??);
        let has_seconds = parts.next().is_some_and(|seconds| seconds != Some(0)) || parts.next().is_some();
        (hour < 24 && minute < 60 && !has_seconds).then_some(Self(hour * 60 + minute))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}
