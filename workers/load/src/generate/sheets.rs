//! The campus as text: the sheets and the calendar of the folder, and the planted timetable.

use csv::{Terminator, Writer, WriterBuilder};

use super::Campus;
use super::events::{Event, Pin};
use super::names;
use super::sections::{Audience, Section};
use super::shape::{Preset, Shape};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const DAYS: [&str; 6] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/// The hour at which the first period starts; each lasts from five past to five to.
const FIRST_HOUR: usize = 8;
/// Between the names within one cell.
const LIST_SEPARATOR: &str = ";";

/// All files of the folder.
pub(super) fn folder(campus: &Campus) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("calendar.toml", calendar(&campus.shape).into_bytes()),
        ("rooms.csv", rooms(campus)),
        ("teachers.csv", teachers(campus)),
        ("groups.csv", groups(campus)),
        ("events.csv", events(campus)),
        ("enrolments.csv", enrolments(campus)),
        ("unavailable.csv", unavailable(campus)),
        ("rules.csv", rules(campus)),
    ]
}

/// The planted timetable, in the form in which a run writes its own.
pub(super) fn plan(campus: &Campus) -> Vec<u8> {
    let header = "event,meeting,course,day,period,periods,start,end,room,teachers,groups";
    let week = campus.shape.week;
    let mut sheet = Sheet::new(BYTE_ORDER_MARK, header);
    for event in &campus.events {
        for (nth, meeting) in event.planted.iter().enumerate() {
            let (day, period) = (DAYS[week.day_of(meeting.slot)], week.period_of(meeting.slot));
            sheet.row(&[
                &event.code,
                &(nth + 1).to_string(),
                &campus.sections[event.section].code,
                day,
                &(period + 1).to_string(),
                &event.periods.to_string(),
                &start(period),
                &end(period + event.periods - 1),
                &campus.rooms.all[meeting.room].code,
                &teachers_of(campus, event),
                &groups_of(campus, &campus.sections[event.section]),
            ]);
        }
    }
    sheet.bytes()
}

fn start(period: usize) -> String {
    format!("{:02}:05", FIRST_HOUR + period)
}

fn end(period: usize) -> String {
    format!("{:02}:55", FIRST_HOUR + period)
}

fn calendar(shape: &Shape) -> String {
    let title = match shape.preset {
        Preset::Tiny => "Tiny campus",
        Preset::Campus => "Campus",
        Preset::University => "University",
        Preset::Tenfold => "University, tenfold",
    };
    let days = DAYS[..shape.week.days].iter().map(|day| format!("\"{day}\"")).collect::<Vec<_>>().join(", ");
    let period = |period| format!("    {{ start = \"{}\", end = \"{}\" }},\n", start(period), end(period));
    let periods: String = (0..shape.week.periods).map(period).collect();
    let seed = shape.seed;
    format!(
        "title = \"{title}, generated with seed {seed}\"\n\
         time_zone = \"Europe/Rome\"\n\
         term_start = 2026-09-14\n\
         weeks = 14\n\
         holidays = [2026-11-02, 2026-12-08]\n\
         days = [{days}]\n\
         periods = [\n{periods}]\n"
    )
}

fn rooms(campus: &Campus) -> Vec<u8> {
    let mut sheet = Sheet::new(b"", "room,capacity,building,features");
    let mut rooms: Vec<_> = campus.rooms.all.iter().collect();
    rooms.sort_by_key(|room| (room.code.len(), &room.code));
    for room in rooms {
        sheet.row(&[&room.code, &room.seats.to_string(), &room.building, &room.features.words()]);
    }
    sheet.bytes()
}

fn teachers(campus: &Campus) -> Vec<u8> {
    let mut sheet = Sheet::new(b"", "teacher,name,email,max_per_day");
    for teacher in &campus.teachers {
        let email = format!("{}@example.edu", teacher.code);
        sheet.row(&[&teacher.code, &teacher.name, &email, &number(teacher.max_per_day)]);
    }
    sheet.bytes()
}

fn groups(campus: &Campus) -> Vec<u8> {
    let mut sheet = Sheet::new(b"", "group,size,part_of");
    for cohort in &campus.intake.cohorts {
        let blocks = &campus.intake.blocks[cohort.blocks.clone()];
        let size: usize = blocks.iter().map(|block| block.students.len()).sum();
        sheet.row(&[&cohort.name, &size.to_string(), ""]);
        for block in blocks {
            sheet.row(&[&block.name, &block.students.len().to_string(), &cohort.name]);
        }
    }
    sheet.bytes()
}

