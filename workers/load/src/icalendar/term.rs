//! The dates of a term: a week that is taught repeats from the first teaching day on, and holidays fall out of it.
//!
//! Week 1 is the seven days that hold the first teaching day and begin with the weekday of the calendar's first day, so that a
//! week which begins with Sunday stays whole. What would lie before the first teaching day is not taught.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, ToSpan as _};
use shared::model::Instance;

use super::CalendarError;
use crate::campus::Calendar;

/// What a calendar says of its term, as it is written there. What it does not say is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) title: String,
    pub(super) time_zone: String,
    pub(super) term_start: String,
    pub(super) weeks: u32,
    pub(super) holidays: Vec<String>,
    pub(super) days: Vec<String>,
    pub(super) hours: Vec<(String, String)>,
}

impl Written {
    /// What the run's own instance says; one of the competition says only what it is called.
    pub(super) fn of_instance(instance: &Instance) -> Self {
        let title = instance.name().to_owned();
        let Some(campus) = instance.campus() else { return Self { title, ..Self::default() } };
        let hours = (0..instance.slots_per_day()).map(|slot| campus.slot_times(slot));
        Self {
            title,
            time_zone: campus.time_zone().to_owned(),
            term_start: campus.term_start().to_owned(),
            weeks: campus.weeks(),
            holidays: campus.holidays().map(str::to_owned).collect(),
            days: (0..instance.days()).map(|day| campus.day_name(day).to_owned()).collect(),
            hours: hours.map(|(start, end)| (start.to_owned(), end.to_owned())).collect(),
        }
    }

    /// What a file says that was given in its place.
    pub(super) fn of_file(calendar: &Calendar, title: &str) -> Self {
        Self {
            title: calendar.title.clone().unwrap_or_else(|| title.to_owned()),
            time_zone: calendar.time_zone.clone().unwrap_or_default(),
            term_start: calendar.term_start.map(|date| date.to_string()).unwrap_or_default(),
            weeks: calendar.weeks.unwrap_or(0),
            holidays: calendar.holidays.iter().map(ToString::to_string).collect(),
            days: calendar.days.clone(),
            hours: calendar.periods.iter().map(|(start, end)| (start.to_string(), end.to_string())).collect(),
        }
    }
}

/// A term whose days are dates.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) title: String,
    pub(super) zone_name: String,
    pub(super) zone: TimeZone,
    pub(super) start: Date,
    weeks: u32,
    holidays: BTreeSet<Date>,
    days: Vec<Weekday>,
    hours: Vec<(Time, Time)>,
}

impl Term {
    /// The term of a week of so many days and periods a day.
    pub(super) fn of(written: &Written, days: usize, periods: usize) -> Result<Self, CalendarError> {
        let lacks = |what| CalendarError::Lacking { what };
        let is_said = |text: &str, what| if text.is_empty() { Err(lacks(what)) } else { Ok(()) };
        is_said(&written.term_start, "term_start")?;
        is_said(&written.time_zone, "time_zone")?;
        if written.weeks == 0 {
            return Err(lacks("weeks"));
        }
        if (written.days.len(), written.hours.len()) != (days, periods) {
            let found = (written.days.len(), written.hours.len());
            return Err(CalendarError::Shape { wanted: (days, periods), found });
        }
        let zone = TimeZoneDatabase::bundled().get(&written.time_zone);
        let date = |text: &String| text.parse::<Date>().map_err(|_| CalendarError::Date { text: text.clone() });
        let time = |text: &String| text.parse::<Time>().map_err(|_| CalendarError::Date { text: text.clone() });
        Ok(Self {
            title: written.title.clone(),
            zone_name: written.time_zone.clone(),
            zone: zone.map_err(|_| CalendarError::Zone { name: written.time_zone.clone() })?,
            start: date(&written.term_start)?,
            weeks: written.weeks,
            holidays: written.holidays.iter().map(date).collect::<Result<_, _>>()?,
            days: written.days.iter().map(|name| weekday(name)).collect::<Result<_, _>>()?,
            hours: written
                .hours
                .iter()
                .map(|(start, end)| Ok((time(start)?, time(end)?)))
                .collect::<Result<_, CalendarError>>()?,
        })
    }

    /// The day behind the last week.
    pub(super) fn end(&self) -> Date {
        self.week_one().saturating_add(weeks(self.weeks))
    }

