//! A sheet: rows of cells under the columns that were recognized by their names. Where its cells come from, a text or a
//! workbook, is forgotten here; where they stand is not.

use super::layout::Layout;
use super::records::{Cell, Records};
use crate::finding::{Finding, Findings, Place};
use crate::format::{Word, nearest, shown};

/// The separators that are tried.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Where the text of a cell begins among all texts of its sheet, and where it stood. It ends where the next one begins.
#[derive(Clone, Copy, Debug)]
struct Span {
    begin: u32,
    line: u32,
    column: u32,
}

/// The rows of a sheet. Texts lie in one string, so that a million rows are no million allocations.
#[derive(Debug)]
pub(crate) struct Sheet {
    layout: &'static Layout,
    /// What its places call it; nothing where it is the only file.
    file: Option<&'static str>,
    is_readable: bool,
    /// For each column of the layout, which one of the cells of a row it is.
    position: Vec<Option<usize>>,
    /// Cells of a row.
    width: usize,
    text: String,
    spans: Vec<Span>,
}

impl Sheet {
    /// A sheet that is not there: no rows.
    pub(crate) fn empty(layout: &'static Layout, file: Option<&'static str>) -> Self {
        let position = vec![None; layout.columns.len()];
        Self { layout, file, is_readable: true, position, width: 0, text: String::new(), spans: Vec::new() }
    }

    /// A sheet that could not be read, which has been said.
    pub(crate) fn failed(layout: &'static Layout, file: Option<&'static str>) -> Self {
        Self { is_readable: false, ..Self::empty(layout, file) }
    }

    /// Reads the text of a file.
    pub(crate) fn of_text(
        layout: &'static Layout,
        file: Option<&'static str>,
        text: &str,
        findings: &mut Findings,
    ) -> Self {
        let mut records = Records::new(text, separator(layout, text));
        Self::read(layout, file, |cells| records.read(cells), findings)
    }

    /// Reads records, the first of which that is not blank holds the names of the columns.
    pub(super) fn read<'t>(
        layout: &'static Layout,
        file: Option<&'static str>,
        mut next: impl FnMut(&mut Vec<Cell<'t>>) -> bool,
        findings: &mut Findings,
    ) -> Self {
        let mut sheet = Self::empty(layout, file);
        let mut cells = Vec::new();
        while next(&mut cells) && is_blank(&cells) {}
        if is_blank(&cells) {
            let finding = Finding::error(sheet.start(), "the sheet is empty");
            let expected = format!("a first row `{}`, and {} below it", layout.required.join(","), layout.what);
            findings.push(finding.expected(expected).hint("was it written completely?"));
            return Self::failed(layout, file);
        }
        let kept = sheet.head(&cells, findings);
        while next(&mut cells) {
            if !is_blank(&cells) {
                sheet.add(&cells, &kept, findings);
            }
        }
        sheet
    }

