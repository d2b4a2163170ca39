//! An independent judge of timetables for campus folders: it reads the sheets and the timetable as text, and counts the hard
//! rules as the format defines them.
//!
//! It shares no line with the product. It goes hour by hour: an hour is one period of one meeting, and what must not be together
//! is asked of the hours of each cell of the week. It is slow, and it panics where a file is not what it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::sheet::{Row, rows};

/// How often each hard rule is broken: `[1]` is H1, `[14]` is H14, `[0]` are rows that make no sense.
pub(crate) type Broken = [u64; 15];

/// A meeting with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    day: usize,
    period: u64,
    room: String,
}

struct Event {
    row: Row,
    groups: BTreeSet<String>,
    students: BTreeSet<String>,
    size: u64,
    periods: u64,
    meetings: u64,
    /// By the number of the meeting.
    placed: BTreeMap<u64, Placed>,
}

struct Campus {
    days: Vec<String>,
    periods: u64,
    rooms: BTreeMap<String, Row>,
    teachers: BTreeMap<String, Row>,
    /// Each group with all that are above it, itself included.
    lines: BTreeMap<String, BTreeSet<String>>,
    events: BTreeMap<String, Event>,
    /// Who is hard unavailable: name, day, period.
    blocked: BTreeSet<(String, usize, u64)>,
    rules: Vec<Row>,
}

/// Counts what `timetable` breaks of the campus in `folder`.
pub(crate) fn judge(folder: &Path, timetable: &Path) -> Broken {
    let mut campus = Campus::read(folder);
    let mut broken = [0; 15];
    for row in rows(timetable) {
        broken[0] += u64::from(!campus.place(&row));
    }
    for event in campus.events.values() {
        campus.judge_event(event, &mut broken);
    }
    campus.judge_hours(&mut broken);
    broken[14] = campus.rules.iter().map(|rule| campus.broken_pairs(rule)).sum();
    broken
}

impl Campus {
    fn read(folder: &Path) -> Self {
        let sheet = |name: &str| rows(&folder.join(name));
        let named =
            |name: &str, key: &str| sheet(name).into_iter().map(|row| (row.cell(key).to_owned(), row)).collect();
        let (days, periods) = calendar(&folder.join("calendar.toml"));
        let groups: BTreeMap<String, Row> = named("groups.csv", "group");
        let mut students: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in sheet("enrolments.csv") {
            students.entry(row.cell("course").to_owned()).or_default().insert(row.cell("student").to_owned());
        }
        let event = |row: Row| {
            let students = students.get(row.cell("course")).cloned().unwrap_or_default();
            let of_groups = row.list("groups").iter().map(|group| groups[group].number("size", 0)).sum();
            let counted = if students.is_empty() { of_groups } else { students.len() as u64 };
            let event = Event {
                groups: row.list("groups").into_iter().collect(),
                students,
                size: row.number("size", counted),
                periods: row.number("periods", 1),
                meetings: row.number("per_week", 1),
                placed: BTreeMap::new(),
                row,
            };
            assert!(event.size > 0, "{} has no size", event.row.cell("event"));
            (event.row.cell("event").to_owned(), event)
        };
        let day = |row: &Row| days.iter().position(|day| day == row.cell("day")).expect("the day is in the calendar");
        let hard = |row: &Row| row.cell("strength") != "soft";
        let blocked = sheet("unavailable.csv").into_iter().filter(hard).flat_map(|row| {
            let (who, day) = (row.cell("who").rsplit(':').next().unwrap_or_default().to_owned(), day(&row));
            (row.number("from", 0)..=row.number("to", 0)).map(move |period| (who.clone(), day, period))
        });
        Self {
            blocked: blocked.collect(),
            lines: groups.keys().map(|group| (group.clone(), line(group, &groups))).collect(),
            events: sheet("events.csv").into_iter().map(event).collect(),
            rooms: named("rooms.csv", "room"),
            teachers: named("teachers.csv", "teacher"),
            rules: sheet("rules.csv").into_iter().filter(hard).collect(),
            days,
            periods,
        }
    }

    /// Takes a row of the timetable up; false if it names what is not there, or a meeting again.
    fn place(&mut self, row: &Row) -> bool {
        let day = self.days.iter().position(|day| day == row.cell("day"));
        let is_room = self.rooms.contains_key(row.cell("room"));
        let (Some(event), Some(day), true) = (self.events.get_mut(row.cell("event")), day, is_room) else {
            return false;
        };
        let number = row.number("meeting", 0);
        let placed = Placed { day, period: row.number("period", 0), room: row.cell("room").to_owned() };
        (1..=event.meetings).contains(&number) && event.placed.insert(number, placed).is_none()
    }

    /// All that concerns an event alone.
    fn judge_event(&self, event: &Event, broken: &mut Broken) {
        broken[1] += event.meetings - event.placed.len() as u64;
        let (needed, allowed) = (event.row.list("features"), event.row.list("rooms"));
        for at in event.placed.values() {
            let room = &self.rooms[&at.room];
            let has = room.list("features");
            broken[6] += u64::from(room.number("capacity", 0) < event.size);
            broken[7] += u64::from(!needed.iter().all(|feature| has.contains(feature)));
            broken[8] += u64::from(!allowed.is_empty() && !allowed.contains(&at.room));
            broken[10] += u64::from(at.period < 1 || at.period + event.periods - 1 > self.periods);
        }
        for day in 0..self.days.len() {
            let meetings = event.placed.values().filter(|at| at.day == day).count() as u64;
            broken[11] += meetings.saturating_sub(event.row.number("max_per_day", 1));
        }
        for (part, number) in event.row.cell("pinned").split('|').zip(1..) {
            let Some(at) = event.placed.get(&number) else { continue };
            let words: Vec<&str> = part.split_whitespace().collect();
            let stands = [self.days[at.day].clone(), at.period.to_string(), at.room.clone()];
            broken[13] += u64::from(words.iter().zip(&stands).any(|(word, stands)| word != stands));
        }
    }