    /// When a meeting begins and ends each time that it is held, and when it would begin on the holidays in between.
    pub(super) fn occurrences(&self, day: usize, slot: usize, periods: usize) -> Occurrences {
        let first = self.week_one();
        let weekday = self.days[day];
        let behind = weekday.since(first.weekday());
        let dates =
            (0..self.weeks).map(|week| first.saturating_add(weeks(week)).saturating_add(i64::from(behind).days()));
        // The day ends where it ends, whatever was placed beyond.
        let last = (slot + periods - 1).min(self.hours.len() - 1);
        let (start, end) = (self.hours[slot].0, self.hours[last].1);
        let mut held = Vec::new();
        let mut left_out = Vec::new();
        for date in dates.filter(|date| *date >= self.start) {
            if self.holidays.contains(&date) {
                left_out.push(date.to_datetime(start));
            } else {
                held.push((date.to_datetime(start), date.to_datetime(end)));
            }
        }
        let span = held.first().map(|(first, _)| *first)..held.last().map(|(last, _)| *last);
        left_out.retain(|start| span.start < Some(*start) && Some(*start) < span.end);
        Occurrences { held, left_out }
    }

    /// The first day of week 1.
    fn week_one(&self) -> Date {
        let back = self.start.weekday().since(self.days[0]);
        self.start.saturating_sub(i64::from(back).days())
    }
}

/// The times of a meeting, in the order of the term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Occurrences {
    /// Beginning and end.
    pub(super) held: Vec<(DateTime, DateTime)>,
    /// When it is not held, between the first and the last time.
    pub(super) left_out: Vec<DateTime>,
}

fn weeks(count: u32) -> Span {
    i64::from(count).weeks()
}

/// The weekday that a day of the calendar is, by its English name or the first three letters of it.
fn weekday(name: &str) -> Result<Weekday, CalendarError> {
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let lower = name.to_lowercase();
    let found = NAMES.iter().position(|full| lower == *full || lower == full[..3]);
    let weekday = found.and_then(|index| Weekday::from_monday_zero_offset(index as i8).ok());
    weekday.ok_or_else(|| CalendarError::Weekday { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(start: &str, days: &[&str], holidays: &[&str]) -> Term {
        let written = Written {
            time_zone: "Europe/Rome".to_owned(),
            term_start: start.to_owned(),
            weeks: 3,
            holidays: holidays.iter().map(|&date| date.to_owned()).collect(),
            days: days.iter().map(|&day| day.to_owned()).collect(),
            hours: vec![("09:05".to_owned(), "09:55".to_owned()), ("10:05".to_owned(), "10:55".to_owned())],
            ..Written::default()
        };
        Term::of(&written, days.len(), 2).unwrap()
    }

    fn dates(term: &Term, day: usize) -> Vec<String> {
        term.occurrences(day, 0, 1).held.iter().map(|(start, _)| start.date().to_string()).collect()
    }

    #[test]
    fn a_term_begins_with_its_first_teaching_day_and_week_one_around_it() {
        let whole = term("2026-09-14", &["Mon", "Wednesday"], &[]);
        assert_eq!(dates(&whole, 0), ["2026-09-14", "2026-09-21", "2026-09-28"]);
        assert_eq!(dates(&whole, 1), ["2026-09-16", "2026-09-23", "2026-09-30"]);
        let late = term("2026-09-16", &["Mon", "Wed"], &[]);
        assert_eq!(dates(&late, 0), ["2026-09-21", "2026-09-28"], "Monday of week 1 is over before the term begins");
        assert_eq!(dates(&late, 1).len(), 3);
        let sunday = term("2026-09-13", &["sun", "MON"], &[]);
        assert_eq!(dates(&sunday, 0), ["2026-09-13", "2026-09-20", "2026-09-27"]);
        assert_eq!(dates(&sunday, 1), ["2026-09-14", "2026-09-21", "2026-09-28"]);
    }

    #[test]
    fn holidays_fall_out_and_are_told_only_in_between() {
        let of = |holidays: &[&str]| {
            let occurrences = term("2026-09-14", &["Mon"], holidays).occurrences(0, 0, 9);
            assert!(occurrences.held.iter().all(|(_, end)| end.time().to_string() == "10:55:00"), "the day ends there");
            (occurrences.held.len(), occurrences.left_out.len())
        };
        assert_eq!(of(&["2026-09-21"]), (2, 1));
        assert_eq!(of(&["2026-09-14", "2026-09-28"]), (1, 0));
        assert_eq!(of(&["2026-09-14", "2026-09-21", "2026-09-28"]), (0, 0));
    }
}
