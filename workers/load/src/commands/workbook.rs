//! `carillon workbook`: the timetable of a run as one workbook, for those who live in a spreadsheet.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use shared::exit::Exit;

use crate::exported::{self, Folder};
use crate::terminal;
use crate::workbook::{self, WorkbookError};

/// Write the timetable of a run as one .xlsx, with a sheet for each view
#[derive(Args, Clone, Debug)]
pub struct WorkbookArgs {
    /// The directory of a run, or a link to one, such as carillon-runs/INSTANCE/latest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The workbook to write, such as timetable.xlsx
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Writes it.
///
/// Exit codes: 0 written, 65 a file of the run cannot be understood, 66 there is no timetable, 70 it does not fit into a workbook,
/// 73 its folder cannot be made, 74 reading or writing failed.
pub fn workbook(args: WorkbookArgs) -> ExitCode {
    let WorkbookArgs { run, file } = args;
    match write(&run, &file) {
        Ok(()) => {
            terminal::out(&format!("{}\n", file.display()));
            Exit::Complete.into()
        }
        Err(error) => {
            terminal::err(&format!("failed to {error}\n"));
            error.exit().into()
        }
    }
}

fn write(run: &Path, file: &Path) -> Result<(), WorkbookError> {
    let bytes = workbook::bytes(&exported::read(run)?)?;
    let name = file.file_name().ok_or_else(|| WorkbookError::NoName { path: file.to_owned() })?;
    let around = file.parent().filter(|around| !around.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = Folder::create(around)?;
    folder.replace(&name.to_string_lossy(), &bytes)?;
    Ok(folder.sync()?)
}
