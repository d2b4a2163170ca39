//! Calendars: what `carillon calendar` writes, read as another program would, is the timetable of the run, in everybody's hands and in
//! nobody else's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::commands::{Answer, carillon};
use crate::harness::icalendar::{Calendar, Held, day, read};
use crate::harness::sheet::rows;
use crate::harness::{college, root};

/// A run in a folder of its own.
struct Made {
    home: TempDir,
    run: PathBuf,
}

fn made(instance: &Path, seed: &str) -> Made {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    let places = [instance.to_str().unwrap(), "--run-dir", run.to_str().unwrap()];
    let answer =
        carillon(["run"].iter().chain(&places).chain(&["--progress", "never", "--effort", "0.05", "--seed", seed]));
    assert!(matches!(answer.code, 0 | 10), "{}", answer.stderr);
    Made { home, run }
}

impl Made {
    fn out(&self) -> PathBuf {
        self.home.path().join("out")
    }

    fn write(&self, flags: &[&str]) -> Answer {
        let places = [self.run.to_str().unwrap().to_owned(), self.out().to_str().unwrap().to_owned()];
        carillon(["calendar".to_owned()].into_iter().chain(places).chain(flags.iter().map(|&flag| flag.to_owned())))
    }

    fn written(&self, flags: &[&str]) -> BTreeMap<String, String> {
        let answer = self.write(flags);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        files(&self.out())
    }

    fn timetable(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.run.join("timetable.json")).unwrap()).unwrap()
    }
}

fn is_calendar(name: &str) -> bool {
    name.strip_suffix(".ics").is_some()
}

/// The text of all files below a folder, by their path from there.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for kind in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        for path in fs::read_dir(&kind).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    files
}

/// The small college of the examples, in which somebody and something have names that are hard to write down.
fn hard_names() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(root().join("examples/tiny")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let text =
            text.replace("ferrari", "../ferrari").replace("Calculus", "Cálculo,\\n→∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫∫");
        let text = text.replace("Cálculo,", if path.ends_with("calendar.toml") { "Cálculo" } else { "Cálculo=" });
        fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    folder
}

/// What the timetable says is held, by where and when: the event, its room, and its beginning and end on the wall.
fn told(timetable: &Value, belongs: impl Fn(&Value) -> bool) -> BTreeSet<(String, String, i64, i64, i64)> {
    let calendar = &timetable["calendar"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let date = |value: &Value| {
        let parts: Vec<i64> = value.as_str().unwrap().split('-').map(|part| part.parse().unwrap()).collect();
        day(parts[0], parts[1], parts[2])
    };
    let second = |value: &Value| {
        let (hour, minute) = value.as_str().unwrap().split_once(':').unwrap();
        hour.parse::<i64>().unwrap() * 3600 + minute.parse::<i64>().unwrap() * 60
    };
    let holidays: Vec<i64> = calendar["holidays"].as_array().unwrap().iter().map(date).collect();
    let start = date(&calendar["term_start"]);
    let dates = start..start + 7 * calendar["weeks"].as_i64().unwrap();
    let mut held = BTreeSet::new();
    for row in timetable["placements"].as_array().unwrap().iter().filter(|row| belongs(row)) {
        for date in dates.clone().filter(|date| !holidays.contains(date)) {
            // The first day of 1970 was a Thursday.
            if ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][date.rem_euclid(7) as usize] == row["day"] {
                held.insert((
                    text(&row["event"]),
                    text(&row["room"]),
                    date,
                    second(&row["start"]),
                    second(&row["end"]),
                ));
            }
        }
    }
    held
}

fn held(calendar: &Calendar) -> BTreeSet<(String, String, i64, i64, i64)> {
    let one = |held: &Held| (held.summary.clone(), held.room.clone(), held.start.0, held.start.1, held.end.1);
    let all: BTreeSet<_> = calendar.held.iter().map(one).collect();
    assert_eq!(all.len(), calendar.held.len(), "nothing is told twice");
    all
}

