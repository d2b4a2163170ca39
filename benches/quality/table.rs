//! Medians, ranges and sums of the rows, as a table of a page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::arms::WHOLE;
use crate::row::Row;

/// A table for each time limit and each state of the code: what each instance came to over the seeds, and the sum of the medians;
/// and one of the arms, where there are several.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let limits: BTreeSet<(u64, &str)> = rows.iter().map(|row| (row.seconds, &*row.code)).collect();
    let mut text = String::new();
    for limit in limits {
        let of_limit: Vec<&Row> = rows.iter().filter(|row| (row.seconds, &*row.code) == limit).collect();
        let _ = writeln!(text, "{} s ({}):\n", limit.0, limit.1);
        if of_limit.iter().any(|row| row.arm == WHOLE) {
            text.push_str(&whole(&of_limit));
        }
        if of_limit.iter().any(|row| row.arm != WHOLE) {
            text.push_str(&arms(&of_limit));
        }
    }
    text
}

/// What the pipeline as it is came to.
fn whole(rows: &[&Row]) -> String {
    let whole = by_instance(rows.iter().filter(|row| row.arm == WHOLE).copied());
    let (mut text, mut sum) = (format!("{HEAD}\n"), 0.0);
    for (instance, rows) in &whole {
        let costs = sorted(rows.iter().map(|row| row.cost));
        sum += median(&costs);
        let _ = writeln!(text, "{}", line(instance, rows, &costs));
    }
    text + &format!("\nSum of the medians of {} instances: {sum}\n\n", whole.len())
}

fn by_instance<'r>(rows: impl Iterator<Item = &'r Row>) -> BTreeMap<&'r str, Vec<&'r Row>> {
    let mut instances: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    rows.for_each(|row| instances.entry(&row.instance).or_default().push(row));
    instances
}

/// The median of each arm on each instance that every arm has been tried on, with the same seeds.
fn arms(rows: &[&Row]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&&*row.arm) {
            names.push(&row.arm);
        }
    }
    let of = |arm: &&str| by_instance(rows.iter().filter(|row| row.arm == *arm).copied());
    let of_arm: Vec<BTreeMap<&str, Vec<&Row>>> = names.iter().map(of).collect();
    let seeds = |rows: &[&Row]| rows.iter().map(|row| row.seed).collect::<BTreeSet<u64>>();
    let mut text = format!("| instance | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    let mut sums = vec![0.0; names.len()];
    for instance in of_arm[0].keys().filter(|instance| of_arm.iter().all(|arm| arm.contains_key(*instance))) {
        let common =
            of_arm.iter().map(|arm| seeds(&arm[instance])).reduce(|all, some| &all & &some).unwrap_or_default();
        let _ = write!(text, "| {instance} |");
        for (arm, sum) in of_arm.iter().zip(&mut sums) {
            let rows = arm[instance].iter().filter(|row| common.contains(&row.seed));
            let cost = median(&sorted(rows.map(|row| row.cost + VIOLATION * row.violations)));
            *sum += cost;
            let _ = write!(text, " {cost} |");
        }
        text.push('\n');
    }
    let sums: Vec<String> = sums.iter().map(ToString::to_string).collect();
    text + &format!("| sum | {} |\n\n", sums.join(" | "))
}

/// What a violation counts among costs.
const VIOLATION: u64 = 1_000;

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

/// The middle one, or the middle between two.
fn median(sorted: &[u64]) -> f64 {
    let last = sorted.len() - 1;
    (sorted[last / 2] + sorted[last.div_ceil(2)]) as f64 / 2.0
}
