//! What is wrong in a configuration: where, what, and what to try, as `check` tells it of an instance.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::Key;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    place: Place,
    /// A sentence without a full stop.
    message: String,
    hint: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(Excerpt),
}

/// A place in a file, with the line. Numbers count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    path: PathBuf,
    line: usize,
    column: usize,
    text: String,
    /// How many characters it is about, one at the least.
    width: usize,
}

impl Finding {
    /// About a variable of the environment.
    pub(super) fn of_variable(name: &str, message: String) -> Self {
        Self { place: Place::Variable(name.to_owned()), message, hint: None }
    }

    /// About that part of a file.
    pub(super) fn of_file(path: &Path, text: &str, span: &Range<usize>, message: String) -> Self {
        let (line, column) = line_and_column(text, span.start);
        let words = text.lines().nth(line - 1).unwrap_or_default().trim_end().to_owned();
        let marked = text.get(span.clone()).unwrap_or_default().lines().next().unwrap_or_default();
        let width = marked.chars().count().max(1);
        Self {
            place: Place::File(Excerpt { path: path.to_owned(), line, column, text: words, width }),
            message,
            hint: None,
        }
    }

    /// Says what to try.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Says which key may be meant; `name` gives a key the form in which it was written.
    pub(super) fn near(self, written: &str, name: impl Fn(Key) -> String) -> Self {
        let names = Key::all().into_iter().map(name);
        // Who forgets the table of the finer settings is told of it.
        let whole = [written.to_owned(), format!("set.{written}")];
        let distance = |name: &String| whole.iter().map(|word| strsim::damerau_levenshtein(word, name)).min();
        match names.min_by_key(distance).filter(|name| distance(name).is_some_and(|away| away * 3 <= name.len())) {
            Some(nearest) => self.hint(format!("did you mean {nearest}?")),
            None => self.hint("`carillon config default` prints all keys"),
        }
    }
}

/// The line and the column of a byte.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (before.matches('\n').count() + 1, column)
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Variable(name) => write!(out, "{name}: error: {}", self.message)?,
            Place::File(Excerpt { path, line, column, text, width }) => {
                writeln!(out, "{}:{line}:{column}: error: {}", path.display(), self.message)?;
                writeln!(out, "    {line} | {text}")?;
                let margin = " ".repeat(line.to_string().len());
                // Tabs stay tabs, so that the mark stands below what it is about.
                let indent: String =
                    text.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
                write!(out, "    {margin} | {indent}{}", "^".repeat(*width))?;
            }
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(out, "\n    hint:     {hint}"))
    }
}
