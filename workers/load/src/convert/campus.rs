//! A campus as it stands in its sheets, cell by cell: what the institution has written is copied, not told anew.

use csv::{Terminator, WriterBuilder};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::campus::{CALENDAR, Calendar, Sheet, Sheets};

/// Spreadsheets misread names without it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The files of the folder.
pub(super) fn files(sheets: &Sheets) -> Vec<(&'static str, Vec<u8>)> {
    let calendar = (CALENDAR, toml(&sheets.calendar()).into_bytes());
    let others = sheets.all().into_iter().filter(|sheet| sheet.is_there());
    std::iter::once(calendar).chain(others.map(|sheet| (sheet.layout().file, table(sheet)))).collect()
}

/// A sheet as CSV.
fn table(sheet: &Sheet) -> Vec<u8> {
    const MEMORY: &str = "rows of one sheet have one length, and memory takes them all";
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(sheet.columns()).expect(MEMORY);
    for row in sheet.rows() {
        writer.write_record(row.texts()).expect(MEMORY);
    }
    writer.into_inner().expect(MEMORY)
}

/// The workbook.
pub(super) fn workbook(sheets: &Sheets) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The same campus gives the same bytes.
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&epoch()?));
    let keys = std::iter::once(vec!["key".to_owned(), "value".to_owned()]);
    write(&mut book, "calendar", keys.chain(rows(&sheets.calendar())))?;
    for sheet in sheets.all().into_iter().filter(|sheet| sheet.is_there()) {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let head = std::iter::once(owned(sheet.columns()));
        write(&mut book, sheet.layout().name(), head.chain(sheet.rows().map(|row| owned(row.texts().collect()))))?;
    }
    book.save_to_buffer()
}

fn epoch() -> Result<rust_xlsxwriter::ExcelDateTime, XlsxError> {
    rust_xlsxwriter::ExcelDateTime::from_timestamp(0)
}

/// Writes a sheet. Every cell is text, also where a spreadsheet would reckon with it: a code such as `007` or `3-4` stays one.
fn write(book: &mut Workbook, name: &str, rows: impl Iterator<Item = Vec<String>>) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(name)?;
    let bold = Format::new().set_bold();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            if row == 0 {
                sheet.write_string_with_format(row, column, cell, &bold)?;
            } else {
                sheet.write_string(row, column, cell)?;
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// The calendar as rows of keys and values; a list has a row for each part.
fn rows(calendar: &Calendar) -> impl Iterator<Item = Vec<String>> {
    let Calendar { title, time_zone, term_start, weeks, holidays, days, periods, periods_place: _ } = calendar;
    let one = |key: &'static str, value: Option<String>| value.map(|value| (key, value));
    let single = [
        one("title", title.clone()),
        one("time_zone", time_zone.clone()),
        one("term_start", term_start.map(|date| date.to_string())),
        one("weeks", weeks.map(|weeks| weeks.to_string())),
    ];
    let mut rows: Vec<(&str, String)> = single.into_iter().flatten().collect();
    rows.extend(holidays.iter().map(|date| ("holidays", date.to_string())));
    rows.extend(days.iter().map(|day| ("days", day.clone())));
    rows.extend(periods.iter().map(|(start, end)| ("periods", format!("{start}-{end}"))));
    rows.into_iter().map(|(key, value)| vec![key.to_owned(), value])
}

/// The calendar as `calendar.toml`.
fn toml(calendar: &Calendar) -> String {
    let Calendar { title, time_zone, term_start, weeks, holidays, days, periods, periods_place: _ } = calendar;
    // What JSON writes of a text means the same in TOML.
    let text = |text: &String| serde_json::Value::from(text.as_str()).to_string();
    let list = |parts: Vec<String>| format!("[{}]", parts.join(", "));
    let period = |(start, end): &(_, _)| format!("    {{ start = \"{start}\", end = \"{end}\" }},\n");
    let lines = [
        title.as_ref().map(|title| format!("title = {}", text(title))),
        time_zone.as_ref().map(|zone| format!("time_zone = {}", text(zone))),
        term_start.map(|date| format!("term_start = {date}")),
        weeks.map(|weeks| format!("weeks = {weeks}")),
        (!holidays.is_empty())
            .then(|| format!("holidays = {}", list(holidays.iter().map(ToString::to_string).collect()))),
        Some(format!("days = {}", list(days.iter().map(text).collect()))),
        Some(format!("periods = [\n{}]", periods.iter().map(period).collect::<String>())),
    ];
    lines.into_iter().flatten().map(|line| line + "\n").collect()
}
