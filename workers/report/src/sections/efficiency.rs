//! What the run had and what it used of it, in the manner of `seff`.

use serde::Serialize;

use super::Figure;
use crate::sources::{AttemptRow, Sources};
use crate::words;

/// Where a run may take as long as it likes.
const NO_LIMIT: &str = "no limit";

/// Rows of what was used, and what the run was.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Efficiency {
    used: Vec<Used>,
    provenance: Vec<Figure>,
    config: String,
    pub(crate) suggestion: String,
}

#[derive(Debug, Serialize)]
struct Used {
    name: &'static str,
    value: String,
    of: String,
    share: u64,
    note: String,
}

impl Efficiency {
    /// The rows as text: what, how much, of how much, and its share.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let row = |used: &Used| {
            let (of, share) = match used.of.as_str() {
                NO_LIMIT => (NO_LIMIT.to_owned(), String::new()),
                of => (format!("of {of}"), format!("{} %", used.share)),
            };
            vec![used.name.to_owned(), used.value.clone(), of, share, used.note.clone()]
        };
        self.used.iter().map(row).collect()
    }
}

/// The block of a run.
pub(crate) fn efficiency(sources: &Sources) -> Efficiency {
    Efficiency {
        used: used(sources),
        provenance: provenance(sources),
        config: sources.config.clone(),
        suggestion: suggestion(sources),
    }
}

fn used(sources: &Sources) -> Vec<Used> {
    let Some(result) = &sources.result else { return Vec::new() };
    let mut rows = Vec::new();
    let threads =
        result.threads.or_else(|| sources.events.last("began")?.number("threads").map(|threads| threads as u32));
    if let (Some(cpu), Some(threads)) = (result.cpu_s, threads) {
        let had = result.wall_s * f64::from(threads);
        rows.push(Used {
            name: "Processor",
            value: words::time((cpu * 1e3) as u64),
            of: format!("{} of {}", words::time((had * 1e3) as u64), words::count(threads as usize, "thread")),
            share: (100.0 * cpu / had.max(1e-9)).min(100.0) as u64,
            note: String::new(),
        });
    }
    let largest = sources.attempts.iter().max_by_key(|row| row.peak);
    rows.push(Used {
        name: "Memory",
        value: words::size(result.peak_bytes),
        of: words::size(result.capacity_bytes),
        share: 100 * result.peak_bytes / result.capacity_bytes.max(1),
        note: largest.map_or_else(String::new, |row| format!("largest worker: {}, {}", row.job, words::size(row.peak))),
    });
    if let Some(row) = largest {
        rows.push(Used {
            name: "Largest allotment",
            value: words::size(row.peak),
            of: words::size(row.allotment),
            share: 100 * row.peak / row.allotment.max(1),
            note: row.job.clone(),
        });
    }
    let limit = setting(&sources.config, "time_limit_ms").and_then(|text| text.parse::<u64>().ok());
    let wall = (result.wall_s * 1e3) as u64;
    rows.push(Used {
        name: "Time",
        value: words::time(wall),
        of: limit.map_or_else(|| NO_LIMIT.to_owned(), words::time),
        share: limit.map_or(0, |limit| (100 * wall / limit.max(1)).min(100)),
        note: String::new(),
    });
    rows
}

/// The capacity that would have been enough: the pipeline stays below 70 % of it.
fn suggestion(sources: &Sources) -> String {
    let Some(result) = &sources.result else { return String::new() };
    let is_a_worker = |row: &&AttemptRow| row.stage != "gpu-probe";
    let allotment = sources.attempts.iter().filter(is_a_worker).map(|row| row.allotment).max().unwrap_or(0);
    let needed = result.peak_bytes.max(allotment).saturating_add(24 << 20) as f64 / 0.7 / f64::from(1 << 20);
    let rounded = (needed / 64.0).ceil() as u64 * 64;
    if rounded << 20 < result.capacity_bytes {
        format!("--memory {rounded}M would have been enough")
    } else {
        String::new()
    }
}

fn provenance(sources: &Sources) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            figures.push(Figure::new(name, value));
        }
    };
    let began = sources.events.last("began");
    let origin = sources.events.last("origin");
    let of_origin = |key: &str| origin.map(|event| event.text(key).to_owned()).unwrap_or_default();
    add("Program", of_origin("version"));
    add("Command", of_origin("command"));
    add("Run", of_origin("run"));
    add("Started", started(&of_origin("run")));
    add("Machine", of_origin("machine"));
    add("Instance", began.map(|event| event.text("instance").to_owned()).unwrap_or_default());
    add("Instance sum", of_origin("instance_sum"));
    if let Some(began) = began {
        add("Seed", began.number("seed").map(|seed| seed.to_string()).unwrap_or_default());
        add("Threads", began.number("threads").map(|threads| threads.to_string()).unwrap_or_default());
        let capacity = began.number("capacity").map(words::size).unwrap_or_default();
        add("Memory", format!("{capacity} by {}", began.text("capacity_source")));
    }
    if let Some(result) = &sources.result {
        let again = match &result.irreproducible_because {
            _ if result.reproducible => format!("yes, with --effort {:.2}", result.effort),
            Some(why) => format!("no ({why}); --effort {:.2} comes nearest", result.effort),
            None => format!("no; --effort {:.2} comes nearest", result.effort),
        };
        add("Repeats exactly", again);
        add("Exit code", result.exit_code.to_string());
    }
    figures
}

/// The id of a run begins with the time of its start: `20260821T140506Z-4711`.
fn started(run: &str) -> String {
    let part = |from: usize, to: usize| run.get(from..to).unwrap_or_default();
    if part(8, 9) != "T" || part(15, 16) != "Z" {
        return String::new();
    }
    let (date, time) =
        ([part(0, 4), part(4, 6), part(6, 8)].join("-"), [part(9, 11), part(11, 13), part(13, 15)].join(":"));
    format!("{date} {time} UTC")
}

fn setting<'a>(config: &'a str, key: &str) -> Option<&'a str> {
    config.lines().find_map(|line| Some(line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim()))
}
