//! What people are told about a campus folder with something wrong in it: golden messages.

use insta::assert_snapshot;

use super::testing::{SMALL, folder, folder_where, folder_with, read, told};
use crate::finding::Severity;

/// The text of a file of the small campus.
fn text(file: &str) -> &'static str {
    SMALL.iter().find(|(name, _)| *name == file).unwrap().1
}

#[test]
fn a_sound_campus_gives_nothing_to_tell() {
    let folder = folder();
    assert_eq!(told(&folder), "");
    let instance = read(folder.path()).tables.unwrap().instance().unwrap();
    assert_eq!((instance.name(), instance.course_count(), instance.class_count()), ("Small", 4, 7));
}

/// How a spreadsheet writes a table is nobody's choice.
#[test]
fn neither_separator_nor_quotes_nor_marks_nor_order_matter() {
    let tables = read(folder().path()).tables;
    let events = text("events.csv");
    let quoted = events.replace("Bianchi;Verdi", "\"Bianchi;Verdi\"").replace(',', ";");
    let reversed: Vec<String> = events.lines().map(|line| line.rsplit(',').collect::<Vec<_>>().join(",")).collect();
    for text in [
        quoted,
        format!("\u{feff}{events}"),
        events.replace('\n', "\r\n"),
        events.replace(',', "\t"),
        events.replace("\nALG-T", "\n\n,,,,,,,,,,,\n  \nALG-T"),
        events.replace(",Mon 1 Hall", " , Mon 1  Hall "),
        events.replace("Bianchi;Verdi", "Bianchi  Verdi"),
        reversed.join("\n"),
        events.replace('\n', ",,\n"),
    ] {
        let folder = folder_with("events.csv", &text);
        assert_eq!(told(&folder), "", "{text}");
        assert_eq!(read(folder.path()).tables, tables, "{text}");
    }
}

