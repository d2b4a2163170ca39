//! A workbook says what a folder says, and is told of in rows and columns.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use insta::assert_snapshot;
use shared::model::campus::Weights;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::testing::{SMALL, folder, read};
use super::{Options, records, workbook};
use crate::finding::{Findings, Severity};
use crate::format::Reading;

/// A cell as it is written.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(String),
    Number(f64),
    /// A number that is shown as a date.
    Date(f64),
    Error,
}

pub(super) type Rows = Vec<Vec<Cell>>;

/// The sheets of the small campus as a spreadsheet has them: what looks like a number is one.
pub(super) fn sheets() -> Vec<(&'static str, Rows)> {
    let mut sheets: Vec<(&str, Rows)> = Vec::new();
    for (file, text) in &SMALL[1..] {
        let (mut reader, mut cells, mut rows) = (records::Records::new(text, b','), Vec::new(), Vec::new());
        while reader.read(&mut cells) {
            let cell = |text: &str| text.parse().map_or_else(|_| Cell::Text(text.to_owned()), Cell::Number);
            rows.push(cells.iter().map(|found| cell(&found.text)).collect());
        }
        sheets.push((file.trim_end_matches(".csv"), rows));
    }
    let row = |key: &str, value: Cell| vec![Cell::Text(key.to_owned()), value];
    let text = |text: &str| Cell::Text(text.to_owned());
    let calendar = vec![
        row("key", text("value")),
        row("title", text("Small")),
        row("time_zone", text("Europe/Rome")),
        row("term_start", Cell::Date(46_279.0)),
        row("weeks", Cell::Number(14.0)),
        row("holidays", text("2026-11-02")),
        row("days", text("Mon, Tue; Wed")),
        row("periods", text("09:05-09:55 10:05-10:55")),
        row("periods", text("11:05-11:55 14:05-14:55")),
    ];
    sheets.push(("calendar", calendar));
    sheets
}

/// Changes a cell of a sheet, both counted from 1.
fn with(
    mut sheets: Vec<(&'static str, Rows)>,
    sheet: &str,
    (row, column): (usize, usize),
    cell: Cell,
) -> Vec<(&'static str, Rows)> {
    let rows = &mut sheets.iter_mut().find(|(name, _)| *name == sheet).unwrap().1;
    let cells = &mut rows[row - 1];
    cells.resize(column.max(cells.len()), Cell::Text(String::new()));
    cells[column - 1] = cell;
    sheets
}

/// The least that is a workbook.
pub(super) fn packed(sheets: &[(&str, Rows)]) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let (mut list, mut relations) = (String::new(), String::new());
    for (number, (name, rows)) in (1..).zip(sheets) {
        let _ = write!(list, "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>");
        let _ = write!(
            relations,
            "<Relationship Id=\"r{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/s{number}.xml\"/>"
        );
        let data: String = (1..).zip(rows).map(|(row, cells)| row_xml(row, cells)).collect();
        add(
            &format!("xl/worksheets/s{number}.xml"),
            &format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{data}</sheetData></worksheet>"),
        );
    }
    let _ = write!(relations, "<Relationship Id=\"styles\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>");
    add(
        "xl/styles.xml",
        &format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        ),
    );
    add(
        "xl/workbook.xml",
        &format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{list}</sheets></workbook>"),
    );
    add(
        "xl/_rels/workbook.xml.rels",
        &format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{relations}</Relationships>"),
    );
    add(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    add("[Content_Types].xml", &format!("<Types xmlns=\"{PACKAGE}/content-types\"/>"));
    zip.finish().unwrap().into_inner()
}

fn row_xml(row: usize, cells: &[Cell]) -> String {
    let mut xml = format!("<row r=\"{row}\">");
    for (column, cell) in (b'A'..).zip(cells) {
        let at = format!("{}{row}", char::from(column));
        let _ = match cell {
            Cell::Text(text) if text.is_empty() => Ok(()),
            Cell::Text(text) => write!(xml, "<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            Cell::Number(number) => write!(xml, "<c r=\"{at}\"><v>{number}</v></c>"),
            Cell::Date(number) => write!(xml, "<c r=\"{at}\" s=\"1\"><v>{number}</v></c>"),
            Cell::Error => write!(xml, "<c r=\"{at}\" t=\"e\"><v>#REF!</v></c>"),
        };
    }
    xml + "</row>"
}

