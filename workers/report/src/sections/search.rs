//! The best timetable over time.

use serde::Serialize;

use super::{STAGES, colour, gantt, label};
use crate::chart::{self, Axis, Chart, Curve};
use crate::error::ReportError;
use crate::sources::{Sources, TraceRow};
use crate::words;

/// Curves, and the same in a table.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Search {
    cost: String,
    violations: String,
    stages: Vec<StageGain>,
    first_feasible: Option<String>,
}

/// What a stage found, and what it made of it.
#[derive(Debug, Serialize)]
struct StageGain {
    stage: String,
    label: &'static str,
    colour: usize,
    better: usize,
    from: Found,
    to: Found,
    last: String,
}

/// What a timetable comes to.
#[derive(Debug, Serialize)]
struct Found {
    cost: String,
    /// Nothing where there are none.
    violations: String,
}

/// The search of a run; nothing where it found nothing.
pub(crate) fn search(sources: &Sources) -> Result<Search, ReportError> {
    let trace = &sources.trace;
    if trace.is_empty() {
        return Ok(Search::default());
    }
    let end = sources.result.as_ref().map_or(0, |result| (result.wall_s * 1e3) as u64);
    let end = end.max(trace.last().map_or(0, |row| row.at));
    let has_violations = trace.iter().any(|row| row.violations > 0);
    // What a timetable with violations costs is no news: the curve of the cost begins when there are none, or never.
    let is_feasible = trace.iter().any(|row| row.violations == 0);
    let costs: Vec<&TraceRow> = trace.iter().filter(|row| row.violations == 0 || !is_feasible).collect();
    let violations: Vec<&TraceRow> = trace.iter().collect();
    Ok(Search {
        cost: drawn(&costs, end, "Best cost over time", |row| row.cost)?,
        violations: if has_violations {
            drawn(&violations, end, "Violations of the best timetable over time", |row| row.violations)?
        } else {
            String::new()
        },
        stages: STAGES.iter().filter_map(|stage| gain(stage, trace)).collect(),
        first_feasible: trace.iter().find(|row| row.violations == 0).map(|row| words::time(row.at)),
    })
}

/// The stage that a label stands for.
fn stage_of(row: &TraceRow) -> &str {
    STAGES.iter().find(|stage| label(stage) == row.stage).copied().unwrap_or(&row.stage)
}

fn gain(stage: &str, trace: &[TraceRow]) -> Option<StageGain> {
    let first = trace.iter().position(|row| stage_of(row) == stage)?;
    let rows: Vec<&TraceRow> = trace.iter().filter(|row| stage_of(row) == stage).collect();
    let said = |row: &TraceRow| Found {
        cost: words::grouped(row.cost),
        violations: if row.violations > 0 { words::grouped(row.violations) } else { String::new() },
    };
    let last = rows.last()?;
    Some(StageGain {
        stage: stage.to_owned(),
        label: label(stage),
        colour: colour(stage),
        better: rows.len(),
        from: said(&trace[first.saturating_sub(1)]),
        to: said(last),
        last: words::time(last.at),
    })
}

/// A falling staircase, each piece in the colour of the stage that it comes from.
fn drawn(rows: &[&TraceRow], end: u64, title: &str, of: fn(&TraceRow) -> u64) -> Result<String, ReportError> {
    let mut curves: Vec<Curve> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let until = rows.get(index + 1).map_or(end, |next| next.at);
        let (colour, value) = (colour(stage_of(row)), of(row) as f64);
        let mut points = vec![(row.at as f64, value), (until as f64, value)];
        // The drop belongs to whoever found the next one.
        if let Some(before) = index.checked_sub(1).and_then(|before| rows.get(before)) {
            points.insert(0, (row.at as f64, of(before) as f64));
        }
        match curves.last_mut().filter(|curve| curve.colour == colour) {
            Some(curve) => curve.points.extend(points),
            None => curves.push(Curve { points, colour, is_dashed: false }),
        }
    }
    let first = rows.first().map_or(1, |row| row.at).max(1) as f64;
    // Powers of ten show the first second of an hour; of a second they show nothing.
    let is_long = end as f64 > 30.0 * first;
    let most = rows.iter().map(|row| of(row)).max().unwrap_or(0).max(1) as f64;
    chart::draw(&Chart {
        title: title.to_owned(),
        x: Axis {
            from: if is_long { first * 0.9 } else { 0.0 },
            to: (end as f64).max(first * 1.1),
            is_log: is_long,
            words: &|ms| gantt::short(ms.round() as u64),
        },
        y: Axis { from: 0.0, to: most * 1.08, is_log: false, words: &|value| words::grouped(value.round() as u64) },
        curves,
        levels: Vec::new(),
        marks: Vec::new(),
    })
}
