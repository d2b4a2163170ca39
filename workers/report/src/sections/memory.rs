//! Memory over time: what each stage held, how much it might, and when it was asked for relief or killed.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::bytes::Bytes;

use super::{STAGES, colour, gantt, label};
use crate::chart::{self, Axis, Chart, Curve};
use crate::error::ReportError;
use crate::sources::{AttemptRow, GpuResult, MemoryRow, Sources};
use crate::words;

/// The colours of the charts that are no stage's.
const PIPELINE: usize = 20;
const LEVEL: usize = 7;
const RELIEF: usize = 6;
const KILL: usize = 8;

/// Charts, and the same in a table.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Memory {
    pipeline: String,
    host: String,
    stages: Vec<StageRow>,
    enforcement: String,
    device: String,
    limit: String,
    reliefs: usize,
    kills: usize,
}

#[derive(Debug, Serialize)]
struct StageRow {
    stage: String,
    label: &'static str,
    colour: usize,
    peak: String,
    allotment: String,
    share: u64,
    freed: String,
    residual: String,
    is_counted: bool,
}

/// The memory of a run.
pub(crate) fn memory(sources: &Sources) -> Result<Memory, ReportError> {
    let marks = marks(sources);
    let count = |letter: &str| marks.iter().filter(|(_, found, _)| *found == letter).count();
    let limit = sources.memory.iter().rfind(|row| row.who == "pipeline").map_or(0, |row| row.limit);
    Ok(Memory {
        pipeline: pipeline(sources, &marks, limit)?,
        host: host(sources, &marks)?,
        stages: STAGES.iter().filter_map(|stage| stage_row(stage, sources)).collect(),
        enforcement: enforcement(sources),
        device: sources.result.as_ref().and_then(|result| result.gpu.as_ref()).map_or_else(String::new, device),
        limit: if limit > 0 { words::size(limit) } else { String::new() },
        reliefs: count("R"),
        kills: count("K"),
    })
}

fn enforcement(sources: &Sources) -> String {
    let by = sources.events.last("enforcement").map_or("", |event| event.text("by"));
    match by {
        "cgroup1" | "cgroup2" => "The kernel held each worker at its allotment, by a control group.".to_owned(),
        "" => String::new(),
        _ => "No control group held the workers: the orchestrator looked every 1 to 100 ms.".to_owned(),
    }
}

/// A sentence on the GPU that STAGE2B worked on.
fn device(gpu: &GpuResult) -> String {
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), words::size);
    let (before, peak, after) = (size(gpu.before_bytes), size(gpu.peak_bytes), size(gpu.after_bytes));
    let lost = if gpu.lost.is_empty() { "" } else { " It was lost, and the CPU went on." };
    let absent = match gpu.absent {
        Some(true) => " While STAGE3 ran no process of the run was on it.",
        Some(false) => " While STAGE3 ran a process of the run was still on it.",
        None => "",
    };
    format!(
        "STAGE2B worked on {}: {before} of it were used before, {after} after, and {peak} by STAGE2B at most.{lost}{absent}",
        gpu.name
    )
}

/// Reliefs and kills, by time.
fn marks(sources: &Sources) -> Vec<(f64, &'static str, usize)> {
    let mark = |event: &crate::sources::Event| match event.name.as_str() {
        "high_memory" => Some((event.t_ms as f64, "R", RELIEF)),
        "relief" if event.job.is_some() => Some((event.t_ms as f64, "R", RELIEF)),
        "killed" => Some((event.t_ms as f64, "K", KILL)),
        _ => None,
    };
    sources.events.all.iter().filter_map(mark).collect()
}

fn stage_row(stage: &str, sources: &Sources) -> Option<StageRow> {
    let of_stage = |row: &&AttemptRow| row.stage == stage;
    let highest = sources.attempts.iter().filter(of_stage).max_by_key(|row| row.peak)?;
    let found = sources.result.as_ref()?.stages.iter().find(|found| found.stage == stage);
    Some(StageRow {
        stage: stage.to_owned(),
        label: label(stage),
        colour: colour(stage),
        peak: words::size(highest.peak),
        allotment: words::size(highest.allotment),
        share: 100 * highest.peak / highest.allotment.max(1),
        freed: words::size(found.map_or(0, |found| found.freed_bytes)),
        residual: words::size(found.map_or(0, |found| found.residual_bytes)),
        is_counted: found.is_some_and(|found| found.accepted.is_some()),
    })
}

