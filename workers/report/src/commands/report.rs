//! `carillon report RUN`: writes the report of a run again, whatever has become of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::answered;
use crate::Options;

/// Write the report of a run again
#[derive(Args, Clone, Debug)]
pub struct ReportArgs {
    /// The directory of a run, or a link to one, such as carillon-runs/INSTANCE/latest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Also write a page for each room, teacher, group and course into RUN/pages, for a web server
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
    let written = crate::write(run, Options { pages: *pages, students: *students });
    answered(written.map(|()| format!("{}\n", run.join("report.html").display())))
}
