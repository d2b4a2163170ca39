//! The program: whole runs up to a start, and STAGE3 alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use shared::artifact::{Artifact, Column, Header, Kind};
use shared::codec;
use shared::model::timetable::Claim;

use super::Measured;
use super::arms::Arm;
use super::starts::Start;

/// The program that is measured: `CARILLON_PROGRAM`, or the one that was built with this.
fn program() -> Command {
    Command::new(std::env::var_os("CARILLON_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_carillon").into()))
}

/// What a timetable costs: violations first.
pub(crate) type Worth = (u64, u64);

/// Runs a command of the program; `codes` are the good ends.
pub(crate) fn carillon(words: &[&str], codes: &[i32]) -> Measured {
    let mut command = program();
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status()?;
    match status.code() {
        Some(code) if codes.contains(&code) => Ok(()),
        _ => Err(format!("{command:?} ended with {status}").into()),
    }
}

/// Runs STAGE3 once, and leaves what it makes in `folder`.
pub(crate) fn resolve(folder: &Path, start: &Start, arm: &Arm, (seed, effort): (u64, f64)) -> Measured<Worth> {
    let made = output(folder);
    let _ = std::fs::remove_file(&made);
    let mut command = program();
    command.args(["worker", "resolve", "--attempt-dir"]).arg(folder);
    command.arg("--input").arg(format!("instance={}", start.instance.display()));
    command.arg("--input").arg(format!("timetable={}", start.timetable.display()));
    command.arg("--output").arg(format!("timetable={}", made.display()));
    command.args(["--seed", &seed.to_string(), "--effort", &effort.to_string()]);
    arm.settings.iter().for_each(|setting| _ = command.args(["--set", setting]));
    if let Some(policy) = &arm.policy {
        command.arg("--input").arg(format!("policy={}", policy.display()));
    }
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    let claim: Claim = codec::decode(&Header::read(&made)?.note)?;
    Ok((claim.cost.hard + claim.cost.unplaced, claim.cost.soft))
}

/// The policy that the last run in `folder` has learned.
pub(crate) fn learned(folder: &Path) -> Option<Vec<u8>> {
    let artifact = Artifact::open(&output(folder), Kind::Timetable).ok()?;
    Some(artifact.column::<u8>(Column::PolicyText).ok()?.to_vec())
}

fn output(folder: &Path) -> PathBuf {
    folder.join("timetable.art")
}
