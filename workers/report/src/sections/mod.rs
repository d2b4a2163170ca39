//! What the page shows, section by section: plain figures and words, ready for the template. Nothing here knows any markup.

mod changes;
pub(crate) mod efficiency;
mod explorer;
mod gantt;
mod memory;
mod quality;
mod search;
mod story;
mod utilisation;
mod verdict;
mod worst;

use serde::Serialize;

pub(crate) use explorer::{data, listing};

use crate::error::ReportError;
use crate::sources::Sources;
use crate::week::Week;
use crate::words;

/// The stages in the order of their colours.
pub(crate) const STAGES: [&str; 9] =
    ["load", "cluster", "commit", "solve", "evolve", "resolve", "audit", "export", "gpu-probe"];

/// The page tells of so many conflicts and meetings without a place; the others are counted, and lie in the files.
const LISTED_MAX: usize = 200;

/// All sections.
#[derive(Debug, Serialize)]
pub(crate) struct Sections {
    verdict: verdict::Verdict,
    findings: String,
    conflicts: Vec<ConflictRow>,
    conflict_count: usize,
    unplaced: Vec<UnplacedRow>,
    unplaced_count: usize,
    changes: Option<changes::Changes>,
    quality: quality::Quality,
    utilisation: Option<utilisation::Utilisation>,
    gantt: gantt::Gantt,
    memory: memory::Memory,
    search: search::Search,
    story: story::Story,
    efficiency: efficiency::Efficiency,
}

#[derive(Debug, Serialize)]
struct ConflictRow {
    rule: &'static str,
    count: u64,
    what: String,
    when: String,
    /// Where on the page one of its meetings is seen.
    link: String,
}

#[derive(Debug, Serialize)]
struct UnplacedRow {
    event: String,
    link: String,
    number: usize,
    reason: String,
}

/// Everything that is to be told of a run, and of its week where there is one.
pub(crate) fn sections(sources: &Sources, week: Option<&Week>) -> Result<Sections, ReportError> {
    Ok(Sections {
        verdict: verdict::verdict(sources, week),
        findings: sources.findings.clone(),
        conflicts: week.map(conflicts).unwrap_or_default(),
        conflict_count: week.map_or(0, |week| week.conflicts.len()),
        unplaced: week.map(unplaced).unwrap_or_default(),
        unplaced_count: week.map_or(0, |week| week.unplaced.len()),
        changes: sources.changes.as_ref().map(|rows| changes::changes(rows, week)),
        quality: quality::quality(sources, week),
        utilisation: week.filter(|week| !week.meetings.is_empty()).map(utilisation::utilisation),
        gantt: gantt::gantt(sources),
        memory: memory::memory(sources)?,
        search: search::search(sources)?,
        story: story::story(sources),
        efficiency: efficiency::efficiency(sources),
    })
}

fn conflicts(week: &Week) -> Vec<ConflictRow> {
    let row = |conflict: &crate::conflicts::Conflict| {
        let mut times: Vec<(usize, usize)> =
            conflict.meetings.iter().map(|row| (week.meetings[*row].day, week.meetings[*row].slot)).collect();
        times.sort_unstable();
        times.dedup();
        let first = &week.meetings[conflict.meetings[0]];
        let more = if times.len() > 2 { " and more" } else { "" };
        let told: Vec<String> = times.iter().take(2).map(|(day, slot)| week.when(*day, *slot)).collect();
        ConflictRow {
            rule: conflict.rule,
            count: conflict.count,
            what: conflict.what.clone(),
            when: format!("{}{more}", told.join(" · ")),
            link: fragment("course", &week.subjects[week.event(first).subject]),
        }
    };
    week.conflicts.iter().filter(|conflict| !conflict.meetings.is_empty()).take(LISTED_MAX).map(row).collect()
}

fn unplaced(week: &Week) -> Vec<UnplacedRow> {
    let row = |missing: &crate::week::Unplaced| {
        let event = &week.events[missing.event];
        UnplacedRow {
            event: event.name.clone(),
            link: fragment("course", &week.subjects[event.subject]),
            number: missing.number,
            reason: missing.reason.clone(),
        }
    };
    week.unplaced.iter().take(LISTED_MAX).map(row).collect()
}

/// The place of somebody's week on the page: `room=Hall%20A`, encoded as a browser encodes it.
pub(crate) fn fragment(kind: &str, name: &str) -> String {
    let mut text = format!("{kind}=");
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(byte as char),
            _ => text.extend(format!("%{byte:02X}").chars()),
        }
    }
    text
}

/// The number of a stage's colour.
pub(crate) fn colour(stage: &str) -> usize {
    STAGES.iter().position(|name| *name == stage).unwrap_or(STAGES.len())
}

/// The original system's label of a stage, where it had one.
fn label(stage: &str) -> &'static str {
    match stage {
        "load" => "STAGE0",
        "cluster" => "STAGE1",
        "solve" => "STAGE2A",
        "evolve" => "STAGE2B",
        "resolve" => "STAGE3",
        _ => "",
    }
}

/// A fact of the page: what it is called, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Figure {
    name: String,
    value: String,
}

impl Figure {
    fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    fn count(count: usize, what: &str) -> Self {
        let text = words::count(count, what);
        let (value, name) = text.split_once(' ').unwrap_or((&text, what));
        Self::new(name, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_holds_nothing_that_ends_it() {
        assert_eq!(fragment("room", "Hall A/é\"<"), "room=Hall%20A%2F%C3%A9%22%3C");
    }
}
