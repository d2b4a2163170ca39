//! `carillon verify`: what a solution costs, whoever made it, counted the slow, obvious way.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use shared::exit::Exit;
use shared::model::Instance;
use shared::model::cost::{self, Components, Lecture};

use super::violations;
use crate::finding::{Findings, Severity};
use crate::input::{self, InputError};
use crate::{solution, terminal};

/// Count the violations and the cost of a solution
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// The instance: a .ctt or .ectt file
    pub instance: PathBuf,
    /// The solution: a line `course room day period` for each lecture, days and periods from 0
    pub solution: PathBuf,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
    /// List each violation and each cost
    #[arg(long, conflicts_with = "json")]
    pub verbose: bool,
}

/// What `--json` prints: the keys of the competition's validators, in alphabetical order.
#[derive(Serialize)]
struct Answer {
    cost: u64,
    feasible: bool,
    hard: BTreeMap<&'static str, u64>,
    soft: BTreeMap<&'static str, u64>,
    violations: u64,
}

impl From<&Components> for Answer {
    fn from(counted: &Components) -> Self {
        let cost = counted.cost();
        Self {
            cost: cost.soft,
            feasible: cost.is_feasible(),
            hard: counted.hard().collect(),
            soft: counted.soft().collect(),
            violations: cost.violations(),
        }
    }
}

/// Why a solution cannot be counted. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
enum VerifyError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Artifact(#[from] shared::artifact::ArtifactError),
}

/// Counts the solution.
///
/// Exit codes: 0 feasible, 10 not feasible, 65 instance or solution refused, 66 one of them is missing.
pub fn verify(args: VerifyArgs) -> ExitCode {
    let VerifyArgs { instance, solution, json, verbose } = args;
    let (instance, lectures) = match read(&instance, &solution) {
        Ok(read) => read,
        Err(VerifyError::Input(error)) => {
            terminal::err(&error.story());
            return error.exit().into();
        }
        Err(error @ VerifyError::Artifact(_)) => {
            terminal::err(&format!("failed to {error}\n"));
            return Exit::Internal.into();
        }
    };
    let counted = cost::recount_lectures(&instance, &lectures);
    if json {
        let answer = serde_json::to_string(&Answer::from(&counted)).expect("numbers are always JSON");
        terminal::out(&(answer + "\n"));
    } else {
        let listed = if verbose { violations::list(&instance, &lectures) } else { Vec::new() };
        terminal::out(&text(&listed, &counted));
    }
    if counted.cost().is_feasible() { Exit::Complete.into() } else { Exit::Incomplete.into() }
}

fn read(instance: &Path, solution: &Path) -> Result<(Instance, Vec<Lecture>), VerifyError> {
    let instance = input::load(instance)?.tables.instance()?;
    let bytes = input::read_bytes(solution)?;
    let mut findings = Findings::default();
    let lectures = solution::read(&bytes, &instance, &mut findings);
    if findings.count(Severity::Error) > 0 {
        return Err(InputError::refused(solution, findings).into());
    }
    Ok((instance, lectures))
}

/// The list, and the count as the competition's validators print it.
fn text(listed: &[violations::Entry], counted: &Components) -> String {
    let mut text = String::new();
    for entry in listed {
        let _ = writeln!(text, "{entry}");
    }
    for (name, count) in counted.hard() {
        let _ = writeln!(text, "Violations of {name} (hard): {count}");
    }
    for (name, cost) in counted.soft() {
        let _ = writeln!(text, "Cost of {name} (soft): {cost}");
    }
    let cost = counted.cost();
    let _ = writeln!(text, "Summary: violations = {}, total cost = {}", cost.violations(), cost.soft);
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::format;

    /// The folder of the public benchmark instances, where this machine has it.
    fn benchmarks() -> Option<PathBuf> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/benchmarks");
        let folder = std::env::var_os("CARILLON_BENCHMARKS").map_or(beside, PathBuf::from);
        let is_there = folder.join("expected.tsv").is_file();
        if !is_there {
            println!("skipped: no benchmarks");
        }
        is_there.then_some(folder)
    }

    #[test]
    fn every_expected_row_of_the_benchmarks_agrees() {
        let Some(folder) = benchmarks() else { return };
        let table = fs::read_to_string(folder.join("expected.tsv")).unwrap();
        let rows: Vec<Vec<&str>> =
            table.lines().map(|line| line.split('\t').collect()).filter(|row: &Vec<&str>| row[0] == "cbctt").collect();
        assert!(!rows.is_empty());
        for row in rows {
            let (instance, lectures) = read(&folder.join(row[1]), &folder.join(row[2])).unwrap();
            let counted = cost::recount_lectures(&instance, &lectures);
            let parts = counted.soft().map(|(_, cost)| cost.to_string()).collect::<Vec<_>>().join(",");
            let found = [counted.cost().violations().to_string(), counted.cost().soft.to_string(), parts];
            assert_eq!(found, row[3..6], "{}", row[2]);
            let listed: u64 = violations::list(&instance, &lectures).iter().map(|line| line.count).sum();
            assert_eq!(listed, counted.cost().violations() + counted.cost().soft, "{}", row[2]);
        }
    }

    #[test]
    fn every_instance_of_the_benchmarks_is_accepted() {
        let Some(folder) = benchmarks() else { return };
        for entry in fs::read_dir(folder.join("cbctt/instances")).unwrap() {
            let path = entry.unwrap().path();
            let reading = format::read(&fs::read(&path).unwrap());
            assert!(reading.tables.is_some(), "{}", reading.findings.render(&path.display().to_string()));
            assert_eq!(reading.findings.count(Severity::Infeasible), 0, "{}", path.display());
        }
    }
}
