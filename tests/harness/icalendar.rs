//! An iCalendar file as another program understands it: read and expanded with no code of the product, straight from RFC 5545.

use std::collections::BTreeMap;

/// A line: its name, its parameters and its value, which is not unescaped yet.
#[derive(Clone, Debug)]
struct Line {
    name: String,
    zone: String,
    value: String,
}

/// A time on the wall: days since 1970 and the second of the day.
pub(crate) type Wall = (i64, i64);

/// Something that is held once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Held {
    pub(crate) uid: String,
    pub(crate) summary: String,
    pub(crate) room: String,
    pub(crate) start: Wall,
    pub(crate) end: Wall,
}

/// The name of a calendar, and everything in it, each time that it is held.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) name: String,
    pub(crate) held: Vec<Held>,
}

/// Reads a file, and panics at what the standard forbids.
pub(crate) fn read(text: &str) -> Calendar {
    let lines = lines(text);
    let (outside, blocks) = blocks(&lines);
    let zone = Zone::of(&blocks);
    let name = outside.iter().find(|line| line.name == "X-WR-CALNAME").expect("it has a name");
    let events = blocks.iter().filter(|(path, _)| path == "VCALENDAR/VEVENT");
    let held: Vec<Held> = events.flat_map(|(_, lines)| expanded(lines, &zone)).collect();
    Calendar { name: unescaped(&name.value), held }
}

fn lines(text: &str) -> Vec<Line> {
    let physical: Vec<&str> = text.strip_suffix("\r\n").expect("the last line is whole").split("\r\n").collect();
    for line in &physical {
        assert!(!line.contains(['\r', '\n']) && line.len() <= 75, "{line:?}");
    }
    let unfolded = physical.join("\r\n").replace("\r\n ", "");
    let line = |line: &str| {
        let (head, value) = line.split_once(':').unwrap_or_else(|| panic!("{line:?} says nothing"));
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        let zone = parameters.strip_prefix("TZID=").unwrap_or_default();
        Line { name: name.to_owned(), zone: zone.to_owned(), value: value.to_owned() }
    };
    unfolded.split("\r\n").map(line).collect()
}

/// The lines of the calendar itself, and the blocks in it: where each stands, and its own lines.
fn blocks(lines: &[Line]) -> (Vec<&Line>, Vec<(String, Vec<&Line>)>) {
    let (mut path, mut blocks): (Vec<(&str, Vec<&Line>)>, Vec<_>) = (Vec::new(), Vec::new());
    for line in lines {
        match line.name.as_str() {
            "BEGIN" => path.push((&line.value, Vec::new())),
            "END" => {
                let names: Vec<&str> = path.iter().map(|(name, _)| *name).collect();
                let place = names.join("/");
                let (name, lines) = path.pop().expect("what ends has begun");
                assert_eq!(name, line.value, "blocks end in the order in which they began");
                blocks.push((place, lines));
            }
            _ => path.last_mut().expect("each line stands in a block").1.push(line),
        }
    }
    assert!(path.is_empty(), "each block ends");
    let (place, outside) = blocks.pop().expect("there is a calendar");
    assert_eq!(place, "VCALENDAR");
    (outside, blocks)
}

fn only<'a>(lines: &[&'a Line], name: &str) -> Option<&'a Line> {
    let mut found = lines.iter().filter(|line| line.name == name);
    let first = found.next().copied();
    assert!(found.next().is_none(), "{name} is there twice");
    first
}

fn of<'a>(lines: &[&'a Line], name: &str) -> &'a Line {
    only(lines, name).unwrap_or_else(|| panic!("there is no {name} in {lines:?}"))
}

/// The zone of a calendar: its name, and from when on which offset holds.
struct Zone {
    name: String,
    changes: Vec<(Wall, i64)>,
}

