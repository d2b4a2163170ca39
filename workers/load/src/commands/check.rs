//! `carillon check`: everything that is wrong with an instance, at once, without a run.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use shared::exit::Exit;
use shared::worker::Setting;

use super::summary::Summary;
use crate::finding::{Finding, Findings, Severity};
use crate::input::{self, InputError};
use crate::{settings, terminal};

/// Check an instance: every error, proof of infeasibility, warning and note, with its place
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The instance: a campus folder, an .xlsx of its sheets, or a .ctt or .ectt file
    pub instance: PathBuf,
    /// Set what a soft rule of a campus costs, repeatable; a wrong KEY lists them all
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<Setting>,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// What to try where there is no such instance.
const NO_INPUT_HINT: &str = "to begin with one, `carillon init DIR` writes it";

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    file: &'a str,
    verdict: &'static str,
    errors: usize,
    infeasible: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<&'a Finding>,
    instance: Option<Summary>,
}

/// Checks the instance. The findings go to standard error, what the instance is to standard output.
///
/// Exit codes: 0 sound, 11 proven infeasible, 65 refused, 66 no such file, 78 a setting is wrong.
pub fn check(args: CheckArgs) -> ExitCode {
    let CheckArgs { instance, settings, json: as_json } = args;
    let weights = match settings::weights_of_command(&settings) {
        Ok(weights) => weights,
        Err(error) => {
            terminal::err(&format!("error: failed to {error}\n"));
            return Exit::Config.into();
        }
    };
    let file = instance.display().to_string();
    let (findings, tables) = match input::load(&instance, weights) {
        Ok(loaded) => (loaded.findings, Some(loaded.tables)),
        Err(InputError::Refused { findings, .. }) => (findings, None),
        Err(error @ InputError::NoInput { .. }) => {
            terminal::err(&format!("{}    hint:     {NO_INPUT_HINT}\n", error.story()));
            return error.exit().into();
        }
    };
    terminal::err(&findings.render(&file));
    let summary = match tables.map(|tables| tables.instance()).transpose() {
        Ok(instance) => instance.as_ref().map(Summary::of),
        Err(error) => {
            terminal::err(&format!("failed to {error}\n"));
            return Exit::Internal.into();
        }
    };
    let (verdict, exit) = verdict(&findings);
    if as_json {
        terminal::out(&json(&file, verdict, &findings, summary));
    } else {
        if let Some(summary) = summary {
            terminal::out(&format!("{summary}\n"));
        }
        terminal::out(&format!("{file}: {verdict}{}\n", tally(&findings)));
    }
    exit.into()
}

fn verdict(findings: &Findings) -> (&'static str, Exit) {
    match (findings.count(Severity::Error), findings.count(Severity::Infeasible)) {
        (0, 0) => ("sound", Exit::Complete),
        (0, _) => ("proven infeasible", Exit::Infeasible),
        _ => ("refused", Exit::BadInput),
    }
}

/// ` · 2 errors · 1 warning`: what there is of each severity.
fn tally(findings: &Findings) -> String {
    let named = [
        (Severity::Error, "error", "errors"),
        (Severity::Infeasible, "proof", "proofs"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Note, "note", "notes"),
    ];
    let said = named.into_iter().filter_map(|(severity, one, many)| match findings.count(severity) {
        0 => None,
        count => Some(format!(" · {count} {}", if count == 1 { one } else { many })),
    });
    said.collect()
}

fn json(file: &str, verdict: &'static str, findings: &Findings, instance: Option<Summary>) -> String {
    let answer = Answer {
        schema: "carillon.check/1",
        file,
        verdict,
        errors: findings.count(Severity::Error),
        infeasible: findings.count(Severity::Infeasible),
        warnings: findings.count(Severity::Warning),
        notes: findings.count(Severity::Note),
        findings: findings.sorted(),
        instance,
    };
    serde_json::to_string_pretty(&answer).expect("text and numbers are always JSON") + "\n"
}
