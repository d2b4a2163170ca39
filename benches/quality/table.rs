//! Medians, ranges and sums of the rows, as a table of a page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::row::Row;

/// A table for each time limit: what each instance came to over the seeds, and the sum of the medians.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let limits: BTreeSet<u64> = rows.iter().map(|row| row.seconds).collect();
    let mut text = String::new();
    for seconds in limits {
        let mut instances: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.seconds == seconds) {
            instances.entry(&row.instance).or_default().push(row);
        }
        let _ = writeln!(text, "{seconds} s:\n\n{HEAD}");
        let mut sum = 0;
        for (instance, rows) in &instances {
            let costs = sorted(rows.iter().map(|row| row.cost));
            sum += median(&costs);
            let _ = writeln!(text, "{}", line(instance, rows, &costs));
        }
        let _ = writeln!(text, "\nSum of the medians of {} instances: {sum}\n", instances.len());
    }
    text
}

const HEAD: &str = "| instance | seeds | with violations | median | least–most | most/least | first feasible, slowest (ms) | \
                    peak (MiB) | busiest load |\n|---|---|---|---|---|---|---|---|---|";

fn line(instance: &str, rows: &[&Row], costs: &[u64]) -> String {
    let broken = rows.iter().filter(|row| row.violations > 0).count();
    let (least, most) = (costs[0], costs[costs.len() - 1]);
    let spread = if least == 0 { "–".to_owned() } else { format!("{:.2}", most as f64 / least as f64) };
    let first = rows.iter().map(|row| row.first_feasible_ms).max_by_key(|ms| ms.unwrap_or(u64::MAX)).flatten();
    let first = first.map_or_else(|| "–".to_owned(), |ms| ms.to_string());
    let peak = rows.iter().map(|row| row.peak_kib).max().unwrap_or_default() as f64 / 1024.0;
    let load = rows.iter().filter_map(|row| row.load.parse::<f64>().ok()).fold(0.0, f64::max);
    format!(
        "| {instance} | {} | {broken} | {} | {least}–{most} | {spread} | {first} | {peak:.1} | {load} |",
        rows.len(),
        median(costs)
    )
}

fn sorted(figures: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut figures: Vec<u64> = figures.collect();
    figures.sort_unstable();
    figures
}

/// The middle one; of two the smaller.
fn median(sorted: &[u64]) -> u64 {
    sorted[(sorted.len() - 1) / 2]
}
