//! `carillon report RUN`: writes the report of a run again, whatever has become of it.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use shared::exit::Exit;

use crate::Options;

/// Write the report of a run again
#[derive(Args, Clone, Debug)]
pub struct ReportArgs {
    /// The directory of a run, or a link to one, such as carillon-runs/INSTANCE/latest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Also write a page for each room, teacher and group into RUN/pages, for a web server
    #[arg(long)]
    pub pages: bool,
    /// Name the students of a clash
    #[arg(long)]
    pub students: bool,
}

/// Writes it, and says where it is.
///
/// Exit codes: 0 written, 65 a file of the run cannot be understood, 66 there is no run, 74 reading or writing failed.
pub fn report(args: &ReportArgs) -> ExitCode {
    let ReportArgs { run, pages, students } = args;
    match crate::write(run, Options { pages: *pages, students: *students }) {
        Ok(()) => {
            // Who does not listen any more misses nothing that the disk does not have.
            let _ = writeln!(io::stdout(), "{}", run.join("report.html").display());
            Exit::Complete.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: failed to {error}");
            error.exit().into()
        }
    }
}
