//! The run as bars over time: each attempt in a lane of its stage, as many lanes as ever worked at once.

use serde::Serialize;

use super::{STAGES, colour, label};
use crate::sources::{AttemptRow, Sources};
use crate::words;

/// So many bars are drawn; of a run with more, the longest and all that went wrong.
const BARS_MAX: usize = 600;

/// Lanes by stage.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Gantt {
    stages: Vec<StageRow>,
    ticks: Vec<Tick>,
    attempts: usize,
    /// Attempts that did not seal what they should.
    failed: usize,
    /// Bars that are not drawn.
    left_out: usize,
    killed: Vec<AttemptLine>,
}

#[derive(Debug, Serialize)]
struct StageRow {
    stage: String,
    label: &'static str,
    colour: usize,
    jobs: usize,
    lanes: Vec<Vec<Bar>>,
}

#[derive(Debug, Serialize)]
struct Bar {
    left: String,
    width: String,
    title: String,
    /// `sealed`, or else how it ended.
    is_bad: bool,
    is_again: bool,
    mark: &'static str,
}

#[derive(Debug, Serialize)]
struct Tick {
    left: String,
    text: String,
}

/// An attempt that was killed or failed, in words.
#[derive(Debug, Serialize)]
struct AttemptLine {
    job: String,
    attempt: u32,
    at: String,
    outcome: String,
    by: String,
    peak: String,
    allotment: String,
}

/// All attempts of a run.
pub(crate) fn gantt(sources: &Sources) -> Gantt {
    let end = |row: &AttemptRow| row.start + row.wall.unwrap_or(0);
    let wall = sources.result.as_ref().map_or(0, |result| (result.wall_s * 1e3) as u64);
    let whole = sources.attempts.iter().map(end).max().unwrap_or(0).max(wall).max(1);
    let mut drawn: Vec<&AttemptRow> = sources.attempts.iter().collect();
    drawn.sort_by_key(|row| (is_fine(row), std::cmp::Reverse(row.wall)));
    drawn.truncate(BARS_MAX);
    drawn.sort_by_key(|row| row.start);
    let failed: Vec<&AttemptRow> = sources.attempts.iter().filter(|row| !is_fine(row)).collect();
    Gantt {
        stages: STAGES.iter().filter_map(|stage| stage_row(stage, &drawn, whole)).collect(),
        ticks: ticks(whole),
        attempts: sources.attempts.len(),
        left_out: sources.attempts.len() - drawn.len(),
        killed: failed.iter().take(100).map(|row| attempt_line(row)).collect(),
        failed: failed.len(),
    }
}

/// Whether it did what it should: a look for a device may find none.
fn is_fine(row: &AttemptRow) -> bool {
    row.outcome == "sealed" || row.outcome == "cancelled"
}

fn stage_row(stage: &str, rows: &[&AttemptRow], whole: u64) -> Option<StageRow> {
    let mut lanes: Vec<(u64, Vec<Bar>)> = Vec::new();
    let mut jobs = 0;
    for row in rows.iter().filter(|row| row.stage == stage) {
        jobs += 1;
        let free = lanes.iter().position(|(free_from, _)| *free_from <= row.start).unwrap_or(lanes.len());
        if free == lanes.len() {
            lanes.push((0, Vec::new()));
        }
        let lane = &mut lanes[free];
        lane.0 = row.start + row.wall.unwrap_or(0);
        lane.1.push(bar(row, whole));
    }
    let lanes: Vec<Vec<Bar>> = lanes.into_iter().map(|(_, bars)| bars).collect();
    (jobs > 0).then(|| StageRow { stage: stage.to_owned(), label: label(stage), colour: colour(stage), jobs, lanes })
}

fn bar(row: &AttemptRow, whole: u64) -> Bar {
    let share = |part: u64| format!("{:.2}", 100.0 * part as f64 / whole as f64);
    let wall = row.wall.unwrap_or_else(|| whole.saturating_sub(row.start));
    let again = if row.attempt > 1 { format!(", attempt {}", row.attempt) } else { String::new() };
    let killed = if row.killed_by == "-" { String::new() } else { format!(", {}", killer(row)) };
    Bar {
        left: share(row.start),
        width: share(wall),
        title: format!(
            "{}{again}: {} from {}, {}{killed}, peak {} of {}",
            row.job,
            words::time(wall),
            words::time(row.start),
            outcome(row),
            words::size(row.peak),
            words::size(row.allotment)
        ),
        is_bad: !is_fine(row),
        is_again: row.attempt > 1,
        mark: if row.killed_by != "-" {
            "✕"
        } else if is_fine(row) {
            ""
        } else {
            "!"
        },
    }
}

fn attempt_line(row: &AttemptRow) -> AttemptLine {
    AttemptLine {
        job: row.job.clone(),
        attempt: row.attempt,
        at: words::time(row.start + row.wall.unwrap_or(0)),
        outcome: outcome(row),
        by: killer(row),
        peak: words::size(row.peak),
        allotment: words::size(row.allotment),
    }
}

/// How it ended, in words.
fn outcome(row: &AttemptRow) -> String {
    match row.outcome.as_str() {
        "oom_allotment" => "reached its allotment".to_owned(),
        "oom_host" => "the machine ran out of memory".to_owned(),
        "hang" => "hung".to_owned(),
        "crash" => "crashed".to_owned(),
        "-" => "was not seen to end".to_owned(),
        other => spaced(other),
    }
}

/// Who ended it, and for what.
fn killer(row: &AttemptRow) -> String {
    let by = match row.killed_by.as_str() {
        "-" => return format!("ended with {}", row.exit),
        by => by,
    };
    let why = match row.why.as_str() {
        "over_allotment" | "kernel_limit" => "it held more than its allotment",
        "host_emergency" | "kernel_emergency" => "the machine was full",
        "no_hello" => "it did not call",
        "hang" => "its heart stood still",
        "not_stopped" => "it did not stop",
        "run_ends" => "the run ended",
        other => return format!("the {by}: {}", spaced(other)),
    };
    format!("the {by}: {why}")
}

fn spaced(name: &str) -> String {
    name.replace(['_', '-'], " ")
}

/// Four or five round times.
fn ticks(whole: u64) -> Vec<Tick> {
    let rough = whole as f64 / 5.0;
    let power = 10_f64.powf(rough.max(1.0).log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough).unwrap_or(power);
    let step = (step as u64).max(1);
    (0..=whole / step)
        .map(|index| index * step)
        .map(|at| Tick { left: format!("{:.2}", 100.0 * at as f64 / whole as f64), text: short(at) })
        .collect()
}

/// `0`, `500 ms`, `20 s`, `5 min`.
pub(crate) fn short(ms: u64) -> String {
    match ms {
        0 => "0".to_owned(),
        1..1000 => format!("{ms}\u{a0}ms"),
        1000..60_000 => format!("{}\u{a0}s", ms as f64 / 1e3),
        60_000..3_600_000 => format!("{:.4}\u{a0}min", ms as f64 / 6e4).replace(".0000", ""),
        _ => format!("{:.1}\u{a0}h", ms as f64 / 3.6e6),
    }
}
