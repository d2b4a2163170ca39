//! A workbook, read by the library that reads those of others.

use std::io::Cursor;

use calamine::{Data, Range, Reader as _, Xlsx};
use jiff::Timestamp;
use shared::ids::{CourseId, RoomId};

use super::bytes;
use crate::campus::testing;
use crate::exported::{Exported, Meeting};

/// The small campus, in which a course, a room and a teacher are called what a spreadsheet would reckon with.
fn exported() -> Exported {
    let mut tables = testing::read(testing::folder().path()).tables.unwrap();
    tables.courses[1].name = "=1+1".to_owned();
    tables.rooms[2].0 = "@SUM(A1)".to_owned();
    tables.teachers[1] = "+7".to_owned();
    let meeting = |course, number, room, day, slot, periods| Meeting {
        course: CourseId(course),
        number,
        room: RoomId(room),
        day,
        slot,
        periods,
    };
    Exported {
        instance: tables.instance().unwrap(),
        meetings: vec![
            meeting(0, 1, 0, 0, 0, 2),
            meeting(0, 2, 0, 1, 1, 2),
            meeting(1, 1, 2, 2, 3, 1),
            meeting(2, 1, 0, 0, 1, 1),
        ],
        unplaced: serde_json::from_str(
            r#"[{"event": "=2+2", "course": "PHY", "meeting": 1, "reason": "=HYPERLINK(\"x\")"}]"#,
        )
        .unwrap(),
        made: Timestamp::from_second(1_790_000_000).unwrap(),
    }
}

fn book(bytes: &[u8]) -> Xlsx<Cursor<&[u8]>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

fn shown(range: &Range<Data>) -> Vec<String> {
    range.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn a_workbook_is_read_as_it_was_meant() {
    let bytes = bytes(&exported()).unwrap();
    let mut book = book(&bytes);
    assert_eq!(book.sheet_names(), ["List", "Teachers", "Groups", "Rooms", "Unplaced"]);
    let mut sheet = |name: &str| shown(&book.worksheet_range(name).unwrap());
    assert_eq!(
        sheet("List")[..4],
        [
            "event|meeting|course|day|period|periods|start|end|room|teachers|groups",
            "ALG-L|1|ALG|Mon|1|2|09:05|10:55|Hall|Rossi|Y1",
            "ALG-L|2|ALG|Tue|2|2|10:05|11:55|Hall|Rossi|Y1",
            "=1+1|1|ALG|Wed|4|1|14:05|14:55|@SUM(A1)|+7|Y1A",
        ]
    );
    let rooms = sheet("Rooms");
    assert_eq!(rooms.len(), 1 + 3 * 4, "a row for each period of each room");
    assert_eq!(
        rooms[..4],
        [
            "name|period|hours|Mon|Tue|Wed",
            "Hall|1|09:05–09:55|ALG-L · Rossi||",
            "Hall|2|10:05–10:55|ALG-L · Rossi\nPHY-L · Bianchi|ALG-L · Rossi|",
            "Hall|3|11:05–11:55||ALG-L · Rossi|",
        ]
    );
    let groups = sheet("Groups");
    assert_eq!(groups[8], "Y1A|4|14:05–14:55|||=1+1 · @SUM(A1)");
    assert!(
        groups[5].starts_with("Y1A|1|09:05–09:55|ALG-L · Hall"),
        "its people attend what the year attends: {}",
        groups[5]
    );
    assert_eq!(sheet("Teachers")[8], "+7|4|14:05–14:55|||=1+1 · @SUM(A1)");
    assert_eq!(sheet("Unplaced")[1], "=2+2|1|=HYPERLINK(\"x\")");
}

/// A name that looks like a formula is a text, for whoever opens the workbook.
#[test]
fn no_cell_is_a_formula() {
    let bytes = bytes(&exported()).unwrap();
    let mut book = book(&bytes);
    for name in book.sheet_names() {
        assert!(book.worksheet_formula(&name).unwrap().is_empty(), "{name}");
        let is_text = |cell: &Data| matches!(cell, Data::String(_) | Data::Float(_) | Data::Empty);
        assert!(book.worksheet_range(&name).unwrap().rows().flatten().all(is_text), "{name}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    assert_eq!(bytes(&exported()).unwrap(), bytes(&exported()).unwrap());
}
