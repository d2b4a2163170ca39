//! One `.xlsx` workbook as sheets: those of the folder by the same names without `.csv`, and a sheet `calendar` of keys and values.
//! A place is a row and a column, counted from 1.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxCellReader};

use super::Sheets;
use super::entries::of_sheet;
use super::layout::{self, CALENDAR_SHEET, Layout};
use super::records::Cell;
use super::sheet::Sheet;
use crate::finding::{Finding, Findings, Place};
use crate::format::{nearest, shown};
use crate::limits::{COLUMNS_MAX, WORKBOOK_CELLS_MAX};

/// What every workbook begins with, for it is packed as a zip.
const MAGIC: &[u8] = b"PK\x03\x04";
/// What the older `.xls` begins with.
const OLDER: &[u8] = b"\xd0\xcf\x11\xe0";

/// Whether a file is a workbook, readable or not.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(OLDER)
}

/// Reads all sheets of a workbook.
pub(crate) fn read(bytes: &[u8], findings: &mut Findings) -> Sheets {
    let mut book = Book { file: None, names: Vec::new(), cells: 0, findings };
    if bytes.starts_with(OLDER) {
        let finding = Finding::error(Place::START, "this is a workbook of the older kind");
        book.findings.push(finding.expected("an .xlsx").hint("save it as \"Excel Workbook (.xlsx)\""));
    } else {
        match survived(|| Xlsx::new(Cursor::new(bytes))) {
            Ok(file) => {
                book.names = file.sheet_names();
                book.file = Some(file);
            }
            Err(error) => {
                let finding = Finding::error(Place::START, format!("the workbook cannot be read: {error}"));
                book.findings.push(finding.hint("was it written completely, and is it without a password?"));
            }
        }
    }
    book.sheets()
}

/// What the library reads, or why not. It reckons with the numbers in a damaged file, and some of them end it: that is one more
/// file which cannot be read, and nothing of ours.
fn survived<T, E: Display>(read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("it is damaged".to_owned()),
    }
}

struct Book<'b, 'f> {
    /// Nothing where it could not be read, which has been said.
    file: Option<Xlsx<Cursor<&'b [u8]>>>,
    names: Vec<String>,
    /// Cells read so far.
    cells: u64,
    findings: &'f mut Findings,
}

impl Book<'_, '_> {
    fn sheets(&mut self) -> Sheets {
        let (calendar, has_calendar) = self.sheet(&CALENDAR_SHEET);
        let calendar = (has_calendar && calendar.is_readable()).then(|| of_sheet(&calendar));
        let (rooms, _) = self.sheet(&layout::ROOMS);
        let (events, _) = self.sheet(&layout::EVENTS);
        let (teachers, has_teachers) = self.sheet(&layout::TEACHERS);
        let (groups, has_groups) = self.sheet(&layout::GROUPS);
        let (enrolments, _) = self.sheet(&layout::ENROLMENTS);
        let (unavailable, _) = self.sheet(&layout::UNAVAILABLE);
        let (rules, _) = self.sheet(&layout::RULES);
        self.tell_strangers();
        Sheets {
            calendar,
            calendar_file: CALENDAR_SHEET.name(),
            rooms,
            events,
            teachers,
            groups,
            enrolments,
            unavailable,
            rules,
            has_teachers,
            has_groups,
        }
    }

    /// A sheet, and whether it is there.
    fn sheet(&mut self, layout: &'static Layout) -> (Sheet, bool) {
        let name = layout.name();
        let Some(file) = &mut self.file else { return (Sheet::failed(layout, Some(name)), false) };
        if !self.names.iter().any(|there| there == name) {
            if layout != &CALENDAR_SHEET && !layout::REQUIRED.contains(&layout) {
                return (Sheet::empty(layout, Some(name)), false);
            }
            let finding = Finding::error(Place::START.of(name), "the sheet is missing");
            let finding = finding.expected(format!("{}, in a sheet of this name", layout.what));
            self.findings.push(match nearest(name, self.names.iter().map(String::as_str)) {
                Some(like) => finding.hint(format!("is it {like}? Then rename it")),
                None => finding,
            });
            return (Sheet::failed(layout, Some(name)), false);
        }
        let mut rows = match survived(|| file.worksheet_cells_reader(name)) {
            Ok(cells) => Rows {
                cells,
                next: None,
                is_over: false,
                name,
                said: Findings::default(),
                count: 0,
                most: WORKBOOK_CELLS_MAX - self.cells,
            },
            Err(error) => {
                let finding = Finding::error(Place::START.of(name), format!("the sheet cannot be read: {error}"));
                self.findings.push(finding);
                return (Sheet::failed(layout, Some(name)), true);
            }
        };
        let sheet = Sheet::read(layout, Some(name), |cells| rows.read(cells), self.findings);
        self.cells += rows.count;
        self.findings.take(rows.said);
        (sheet, true)
    }

