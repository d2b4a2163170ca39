//! From lines to a draft: which section a line belongs to, and what its words say. Rows are not compared with one another here.

use super::draft::{CourseLine, CurriculumLine, Draft, Number, UnavailableLine};
use super::row::{Row, look_at_name, number};
use super::text::{Line, Word, lines, plural, shown};
use super::vocabulary::{Key, Role, Section, is_extended, role};
use crate::finding::{Finding, Findings, Place};
use crate::limits::{
    COURSES_MAX, CURRICULA_MAX, DAYS_MAX, LECTURES_MAX, ROOMS_MAX, ROWS_MAX, SEATS_MAX, SLOTS_MAX, STUDENTS_MAX,
};

/// Reads the lines of a text.
pub(crate) fn read<'t>(text: &'t str, findings: &mut Findings) -> Draft<'t> {
    let is_extended = is_extended(lines(text).map(|line| line.text));
    let mut reader = Reader { draft: Draft { is_extended, ..Draft::default() }, at: At::Header, findings };
    let mut last = Place::START;
    let mut rest = lines(text).filter(|line| !line.text.trim().is_empty());
    for line in rest.by_ref() {
        last = line.end();
        reader.line(line);
        if reader.at == At::End {
            break;
        }
    }
    reader.draft.end = Some(last);
    if reader.at != At::End {
        let finding = Finding::warning(last, "the file ends without `END.`");
        reader.findings.push(finding.hint("was it written completely? Then add `END.` as its last line"));
    } else if let Some(line) = rest.next() {
        let place = line.words().first().map_or(last, |word| word.place);
        reader.findings.push(Finding::warning(place, "what follows `END.` is ignored").found(shown(line.text.trim())));
    }
    reader.draft
}

/// Where in the file the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the first section.
    Header,
    /// Among lines that no section claims; it has been said once.
    Nowhere,
    In(Section),
    End,
}

struct Reader<'t, 'f> {
    draft: Draft<'t>,
    at: At,
    findings: &'f mut Findings,
}

