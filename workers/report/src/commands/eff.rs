//! `carillon eff RUN`: what a run had and what it used of it, on a few lines.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{aligned, answered, plain};
use crate::error::ReportError;
use crate::sections::efficiency;
use crate::sources::Sources;

/// Say what a run used of its memory, processors and time
#[derive(Args, Clone, Debug)]
pub struct EffArgs {
    /// The directory of a run, or a link to one
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
}

/// Says it.
///
/// Exit codes: 0 said, 66 there is no run, 74 reading failed.
pub fn eff(args: &EffArgs) -> ExitCode {
    answered(said(args))
}

fn said(args: &EffArgs) -> Result<String, ReportError> {
    let sources = Sources::read(&args.run)?;
    let Some(result) = &sources.result else {
        return Ok("The run has not ended.\n".to_owned());
    };
    let efficiency = efficiency::efficiency(&sources);
    let rows = plain(&aligned(&efficiency.rows(), &[1, 3]));
    let head = format!("{} · {} · exit code {}", result.instance, result.verdict, result.exit_code);
    let suggestion = efficiency.suggestion;
    let end = if suggestion.is_empty() { suggestion } else { suggestion + "\n" };
    Ok(format!("{head}\n{rows}{end}"))
}