    /// All that concerns who is where at one time.
    fn judge_hours(&self, broken: &mut Broken) {
        let mut cells: BTreeMap<(usize, u64), Vec<(&Event, &Placed)>> = BTreeMap::new();
        for event in self.events.values() {
            for at in event.placed.values() {
                for period in at.period..at.period + event.periods {
                    cells.entry((at.day, period)).or_default().push((event, at));
                }
            }
        }
        let mut taught: BTreeMap<(String, usize), u64> = BTreeMap::new();
        for ((day, period), hours) in cells {
            let is_blocked = |who: &String| self.blocked.contains(&(who.clone(), day, period));
            let teachers = |event: &Event| event.row.list("teachers").into_iter().collect::<BTreeSet<_>>();
            broken[2] += surplus(hours.iter().map(|(_, at)| at.room.clone()));
            broken[3] += surplus(hours.iter().flat_map(|(event, _)| teachers(event)));
            broken[5] += surplus(hours.iter().flat_map(|(event, _)| event.students.iter().cloned()));
            for (nth, (event, at)) in hours.iter().enumerate() {
                let meets = |(other, _): &&(&Event, &Placed)| self.are_related(&event.groups, &other.groups);
                broken[4] += hours[..nth].iter().filter(meets).count() as u64;
                broken[9] += u64::from(is_blocked(&at.room));
                broken[9] += teachers(event).iter().filter(|teacher| is_blocked(teacher)).count() as u64;
                let is_related = |group: &&String| self.are_related(&event.groups, &BTreeSet::from([(*group).clone()]));
                broken[9] +=
                    u64::from(self.lines.keys().filter(|group| is_blocked(group)).any(|group| is_related(&group)));
                for teacher in teachers(event) {
                    *taught.entry((teacher, day)).or_default() += 1;
                }
            }
        }
        for ((teacher, _), periods) in taught {
            let limit = self.teachers.get(&teacher).map_or(u64::MAX, |row| row.number("max_per_day", u64::MAX));
            broken[12] += periods.saturating_sub(limit);
        }
    }

    /// Whether a group of one set is a group of the other, or above or below it.
    fn are_related(&self, one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
        let is_in_line = |a: &String, b: &String| self.lines[a].contains(b) || self.lines[b].contains(a);
        one.iter().any(|a| other.iter().any(|b| is_in_line(a, b)))
    }

    fn broken_pairs(&self, rule: &Row) -> u64 {
        let events: Vec<&Event> = rule.list("events").iter().map(|name| &self.events[name]).collect();
        let pairs = (0..events.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        pairs.filter(|&(first, second)| !holds(rule.cell("rule"), events[first], events[second])).count() as u64
    }
}

fn holds(rule: &str, one: &Event, other: &Event) -> bool {
    let starts = |event: &Event| event.placed.values().map(|at| (at.day, at.period)).collect::<BTreeSet<_>>();
    let days = |event: &Event| event.placed.values().map(|at| at.day).collect::<BTreeSet<_>>();
    let hours = |event: &Event| -> BTreeSet<(usize, u64)> {
        let of = |at: &Placed| (0..event.periods).map(|nth| (at.day, at.period + nth)).collect::<Vec<_>>();
        event.placed.values().flat_map(of).collect()
    };
    let is_whole = [one, other].iter().all(|event| event.placed.len() as u64 == event.meetings);
    match rule {
        "same-time" => !is_whole || starts(one) == starts(other),
        "same-day" => !is_whole || days(one) == days(other),
        "not-same-time" => hours(one).is_disjoint(&hours(other)),
        "not-same-day" => days(one).is_disjoint(&days(other)),
        "same-room" => {
            one.placed.values().chain(other.placed.values()).map(|at| &at.room).collect::<BTreeSet<_>>().len() < 2
        }
        "before" => match (hours(one).last(), hours(other).first()) {
            (Some(last), Some(first)) => last < first,
            _ => true,
        },
        _ => panic!("{rule:?} is no rule"),
    }
}

/// How many of the names were there before.
fn surplus(names: impl Iterator<Item = String>) -> u64 {
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(name.clone())).count() as u64
}

/// A group and all that it is part of.
fn line(group: &str, groups: &BTreeMap<String, Row>) -> BTreeSet<String> {
    let mut line = BTreeSet::from([group.to_owned()]);
    for above in groups[group].list("part_of") {
        line.extend(self::line(&above, groups));
    }
    line
}

/// The names of the days, and how many periods a day has.
fn calendar(path: &Path) -> (Vec<String>, u64) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let days = text.lines().find_map(|line| line.strip_prefix("days = [")).expect("the calendar has days");
    let days = days.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    (days, text.matches("{ start = ").count() as u64)
}
