//! `carillon convert`: the same instance in another form.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use shared::exit::Exit;

use super::folder::{self, FolderError};
use crate::convert::{self, ConvertError, Converted, Form};
use crate::input::InputError;
use crate::terminal;

/// Write an instance in another form: a campus as a folder or an .xlsx, a file of the competition as .ctt or .ectt
#[derive(Args, Clone, Debug)]
pub struct ConvertArgs {
    /// The instance: a campus folder, an .xlsx of its sheets, or a .ctt or .ectt file
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// What to write: a new folder, or a new file whose ending says the form: .xlsx, .ctt or .ectt
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
}

/// Why nothing was written. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(
        "tell what {} is to be: .xlsx, .ctt and .ectt are known, and a name without an ending is a folder",
        path.display()
    )]
    UnknownForm { path: PathBuf },
    #[error(transparent)]
    Convert(#[from] ConvertError),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl CommandError {
    fn exit(&self) -> Exit {
        match self {
            Self::UnknownForm { .. } => Exit::Usage,
            Self::Convert(ConvertError::Input(error)) => error.exit(),
            Self::Convert(ConvertError::CampusIntoCompetition | ConvertError::CompetitionIntoCampus) => Exit::BadInput,
            Self::Convert(ConvertError::Layout(_)) => Exit::Internal,
            Self::Folder(error) => error.exit(),
        }
    }
}

/// Converts it. What is wrong or remarkable with it is told on standard error.
///
/// Exit codes: 0 written, 2 the ending is unknown, 65 refused, or nothing that the form could hold, 66 no such instance, 70 it does
/// not fit into a workbook, 73 the place is taken or cannot be made, 74 writing failed.
pub fn convert(args: ConvertArgs) -> ExitCode {
    let ConvertArgs { input, output } = args;
    match write(&input, &output) {
        Ok(()) => {
            terminal::out(&format!("{}: written\n", output.display()));
            Exit::Complete.into()
        }
        Err(error) => {
            let told = match &error {
                CommandError::Convert(ConvertError::Input(error @ InputError::Refused { .. })) => error.story(),
                _ => format!("failed to {error}\n"),
            };
            terminal::err(&told);
            error.exit().into()
        }
    }
}

fn write(input: &Path, output: &Path) -> Result<(), CommandError> {
    let form = Form::of_name(output).ok_or_else(|| CommandError::UnknownForm { path: output.to_owned() })?;
    let (converted, findings) = convert::convert(input, form)?;
    terminal::err(&findings.render(&input.display().to_string()));
    match converted {
        Converted::File(bytes) => folder::file(output, &bytes)?,
        Converted::Files(files) => {
            folder::empty(output)?;
            folder::fill(output, &files)?;
        }
    }
    Ok(())
}