impl<'t> Reader<'t, '_> {
    fn section(&self) -> Option<Section> {
        if let At::In(section) = self.at { Some(section) } else { None }
    }

    fn line(&mut self, line: Line<'t>) {
        let place = line.words().first().map_or(Place::START, |word| word.place);
        match role(line, self.section().is_some()) {
            Role::Header(key, value) => self.header(key, place, value),
            Role::Section(section) => self.begin(section, place),
            Role::Misspelt(word, Some(section)) => {
                let finding = Finding::error(place, "this is not quite the beginning of a section");
                let finding = finding.expected(format!("`{}:`", section.name())).found(shown(word));
                self.findings.push(finding.hint(format!("read as if it were `{}:`", section.name())));
                self.begin(section, place);
            }
            Role::Misspelt(word, None) => {
                let names = Section::ALL.map(Section::name).join(", ");
                let finding = Finding::error(place, "there is no such section").expected(format!("one of {names}"));
                self.findings.push(finding.found(shown(word)).hint("the rows below it are skipped"));
                self.at = At::Nowhere;
            }
            Role::Unknown(name, like) => {
                let finding =
                    Finding::warning(place, format!("the header line {} is unknown and ignored", shown(name)));
                self.findings.push(match like {
                    Some(like) => finding.hint(format!("did you mean `{like}`?")),
                    None => finding,
                });
            }
            Role::Row => self.row(line, place),
            Role::End => self.at = At::End,
        }
    }

    fn begin(&mut self, section: Section, place: Place) {
        self.at = At::In(section);
        match self.draft.sections[section as usize] {
            None => self.draft.sections[section as usize] = Some(place),
            Some(first) => {
                let message = format!("the section {} comes a second time", section.name());
                let hint = format!("put its rows into the first one, at line {}", first.line);
                self.findings.push(Finding::error(place, message).hint(hint));
            }
        }
    }

    fn header(&mut self, key: Key, place: Place, value: Word<'t>) {
        if self.section().is_some() {
            let finding = Finding::error(place, format!("the header line `{}` stands inside of a section", key.name()));
            self.findings.push(finding.hint("move it before the first section"));
        }
        if let Some(first) = self.draft.header[key as usize] {
            let message = format!("the header line `{}` comes a second time", key.name());
            self.findings.push(Finding::error(place, message).hint(format!("the first is at line {}", first.line)));
            return;
        }
        self.draft.header[key as usize] = Some(place);
        if value.text.is_empty() {
            let finding = Finding::error(value.place, format!("the header line `{}` has no value", key.name()));
            self.findings.push(finding.expected(if key == Key::Name { "a name" } else { "a whole number" }));
            return;
        }
        match key {
            Key::Name => {
                look_at_name(value, self.findings);
                self.draft.name = value.text;
            }
            Key::DailyLectures => self.daily_lectures(value),
            _ => {
                let (what, least, most) = range(key);
                let read = number(value, what, least..=most, self.findings);
                self.draft.numbers[key as usize] = read.map(|read| Number { value: read, place: value.place });
            }
        }
    }

    /// Two numbers that UD2 does not use: checked and forgotten.
    fn daily_lectures(&mut self, value: Word<'t>) {
        let line = Line { number: value.place.line, text: value.text };
        let shift = value.place.column - 1;
        let words: Vec<Word<'_>> = line.words().into_iter().map(|word| shifted(word, shift)).collect();
        if words.len() != 2 {
            let finding = Finding::error(value.place, "the daily lectures are not two numbers");
            self.findings.push(finding.expected("<least> <most>").found(shown(value.text)));
            return;
        }
        for word in words {
            number(word, "a number of daily lectures", 0..=SLOTS_MAX, self.findings);
        }
    }

    fn row(&mut self, line: Line<'t>, place: Place) {
        let At::In(section) = self.at else {
            if self.at == At::Header {
                let finding =
                    Finding::error(place, "this line is neither a header line nor the beginning of a section");
                let finding = finding.expected("`Key: value`, or a section such as `COURSES:`");
                self.findings.push(finding.found(shown(line.text.trim())));
            }
            self.at = At::Nowhere;
            return;
        };
        self.draft.found[section as usize] += 1;
        if self.draft.found[section as usize] > range(section.count_key()).2 as usize {
            // No header can declare as many: the file is refused, and its rows need no more memory.
            return;
        }
        match section {
            Section::Courses => self.course(line),
            Section::Rooms => self.room(line),
            Section::Curricula => self.curriculum(line),
            Section::Unavailable => self.unavailable(line),
            Section::RoomConstraints => {
                let row = Row::new(line, &["course", "room"], false, self.findings);
                let pair = (row.reference(0), row.reference(1));
                self.draft.room_constraints.push(pair);
            }
        }
    }

    fn course(&mut self, line: Line<'t>) {
        let fields = ["course", "teacher", "lectures", "min_days", "students", "double_lectures"];
        let fields = if self.draft.is_extended { &fields[..] } else { &fields[..5] };
        let mut row = Row::new(line, fields, false, self.findings);
        let course = CourseLine {
            name: row.name(0),
            teacher: row.name(1),
            lectures: row.number(2, "the number of lectures", 0..=LECTURES_MAX),
            min_days: row.number(3, "the least number of days", 0..=DAYS_MAX),
            students: row.number(4, "the number of students", 0..=STUDENTS_MAX),
        };
        if self.draft.is_extended {
            row.number(5, "the double-lecture flag", 0..=1);
        }
        self.draft.courses.push(course);
    }

    fn room(&mut self, line: Line<'t>) {
        let fields = if self.draft.is_extended { &["room", "capacity", "site"][..] } else { &["room", "capacity"] };
        let mut row = Row::new(line, fields, false, self.findings);
        let room = (row.name(0), row.number(1, "the capacity", 0..=SEATS_MAX));
        if self.draft.is_extended {
            row.number(2, "the site", 0..=u32::MAX);
        }
        self.draft.rooms.push(room);
    }

    fn curriculum(&mut self, line: Line<'t>) {
        let mut row = Row::new(line, &["curriculum", "number_of_courses"], true, self.findings);
        let declared = row.number(1, "the number of courses", 0..=COURSES_MAX);
        let curriculum = CurriculumLine { name: row.name(0), members: row.rest(2).to_vec() };
        let found = curriculum.members.len();
        // A zero also stands for a number that could not be read, which has been said.
        let is_readable = row.rest(1).first().is_some_and(|word| word.text.bytes().all(|byte| byte.is_ascii_digit()));
        if is_readable && declared.value as usize != found {
            let message = format!("curriculum {} does not have as many courses as it declares", curriculum.name.text);
            let finding = Finding::error(declared.place, message).expected(plural(declared.value as usize, "course"));
            self.findings.push(finding.found(plural(found, "course")));
        }
        self.draft.curricula.push(curriculum);
    }

    fn unavailable(&mut self, line: Line<'t>) {
        let mut row = Row::new(line, &["course", "day", "period"], false, self.findings);
        let unavailable = UnavailableLine {
            course: row.reference(0),
            day: row.number(1, "the day", 0..=DAYS_MAX),
            slot: row.number(2, "the period", 0..=SLOTS_MAX),
        };
        self.draft.unavailable.push(unavailable);
    }
}

fn shifted(word: Word<'_>, shift: u32) -> Word<'_> {
    Word { place: Place { column: word.place.column + shift, ..word.place }, ..word }
}

/// What a number of the header is called, and its least and greatest value.
fn range(key: Key) -> (&'static str, u32, u32) {
    match key {
        Key::Courses => ("the number of courses", 1, COURSES_MAX),
        Key::Rooms => ("the number of rooms", 1, ROOMS_MAX),
        Key::Days => ("the number of days", 1, DAYS_MAX),
        Key::Slots => ("the number of periods a day", 1, SLOTS_MAX),
        Key::Curricula => ("the number of curricula", 0, CURRICULA_MAX),
        Key::Unavailable => ("the number of unavailable periods", 0, ROWS_MAX),
        Key::RoomConstraints => ("the number of room constraints", 0, ROWS_MAX),
        Key::Name | Key::DailyLectures => unreachable!("it is not one number"),
    }
}