    /// The rows.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        let count = self.spans.len().checked_div(self.width).unwrap_or(0);
        (0..count).map(|row| Row { sheet: self, first: row * self.width })
    }

    /// What it is.
    pub(crate) fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// Whether there is such a sheet, be it without rows.
    pub(crate) fn is_there(&self) -> bool {
        self.width > 0
    }

    /// The names of its columns, in their order.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let named = self.layout.columns.iter().zip(&self.position);
        let mut columns: Vec<_> = named.filter_map(|(name, position)| Some(((*position)?, *name))).collect();
        columns.sort_unstable();
        columns.into_iter().map(|(_, name)| name).collect()
    }

    /// Whether its rows say what they should, as far as the columns are concerned. A sheet that is not there has none.
    pub(crate) fn is_readable(&self) -> bool {
        self.is_readable
    }

    /// Where it begins: the place of what concerns it as a whole.
    pub(crate) fn start(&self) -> Place {
        self.place(1, 1)
    }

    fn has(&self, column: &str) -> bool {
        self.layout.columns.iter().zip(&self.position).any(|(name, position)| *name == column && position.is_some())
    }

    /// Reads the names of the columns. For each cell of a record: whether it belongs to a column, or may not be there.
    fn head(&mut self, cells: &[Cell<'_>], findings: &mut Findings) -> Vec<Kept> {
        let mut kept = Vec::new();
        for cell in cells {
            let word = self.word(cell);
            let column = self.layout.columns.iter().position(|name| *name == word.text);
            kept.push(match column {
                Some(column) if self.position[column].is_none() => {
                    self.position[column] = Some(self.width);
                    self.width += 1;
                    Kept::Column
                }
                Some(_) => {
                    let message = format!("the column `{}` comes a second time", word.text);
                    findings.push(Finding::error(word.place, message).hint("leave one of them"));
                    Kept::PassedOver
                }
                None if word.text.is_empty() => Kept::Nameless,
                None => {
                    if !self.layout.is_open {
                        findings.push(self.unknown(word));
                    }
                    Kept::PassedOver
                }
            });
        }
        for name in self.layout.required.iter().filter(|name| !self.has(name)) {
            let place = self.place(cells.first().map_or(1, |cell| cell.line), 1);
            let finding = Finding::error(place, format!("the column `{name}` is missing"));
            findings.push(finding.expected(format!("a first row with {}", listed(self.layout.required))));
        }
        self.is_readable = self.layout.required.iter().all(|name| self.has(name));
        kept
    }

    fn unknown(&self, word: Word<'_>) -> Finding {
        let finding = Finding::error(word.place, format!("there is no column {}", shown(word.text)));
        let finding = finding.expected(format!("one of {}", listed(self.layout.columns)));
        match nearest(word.text, self.layout.columns.iter().copied()) {
            Some(like) => finding.hint(format!("did you mean `{like}`?")),
            None => finding.hint("remarks belong into a file of another name"),
        }
    }

    /// Adds a row.
    fn add(&mut self, cells: &[Cell<'_>], kept: &[Kept], findings: &mut Findings) {
        let end = cells.last().map_or((1, 1), |cell| (cell.line, cell.column + cell.text.chars().count() as u32));
        for (at, kept) in kept.iter().enumerate() {
            let Some(cell) = cells.get(at) else {
                if *kept == Kept::Column {
                    self.spans.push(Span { begin: self.text.len() as u32, line: end.0, column: end.1 });
                }
                continue;
            };
            let word = self.word(cell);
            look_at(cell, word, *kept, findings);
            if *kept == Kept::Column {
                let Place { line, column, .. } = word.place;
                self.spans.push(Span { begin: self.text.len() as u32, line, column });
                self.text.push_str(word.text);
            }
        }
        for cell in cells.iter().skip(kept.len()) {
            look_at(cell, self.word(cell), Kept::Nameless, findings);
        }
    }

    fn place(&self, line: u32, column: u32) -> Place {
        Place { file: self.file, line, column }
    }

    /// The trimmed text of a cell, with its place.
    fn word<'c>(&self, cell: &'c Cell<'_>) -> Word<'c> {
        let text = cell.text.trim_start();
        let before = &cell.text[..cell.text.len() - text.len()];
        let lines = before.matches('\n').count() as u32;
        let last = before.rsplit('\n').next().map_or(0, |last| last.chars().count() as u32);
        let column = if lines == 0 { cell.column + last } else { last + 1 };
        Word { text: text.trim_end(), place: self.place(cell.line + lines, column) }
    }
}

/// Finds what is wrong with a cell as such.
fn look_at(cell: &Cell<'_>, word: Word<'_>, kept: Kept, findings: &mut Findings) {
    if cell.is_open {
        let finding = Finding::error(word.place, "a quote is opened here and never closed");
        findings.push(finding.found(shown(word.text)).hint("all that follows would be one cell"));
    }
    if kept == Kept::Nameless && !word.text.is_empty() {
        let finding = Finding::error(word.place, "the cell stands under no column").found(shown(word.text));
        findings.push(finding.hint("is there one separator too many, or a separator within a cell without quotes?"));
    }
}

/// What becomes of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// They are read.
    Column,
    /// It has been said, or does not matter, that they are not.
    PassedOver,
    /// There must not be any.
    Nameless,
}

/// A row of a sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'t> {
    sheet: &'t Sheet,
    first: usize,
}

impl<'t> Row<'t> {
    /// Its cells, by the columns of the layout. A column that is not there gives empty ones.
    pub(crate) fn cells<const N: usize>(self) -> [Word<'t>; N] {
        debug_assert_eq!(N, self.sheet.position.len(), "as many as the layout has");
        std::array::from_fn(|column| self.cell(self.sheet.position[column]))
    }

    /// Its texts, by the columns that are there, in their order.
    pub(crate) fn texts(self) -> impl Iterator<Item = &'t str> {
        (0..self.sheet.width).map(move |position| self.cell(Some(position)).text)
    }

    fn cell(self, position: Option<usize>) -> Word<'t> {
        let Sheet { text, spans, .. } = self.sheet;
        let span = spans[self.first + position.unwrap_or(0)];
        let place = self.sheet.place(span.line, span.column);
        let Some(position) = position else { return Word { text: "", place } };
        let end = spans.get(self.first + position + 1).map_or(text.len(), |next| next.begin as usize);
        Word { text: &text[span.begin as usize..end], place }
    }
}

/// The separator by which most columns are recognized; of several the one that makes most cells.
fn separator(layout: &Layout, text: &str) -> u8 {
    let score = |separator: u8| {
        let (mut records, mut cells) = (Records::new(text, separator), Vec::new());
        while records.read(&mut cells) && is_blank(&cells) {}
        (cells.iter().filter(|cell| layout.columns.contains(&cell.text.trim())).count(), cells.len())
    };
    SEPARATORS.into_iter().rev().max_by_key(|separator| score(*separator)).unwrap_or(b',')
}

fn is_blank(cells: &[Cell<'_>]) -> bool {
    cells.iter().all(|cell| cell.text.trim().is_empty())
}

/// `` `a`, `b` and `c` ``.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
