//! The first and the last stage: `load` turns an instance file into a sealed instance, `export` turns the final timetable into
//! files for people and other programs, and `audit` recounts what a stage in between claims. Nothing here searches.
//!
//! The same reader and the same slow recount serve the commands `carillon check` and `carillon verify`; `carillon calendar`
//! and `carillon workbook` make of what a run has exported what people like to have it in, `carillon convert` of an instance.

use std::process::ExitCode;

use shared::wire::{Failure, FailureKind, Stage};
use shared::worker::{WorkerArgs, run};

mod campus;
mod commands;
mod convert;
mod export;
mod exported;
mod finding;
mod format;
mod generate;
mod icalendar;
mod input;
pub mod limits;
mod places;
mod previous;
mod settings;
mod solution;
mod stage;
mod terminal;
mod workbook;

pub use commands::{
    CalendarArgs, CampusArgs, CheckArgs, ConvertArgs, Example, GenerateArgs, GenerateKind, InitArgs, VerifyArgs,
    WorkbookArgs, calendar, check, convert, generate, init, verify, workbook,
};
pub use exported::{ExportedError, Students, timetable_of};
pub use finding::{Finding, Findings, Place, Severity};
pub use format::{Reading, nearest, read};
pub use generate::Preset;
pub use input::{InputError, Loaded, load};
pub use places::{Away, Places, Whose};

/// Runs the stage that the arguments name.
pub fn main(args: WorkerArgs) -> ExitCode {
    run(args, |context| match context.args().stage {
        Stage::Load => stage::load(context),
        Stage::Audit => stage::audit(context),
        Stage::Export => export::export(context),
        other => Err(Failure::new(FailureKind::Bug, format!("the stage {other} is not one of load, audit and export"))),
    })
}
