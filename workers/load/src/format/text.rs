//! A text file as lines of words, each with its place. Knows nothing of timetables.

use std::borrow::Cow;

use crate::finding::Place;

/// A word and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    pub(crate) place: Place,
}

/// A line without its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'t> {
    pub(crate) number: u32,
    pub(crate) text: &'t str,
}

impl<'t> Line<'t> {
    /// Its words: what stands between white space.
    pub(crate) fn words(self) -> Vec<Word<'t>> {
        let mut words = Vec::new();
        let mut begin = None;
        for (column, (at, character)) in (1..).zip(self.text.char_indices()) {
            match (begin, character.is_whitespace()) {
                (None, false) => begin = Some((at, column)),
                (Some((from, column)), true) => {
                    words.push(self.word(from, at, column));
                    begin = None;
                }
                _ => {}
            }
        }
        words.extend(begin.map(|(from, column)| self.word(from, self.text.len(), column)));
        words
    }

    fn word(self, from: usize, to: usize, column: u32) -> Word<'t> {
        Word { text: &self.text[from..to], place: Place::new(self.number, column) }
    }

    /// The part behind byte `from`, trimmed, as one word that may hold white space.
    pub(crate) fn rest(self, from: usize) -> Word<'t> {
        let rest = &self.text[from..];
        let begin = from + (rest.len() - rest.trim_start().len());
        let column = self.text[..begin].chars().count() as u32 + 1;
        Word { text: rest.trim(), place: Place::new(self.number, column) }
    }

    /// Behind its last word, where something is missing.
    pub(crate) fn end(self) -> Place {
        Place::new(self.number, self.text.trim_end().chars().count() as u32 + 1)
    }
}

/// The bytes as text without a byte-order mark. What is not UTF-8 becomes U+FFFD, as in other readers of these formats.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// The lines, ended by LF, CR LF or CR, numbered from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let split = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    (1..).zip(split).map(|(number, text)| Line { number, text })
}

/// Text of a file as it may be shown on a terminal: control characters escaped, and not too long.
pub(crate) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    let mut shown = String::new();
    for character in text.chars().take(CHARS_MAX) {
        if character.is_control() { shown.extend(character.escape_debug()) } else { shown.push(character) }
    }
    if text.chars().nth(CHARS_MAX).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// `1 row`, `2 rows`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_their_character_column() {
        let line = Line { number: 7, text: " \tñandú  x " };
        let found: Vec<_> = line.words().iter().map(|word| (word.text, word.place.column)).collect();
        assert_eq!(found, [("ñandú", 3), ("x", 10)]);
        assert_eq!(line.end(), Place::new(7, 11));
        assert_eq!(line.rest(2), Word { text: "ñandú  x", place: Place::new(7, 3) });
    }

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let found: Vec<_> = lines("a\r\nb\rc\n\nd").map(|line| (line.number, line.text)).collect();
        assert_eq!(found, [(1, "a"), (2, "b"), (3, "c"), (4, ""), (5, "d")]);
    }

    #[test]
    fn a_mark_is_dropped_and_bad_bytes_are_replaced() {
        assert_eq!(decode(b"\xef\xbb\xbfName"), "Name");
        assert_eq!(decode(b"Jos\xe9"), "Jos\u{fffd}");
        assert_eq!(shown("a\u{1b}[2J"), "\"a\\u{1b}[2J\"");
    }
}