pub(super) fn read_workbook(bytes: &[u8]) -> Reading {
    let mut findings = Findings::default();
    let sheets = workbook::read(bytes, &mut findings);
    super::read(&sheets, &Options { weights: Weights::default(), name: "folder".to_owned() }, findings)
}

fn told(bytes: &[u8]) -> String {
    read_workbook(bytes).findings.render("small.xlsx")
}

#[test]
fn a_workbook_says_what_its_folder_says() {
    let bytes = packed(&sheets());
    assert_eq!(told(&bytes), "");
    assert!(workbook::is_workbook(&bytes));
    assert_eq!(read_workbook(&bytes).tables, read(folder().path()).tables);
}

#[test]
fn cells_are_told_by_row_and_column() {
    let text = |text: &str| Cell::Text(text.to_owned());
    let wrong = with(sheets(), "events", (2, 9), text("Hal"));
    let wrong = with(wrong, "events", (3, 6), Cell::Number(1.5));
    let wrong = with(wrong, "groups", (3, 1), Cell::Date(46_279.0));
    let wrong = with(wrong, "rooms", (2, 6), text("left over"));
    let wrong = with(wrong, "rooms", (3, 2), Cell::Error);
    assert_snapshot!(told(&packed(&wrong)), @r##"
    small.xlsx/events:2:9: error: there is no room "Hal"
        expected: one of the rooms of rooms
        hint:     did you mean "Hall"?
    small.xlsx/events:3:4: error: there is no group "Y1A"
        expected: one of the groups of groups
        hint:     did you mean "Y1"?
    small.xlsx/events:3:6: error: the number of meetings a week is not a whole number
        expected: a whole number from 1 to 500000
        found:    "1.5"
        hint:     write it in digits, without a sign, a fraction or an exponent
    small.xlsx/groups:3:1: error: the cell holds a date or a time
        found:    "2026-09-14"
        hint:     if it was a code such as 3-4, format the column as text and write it again
    small.xlsx/rooms:2:6: error: the cell stands under no column
        found:    "left over"
        hint:     is there one separator too many, or a separator within a cell without quotes?
    small.xlsx/rooms:3:2: error: the capacity is not a whole number
        expected: a whole number from 1 to 1000000
        found:    "#REF!"
    small.xlsx/rooms:3:2: error: the cell holds the error #REF!
    small.xlsx/unavailable:4:1: error: there is no teacher, room or group "Y1A"
        expected: the code of a teacher, a room or a group
        hint:     did you mean "Y1"?
    "##);
}

#[test]
fn sheets_that_are_missing_or_of_another_name_are_told() {
    let mut wrong = sheets();
    wrong.retain(|(name, _)| !["rules", "calendar"].contains(name));
    wrong[0].0 = "Rooms";
    wrong.push(("Rule", Vec::new()));
    assert_snapshot!(told(&packed(&wrong)), @r#"
    small.xlsx/calendar:1:1: error: the sheet is missing
        expected: the days, the periods and the term, in a sheet of this name
    small.xlsx/rooms:1:1: error: the sheet is missing
        expected: the rooms, in a sheet of this name
        hint:     is it Rooms? Then rename it
    small.xlsx/rules:1:1: warning: there is a sheet "Rule", which is not read
        hint:     did you mean rules?
    "#);
}

#[test]
fn what_only_begins_like_a_workbook_is_refused() {
    assert_snapshot!(told(b"\xd0\xcf\x11\xe0rest"), @r#"
    small.xlsx:1:1: error: this is a workbook of the older kind
        expected: an .xlsx
        hint:     save it as "Excel Workbook (.xlsx)"
    "#);
    let whole = packed(&sheets());
    for length in (4..whole.len()).step_by(97) {
        let reading = read_workbook(&whole[..length]);
        assert!(reading.tables.is_none() && reading.findings.count(Severity::Error) > 0, "{length}");
    }
}