#[test]
fn a_column_that_is_unknown_missing_or_double_is_named() {
    assert_snapshot!(told(&folder_where("rooms.csv", "capacity", "Capacity")), @r#"
    folder/rooms.csv:1:1: error: the column `capacity` is missing
        expected: a first row with `room` and `capacity`
    folder/rooms.csv:1:6: error: there is no column "Capacity"
        expected: one of `room`, `capacity`, `building` and `features`
        hint:     did you mean `capacity`?
    "#);
    assert_snapshot!(told(&folder_where("events.csv", "min_days", "periods")), @"
    folder/events.csv:1:67: error: the column `periods` comes a second time
        hint:     leave one of them
    ");
    assert_snapshot!(told(&folder_where("teachers.csv", "\n", "\n,,,,,remark\n")), @r#"
    folder/teachers.csv:2:1: error: the teacher has no code
        expected: the code of a teacher
    folder/teachers.csv:2:6: error: the cell stands under no column
        found:    "remark"
        hint:     is there one separator too many, or a separator within a cell without quotes?
    "#);
}

#[test]
fn codes_that_nobody_has_come_with_a_guess() {
    assert_snapshot!(told(&folder_where("events.csv", "Mon 1 Hall", "Mon 1 hall|Tus 2")), @r#"
    folder/events.csv:2:45: error: there is no room "hall"
        expected: one of the rooms of rooms.csv
        hint:     did you mean "Hall"?
    folder/events.csv:2:50: error: there is no day "Tus"
        expected: one of the days of the calendar
        hint:     did you mean "Tue"?
    "#);
    assert_snapshot!(told(&folder_where("events.csv", "Bianchi;Verdi,Y1B", "Bianci;Verdi,Y1C")), @r#"
    folder/events.csv:5:11: error: there is no teacher "Bianci"
        expected: one of the teachers of teachers.csv
        hint:     did you mean "Bianchi"?
    folder/events.csv:5:24: error: there is no group "Y1C"
        expected: one of the groups of groups.csv
        hint:     did you mean "Y1"?
    "#);
    assert_snapshot!(told(&folder_where("enrolments.csv", "s1,ALG", ",AGL")), @r#"
    folder/enrolments.csv:4:1: error: the student has no code
        expected: the code of a student
    folder/enrolments.csv:4:2: error: there is no course "AGL"
        expected: one of the courses of events.csv
        hint:     did you mean "ALG"?
    "#);
    assert_snapshot!(told(&folder_where("unavailable.csv", "Hall,Tue,4,4", "Hal,Tu,4,5")), @r#"
    folder/unavailable.csv:3:1: error: there is no teacher, room or group "Hal"
        expected: the code of a teacher, a room or a group
        hint:     did you mean "Hall"?
    folder/unavailable.csv:3:5: error: there is no day "Tu"
        expected: one of the days of the calendar
        hint:     did you mean "Tue"?
    folder/unavailable.csv:3:10: error: the period is out of range
        expected: a whole number from 1 to 4
        found:    "5"
    "#);
    assert_snapshot!(told(&folder_where("rules.csv", "before,PHY-L;PHY-P,soft", "befor,PHY-L;PHY-X,Soft")), @r#"
    folder/rules.csv:3:1: error: this is no rule
        expected: one of same-time, not-same-time, same-day, not-same-day, same-room, before
        found:    "befor"
        hint:     did you mean before?
    folder/rules.csv:3:13: error: there is no event "PHY-X"
        expected: one of the events of events.csv
        hint:     did you mean "PHY-L"?
    folder/rules.csv:3:19: error: this is no strength
        expected: one of hard, soft
        found:    "Soft"
        hint:     did you mean soft?
    "#);
}

/// The typical export of a spreadsheet: semicolons, and the code page of western Windows.
#[test]
fn windows_1252_with_semicolons_is_read_with_a_warning() {
    let rooms = b"room;capacity;building;features\r\nHall;120;Citt\xe0;PROJECTOR\r\nLab;40;;\"PROJECTOR;PCS\"\r\nAula Per\xf9;25;;\r\n";
    let folder = folder_with("rooms.csv", rooms);
    assert_snapshot!(told(&folder), @r#"
    folder/rooms.csv:2:14: warning: the file is not in UTF-8 and is read as Windows-1252
        found:    "Città"
        hint:     if that is not the word that was meant, save it as "CSV UTF-8"
    folder/rooms.csv:4:1: warning: the room "Aula Perù" cannot be named in a list of rooms
        hint:     use a code without spaces, `;` and `|`
    "#);
    let tables = read(folder.path()).tables.unwrap();
    assert_eq!(tables.rooms[2], ("Aula Perù".to_owned(), 25));
    assert_eq!(tables.campus.unwrap().room_features, [vec![0], vec![0, 1], vec![]]);
}

#[test]
fn a_file_that_is_missing_empty_or_of_another_name_is_told() {
    assert_snapshot!(told(&folder_with("calendar.toml", "")), @"
    folder/calendar.toml:1:1: error: the file is missing
        expected: the days and the periods of the week, in a file of this name
    ");
    let without = folder_with("rooms.csv", "");
    std::fs::write(without.path().join("Room.csv"), "x").unwrap();
    assert_snapshot!(told(&without), @"
    folder/rooms.csv:1:1: error: the file is missing
        expected: the rooms, in a file of this name
        hint:     is it Room.csv? Then rename it
    ");
    assert_snapshot!(told(&folder_with("groups.csv", " \n")), @"
    folder/groups.csv:1:1: error: the sheet is empty
        expected: a first row `group,size`, and the groups below it
        hint:     was it written completely?
    ");
    assert_snapshot!(told(&folder_with("enrollments.csv", "student,course\n")), @"
    folder/enrolments.csv:1:1: warning: there is a file enrollments.csv, which is not read
        hint:     did you mean enrolments.csv?
    ");
}

#[test]
fn sizes_and_counts_are_whole_numbers_from_one_on() {
    assert_snapshot!(told(&folder_where("rooms.csv", "Hall,120", "Hall,0")), @r#"
    folder/rooms.csv:2:6: error: the capacity is out of range
        expected: a whole number from 1 to 1000000
        found:    "0"
    "#);
    assert_snapshot!(told(&folder_where("groups.csv", "Y1A,30", "Y1A,-3")), @r#"
    folder/groups.csv:3:5: error: the size is out of range
        expected: a whole number from 1 to 1000000
        found:    "-3"
    "#);
    assert_snapshot!(told(&folder_where("events.csv", "Y1A,,,20", "Y1A,five,0,1.5")), @r#"
    folder/events.csv:3:21: error: the number of periods is not a whole number
        expected: a whole number from 1 to 58
        found:    "five"
    folder/events.csv:3:26: error: the number of meetings a week is out of range
        expected: a whole number from 1 to 500000
        found:    "0"
    folder/events.csv:3:28: error: the size is not a whole number
        expected: a whole number from 1 to 1000000
        found:    "1.5"
        hint:     write it in digits, without a sign, a fraction or an exponent
    "#);
    assert_snapshot!(told(&folder_where("events.csv", "Y1B,3", "Y1B,5")), @"
    folder/events.csv:5:29: error: a meeting is longer than the day
        expected: at most 4, the periods of a day
        found:    5
    ");
    assert_snapshot!(told(&folder_where("teachers.csv", "org,3", "org,0")), @r#"
    folder/teachers.csv:2:33: error: the most periods a day is out of range
        expected: a whole number from 1 to 58
        found:    "0"
    "#);
}

#[test]
fn a_code_stands_for_one_thing() {
    assert_snapshot!(told(&folder_where("rooms.csv", "Small,", "Hall,")), @r#"
    folder/rooms.csv:4:1: error: the room "Hall" comes a second time
        hint:     the first is at line 2
    "#);
    assert_snapshot!(told(&folder_where("groups.csv", "Y1B,", "Rossi,")), @r#"
    folder/events.csv:5:25: error: there is no group "Y1B"
        expected: one of the groups of groups.csv
        hint:     did you mean "Y1"?
    folder/unavailable.csv:2:1: error: "Rossi" is the code of a teacher and of a group
        expected: teacher:Rossi or group:Rossi
    "#);
    assert_snapshot!(told(&folder_where("unavailable.csv", "Rossi,", "room:Rossi,")), @r#"
    folder/unavailable.csv:2:1: error: there is no room "Rossi"
        expected: the code of a teacher, a room or a group
    "#);
    assert_eq!(told(&folder_where("unavailable.csv", "Rossi,", "teacher:Rossi,")), "");
}

#[test]
fn groups_are_not_parts_of_themselves() {
    assert_snapshot!(told(&folder_where("groups.csv", "Y1,60,", "Y1,60,Y1A")), @"
    folder/groups.csv:2:1: error: a group is a part of itself
        found:    Y1 → Y1A → Y1
        hint:     `part_of` names the larger group, and only that
    ");
    assert_snapshot!(told(&folder_where("groups.csv", "Y1,60,", "Y1,60,Y1")), @"
    folder/groups.csv:2:1: error: a group is a part of itself
        found:    Y1 → Y1
        hint:     `part_of` names the larger group, and only that
    ");
}

#[test]
fn an_event_needs_a_size_from_somewhere() {
    let events = "event,course,groups\nA,MAT,\nB,MAT,Y1\n";
    assert_snapshot!(told(&folder_with("events.csv", events)), @r#"
    folder/enrolments.csv:2:4: error: there is no course "PHY"
        expected: one of the courses of events.csv
    folder/enrolments.csv:3:4: error: there is no course "PHY"
        expected: one of the courses of events.csv
    folder/enrolments.csv:4:4: error: there is no course "ALG"
        expected: one of the courses of events.csv
    folder/events.csv:2:1: error: nothing says how many people attend the event "A"
        expected: a size, or students who are enrolled in its course, or groups with sizes
    folder/rules.csv:2:14: error: there is no event "ALG-L"
        expected: one of the events of events.csv
    folder/rules.csv:2:20: error: there is no event "ALG-T"
        expected: one of the events of events.csv
    folder/rules.csv:3:8: error: there is no event "PHY-L"
        expected: one of the events of events.csv
    folder/rules.csv:3:14: error: there is no event "PHY-P"
        expected: one of the events of events.csv
    "#);
}

#[test]
fn pins_lie_within_the_week() {
    assert_snapshot!(told(&folder_where("events.csv", "Mon 1 Hall", "Mon 1|Tue 4|Wed 1|")), @r#"
    folder/events.csv:2:45: error: a meeting of 2 periods that begins here does not end within the day
        expected: a period from 1 to 3
        found:    "Tue 4"
    folder/events.csv:2:51: error: there are more pins than meetings
        expected: at most 2, one for each meeting
        found:    "Wed 1"
    "#);
    assert_snapshot!(told(&folder_where("events.csv", "Mon 1 Hall", "|Mon")), @r#"
    folder/events.csv:2:40: error: this is no pin
        expected: `day period` or `day period room`, such as Mon 3 R101
        found:    "Mon"
    "#);
    assert_eq!(told(&folder_where("events.csv", "Mon 1 Hall", "|Mon 2|")), "");
}

#[test]
fn a_calendar_says_where_it_is_wrong() {
    let wrong = "titel = \"x\"\ntime_zone = \"Rome\"\nterm_start = \"2026-13-01\"\nweeks = 0\nholidays = [\"soon\"]\n\
        days = [\"Mon\", \"Mon\", \"Tue day\"]\nperiods = [ { start = \"9\", end = \"10:00\" }, \
        { start = \"11:00\", end = \"10:00\" }, { start = \"09:00\", end = \"09:30\" } ]\n";
    assert_snapshot!(told(&folder_with("calendar.toml", wrong)), @r#"
    folder/calendar.toml:1:1: error: a calendar has no key "titel"
        expected: one of title, time_zone, term_start, weeks, holidays, days, periods
        hint:     did you mean `title`?
    folder/calendar.toml:2:13: error: this is no time zone
        expected: the IANA name of one, such as Europe/Rome
        found:    "Rome"
    folder/calendar.toml:3:14: error: this is no date
        expected: year-month-day, such as 2026-09-14
        found:    "2026-13-01"
    folder/calendar.toml:4:9: error: the number of weeks is out of range
        expected: a whole number from 1 to 60
        found:    "0"
    folder/calendar.toml:5:13: error: this is no date
        expected: year-month-day, such as 2026-09-14
        found:    "soon"
    folder/calendar.toml:6:16: error: the day "Mon" comes a second time
    folder/calendar.toml:6:23: error: this cannot be the name of a day
        expected: one word without `;` and `|`, such as Mon
        found:    "Tue day"
    folder/calendar.toml:7:13: error: this is no period
        expected: a start and an end, such as { start = "09:05", end = "09:55" } or 09:05-09:55
        found:    "9-10:00"
    folder/calendar.toml:7:45: error: the period ends before it has begun
        found:    "11:00-10:00"
    folder/calendar.toml:7:81: error: the period begins before the one above it ends
        found:    "09:00-09:30"
        hint:     periods stand in the order of the day
    "#);
    assert_snapshot!(told(&folder_with("calendar.toml", "days = [\"Mon\"\nperiods = ")), @"folder/calendar.toml:2:1: error: this is no TOML: missing comma between array elements, expected `,`");
    assert_snapshot!(told(&folder_with("calendar.toml", "weeks = 3\n")), @r#"
    folder/calendar.toml:1:1: error: the calendar has no `days`
        expected: days = ["Mon", …]
    folder/calendar.toml:1:1: error: the calendar has no `periods`
        expected: periods = [ { start = "09:05", end = … }, … ]
    "#);
}

/// Everything at once: nobody has to correct one thing to hear of the next.
#[test]
fn all_errors_of_all_files_are_told() {
    let folder = folder_where("rooms.csv", "Small,25", "Small,x");
    for (file, from, to) in
        [("groups.csv", "Y1B", "Y2B"), ("unavailable.csv", "Wed,1,2", "Wed,3,2"), ("rules.csv", ",3", ",-3")]
    {
        std::fs::write(folder.path().join(file), text(file).replacen(from, to, 1)).unwrap();
    }
    let reading = read(folder.path());
    assert_eq!(reading.findings.count(Severity::Error), 4, "{}", told(&folder));
    assert!(reading.tables.is_none());
}