    fn tell_strangers(&mut self) {
        let known = || layout::ALL.iter().map(|layout| layout.name()).chain([CALENDAR_SHEET.name()]);
        for name in self.names.iter().filter(|name| known().all(|known| known != name.as_str())) {
            if let Some(like) = nearest(name, known().filter(|known| self.names.iter().all(|name| name != known)))
                && !layout::REQUIRED.iter().any(|layout| layout.name() == like)
            {
                let message = format!("there is a sheet {}, which is not read", shown(name));
                self.findings
                    .push(Finding::warning(Place::START.of(like), message).hint(format!("did you mean {like}?")));
            }
        }
    }
}

/// The cells of a sheet, put together to rows.
struct Rows<'b, 's> {
    cells: XlsxCellReader<'s, Cursor<&'b [u8]>>,
    /// The first cell of the next row.
    next: Option<(u32, u32, String)>,
    is_over: bool,
    name: &'static str,
    said: Findings,
    count: u64,
    most: u64,
}

impl Rows<'_, '_> {
    /// The next row that is not empty; false if there is none.
    fn read(&mut self, row: &mut Vec<Cell<'_>>) -> bool {
        row.clear();
        let Some((line, column, text)) = self.next.take().or_else(|| self.cell()) else { return false };
        add(row, line, column, text);
        while let Some((next, column, text)) = self.cell() {
            if next != line {
                self.next = Some((next, column, text));
                break;
            }
            add(row, line, column, text);
        }
        true
    }

    /// The next cell that holds something, from 0, within the columns that are looked at.
    fn cell(&mut self) -> Option<(u32, u32, String)> {
        while !self.is_over {
            let cell = match survived(|| self.cells.next_cell()) {
                Ok(Some(cell)) => cell,
                Ok(None) => {
                    self.is_over = true;
                    continue;
                }
                Err(error) => {
                    self.end(Finding::error(Place::START.of(self.name), format!("the sheet cannot be read: {error}")));
                    continue;
                }
            };
            let (line, column) = cell.get_position();
            let place = Place::new(line.saturating_add(1), column.saturating_add(1)).of(self.name);
            self.count += 1;
            if self.count > self.most {
                let finding = Finding::error(place, "the workbook is too large");
                self.end(finding.expected(format!("at most {WORKBOOK_CELLS_MAX} cells")));
                continue;
            }
            let text = self.text(cell.get_value(), place);
            if column < COLUMNS_MAX && !text.is_empty() {
                return Some((line, column, text));
            }
            if !text.is_empty() {
                let finding = Finding::error(place, "the cell stands under no column").found(shown(&text));
                self.said.push(finding.expected(format!("at most {COLUMNS_MAX} columns")));
            }
        }
        None
    }

    /// Reads no further.
    fn end(&mut self, finding: Finding) {
        self.said.push(finding);
        self.is_over = true;
    }

    /// What a cell shows. A number is what was meant; a date is only where dates are expected.
    fn text(&mut self, value: &DataRef<'_>, place: Place) -> String {
        match value {
            DataRef::Empty => String::new(),
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => number.to_string(),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.trim().to_owned(),
            DataRef::SharedString(text) => text.trim().to_owned(),
            DataRef::Bool(is_true) => is_true.to_string().to_uppercase(),
            DataRef::DateTime(date) => {
                let text = date_text(date);
                if self.name != CALENDAR_SHEET.name() {
                    let finding = Finding::error(place, "the cell holds a date or a time").found(shown(&text));
                    self.said.push(
                        finding.hint("if it was a code such as 3-4, format the column as text and write it again"),
                    );
                }
                text
            }
            DataRef::Error(error) => {
                self.said.push(Finding::error(place, format!("the cell holds the error {error}")));
                error.to_string()
            }
        }
    }
}

/// Adds a cell to its row, behind empty ones for those that are left out.
fn add(row: &mut Vec<Cell<'_>>, line: u32, column: u32, text: String) {
    let cell =
        |column: u32, text: String| Cell { text: Cow::Owned(text), line: line + 1, column: column + 1, is_open: false };
    while row.len() < column as usize {
        row.push(cell(row.len() as u32, String::new()));
    }
    row.truncate(column as usize);
    row.push(cell(column, text));
}

/// `2026-09-14`, or `09:05` where there is only a time.
fn date_text(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, ..) = date.to_ymd_hms_milli();
    match date.as_f64() {
        part if part < 1.0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}"),
    }
}
