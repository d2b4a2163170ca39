//! `carillon verify`: what a solution costs, whoever made it, counted the slow, obvious way.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use shared::exit::Exit;
use shared::model::Instance;
use shared::model::campus::Weights;
use shared::model::cost::{self, Components, Lecture};
use shared::worker::Setting;

use super::violations;
use crate::campus::Foreign;
use crate::finding::{Findings, Severity};
use crate::input::{self, InputError};
use crate::{campus, settings, solution, terminal};

/// Count the violations and the cost of a solution
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// The instance: a campus folder, an .xlsx of its sheets, or a .ctt or .ectt file
    pub instance: PathBuf,
    /// The timetable.csv of a campus, or else a line `course room day period` for each lecture, days and periods from 0
    pub solution: PathBuf,
    /// Set what a soft rule of a campus costs, repeatable; a wrong KEY lists them all
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<Setting>,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
    /// List each violation and each cost (of an instance of the competition; a campus is counted only)
    #[arg(long, conflicts_with = "json")]
    pub verbose: bool,
}

/// What `--json` prints: the keys of the competition's validators, in alphabetical order.
#[derive(Debug, Serialize)]
struct Answer {
    cost: u64,
    feasible: bool,
    hard: BTreeMap<&'static str, u64>,
    soft: BTreeMap<&'static str, u64>,
    violations: u64,
}

