//! A text of separated values as records of cells. Each cell knows where it stands, which is why this is not left to a library:
//! an error in row 4,711 is worth little without its column.
//!
//! The rules are those of RFC 4180, read kindly: a cell that begins with a quote ends with one and may hold separators, line
//! ends and doubled quotes; a quote anywhere else is a character like others; a line ends with LF, CR LF or CR.

use std::borrow::Cow;

/// A cell as it was written, without its quotes, and where its text begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) line: u32,
    pub(super) column: u32,
    /// Whether a quote was opened and the text ended before it was closed.
    pub(super) is_open: bool,
}

/// The records of a text, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Records<'t> {
    rest: &'t str,
    separator: u8,
    line: u32,
    column: u32,
}

impl<'t> Records<'t> {
    pub(super) fn new(text: &'t str, separator: u8) -> Self {
        Self { rest: text, separator, line: 1, column: 1 }
    }

    /// Puts the cells of the next record in the place of those of the last one; false if there is none.
    pub(super) fn read(&mut self, cells: &mut Vec<Cell<'t>>) -> bool {
        cells.clear();
        if self.rest.is_empty() {
            return false;
        }
        loop {
            let cell = if self.rest.starts_with('"') { self.quoted() } else { self.plain() };
            cells.push(cell);
            if self.rest.as_bytes().first() != Some(&self.separator) {
                break;
            }
            self.pass(1);
            // A separator that ends the text has an empty cell behind it.
        }
        self.end_line();
        true
    }

    /// Goes on by that many bytes of one line.
    fn pass(&mut self, bytes: usize) -> &'t str {
        let (passed, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        self.column += passed.chars().count() as u32;
        passed
    }

    fn end_line(&mut self) {
        let bytes = match self.rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return,
        };
        self.rest = &self.rest[bytes..];
        self.line += 1;
        self.column = 1;
    }

    /// The bytes before the next separator or line end.
    fn plain_bytes(&self) -> usize {
        let ends = |byte: &u8| *byte == self.separator || *byte == b'\n' || *byte == b'\r';
        self.rest.bytes().position(|byte| ends(&byte)).unwrap_or(self.rest.len())
    }

    fn plain(&mut self) -> Cell<'t> {
        let (line, column) = (self.line, self.column);
        let text = Cow::Borrowed(self.pass(self.plain_bytes()));
        Cell { text, line, column, is_open: false }
    }

    fn quoted(&mut self) -> Cell<'t> {
        self.pass(1);
        let mut cell = Cell { text: Cow::Borrowed(""), line: self.line, column: self.column, is_open: false };
        loop {
            let stop = self.rest.bytes().position(|byte| matches!(byte, b'"' | b'\n' | b'\r'));
            let part = self.pass(stop.unwrap_or(self.rest.len()));
            append(&mut cell.text, part);
            match self.rest.as_bytes() {
                [] => {
                    cell.is_open = true;
                    return cell;
                }
                [b'"', b'"', ..] => append(&mut cell.text, &self.pass(2)[1..]),
                [b'"', ..] => {
                    self.pass(1);
                    let behind = self.pass(self.plain_bytes());
                    append(&mut cell.text, behind);
                    return cell;
                }
                _ => {
                    self.end_line();
                    append(&mut cell.text, "\n");
                }
            }
        }
    }
}

/// Appends without a copy as long as one part is all there is.
fn append<'t>(text: &mut Cow<'t, str>, part: &'t str) {
    if text.is_empty() {
        *text = Cow::Borrowed(part);
    } else if !part.is_empty() {
        text.to_mut().push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str, separator: u8) -> Vec<Vec<Cell<'_>>> {
        let mut records = Records::new(text, separator);
        let (mut cells, mut all) = (Vec::new(), Vec::new());
        while records.read(&mut cells) {
            all.push(cells.clone());
        }
        all
    }

    #[test]
    fn each_cell_knows_where_it_stands() {
        let found = all("é;\"b;\"\"x\"\"\r\ny\"z;\r\rü;3", b';');
        let flat: Vec<_> = found.iter().flatten().map(|cell| (cell.text.as_ref(), cell.line, cell.column)).collect();
        assert_eq!(flat, [("é", 1, 1), ("b;\"x\"\nyz", 1, 4), ("", 2, 5), ("", 3, 1), ("ü", 4, 1), ("3", 4, 3)]);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1, 2]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_known() {
        let found = all("a,\"b\nc,d", b',');
        assert_eq!(found.len(), 1);
        assert_eq!((found[0][1].text.as_ref(), found[0][1].is_open), ("b\nc,d", true));
    }

    proptest! {
        /// The library reads the same cells from any text, and leaves out lines that are empty.
        #[test]
        fn cells_are_those_of_the_csv_library(text in "[ab\",;\t\né ]{0,40}") {
            for separator in [b',', b';', b'\t'] {
                let mut reader = csv::ReaderBuilder::new();
                reader.has_headers(false).flexible(true).delimiter(separator);
                let reader = reader.from_reader(text.as_bytes());
                let theirs: Vec<Vec<String>> =
                    reader.into_records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
                let is_line = |record: &Vec<String>| record.len() > 1 || !record[0].is_empty();
                let ours = all(&text, separator);
                let ours: Vec<Vec<String>> = ours
                    .iter()
                    .map(|record| record.iter().map(|cell| cell.text.clone().into_owned()).collect())
                    .filter(is_line)
                    .collect();
                prop_assert_eq!(ours, theirs.into_iter().filter(is_line).collect::<Vec<_>>(), "{:?}", text);
            }
        }
    }
}
