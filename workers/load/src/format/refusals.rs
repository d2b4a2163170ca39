//! What people are told about broken files: golden messages.

use insta::assert_snapshot;

use super::read;

const SMALL: &str = "\
Name: Small
Courses: 3
Rooms: 2
Days: 2
Periods_per_day: 3
Curricula: 1
Constraints: 1

COURSES:
Algebra Rossi 2 2 30
Biology Verdi 2 1 20
Chemistry Rossi 1 1 25

ROOMS:
Hall 40
Lab 22

CURRICULA:
First 2 Algebra Biology

UNAVAILABILITY_CONSTRAINTS:
Biology 1 2

END.
";

/// What is said about a file.
fn told(bytes: impl AsRef<[u8]>) -> String {
    read(bytes.as_ref()).findings.render("small.ctt")
}

/// What is said when `from` is replaced by `to` in a sound file.
fn told_with(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from:?} is not in the file");
    told(SMALL.replacen(from, to, 1))
}

#[test]
fn a_sound_file_gives_nothing_to_tell() {
    assert_eq!(told(SMALL), "");
}

#[test]
fn neither_line_ends_nor_tabs_nor_marks_nor_order_matter() {
    let tables = read(SMALL.as_bytes()).tables;
    assert!(tables.is_some());
    let (courses, others) = (SMALL.find("COURSES:").unwrap(), SMALL.find("ROOMS:").unwrap());
    let moved = format!("{}{}{}", &SMALL[..courses], &SMALL[others..], &SMALL[courses..others]).replace("\nEND.", "");
    for text in [
        SMALL.replace('\n', "\r\n"),
        SMALL.replace('\n', "\r"),
        SMALL.replace('\n', " \t\n\n"),
        SMALL.replace(' ', "\t ").replace(":\t", " : "),
        format!("\u{feff}{SMALL}"),
        moved + "END.",
        SMALL.replace("Constraints: 1", "Constraints:1"),
    ] {
        assert_eq!(told(&text), "");
        assert_eq!(read(text.as_bytes()).tables, tables, "{text}");
    }
}

