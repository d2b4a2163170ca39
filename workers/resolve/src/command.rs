//! `carillon policy`: what a policy would do, for people.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use shared::exit::Exit;

use crate::begin::builtin;
use crate::guard::SHARE;
use crate::policy::soft_maximum;
use crate::policy_file::{Known, PolicyError, bytes_of, read};
use crate::shape::{Moment, SHAPES, Shape};

/// Look at what STAGE3 has learned
#[derive(Args, Clone, Debug)]
pub struct PolicyArgs {
    /// What to do
    #[command(subcommand)]
    pub command: PolicyCommand,
}

/// What can be done with a policy.
#[derive(Clone, Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say how often a policy would take each operator, at typical moments of a search
    Show {
        /// A policy.json of a run, or builtin for what the program brings along
        file: PathBuf,
    },
}

/// Shows a policy.
///
/// Exit codes: 0, 65 it is no policy, 66 there is no such file.
pub fn policy(args: &PolicyArgs) -> ExitCode {
    let PolicyCommand::Show { file } = &args.command;
    match shown(file) {
        Ok(text) => {
            // A closed stdout is no reason to tell another exit code.
            let _ = io::stdout().write_all(text.as_bytes());
            Exit::Complete.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: failed to {error}");
            let is_missing = matches!(error, PolicyError::Io { .. });
            if is_missing { Exit::NoInput.into() } else { Exit::BadInput.into() }
        }
    }
}

fn shown(file: &Path) -> Result<String, PolicyError> {
    if file == Path::new("builtin") {
        let tables = SHAPES.iter().map(|shape| Ok(table(&builtin(shape)?, shape)));
        return Ok(tables.collect::<Result<Vec<_>, PolicyError>>()?.join("\n"));
    }
    let bytes = bytes_of(file)?;
    // Of the two it is the one whose name it bears; what else is wrong with it is told of that one.
    let is_of = |shape: &&&Shape| String::from_utf8_lossy(&bytes).contains(shape.features);
    let shape = SHAPES.iter().find(is_of).unwrap_or(&SHAPES[0]);
    Ok(table(&read(&bytes, shape)?, shape))
}

/// A line for each operator, a column for each moment: its share by the fixed mix, and with the policy.
fn table(known: &Known, shape: &Shape) -> String {
    let learned: u64 = known.counts.iter().sum();
    let mut text = format!("{} by {}, learned from {learned} choices\n\n{:<10}", shape.actions, shape.features, "");
    let columns: Vec<_> = shape.moments.iter().map(|moment| shares(known, shape, moment)).collect();
    let mut cell = |cell: &str, is_last: bool| {
        // Writing to a string cannot fail.
        let _ = if is_last { writeln!(text, "{cell:>18}") } else { write!(text, "{cell:>18}") };
    };
    let last = columns.len() - 1;
    shape.moments.iter().enumerate().for_each(|(at, moment)| cell(moment.name, at == last));
    let mut rows = String::new();
    for (operator, name) in shape.operators.iter().enumerate() {
        let _ = write!(rows, "{name:<10}");
        for column in &columns {
            let (before, after) = column[operator];
            let _ = write!(rows, "{:>18}", format!("{:.0} → {:.0} %", 100.0 * before, 100.0 * after));
        }
        rows.push('\n');
    }
    text + &rows
}

/// The share of each operator at a moment, by the fixed mix and with the policy.
fn shares(known: &Known, shape: &Shape, moment: &Moment) -> Vec<(f64, f64)> {
    let open = (shape.open)(moment.is_repairing);
    let value = |row: &Vec<f64>| row.iter().zip(moment.seen).map(|(weight, feature)| weight * feature).sum();
    let values: Vec<f64> = known.weights.iter().map(value).collect();
    let mut learned = vec![0.0; shape.rows];
    soft_maximum(&values, &open, &mut learned);
    let prior: Vec<f64> =
        (shape.prior)().iter().zip(&open).map(|(share, open)| if *open { *share } else { 0.0 }).collect();
    let of_all = |shares: &[f64]| shares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let (all_learned, all_prior) = (of_all(&learned), of_all(&prior));
    let rows = shape.rows / shape.operators.len();
    let of = |operator: usize, shares: &[f64]| shares[operator * rows..(operator + 1) * rows].iter().sum::<f64>();
    (0..shape.operators.len())
        .map(|operator| (of(operator, &prior) / all_prior, of(operator, &learned) / all_learned))
        .map(|(before, learned)| (before, SHARE * learned + (1.0 - SHARE) * before))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_distributions_with_and_without_a_policy() {
        for shape in SHAPES {
            let known = builtin(shape).expect("it comes along");
            for moment in shape.moments {
                assert_eq!(moment.seen.len(), shape.columns, "{}", moment.name);
                let sum =
                    shares(&known, shape, moment).into_iter().fold((0.0, 0.0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
                assert!((sum.0 - 1.0).abs() < 1e-9 && (sum.1 - 1.0).abs() < 1e-9, "{}: {sum:?}", moment.name);
            }
        }
    }

    #[test]
    fn what_knows_nothing_leaves_much_to_the_mix() {
        let shape = SHAPES[1];
        let weights = vec![vec![0.0; shape.columns]; shape.rows];
        let known = Known { weights, counts: vec![0; shape.rows], sum: None, parent: None };
        for (before, after) in shares(&known, shape, &shape.moments[0]) {
            assert!((after - (SHARE / 6.0 + (1.0 - SHARE) * before)).abs() < 1e-9);
        }
    }
}
