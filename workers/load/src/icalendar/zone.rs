//! A time zone as a calendar tells it: the offset before the term, and each change of the clocks within it, one by one.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _};

use super::term::Term;
use super::text::line;

/// The block `VTIMEZONE` for the term.
pub(super) fn block(term: &Term) -> String {
    let instant =
        |date: jiff::civil::Date| date.to_zoned(term.zone.clone()).map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp());
    // A day on either side: nothing hangs on which of two instants midnight is.
    let from = instant(term.start.saturating_sub(1.day()));
    let until = instant(term.end().saturating_add(1.day()));
    let mut text = String::new();
    line(&mut text, "BEGIN", "VTIMEZONE");
    line(&mut text, "TZID", &term.zone_name);
    match term.zone.preceding(from).next() {
        Some(change) => observance(&mut text, &term.zone, change.timestamp()),
        None => constant(&mut text, &term.zone, from),
    }
    for change in term.zone.following(from).take_while(|change| change.timestamp() < until) {
        observance(&mut text, &term.zone, change.timestamp());
    }
    line(&mut text, "END", "VTIMEZONE");
    text
}

/// What holds from a change of the clocks on.
fn observance(text: &mut String, zone: &TimeZone, change: Timestamp) {
    let before = zone.to_offset(change.saturating_sub(1.second()).unwrap_or(change));
    part(text, zone, change, before, before.to_datetime(change));
}

/// What holds where the clocks have never been changed.
fn constant(text: &mut String, zone: &TimeZone, at: Timestamp) {
    let begin = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    part(text, zone, at, zone.to_offset(at), begin);
}

fn part(text: &mut String, zone: &TimeZone, at: Timestamp, before: Offset, begin: DateTime) {
    let info = zone.to_offset_info(at);
    let kind = if info.dst().is_dst() { "DAYLIGHT" } else { "STANDARD" };
    line(text, "BEGIN", kind);
    line(text, "DTSTART", &local(begin));
    line(text, "TZOFFSETFROM", &offset(before));
    line(text, "TZOFFSETTO", &offset(info.offset()));
    line(text, "TZNAME", info.abbreviation());
    line(text, "END", kind);
}

/// `20260914T090500`.
pub(super) fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

/// `20260914T070500Z`.
pub(super) fn universal(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 == 0 { text } else { format!("{text}{:02}", seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::icalendar::term::Written;

    /// When the clocks change in a zone from September to December, each time with the offset that holds from then on.
    fn told(zone: &str) -> String {
        let written = Written {
            time_zone: zone.to_owned(),
            term_start: "2026-09-14".to_owned(),
            weeks: 14,
            days: vec!["Mon".to_owned()],
            hours: vec![("09:05".to_owned(), "09:55".to_owned())],
            ..Written::default()
        };
        let term = Term::of(&written, 1, 1).unwrap();
        let block = block(&term);
        let lines =
            block.lines().filter(|line| ["BEGIN:", "DTSTART", "TZOFFSET"].iter().any(|name| line.starts_with(name)));
        let words: Vec<&str> = lines.skip(1).map(|line| line.split(':').nth(1).unwrap()).collect();
        words.chunks(4).map(|part| part.join(" ")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_zone_tells_what_holds_before_the_term_and_each_change_within() {
        for (zone, changes) in [
            ("UTC", "STANDARD 19700101T000000 +0000 +0000"),
            ("Europe/Rome", "DAYLIGHT 20260329T020000 +0100 +0200\nSTANDARD 20261025T030000 +0200 +0100"),
            ("America/St_Johns", "DAYLIGHT 20260308T020000 -0330 -0230\nSTANDARD 20261101T020000 -0230 -0330"),
            ("Australia/Sydney", "STANDARD 20260405T030000 +1100 +1000\nDAYLIGHT 20261004T020000 +1000 +1100"),
            ("America/Sao_Paulo", "STANDARD 20190217T000000 -0200 -0300"),
        ] {
            assert_eq!(told(zone), changes, "{zone}");
        }
    }
}
