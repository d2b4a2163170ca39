//! A row of the file of measurements.

use std::fmt;
use std::fs;
use std::path::Path;

/// The names of the columns.
pub(crate) const HEADER: &str = "code,load,arm,seconds,seed,instance,violations,cost,first_feasible_ms,peak_kib";

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The commit that was measured; `-dirty` where it was not all.
    pub(crate) code: String,
    /// How many processes wanted a processor in the minute before.
    pub(crate) load: String,
    /// What was left out or done otherwise, by its name in `arms`.
    pub(crate) arm: String,
    /// The time limit.
    pub(crate) seconds: u64,
    pub(crate) seed: u64,
    /// Without folder and ending.
    pub(crate) instance: String,
    pub(crate) violations: u64,
    pub(crate) cost: u64,
    pub(crate) first_feasible_ms: Option<u64>,
    /// The most private memory of the whole pipeline.
    pub(crate) peak_kib: u64,
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, load, arm, seconds, seed, instance, violations, cost, first_feasible_ms, peak_kib } = self;
        let first = first_feasible_ms.map(|ms| ms.to_string()).unwrap_or_default();
        write!(out, "{code},{load},{arm},{seconds},{seed},{instance},{violations},{cost},{first},{peak_kib}")
    }
}

impl Row {
    fn of_line(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split(',').collect();
        let [code, load, arm, seconds, seed, instance, violations, cost, first, peak] = cells[..] else { return None };
        Some(Self {
            code: code.to_owned(),
            load: load.to_owned(),
            arm: arm.to_owned(),
            seconds: seconds.parse().ok()?,
            seed: seed.parse().ok()?,
            instance: instance.to_owned(),
            violations: violations.parse().ok()?,
            cost: cost.parse().ok()?,
            first_feasible_ms: if first.is_empty() { None } else { Some(first.parse().ok()?) },
            peak_kib: peak.parse().ok()?,
        })
    }
}

/// Reads a file of them.
pub(crate) fn read(path: &Path) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let text = fs::read_to_string(path)?;
    let wrong = |line: &str| format!("{}: this is no row: {line}", path.display());
    let lines = text.lines().filter(|line| *line != HEADER);
    lines.map(|line| Row::of_line(line).ok_or_else(|| wrong(line).into())).collect()
}