impl Zone {
    fn of(blocks: &[(String, Vec<&Line>)]) -> Self {
        let zones: Vec<_> = blocks.iter().filter(|(path, _)| path == "VCALENDAR/VTIMEZONE").collect();
        assert_eq!(zones.len(), 1);
        let parts = blocks.iter().filter(|(path, _)| path.starts_with("VCALENDAR/VTIMEZONE/"));
        let mut changes: Vec<(Wall, i64)> = parts
            .map(|(_, lines)| (wall(&of(lines, "DTSTART").value), offset(&of(lines, "TZOFFSETTO").value)))
            .collect();
        changes.sort_unstable();
        Self { name: of(&zones[0].1, "TZID").value.clone(), changes }
    }

    /// The instant of a time on the wall, in seconds since 1970.
    fn instant(&self, at: Wall) -> i64 {
        let before = self.changes.iter().rfind(|(from, _)| *from <= at).expect("the zone says what holds");
        at.0 * 86_400 + at.1 - before.1
    }

    fn wall(&self, line: &Line) -> Vec<Wall> {
        assert_eq!(line.zone, self.name, "all times are told in the zone that is there");
        line.value.split(',').map(wall).collect()
    }
}

fn expanded(lines: &[&Line], zone: &Zone) -> Vec<Held> {
    let one = |name: &str| zone.wall(of(lines, name))[0];
    let (start, end) = (one("DTSTART"), one("DTEND"));
    assert!(of(lines, "DTSTAMP").value.ends_with('Z'));
    let rule: BTreeMap<&str, &str> = only(lines, "RRULE")
        .map(|line| line.value.split(';').map(|part| part.split_once('=').unwrap()).collect())
        .unwrap_or_default();
    let until = rule.get("UNTIL").map_or(zone.instant(start), |until| {
        assert_eq!(rule.keys().copied().collect::<Vec<_>>(), ["FREQ", "UNTIL"]);
        assert_eq!(rule["FREQ"], "WEEKLY");
        let (day, second) = wall(until.strip_suffix('Z').expect("an end is an instant"));
        day * 86_400 + second
    });
    let left_out = only(lines, "EXDATE").map(|line| zone.wall(line)).unwrap_or_default();
    assert!(left_out.iter().all(|at| zone.instant(*at) < until), "nothing is left out behind the end");
    let text = |name: &str| unescaped(&of(lines, name).value);
    let starts = (0..).map(|week| (start.0 + 7 * week, start.1)).take_while(|at| zone.instant(*at) <= until);
    let held = |at: Wall| Held {
        uid: of(lines, "UID").value.clone(),
        summary: text("SUMMARY"),
        room: text("LOCATION"),
        start: at,
        end: (at.0 + end.0 - start.0, end.1),
    };
    starts.filter(|at| !left_out.contains(at)).map(held).collect()
}

/// `20260914T090500`.
fn wall(text: &str) -> Wall {
    let (date, time) = text.split_once('T').unwrap();
    let number = |text: &str| text.parse::<i64>().unwrap();
    assert_eq!((date.len(), time.len()), (8, 6), "{text}");
    let second = number(&time[..2]) * 3600 + number(&time[2..4]) * 60 + number(&time[4..]);
    (day(number(&date[..4]), number(&date[4..6]), number(&date[6..])), second)
}

/// Days since 1970.
pub(crate) fn day(year: i64, month: i64, day: i64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + lengths[..month as usize - 1].iter().sum::<i64>() + day - 1
}

fn offset(text: &str) -> i64 {
    let (sign, digits) = text.split_at(1);
    let number = |text: &str| text.parse::<i64>().unwrap();
    let seconds = number(&digits[..2]) * 3600 + number(&digits[2..4]) * 60;
    if sign == "-" { -seconds } else { seconds }
}

fn unescaped(value: &str) -> String {
    let (mut text, mut characters) = (String::new(), value.chars());
    while let Some(character) = characters.next() {
        assert!(!";,".contains(character), "{value:?} is more than one value");
        text.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some(escaped @ ('\\' | ';' | ',')) => escaped,
                other => panic!("{other:?} is nothing that is escaped, in {value:?}"),
            },
            _ => character,
        });
    }
    text
}
