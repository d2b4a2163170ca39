//! The two commands. Each gathers an answer, which is written as text for people or as JSON for programs.

mod explain;
mod meeting;
mod proof;
mod table;
mod where_else;

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use shared::exit::Exit;

pub use explain::{ExplainArgs, explain};
pub use where_else::{WhereArgs, where_else};

use crate::error::ExplainError;

/// Writes an answer to stdout, or says why there is none. Who does not listen any more misses nothing.
fn answered<A: Serialize>(answer: Result<A, ExplainError>, as_json: bool, text: impl FnOnce(&A) -> String) -> ExitCode {
    match answer {
        Ok(answer) => {
            let json = || serde_json::to_string_pretty(&answer).expect("text and numbers are always JSON") + "\n";
            let text = if as_json { json() } else { text(&answer) };
            let _ = io::stdout().lock().write_all(text.as_bytes());
            Exit::Complete.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: failed to {error}");
            error.exit().into()
        }
    }
}

/// `1 place`, `3 places`.
fn count(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
