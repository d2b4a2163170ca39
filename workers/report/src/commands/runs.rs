//! `carillon runs`: the runs that lie where runs go by default, newest last.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use shared::file::FileError;

use super::{aligned, answered, plain};
use crate::error::ReportError;
use crate::sources::{RunResult, text};
use crate::words;

/// List the runs in carillon-runs
#[derive(Args, Clone, Debug)]
pub struct RunsArgs {
    /// Only those of one instance, by its name there
    #[arg(value_name = "INSTANCE")]
    pub instance: Option<String>,
    /// Where to look
    #[arg(long, value_name = "DIR", default_value = "carillon-runs")]
    pub place: PathBuf,
}

/// Lists them.
///
/// Exit codes: 0 listed, 66 there is no such place, 74 reading failed.
pub fn runs(args: &RunsArgs) -> ExitCode {
    answered(listed(args))
}

fn listed(args: &RunsArgs) -> Result<String, ReportError> {
    let mut rows =
        vec![["run", "verdict", "broken", "unplaced", "cost", "time", "peak", ""].map(str::to_owned).to_vec()];
    for of_instance in folders(&args.place)? {
        let name = name(&of_instance);
        if args.instance.as_ref().is_some_and(|wanted| *wanted != name) {
            continue;
        }
        let latest = fs::read_link(of_instance.join("latest")).ok();
        for run in folders(&of_instance)?.iter().filter(|run| run.join("run.journal").is_file()) {
            let is_latest = latest.as_deref().is_some_and(|latest| latest.file_name() == run.file_name());
            rows.push(row(run, &format!("{name}/{}", self::name(run)), is_latest)?);
        }
    }
    Ok(plain(&aligned(&rows, &[2, 3, 4, 5, 6])))
}

fn row(run: &Path, name: &str, is_latest: bool) -> Result<Vec<String>, ReportError> {
    let written = text(&run.join("result.json"))?.unwrap_or_default();
    let result: Option<RunResult> = serde_json::from_str(&written).ok();
    let of = |of: &dyn Fn(&RunResult) -> String| result.as_ref().map_or_else(|| "-".to_owned(), of);
    let count = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    Ok(vec![
        name.to_owned(),
        result.as_ref().map_or_else(|| "not ended".to_owned(), |result| result.verdict.clone()),
        of(&|result| count(result.hard)),
        of(&|result| count(result.unplaced)),
        of(&|result| count(result.cost)),
        of(&|result| words::time((result.wall_s * 1e3) as u64)),
        of(&|result| words::size(result.peak_bytes)),
        if is_latest { "latest".to_owned() } else { String::new() },
    ])
}

/// The folders in a folder, by name; links are left aside.
fn folders(place: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let listed = fs::read_dir(place).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ReportError::NoRun { path: place.to_owned() },
        _ => FileError::at("read", place)(error).into(),
    })?;
    let mut folders: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.retain(|path| fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()));
    folders.sort();
    Ok(folders)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
