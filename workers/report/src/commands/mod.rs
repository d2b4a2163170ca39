//! Commands that look at runs which are over, or still go on. They read what the page reads, and write text.

mod diff;
mod eff;
mod report;
mod runs;

use std::io::{self, Write as _};
use std::process::ExitCode;

use shared::exit::Exit;

pub use diff::{DiffArgs, diff};
pub use eff::{EffArgs, eff};
pub use report::{ReportArgs, report};
pub use runs::{RunsArgs, runs};

use crate::error::ReportError;

/// Writes an answer to stdout, or says why there is none. Who does not listen any more misses nothing.
fn answered(answer: Result<String, ReportError>) -> ExitCode {
    match answer {
        Ok(text) => {
            let _ = io::stdout().lock().write_all(text.as_bytes());
            Exit::Complete.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: failed to {error}");
            error.exit().into()
        }
    }
}

/// Rows below one another, each column as wide as its widest cell. The columns in `right` hold figures.
fn aligned(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let length = |text: &String| text.chars().count();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(length).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cell = |(column, cell): (usize, &String)| {
            let space = " ".repeat(widths[column] - length(cell));
            if right.contains(&column) { format!("{space}{cell}") } else { format!("{cell}{space}") }
        };
        let line = row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What looks like a space on a page is one in a terminal.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_one_another() {
        let rows = [vec!["a".to_owned(), "10".to_owned(), "é".to_owned()], vec!["bcd".to_owned(), "7".to_owned()]];
        assert_eq!(aligned(&rows, &[1]), "a    10  é\nbcd   7\n");
    }
}
