//! What is wrong (or remarkable) in an input file: each finding with its place, so that all can be told in one go.

use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::limits::{FINDINGS_KEPT_MAX, FINDINGS_SHOWN_MAX, ROWS_SHOWN_MAX};

/// A place in a text file. Both numbers count from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Which file of a campus folder, or which sheet of a workbook; nothing where the input is one file.
    #[serde(rename = "sheet", skip_serializing_if = "Option::is_none")]
    pub file: Option<&'static str>,
    /// The line, or the row of a sheet.
    pub line: u32,
    /// The character in the line, or the column of a sheet.
    pub column: u32,
}

impl Place {
    /// Where a file begins: the place of what concerns the file as a whole.
    pub const START: Self = Self::new(1, 1);

    /// A place in the only file.
    pub const fn new(line: u32, column: u32) -> Self {
        Self { file: None, line, column }
    }

    /// The same place in one of several files.
    pub const fn of(self, file: &'static str) -> Self {
        Self { file: Some(file), ..self }
    }

    /// `rooms.csv:4`.
    fn in_short(self) -> String {
        self.file.map_or_else(|| self.line.to_string(), |file| format!("{file}:{}", self.line))
    }

    /// In words, for a sentence that does not name the input: `line 4`, `rooms.csv, line 4`.
    pub fn in_words(self) -> String {
        self.file.map_or_else(|| format!("line {}", self.line), |file| format!("{file}, line {}", self.line))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file says what it means, and no timetable can satisfy it; the message is the proof.
    Infeasible,
    /// The file is accepted, but probably does not say what was meant, or costs what cannot be avoided.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Infeasible, Self::Warning, Self::Note];

    /// The word in front of the message.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Infeasible => "infeasible",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// How bad.
    pub severity: Severity,
    /// What it is, in one sentence without a full stop.
    pub message: String,
    /// What would have been right.
    pub expected: Option<String>,
    /// What stands there instead.
    pub found: Option<String>,
    /// What to try.
    pub hint: Option<String>,
    /// Other places that it is about; the first few of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Place>,
}

impl Finding {
    /// A finding with a message only.
    pub fn new(severity: Severity, place: Place, message: impl Into<String>) -> Self {
        Self { place, severity, message: message.into(), expected: None, found: None, hint: None, rows: Vec::new() }
    }

    /// An error.
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, place, message)
    }

    /// A warning.
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, place, message)
    }

    /// Says what would have been right.
    pub fn expected(mut self, what: impl Into<String>) -> Self {
        self.expected = Some(what.into());
        self
    }

    /// Says what stands there.
    pub fn found(mut self, what: impl Into<String>) -> Self {
        self.found = Some(what.into());
        self
    }

    /// Says what to try.
    pub fn hint(mut self, what: impl Into<String>) -> Self {
        self.hint = Some(what.into());
        self
    }

    /// Says which other places it is about. The first few are kept.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Place>) -> Self {
        self.rows.extend(rows.into_iter().take(ROWS_SHOWN_MAX));
        self
    }

    /// The finding as one line. `input` is the name of the file, or of what holds several.
    pub fn headline(&self, input: &str) -> String {
        let said = format!("{}: {}: {}", self.place, self.severity.word(), self.message);
        match self.place.file {
            None => format!("{input}:{said}"),
            Some(file) => format!("{}/{file}:{said}", input.trim_end_matches('/')),
        }
    }

    /// The finding as it is shown: the headline, and below it a line for each thing known.
    fn render(&self, input: &str, out: &mut String) {
        out.push_str(&self.headline(input));
        out.push('\n');
        for (label, what) in [("expected:", &self.expected), ("found:   ", &self.found), ("hint:    ", &self.hint)] {
            if let Some(what) = what {
                let _ = writeln!(out, "    {label} {what}");
            }
        }
        if !self.rows.is_empty() {
            let rows: Vec<String> = self.rows.iter().map(|place| place.in_short()).collect();
            let _ = writeln!(out, "    rows:     {}", rows.join(", "));
        }
    }
}

/// All findings about one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    kept: Vec<Finding>,
    counts: [usize; Severity::ALL.len()],
}

impl Findings {
    /// Adds one. Beyond [`FINDINGS_KEPT_MAX`] of its severity it is only counted.
    pub fn push(&mut self, finding: Finding) {
        let count = &mut self.counts[finding.severity as usize];
        *count += 1;
        if *count <= FINDINGS_KEPT_MAX {
            self.kept.push(finding);
        }
    }

    /// Adds several.
    pub(crate) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    /// Adds all of another collection, those that it only counted included.
    pub(crate) fn take(&mut self, other: Self) {
        let Self { kept, counts } = other;
        let mut only_counted = counts;
        for finding in kept {
            only_counted[finding.severity as usize] -= 1;
            self.push(finding);
        }
        self.counts.iter_mut().zip(only_counted).for_each(|(count, more)| *count += more);
    }

    /// How many there are of a severity, those not kept included.
    pub fn count(&self, severity: Severity) -> usize {
        self.counts[severity as usize]
    }

    /// Whether another finding of this severity would still be shown: if not, a costly hint is wasted on it.
    pub fn has_room(&self, severity: Severity) -> bool {
        self.count(severity) < FINDINGS_SHOWN_MAX
    }

    /// Those kept, by place.
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.kept.iter().collect();
        all.sort();
        all
    }

    /// The first of a severity, by place.
    pub fn first(&self, severity: Severity) -> Option<&Finding> {
        self.kept.iter().filter(|finding| finding.severity == severity).min()
    }

    /// The findings that are shown, by place: of each severity at most [`FINDINGS_SHOWN_MAX`].
    pub fn shown(&self) -> Vec<&Finding> {
        let mut left = [FINDINGS_SHOWN_MAX; Severity::ALL.len()];
        let mut shown = self.sorted();
        shown.retain(|finding| {
            let left = &mut left[finding.severity as usize];
            let is_shown = *left > 0;
            *left = left.saturating_sub(1);
            is_shown
        });
        shown
    }

    /// All that is shown, for people, with a last line that counts what is not.
    pub fn render(&self, file: &str) -> String {
        let shown = self.shown();
        let mut text = String::new();
        for finding in &shown {
            finding.render(file, &mut text);
        }
        let hidden = self.counts.iter().sum::<usize>() - shown.len();
        if hidden > 0 {
            let _ = writeln!(text, "{file}: {hidden} more findings are not shown");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_told_by_place_and_the_flood_is_counted() {
        let mut findings = Findings::default();
        for line in (1..=2 * FINDINGS_KEPT_MAX as u32).rev() {
            findings.push(Finding::error(Place::new(line, 1), "wrong"));
        }
        findings.push(Finding::warning(Place::START, "odd"));
        let text = findings.render("f");
        assert_eq!(findings.count(Severity::Error), 2 * FINDINGS_KEPT_MAX);
        assert!(text.starts_with("f:1:1: warning: odd\n"), "{text}");
        assert_eq!(text.matches(": error: ").count(), FINDINGS_SHOWN_MAX);
        assert!(
            text.ends_with(&format!("{} more findings are not shown\n", 2 * FINDINGS_KEPT_MAX - FINDINGS_SHOWN_MAX)),
            "{text}"
        );
    }
}