#[test]
fn unknown_names_come_with_a_guess() {
    assert_snapshot!(told_with("2 Algebra Biology", "2 Algbra biology"), @r#"
    small.ctt:19:9: error: there is no course "Algbra"
        expected: the name of a course of the instance
        hint:     did you mean "Algebra"?
    small.ctt:19:16: error: there is no course "biology"
        expected: the name of a course of the instance
        hint:     did you mean "Biology"?
    "#);
    assert_snapshot!(told_with("Biology 1 2", "Zoology 1 2"), @r#"
    small.ctt:22:1: error: there is no course "Zoology"
        expected: the name of a course of the instance
        hint:     did you mean "Biology"?
    "#);
}

#[test]
fn numbers_are_whole_and_in_range() {
    assert_snapshot!(told_with("Rossi 2 2 30", "Rossi two 2.0 -30"), @r#"
    small.ctt:10:15: error: the number of lectures is not a whole number
        expected: a whole number from 0 to 65534
        found:    "two"
    small.ctt:10:19: error: the least number of days is not a whole number
        expected: a whole number from 0 to 127
        found:    "2.0"
        hint:     write it in digits, without a sign, a fraction or an exponent
    small.ctt:10:23: error: the number of students is out of range
        expected: a whole number from 0 to 30000
        found:    "-30"
    "#);
    assert_snapshot!(told_with("Lab 22", "Lab 99999999999999999999"), @r#"
    small.ctt:16:5: error: the capacity is out of range
        expected: a whole number from 0 to 1000000000
        found:    "99999999999999999999"
    "#);
    assert_snapshot!(told_with("Days: 2", "Days: 4000000000"), @r#"
    small.ctt:4:7: error: the number of days is out of range
        expected: a whole number from 1 to 127
        found:    "4000000000"
    "#);
}

#[test]
fn rows_have_their_words() {
    assert_snapshot!(told_with("Biology Verdi 2 1 20", "Biology Verdi 2"), @r#"
    small.ctt:11:16: error: the row ends before its min_days
        expected: <course> <teacher> <lectures> <min_days> <students>
        found:    3 words "Biology Verdi 2"
    "#);
    assert_snapshot!(told_with("Lab 22", "Lab 2 22"), @r#"
    small.ctt:16:7: error: the row has more words than it should
        expected: <room> <capacity>
        found:    3 words "Lab 2 22"
        hint:     a name must not contain white space; each row has a line of its own
    "#);
    assert_snapshot!(told_with("First 2", "First 3"), @r#"
    small.ctt:19:7: error: curriculum First does not have as many courses as it declares
        expected: 3 courses
        found:    2 courses
    "#);
}

#[test]
fn the_header_is_complete_and_each_line_comes_once() {
    assert_snapshot!(told_with("Periods_per_day: 3\n", ""), @r#"
    small.ctt:8:1: error: the header line `Periods_per_day` is missing
        expected: `Periods_per_day: …` before the first section
    "#);
    assert_snapshot!(told_with("Days: 2\n", "Days: 2\nDays: 3\n"), @r#"
    small.ctt:5:1: error: the header line `Days` comes a second time
        hint:     the first is at line 4
    "#);
    assert_snapshot!(told_with("Curricula: 1", "Curicula: 1"), @r#"
    small.ctt:6:1: warning: the header line "Curicula" is unknown and ignored
        hint:     did you mean `Curricula`?
    small.ctt:9:1: error: the header line `Curricula` is missing
        expected: `Curricula: …` before the first section
    "#);
    assert_snapshot!(told_with("Name: Small", "Name:"), @r#"
    small.ctt:1:6: error: the header line `Name` has no value
        expected: a name
    "#);
}

#[test]
fn sections_are_known_and_come_once() {
    assert_snapshot!(told_with("ROOMS:", "ROMS;"), @r#"
    small.ctt:14:1: error: this is not quite the beginning of a section
        expected: `ROOMS:`
        found:    "ROMS;"
        hint:     read as if it were `ROOMS:`
    "#);
    assert_snapshot!(told_with("ROOMS:", "TEACHERS:"), @r#"
    small.ctt:3:8: error: the section ROOMS does not have as many rows as the header declares
        expected: 2 rows
        found:    0 rows
        hint:     there is no line `ROOMS:`
    small.ctt:14:1: error: there is no such section
        expected: one of COURSES, ROOMS, CURRICULA, UNAVAILABILITY_CONSTRAINTS, ROOM_CONSTRAINTS
        found:    "TEACHERS:"
        hint:     the rows below it are skipped
    "#);
    assert_snapshot!(told_with("CURRICULA:", "COURSES:\n\nCURRICULA:"), @r#"
    small.ctt:18:1: error: the section COURSES comes a second time
        hint:     put its rows into the first one, at line 9
    "#);
    assert_snapshot!(told_with("COURSES:", "hello\nworld\nCOURSES:"), @r#"
    small.ctt:9:1: error: this line is neither a header line nor the beginning of a section
        expected: `Key: value`, or a section such as `COURSES:`
        found:    "hello"
    "#);
}

#[test]
fn a_file_that_was_cut_off_says_so() {
    assert_snapshot!(told(&SMALL[..SMALL.find("Lab").unwrap()]), @r#"
    small.ctt:3:8: error: the section ROOMS does not have as many rows as the header declares
        expected: 2 rows
        found:    1 row
        hint:     the section begins at line 14
    small.ctt:6:12: error: the section CURRICULA does not have as many rows as the header declares
        expected: 1 row
        found:    0 rows
        hint:     there is no line `CURRICULA:`
    small.ctt:7:14: error: the section UNAVAILABILITY_CONSTRAINTS does not have as many rows as the header declares
        expected: 1 row
        found:    0 rows
        hint:     there is no line `UNAVAILABILITY_CONSTRAINTS:`
    small.ctt:15:8: warning: the file ends without `END.`
        hint:     was it written completely? Then add `END.` as its last line
    "#);
}

#[test]
fn names_come_once() {
    assert_snapshot!(told_with("Chemistry Rossi", "Algebra Rossi"), @r#"
    small.ctt:12:1: error: the course "Algebra" comes a second time
        hint:     the first is at line 10
    "#);
}

#[test]
fn unavailable_periods_lie_in_the_week() {
    assert_snapshot!(told_with("Biology 1 2", "Biology 2 3"), @r#"
    small.ctt:22:9: error: the day is outside of the week
        expected: a day from 0 to 1
        found:    2
        hint:     a day is counted from 0
    small.ctt:22:11: error: the period is outside of the week
        expected: a period from 0 to 2
        found:    3
        hint:     a period is counted from 0
    "#);
}

#[test]
fn what_is_no_text_is_refused_at_once() {
    assert_snapshot!(told(""), @r#"
    small.ctt:1:1: error: the file is empty
        expected: text in UTF-8, such as `Name: …`
        hint:     was it written completely?
    "#);
    assert_snapshot!(told(b"\xff\xfeN\0a\0"), @r#"
    small.ctt:1:1: error: the file is in UTF-16
        expected: text in UTF-8, such as `Name: …`
        hint:     save it as UTF-8 (in some editors: "without BOM")
    "#);
}

#[test]
fn names_that_cannot_be_read_are_pointed_at() {
    let latin1: Vec<u8> = SMALL.replace("Rossi", "R#ssi").bytes().map(|b| if b == b'#' { 0xf6 } else { b }).collect();
    assert_snapshot!(told(&latin1), @r#"
    small.ctt:10:10: warning: the name "R�ssi" holds bytes that are not UTF-8; they are read as U+FFFD
        hint:     save the file as UTF-8, then the name comes out whole
    small.ctt:12:12: warning: the name "R�ssi" holds bytes that are not UTF-8; they are read as U+FFFD
        hint:     save the file as UTF-8, then the name comes out whole
    "#);
    assert!(read(&latin1).tables.is_some(), "it is read all the same");
    assert_snapshot!(told_with("Lab 22", "L\u{1b}b 22"), @r#"
    small.ctt:16:2: error: a name holds a control character
        expected: printable characters
        found:    "L\u{1b}b"
    "#);
}

#[test]
fn doubtful_rows_are_warnings() {
    assert_snapshot!(told_with("First 2 Algebra Biology", "First 3 Algebra Biology Algebra"), @r#"
    small.ctt:19:25: warning: course Algebra is in curriculum First twice
        hint:     it counts once
    "#);
    assert_snapshot!(told_with("Biology Verdi 2 1 20", "Biology Verdi 0 0 20"), @"small.ctt:11:15: warning: course Biology has no lectures");
    assert_snapshot!(told_with("Algebra Rossi 2 2 30", "Algebra Rossi 2 3 300"), @r#"
    small.ctt:10:15: warning: 2 lectures have 300 students or more, and 0 rooms × 6 periods seat as many: at least 2 will be in a room that is too small
        hint:     each student without a seat costs 1
    small.ctt:10:17: warning: course Algebra should spread over 3 days and has at most 2
        hint:     this costs 5, whatever the timetable
    "#);
}

#[test]
fn infeasible_instances_are_proven_so_by_counting() {
    assert_snapshot!(told_with("Biology Verdi 2 1 20", "Biology Verdi 6 1 20"), @r#"
    small.ctt:11:15: infeasible: course Biology has 6 lectures and may be taught in 5 periods only
        hint:     give it fewer lectures, or take away some of its unavailable periods
    small.ctt:19:1: infeasible: curriculum First has 2 courses with 8 lectures, and all of these courses together have only 6 periods
        hint:     no two lectures of one teacher or curriculum can share a period
    "#);
    assert_snapshot!(told_with("Chemistry Rossi 1", "Chemistry Rossi 5"), @r#"
    small.ctt:10:9: infeasible: teacher Rossi has 2 courses with 7 lectures, and all of these courses together have only 6 periods
        hint:     no two lectures of one teacher or curriculum can share a period
    small.ctt:12:17: warning: 7 lectures have 25 students or more, and 1 room × 6 periods seat as many: at least 1 will be in a room that is too small
        hint:     each student without a seat costs 1
    "#);
    assert_snapshot!(told_with("Biology Verdi 2", "Biology Verdi 5"), @r#"
    small.ctt:19:1: infeasible: curriculum First has 2 courses with 7 lectures, and all of these courses together have only 6 periods
        hint:     no two lectures of one teacher or curriculum can share a period
    "#);
    assert_snapshot!(told(SMALL.replace("Rooms: 2", "Rooms: 1").replace("\nLab 22", "").replace(" 2 1 20", " 4 1 20")), @r#"
    small.ctt:3:8: infeasible: there are 7 lectures for 1 room × 6 periods = 6 places
        hint:     add rooms or periods, or take away lectures
    small.ctt:11:15: warning: 7 lectures have 20 students or more, and 1 room × 6 periods seat as many: at least 1 will be in a room that is too small
        hint:     each student without a seat costs 1
    "#);
}
