//! The cells of one row: how many there must be, and how a name or a number is read from one.

use std::ops::RangeInclusive;

use super::draft::Number;
use super::text::{Line, Word, plural, shown};
use crate::finding::{Finding, Findings, Place};
use crate::limits::NAME_CHARS_MAX;

/// A row that is being read. Reading a cell that is not there gives an empty one: [`Row::new`] has said what is missing.
pub(crate) struct Row<'t, 'f> {
    words: Vec<Word<'t>>,
    end: Place,
    findings: &'f mut Findings,
}

impl<'t, 'f> Row<'t, 'f> {
    /// The cells of a line. With `fields` (what each cell is) there must be exactly as many.
    pub(crate) fn new(line: Line<'t>, fields: &[&str], open_ended: bool, findings: &'f mut Findings) -> Self {
        let (words, end) = (line.words(), line.end());
        let expected = || fields.iter().map(|field| format!("<{field}>")).collect::<Vec<_>>().join(" ");
        let found = || format!("{} {}", plural(words.len(), "word"), shown(line.text.trim()));
        if words.len() < fields.len() {
            let message = format!("the row ends before its {}", fields[words.len()]);
            findings.push(Finding::error(end, message).expected(expected()).found(found()));
        } else if words.len() > fields.len() && !open_ended {
            let finding = Finding::error(words[fields.len()].place, "the row has more words than it should");
            let finding = finding.expected(expected()).found(found());
            findings.push(finding.hint("a name must not contain white space; each row has a line of its own"));
        }
        Self { words, end, findings }
    }

    fn word(&self, at: usize) -> Word<'t> {
        self.words.get(at).copied().unwrap_or(Word { text: "", place: self.end })
    }

    /// A name that another row declares.
    pub(crate) fn reference(&self, at: usize) -> Word<'t> {
        self.word(at)
    }

    /// A name that this row declares.
    pub(crate) fn name(&mut self, at: usize) -> Word<'t> {
        let word = self.word(at);
        look_at_name(word, self.findings);
        word
    }

    /// A whole number; zero if there is none that can be read.
    pub(crate) fn number(&mut self, at: usize, what: &str, range: RangeInclusive<u32>) -> Number {
        let word = self.word(at);
        let value = if word.text.is_empty() { None } else { number(word, what, range, self.findings) };
        Number { value: value.unwrap_or(0), place: word.place }
    }

    /// All cells from `at` on.
    pub(crate) fn rest(&self, at: usize) -> &[Word<'t>] {
        self.words.get(at..).unwrap_or_default()
    }
}

/// Finds what would make a name unusable in reports and solutions.
pub(crate) fn look_at_name(word: Word<'_>, findings: &mut Findings) {
    let place_of = |character: fn(char) -> bool| {
        let column = word.text.chars().position(character)? as u32;
        Some(Place { column: word.place.column + column, ..word.place })
    };
    if let Some(place) = place_of(|character| character == char::REPLACEMENT_CHARACTER) {
        let message = format!("the name {} holds bytes that are not UTF-8; they are read as U+FFFD", shown(word.text));
        findings.push(Finding::warning(place, message).hint("save the file as UTF-8, then the name comes out whole"));
    }
    if let Some(place) = place_of(char::is_control) {
        let finding = Finding::error(place, "a name holds a control character").expected("printable characters");
        findings.push(finding.found(shown(word.text)));
    }
    if word.text.chars().count() > NAME_CHARS_MAX {
        let finding = Finding::error(word.place, "a name is too long");
        findings.push(finding.expected(format!("at most {NAME_CHARS_MAX} characters")).found(shown(word.text)));
    }
}

/// Reads a whole number of `range`; says what is wrong if it is none.
pub(crate) fn number(word: Word<'_>, what: &str, range: RangeInclusive<u32>, findings: &mut Findings) -> Option<u32> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large for 64 bits is as much out of range as any other.
    let value = is_digits(word.text).then(|| word.text.parse().unwrap_or(u64::MAX));
    if let Some(value) = value
        && (u64::from(*range.start())..=u64::from(*range.end())).contains(&value)
    {
        return Some(value as u32);
    }
    let is_negative = word.text.strip_prefix('-').is_some_and(is_digits);
    let message = if value.is_some() || is_negative { "is out of range" } else { "is not a whole number" };
    let expected = format!("a whole number from {} to {}", range.start(), range.end());
    let mut finding =
        Finding::error(word.place, format!("{what} {message}")).expected(expected).found(shown(word.text));
    if value.is_none() && !is_negative && word.text.parse::<f64>().is_ok() {
        finding = finding.hint("write it in digits, without a sign, a fraction or an exponent");
    }
    findings.push(finding);
    None
}
