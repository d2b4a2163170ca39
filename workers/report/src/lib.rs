//! The report: one page for a browser that tells what a run came to, shows everybody's week, and how the run went. It reads what the run
//! has written and nothing else, so it is made behind the run, in a process of its own, and can be made again at any time.
//!
//! ```text
//! sources     the files of a run
//! week        the instance and the timetable, in names         conflicts   what is wrong with it, one by one
//! sections    figures and words for each section of the page   chart       curves as SVG
//! page        the page itself, from its templates              pages       a page for each room, teacher and group
//! folder      a folder of pages, whole or not at all           commands    `carillon report`, `eff`, `runs`, `diff`
//! ```

use std::path::Path;
use std::process::ExitCode;

use shared::file;
use shared::wire::{Failure, FailureKind, Stage};
use shared::worker::{Context, Done, WorkerArgs, run};

mod chart;
mod commands;
mod conflicts;
mod error;
mod folder;
mod page;
mod pages;
mod sections;
mod sources;
mod week;
mod words;

pub use commands::{DiffArgs, EffArgs, ReportArgs, RunsArgs, diff, eff, report, runs};
pub use error::ReportError;

/// What the page may show, and how much is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Whether a page for each room, teacher and group is written as well.
    pub(crate) pages: bool,
    /// Whether students are named.
    pub(crate) students: bool,
}

/// Works as the stage that writes the report: the input `run` is the directory of a run.
pub fn main(args: WorkerArgs) -> ExitCode {
    run(args, |context| match context.args().stage {
        Stage::Report => work(context),
        other => Err(Failure::new(FailureKind::Bug, format!("the stage {other} is not report"))),
    })
}

fn work(context: &Context) -> Result<Done, Failure> {
    let is_on = |key| context.args().read(key, "true or false", |text| text.parse::<bool>().ok());
    let options = Options {
        pages: is_on("report.pages")?.unwrap_or_default(),
        students: is_on("report.students")?.unwrap_or_default(),
    };
    write(context.input("run")?, options)?;
    Ok(Done::PLAIN)
}

/// Writes the report of `run` into it.
pub(crate) fn write(run: &Path, options: Options) -> Result<(), ReportError> {
    let sources = sources::Sources::read(run)?;
    let week = week::read(run, options.students)?;
    file::replace(&run.join("report.html"), page::page(&sources, week.as_ref())?.as_bytes())?;
    if let Some(week) = week.filter(|_| options.pages) {
        folder::replace(&run.join("pages"), &pages::pages(&week)?)?;
    }
    Ok(())
}
