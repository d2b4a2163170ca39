//! The timetable as a workbook: a list of all meetings, the week of every room, teacher and group, and what has no place. What
//! people are called is always text, also where a spreadsheet would reckon with it. The same run gives the same bytes.
//!
//! ```text
//! list   a row for each meeting          weeks   everybody's week, a block of rows for each
//! ```

mod list;
#[cfg(test)]
mod tests;
mod weeks;

use std::path::PathBuf;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use shared::exit::Exit;
use shared::model::Instance;

use crate::exported::{self, Exported, ExportedError};

/// The most characters of a cell: a spreadsheet holds 32,767.
const CELL_CHARACTERS_MAX: usize = 32_000;

/// Why there is no workbook. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkbookError {
    #[error("write {}: that is no name of a file", path.display())]
    NoName { path: PathBuf },
    #[error("lay out the workbook: {0}")]
    Layout(#[from] XlsxError),
    #[error(transparent)]
    Exported(#[from] ExportedError),
}

impl WorkbookError {
    /// The exit code of the command that ends for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoName { .. } => Exit::CannotCreate,
            Self::Layout(_) => Exit::Internal,
            Self::Exported(error) => error.exit(),
        }
    }
}

/// The bytes of the workbook.
pub(crate) fn bytes(exported: &Exported) -> Result<Vec<u8>, WorkbookError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(exported.made.as_second())?;
    book.set_properties(&DocProperties::new().set_title(exported.instance.name()).set_creation_datetime(&made));
    list::meetings(sheet(&mut book, "List")?, exported)?;
    for kind in exported::kinds(&exported.instance, &exported.meetings, None) {
        let name = match kind.name {
            "teachers" => "Teachers",
            "groups" => "Groups",
            _ => "Rooms",
        };
        weeks::write(sheet(&mut book, name)?, exported, &kind.all, name == "Rooms")?;
    }
    list::unplaced(sheet(&mut book, "Unplaced")?, exported)?;
    Ok(book.save_to_buffer()?)
}

fn sheet<'b>(book: &'b mut Workbook, name: &str) -> Result<&'b mut Worksheet, XlsxError> {
    book.add_worksheet().set_name(name)
}

/// Writes the names of the columns, which stay in sight and can be filtered by.
fn head(sheet: &mut Worksheet, columns: &[(&str, u16)], rows: usize) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for (column, (name, width)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, fit(name), &bold)?;
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, rows as u32, columns.len() as u16 - 1)?;
    Ok(())
}

/// As much of a text as a cell can hold.
fn fit(text: &str) -> String {
    text.chars().take(CELL_CHARACTERS_MAX).collect()
}

fn day_name(instance: &Instance, day: usize) -> String {
    instance.campus().map_or_else(|| format!("Day {}", day + 1), |campus| campus.day_name(day).to_owned())
}

/// Beginning and end of some periods of a day; empty where nobody says.
fn hours(instance: &Instance, slot: usize, periods: usize) -> (&str, &str) {
    let last = (slot + periods - 1).min(instance.slots_per_day() - 1);
    instance.campus().map_or(("", ""), |campus| (campus.slot_times(slot).0, campus.slot_times(last).1))
}
