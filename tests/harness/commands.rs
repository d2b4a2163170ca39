//! The commands that end at once: called, and their answer kept.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use super::program;

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its exit code; -1 where a signal ended it.
    pub(crate) code: i32,
    /// What it wrote to stdout.
    pub(crate) stdout: String,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
}

/// Calls the program with `arguments`, on a terminal of 100 columns as far as it can tell.
pub(crate) fn carillon<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Answer {
    answer(program().args(arguments).env("COLUMNS", "100"))
}

/// Calls a command, and keeps its answer.
pub(crate) fn answer(command: &mut Command) -> Answer {
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Answer { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}