impl Answer {
    /// Everything together: what was counted, and rows of a timetable that make no sense.
    fn new(counted: &Components, oddities: &[(&'static str, u64)]) -> Self {
        let cost = counted.cost();
        let violations = cost.violations() + oddities.iter().map(|(_, count)| count).sum::<u64>();
        Self {
            cost: cost.soft,
            feasible: violations == 0,
            hard: counted.hard().chain(oddities.iter().copied()).collect(),
            soft: counted.soft().collect(),
            violations,
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
/// Exit codes: 0 feasible, 10 not feasible, 65 instance or solution refused, 66 one of them is missing, 78 a setting is wrong.
pub fn verify(args: VerifyArgs) -> ExitCode {
    let VerifyArgs { instance, solution, settings, json, verbose } = args;
    let weights = match settings::weights_of_command(&settings) {
        Ok(weights) => weights,
        Err(error) => {
            terminal::err(&format!("error: failed to {error}\n"));
            return Exit::Config.into();
        }
    };
    let (instance, solution) = match read(&instance, &solution, weights) {
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
    let (counted, oddities) = solution.count(&instance);
    let answer = Answer::new(&counted, &oddities);
    if json {
        terminal::out(&(serde_json::to_string(&answer).expect("numbers are always JSON") + "\n"));
    } else {
        let listed = if verbose { solution.list(&instance) } else { Vec::new() };
        terminal::out(&text(&listed, &counted, &oddities, &answer));
    }
    if answer.feasible { Exit::Complete.into() } else { Exit::Incomplete.into() }
}

/// What was made of a solution.
#[derive(Debug)]
enum Solution {
    /// Of an instance of the competition.
    Lectures(Vec<Lecture>),
    /// Of a campus.
    Timetable(Foreign),
}

impl Solution {
    fn count(&self, instance: &Instance) -> (Components, Vec<(&'static str, u64)>) {
        match (self, instance.campus()) {
            (Self::Timetable(foreign), Some(campus)) => {
                (cost::recount_meetings(instance, &campus, &foreign.meetings), foreign.oddities.named().to_vec())
            }
            (Self::Lectures(lectures), _) => (cost::recount_lectures(instance, lectures), Vec::new()),
            (Self::Timetable(_), None) => unreachable!("only a campus has a timetable of its own"),
        }
    }

    fn list(&self, instance: &Instance) -> Vec<violations::Entry> {
        match self {
            Self::Lectures(lectures) => violations::list(instance, lectures),
            Self::Timetable(_) => Vec::new(),
        }
    }
}

fn read(instance: &Path, solution: &Path, weights: Weights) -> Result<(Instance, Solution), VerifyError> {
    let instance = input::load(instance, weights)?.tables.instance()?;
    let bytes = input::read_bytes(solution)?;
    let mut findings = Findings::default();
    let read = match instance.campus() {
        Some(campus) => Solution::Timetable(campus::read_timetable(&bytes, &instance, campus, &mut findings)),
        None => Solution::Lectures(solution::read(&bytes, &instance, &mut findings)),
    };
    if findings.count(Severity::Error) > 0 {
        return Err(InputError::refused(solution, findings).into());
    }
    Ok((instance, read))
}

/// The list, and the count as the competition's validators print it.
fn text(
    listed: &[violations::Entry],
    counted: &Components,
    oddities: &[(&'static str, u64)],
    answer: &Answer,
) -> String {
    let mut text = String::new();
    for entry in listed {
        let _ = writeln!(text, "{entry}");
    }
    for (name, count) in counted.hard().chain(oddities.iter().copied()) {
        let _ = writeln!(text, "Violations of {name} (hard): {count}");
    }
    for (name, cost) in counted.soft() {
        let _ = writeln!(text, "Cost of {name} (soft): {cost}");
    }
    let _ = writeln!(text, "Summary: violations = {}, total cost = {}", answer.violations, answer.cost);
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
            let (instance, solution) = read(&folder.join(row[1]), &folder.join(row[2]), Weights::default()).unwrap();
            let Solution::Lectures(lectures) = solution else { panic!("{} is no campus", row[1]) };
            let counted = cost::recount_lectures(&instance, &lectures);
            let parts = counted.soft().map(|(_, cost)| cost.to_string()).collect::<Vec<_>>().join(",");
            let found = [counted.cost().violations().to_string(), counted.cost().soft.to_string(), parts];
            assert_eq!(found, row[3..6], "{}", row[2]);
            let listed: u64 = violations::list(&instance, &lectures).iter().map(|line| line.count).sum();
            assert_eq!(listed, counted.cost().violations() + counted.cost().soft, "{}", row[2]);
        }
    }

    /// Rows that make no sense are counted beside the rules; only what cannot be read is refused.
    #[test]
    fn a_foreign_timetable_of_a_campus_is_counted_with_its_oddities() {
        let folder = campus::testing::folder();
        let file = folder.path().join("theirs.csv");
        fs::write(
            &file,
            "event;meeting;day;period;periods;room;by\nALG-L;1;Mon;1;2;Hall;me\nALG-L;1;Tue;1;;Hall;\nALG-L;3;Tue;2;;Hall;\n\
             ALG-T;1;Mon;1;2;Small;\nXYZ;1;Mon;1;;Hall;\nPHY-L;1;Sun;1;;Hall;\nPHY-L;2;Mon;9;;Hall;\n",
        )
        .unwrap();
        let (instance, solution) = read(folder.path(), &file, Weights::default()).unwrap();
        let (counted, oddities) = solution.count(&instance);
        let answer = Answer::new(&counted, &oddities);
        let broken: Vec<_> = answer.hard.iter().filter(|(_, count)| **count > 0).collect();
        insta::assert_debug_snapshot!(broken, @r#"
        [
            (
                "H1 unplaced",
                4,
            ),
            (
                "H10 outside the day",
                1,
            ),
            (
                "H10 wrong length",
                1,
            ),
            (
                "H4 group clash",
                1,
            ),
            (
                "H5 student clash",
                1,
            ),
            (
                "meeting number out of range",
                1,
            ),
            (
                "meeting placed twice",
                1,
            ),
            (
                "unknown day or room",
                1,
            ),
            (
                "unknown event",
                1,
            ),
        ]
        "#);
        assert_eq!((answer.feasible, answer.violations), (false, broken.iter().map(|(_, count)| **count).sum()));
        fs::write(&file, "event,meeting,day,period,room\nALG-L,one,Mon,1,Hall\n").unwrap();
        let refused = read(folder.path(), &file, Weights::default()).unwrap_err().to_string();
        assert!(
            refused.contains("theirs.csv:2:7: error: the number of the meeting is not a whole number"),
            "{refused}"
        );
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