fn curves(rows: &[MemoryRow], of: impl Fn(&MemoryRow) -> f64) -> BTreeMap<&str, Vec<(f64, f64)>> {
    let mut curves: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for row in rows {
        curves.entry(row.who.as_str()).or_default().push((row.at as f64, of(row)));
    }
    curves
}

/// What the pipeline and its stages held, in units of 2^20 bytes.
fn pipeline(sources: &Sources, marks: &[(f64, &'static str, usize)], limit: u64) -> Result<String, ReportError> {
    let held = curves(&sources.memory, |row| Bytes(row.held).as_mib());
    let might = curves(&sources.memory, |row| Bytes(row.limit).as_mib());
    let Some(whole) = held.get("pipeline") else { return Ok(String::new()) };
    let mut drawn = vec![Curve { points: whole.clone(), colour: PIPELINE, is_dashed: false }];
    // What looks for a device may map a lot, and never does for long: its allotment would dwarf all others.
    for stage in STAGES.iter().filter(|stage| **stage != "gpu-probe") {
        let colour = colour(stage);
        drawn.extend(might.get(stage).map(|points| Curve { points: points.clone(), colour, is_dashed: true }));
        drawn.extend(held.get(stage).map(|points| Curve { points: points.clone(), colour, is_dashed: false }));
    }
    let most =
        |curves: &[Curve]| curves.iter().flat_map(|curve| &curve.points).map(|(_, held)| *held).fold(0.0, f64::max);
    let (top, limit) = (most(&drawn), Bytes(limit).as_mib());
    // The limit is drawn where it is near enough to matter; elsewhere all else would lie on the ground.
    let is_near = limit > 0.0 && limit < 1.6 * top;
    // What is held lies on the ground below what is allotted, unless small and large are seen alike.
    let is_log = top > 8.0 * most(&drawn[..1]);
    chart::draw(&Chart {
        title: "Memory of the pipeline and its stages over time, with their allotments".to_owned(),
        x: Axis { from: 0.0, to: end(&sources.memory), is_log: false, words: &|ms| gantt::short(ms.round() as u64) },
        y: Axis {
            from: if is_log { 0.25 } else { 0.0 },
            to: if is_near { limit.max(top) * 1.08 } else { top * if is_log { 1.6 } else { 1.08 } },
            is_log,
            words: &mebibytes,
        },
        curves: drawn,
        levels: if is_near { vec![(limit, "limit".to_owned(), LEVEL)] } else { Vec::new() },
        marks: marks.to_vec(),
    })
}

/// `0`, `0.25 MB`, `200 MB`.
fn mebibytes(mib: f64) -> String {
    let digits = if mib > 0.0 && mib < 1.0 { 2 } else { 0 };
    if mib == 0.0 { "0".to_owned() } else { format!("{mib:.digits$}\u{a0}MB") }
}

/// What everybody used of the machine, below the watermarks.
fn host(sources: &Sources, marks: &[(f64, &'static str, usize)]) -> Result<String, ReportError> {
    let share = |row: &MemoryRow| 100.0 * row.held as f64 / row.limit.max(1) as f64;
    let of_host = curves(&sources.memory, share).remove("host");
    let Some(points) = of_host else { return Ok(String::new()) };
    let setting = |key: &str| setting(&sources.config, key);
    let mut levels: Vec<(f64, String, usize)> = vec![(70.0, "70 %".to_owned(), LEVEL)];
    for (key, default) in [("set.memory.solve", 75.0), ("set.memory.resolve", 80.0)] {
        let level = setting(key).unwrap_or(default);
        levels.push((level, format!("{level} %"), LEVEL));
    }
    chart::draw(&Chart {
        title: "Use of the machine's memory by everybody over time, in hundredths".to_owned(),
        x: Axis { from: 0.0, to: end(&sources.memory), is_log: false, words: &|ms| gantt::short(ms.round() as u64) },
        y: Axis { from: 0.0, to: 100.0, is_log: false, words: &|share| format!("{share:.0}\u{a0}%") },
        curves: vec![Curve { points, colour: PIPELINE, is_dashed: false }],
        levels,
        marks: marks.to_vec(),
    })
}

fn end(rows: &[MemoryRow]) -> f64 {
    rows.iter().map(|row| row.at).max().unwrap_or(1).max(1) as f64
}

/// A number of `config.toml`.
fn setting(config: &str, key: &str) -> Option<f64> {
    let line = config.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))?;
    line.trim().trim_matches('"').parse().ok()
}
