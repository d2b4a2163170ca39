//! `carillon init`: a folder to begin with, in the form that an institution fills in.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use shared::exit::Exit;

use super::folder::{self, FolderError};
use crate::generate::{self, Knobs, Preset};
use crate::terminal;

const README: (&str, &str) = ("README.md", include_str!("../../../../examples/tiny/README.md"));

/// The sheets of `examples/tiny`.
const TINY: [(&str, &str); 8] = [
    ("calendar.toml", include_str!("../../../../examples/tiny/calendar.toml")),
    ("rooms.csv", include_str!("../../../../examples/tiny/rooms.csv")),
    ("teachers.csv", include_str!("../../../../examples/tiny/teachers.csv")),
    ("groups.csv", include_str!("../../../../examples/tiny/groups.csv")),
    ("events.csv", include_str!("../../../../examples/tiny/events.csv")),
    ("enrolments.csv", include_str!("../../../../examples/tiny/enrolments.csv")),
    ("unavailable.csv", include_str!("../../../../examples/tiny/unavailable.csv")),
    ("rules.csv", include_str!("../../../../examples/tiny/rules.csv")),
];

/// Write a small campus folder to begin with
#[derive(Args, Clone, Debug)]
pub struct InitArgs {
    /// Folder to write; it must be new or empty
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// What to write
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Example::Tiny)]
    pub example: Example,
}

/// An example that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Example {
    /// A college of 36 students, to be read and changed
    Tiny,
    /// A campus of 150 sections and 1,100 students, to see how it scales
    Campus,
}

/// Writes the example and says what to do next.
///
/// Exit codes: 0 written, 73 the folder is taken or cannot be made, 74 it cannot be written.
pub fn init(args: InitArgs) -> ExitCode {
    let InitArgs { folder, example } = args;
    match write(&folder, example) {
        Ok(()) => {
            let shown = folder.display();
            terminal::out(&format!("{shown}: written\nnext: carillon check {shown} · carillon run {shown}\n"));
            Exit::Complete.into()
        }
        Err(error) => {
            terminal::err(&format!("failed to {error}\n"));
            error.exit().into()
        }
    }
}

fn write(folder: &Path, example: Example) -> Result<(), FolderError> {
    folder::empty(folder)?;
    folder::fill(folder, &[README])?;
    match example {
        Example::Tiny => folder::fill(folder, &TINY),
        Example::Campus => {
            let knobs = Knobs { seed: 1, ..Knobs::default() };
            let campus = generate::campus(Preset::Campus, &knobs).expect("the preset is sound with this seed");
            folder::fill(folder, &campus.folder())
        }
    }
}
