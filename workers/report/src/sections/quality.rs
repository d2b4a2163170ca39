//! What each rule has counted, and what it means.

use serde::Serialize;

use super::worst;
use crate::sources::Sources;
use crate::week::Week;
use crate::words;

/// The table of rules.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Quality {
    hard: Vec<Row>,
    soft: Vec<Row>,
    cost: String,
}

#[derive(Debug, Serialize)]
struct Row {
    rule: String,
    meaning: &'static str,
    count: u64,
    shown: String,
    /// The few that most of it is about.
    worst: String,
    /// Of the whole soft cost, or of all violations, in hundredths.
    share: u64,
}

/// Rules and counts: those of this page's own recount, or else those that the run has told.
pub(crate) fn quality(sources: &Sources, week: Option<&Week>) -> Quality {
    let Some(week) = week else { return Quality::default() };
    let of = |is_hard: bool| {
        let counted = || week.counted.iter().filter(move |(_, _, hard)| *hard == is_hard);
        let whole: u64 = counted().map(|(_, count, _)| count).sum();
        let row = |&(rule, count, _): &(&'static str, u64, bool)| Row {
            rule: rule.to_owned(),
            meaning: meaning(rule),
            count,
            shown: words::grouped(count),
            worst: if is_hard { String::new() } else { worst::worst(week, rule) },
            share: (100 * count).checked_div(whole).unwrap_or(0),
        };
        counted().map(row).collect::<Vec<_>>()
    };
    let cost = sources.result.as_ref().and_then(|result| result.cost);
    let soft = of(false);
    let cost = cost.unwrap_or_else(|| soft.iter().map(|row| row.count).sum());
    Quality { hard: of(true), soft, cost: words::grouped(cost) }
}

/// What a rule wants, in a few words.
fn meaning(rule: &str) -> &'static str {
    match rule {
        "Lectures" => "every class is taught, each in a period of its own",
        "Conflicts" => "courses of one teacher or curriculum are not taught at once",
        "Availability" => "no course is taught when it may not be",
        "RoomOccupancy" => "one class in a room at a time",
        "RoomCapacity" => "everybody has a seat: 1 for each student who has none",
        "MinimumWorkingDays" => "a course is spread over the week: 5 for each missing day",
        "CurriculumCompactness" => "a curriculum has no class alone in a day: 2 for each",
        "RoomStability" => "a course stays in one room: 1 for each further room",
        "H1 unplaced" => "every meeting has a place",
        "H2 room clash" => "one event in a room at a time",
        "H3 teacher clash" => "a teacher is in one place",
        "H4 group clash" => "a group, and who is above or below it, is in one place",
        "H5 student clash" => "a student is in one place",
        "H6 room too small" => "the room seats the event",
        "H7 feature missing" => "the room has what the event needs",
        "H8 room not allowed" => "the room is one that the event may use",
        "H9 room unavailable" => "no room is used when it is closed",
        "H9 teacher unavailable" => "nobody teaches when away",
        "H9 group unavailable" => "no group is taught when away",
        "H10 outside the day" => "a meeting lies within its day",
        "H11 too many a day" => "not more meetings of an event a day than it may have",
        "H12 teacher overloaded" => "not more periods of a teacher a day than they may have",
        "H13 pin moved" => "what is pinned stays",
        "H14 rule broken" => "the hard rules between events hold",
        "S0 student clash" => "a student is in one place, where that is a wish",
        "S1 days missing" => "an event is spread over the week",
        "S2 isolated meeting" => "no meeting stands alone in a group's day",
        "S3 rooms beyond one" => "an event stays in one room",
        "S4 unwelcome period" => "nobody teaches or is taught when they would rather not",
        "S5 student gap" => "a student's day has no empty periods",
        "S6 seats wasted" => "a room is at least half full",
        "S7 last period" => "the last period of the day stays empty",
        "S8 soft rule broken" => "the soft rules between events hold",
        _ => "",
    }
}
