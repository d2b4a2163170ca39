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