fn names(row: &Value, of: &str) -> Vec<String> {
    row[of].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Each teacher, group and room has a calendar; expanded, it holds what `timetable.json` says of them, over the whole term.
#[test]
fn expanded_the_calendars_are_the_timetable() {
    let folder = hard_names();
    let made = made(folder.path(), "1");
    let (files, timetable) = (made.written(&[]), made.timetable());
    let calendars: BTreeMap<(&str, String), Calendar> = files
        .iter()
        .map(|(name, text)| (name.split_once('/').unwrap().0, read(text)))
        .map(|(kind, calendar)| ((kind, calendar.name.split(" · ").next().unwrap().to_owned()), calendar))
        .collect();
    assert_eq!(calendars.len(), files.len(), "each is somebody's own");
    let sheet = |file: &str, column: &str| {
        rows(&folder.path().join(file)).iter().map(|row| row.cell(column).to_owned()).collect::<Vec<_>>()
    };
    let mut compared = 0;
    for (kind, file, column) in
        [("teachers", "teachers.csv", "teacher"), ("groups", "groups.csv", "group"), ("rooms", "rooms.csv", "room")]
    {
        for who in sheet(file, column) {
            let above: Vec<String> = rows(&folder.path().join("groups.csv"))
                .iter()
                .filter(|row| row.cell("group") == who)
                .flat_map(|row| row.list("part_of"))
                .chain([who.clone()])
                .collect();
            let expected = told(&timetable, |row| match kind {
                "rooms" => row["room"] == who.as_str(),
                "groups" => names(row, "groups").iter().any(|group| above.contains(group)),
                _ => names(row, "teachers").contains(&who),
            });
            assert_eq!(held(&calendars[&(kind, who.clone())]), expected, "{kind}: {who}");
            compared += 1;
        }
    }
    assert_eq!(compared, files.len(), "and nobody else has one");
    assert!(calendars.values().any(|calendar| calendar.held.len() > 20), "something was compared");
}

/// Written twice they are the same to the byte; in another run each meeting has the identifier that it had.
#[test]
fn a_meeting_is_the_same_event_in_each_run() {
    let tiny = root().join("examples/tiny");
    let uids = |files: &BTreeMap<String, String>| {
        let calendars = files.iter().map(|(name, text)| (name.clone(), read(text)));
        let rooms = calendars.filter(|(name, _)| name.starts_with("rooms/")).flat_map(|(_, calendar)| calendar.held);
        rooms.map(|held| (held.uid, held.summary)).collect::<BTreeSet<_>>()
    };
    let (one, other) = (made(&tiny, "1"), made(&tiny, "2"));
    let first = one.written(&[]);
    assert_eq!(first, one.written(&[]));
    let placed = |made: &Made| made.timetable()["placements"].as_array().unwrap().len();
    let (of_one, of_other) = (uids(&first), uids(&other.written(&[])));
    assert_eq!((of_one.len(), of_other.len()), (placed(&one), placed(&other)), "one for each meeting");
    if placed(&one) == placed(&other) {
        assert_eq!(of_one, of_other);
    }
}

/// Whatever people are called, files lie in their folder, are owner's and group's alone, and leave nothing behind; what else lies there stays.
#[test]
fn calendars_lie_where_they_should_and_are_nobody_elses() {
    let folder = hard_names();
    let made = made(folder.path(), "1");
    fs::create_dir_all(made.out().join("teachers")).unwrap();
    fs::write(made.out().join("teachers/index.html"), "mine").unwrap();
    let files = made.written(&[]);
    assert_eq!(files["teachers/index.html"], "mine");
    assert!(files.contains_key("teachers/~2E.~2Fferrari.ics"), "{:?}", files.keys());
    for name in files.keys().filter(|name| is_calendar(name)) {
        let mode = fs::metadata(made.out().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{name}");
    }
    let odd: Vec<&String> = files.keys().filter(|name| !is_calendar(name) && !name.ends_with("index.html")).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let around: BTreeSet<_> = fs::read_dir(made.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(around, ["out", "run"].into_iter().map(Into::into).collect());
}

/// Students have calendars only when somebody asks, and names in them only when somebody asks for those.
#[test]
fn students_are_asked_for_and_named_only_by_name() {
    let made = made(&root().join("examples/tiny"), "1");
    let students: BTreeSet<String> =
        rows(&root().join("examples/tiny/enrolments.csv")).iter().map(|row| row.cell("student").to_owned()).collect();
    let is_named = |files: &BTreeMap<String, String>| {
        students.iter().any(|student| files.iter().any(|(name, text)| name.contains(student) || text.contains(student)))
    };
    assert!(made.written(&[]).keys().all(|name| !name.starts_with("students/")));
    let numbered = made.written(&["--students"]);
    assert_eq!(numbered.keys().filter(|name| name.starts_with("students/")).count(), students.len());
    assert!(!is_named(&numbered));
    assert!(read(&numbered["students/1.ics"]).held.len() > 10, "somebody studies");
    assert!(is_named(&made.written(&["--students=names"])));
}

/// An instance of the competition has no dates: that is told with what gives them, and given them, it has calendars.
#[test]
fn dates_that_are_missing_are_asked_for() {
    let made = made(&college(), "1");
    let refused = made.write(&[]);
    assert_eq!(refused.code, 78);
    assert!(
        refused.stderr.contains("no `term_start`") && refused.stderr.contains("--calendar FILE"),
        "{}",
        refused.stderr
    );
    assert!(!made.out().exists(), "nothing is half there");
    let nothing = carillon(["calendar", made.home.path().to_str().unwrap(), made.out().to_str().unwrap()]);
    assert_eq!(nothing.code, 66, "{}", nothing.stderr);
    let calendar = made.home.path().join("dates.toml");
    let flags = ["--calendar", calendar.to_str().unwrap()];
    let write = |zone: &str, days: &str| {
        let periods: Vec<String> =
            (9..14).map(|hour| format!("{{ start = \"{hour}:00\", end = \"{hour}:50\" }}")).collect();
        let text = format!(
            "term_start = 2026-09-14\nweeks = 10\ntime_zone = \"{zone}\"\ndays = {days}\nperiods = [{}]\n",
            periods.join(", ")
        );
        fs::write(&calendar, text).unwrap();
        made.write(&flags)
    };
    let week = "[\"Mon\", \"Tue\", \"Wed\", \"Thu\", \"Fri\"]";
    for (zone, days, code, word) in [
        ("nowhere", week, 65, "dates.toml:3:"),
        ("Europe/Nowhere", week, 78, "find the time zone \"Europe/Nowhere\""),
        ("Europe/Paris", "[\"Mon\", \"Tue\"]", 78, "2 days of 5 periods"),
        ("Europe/Paris", "[\"lun\", \"mar\", \"mer\", \"jeu\", \"ven\"]", 78, "the weekday of \"lun\""),
    ] {
        let answer = write(zone, days);
        assert_eq!(answer.code, code, "{}", answer.stderr);
        assert!(answer.stderr.contains(word), "{}", answer.stderr);
    }
    assert_eq!(write("UTC", week).code, 0);
    let files = files(&made.out());
    let rooms = files.iter().filter(|(name, _)| name.starts_with("rooms/"));
    let held: usize = rooms.map(|(_, text)| read(text).held.len()).sum();
    assert_eq!(held, 10 * made.timetable()["placements"].as_array().unwrap().len());
}