fn events(campus: &Campus) -> Vec<u8> {
    let header = "event,course,teachers,groups,periods,per_week,size,features,rooms,min_days,max_per_day,pinned";
    let mut sheet = Sheet::new(b"", header);
    for event in &campus.events {
        let section = &campus.sections[event.section];
        let rooms: Vec<&str> = event.rooms.iter().map(|room| campus.rooms.all[*room].code.as_str()).collect();
        sheet.row(&[
            &event.code,
            &section.code,
            &teachers_of(campus, event),
            &groups_of(campus, section),
            &event.periods.to_string(),
            &event.planted.len().to_string(),
            &number(event.size),
            &event.features.words(),
            &rooms.join(LIST_SEPARATOR),
            &number(event.min_days),
            &number(event.max_per_day),
            &pinned(campus, event),
        ]);
    }
    sheet.bytes()
}

fn enrolments(campus: &Campus) -> Vec<u8> {
    let mut sheet = Sheet::new(b"", "student,course");
    for (number, sections) in campus.enrolments.iter().enumerate() {
        let student = names::student(number, campus.shape.students);
        for section in sections {
            sheet.row(&[&student, &campus.sections[*section].code]);
        }
    }
    sheet.bytes()
}

fn unavailable(campus: &Campus) -> Vec<u8> {
    let mut sheet = Sheet::new(b"", "who,day,from,to,strength");
    let mut row = |who: &str, (day, first, length): (usize, usize, usize), strength: &str| {
        sheet.row(&[who, DAYS[day], &(first + 1).to_string(), &(first + length).to_string(), strength]);
    };
    for teacher in &campus.teachers {
        teacher.days_off.iter().for_each(|day| row(&teacher.code, (*day, 0, campus.shape.week.periods), "hard"));
        teacher.unliked.into_iter().for_each(|half| row(&teacher.code, half, "soft"));
    }
    for room in &campus.rooms.all {
        room.closed.into_iter().for_each(|half| row(&room.code, half, "hard"));
    }
    for cohort in &campus.intake.cohorts {
        cohort.free.into_iter().for_each(|half| row(&cohort.name, half, "hard"));
    }
    sheet.bytes()
}

fn rules(campus: &Campus) -> Vec<u8> {
    let mut sheet = Sheet::new(b"", "rule,events,strength,weight");
    for rule in &campus.rules {
        let events = rule.events.map(|event| campus.events[event].code.as_str()).join(LIST_SEPARATOR);
        let strength = if rule.weight.is_some() { "soft" } else { "hard" };
        sheet.row(&[rule.kind.word(), &events, strength, &number(rule.weight)]);
    }
    sheet.bytes()
}

fn teachers_of(campus: &Campus, event: &Event) -> String {
    let codes: Vec<&str> = event.teachers.iter().map(|teacher| campus.teachers[*teacher].code.as_str()).collect();
    codes.join(LIST_SEPARATOR)
}

/// The two blocks of a core section, or the cohort if they are all of it.
fn groups_of(campus: &Campus, section: &Section) -> String {
    let Audience::Blocks([first, second]) = section.audience else { return String::new() };
    let blocks = &campus.intake.blocks;
    let cohort = &campus.intake.cohorts[blocks[first].cohort];
    if cohort.pairs() == 1 {
        cohort.name.clone()
    } else {
        [&*blocks[first].name, &blocks[second].name].join(LIST_SEPARATOR)
    }
}

fn pinned(campus: &Campus, event: &Event) -> String {
    let week = campus.shape.week;
    let time = |slot: usize| format!("{} {}", DAYS[week.day_of(slot)], week.period_of(slot) + 1);
    let part = |pin: &Pin| match pin {
        Pin::None => String::new(),
        Pin::Time(at) => time(at.slot),
        Pin::TimeAndRoom(at) => format!("{} {}", time(at.slot), campus.rooms.all[at.room].code),
    };
    let parts: Vec<String> = event.pins.iter().map(part).collect();
    if parts.iter().all(String::is_empty) { String::new() } else { parts.join("|") }
}

fn number(number: Option<usize>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// A sheet in memory, where writing cannot fail.
struct Sheet(Writer<Vec<u8>>);

impl Sheet {
    fn new(mark: &[u8], header: &str) -> Self {
        let mut sheet = Self(WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(mark.to_vec()));
        sheet.row(&header.split(',').collect::<Vec<_>>());
        sheet
    }

    fn row(&mut self, cells: &[&str]) {
        self.0.write_record(cells).expect("rows of one sheet have one length, and memory takes them all");
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("memory takes them all")
    }
}
