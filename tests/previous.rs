//! A run beside the timetable that people have already: what is where it was stays there, and what is not is told, meeting by meeting.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::commands::carillon;
use crate::harness::run::Finished;
use crate::harness::sheet::{Row, rows};
use crate::harness::{Run, college, root};

/// Little work, so that a test is short.
const EFFORT: &str = "0.05";

/// A copy of the small campus, to be changed.
struct Campus {
    folder: tempfile::TempDir,
}

impl Campus {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(root().join("examples/tiny")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts rows at the end of a sheet.
    fn add(&self, sheet: &str, rows: &str) {
        let path = self.path().join(sheet);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{}\n{rows}\n", text.trim_end())).unwrap();
    }

    /// Leaves out the rows that begin or end with a word.
    fn remove(&self, sheet: &str, word: &str) {
        let path = self.path().join(sheet);
        let text = fs::read_to_string(&path).unwrap();
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(word) && !line.ends_with(word)).collect();
        fs::write(path, kept.join("\n") + "\n").unwrap();
    }
}

fn of(instance: &Path) -> Run {
    Run::of(instance).flag("--effort", EFFORT).flag("--threads", "2")
}

fn again(instance: &Path, previous: impl AsRef<Path>) -> Finished {
    of(instance).flag("--seed", "7").flag("--previous", previous.as_ref()).finish()
}

fn number(run: &Finished, key: &str) -> u64 {
    run.result()["changed"][key].as_u64().unwrap()
}

/// How often each row of these columns is there.
type Counts = BTreeMap<Vec<String>, usize>;

fn counts(rows: &[Row], columns: &[&str]) -> Counts {
    let mut counts = Counts::new();
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|column| row.cell(column).to_owned()).collect();
        *counts.entry(cells).or_default() += 1;
    }
    counts
}

fn less(counts: &Counts, others: &Counts) -> Counts {
    let left = |(row, count): (&Vec<String>, &usize)| {
        (row.clone(), count.saturating_sub(others.get(row).copied().unwrap_or_default()))
    };
    counts.iter().map(left).filter(|(_, count)| *count > 0).collect()
}

fn sum(counts: &Counts) -> u64 {
    counts.values().sum::<usize>() as u64
}

/// Asserts that `changes.csv` and `result.json` say what two timetables say side by side: what is in both is in no row, and all else is
/// in one.
fn assert_told(run: &Finished, before: &Path) {
    const PLACE: [&str; 4] = ["event", "day", "period", "room"];
    let (old, new) = (rows(before), rows(&run.path("timetable.csv")));
    let changes = rows(&run.path("changes.csv"));
    let (was, is) = (counts(&old, &PLACE), counts(&new, &PLACE));
    let with = |place: &str, columns: &[&str]| {
        let rows: Vec<Row> = changes.iter().filter(|row| !row.cell(place).is_empty()).cloned().collect();
        counts(&rows, columns)
    };
    assert_eq!(with("old_day", &["event", "old_day", "old_period", "old_room"]), less(&was, &is), "what is no more");
    assert_eq!(with("day", &PLACE), less(&is, &was), "what was not");
    let of = |kind: &str| changes.iter().filter(|row| row.cell("change") == kind).count() as u64;
    assert_eq!(of("room"), number(run, "room"));
    assert_eq!(of("period") + of("period and room"), number(run, "period"));
    assert_eq!([of("new"), of("gone"), of("unplaced")], ["new", "gone", "unplaced"].map(|key| number(run, key)));
    let time = ["event", "day", "period"];
    let (left, come) = (less(&was, &is), less(&is, &was));
    let times = |counts: &Counts| {
        let mut times = Counts::new();
        for (row, count) in counts {
            *times.entry(row[..time.len()].to_vec()).or_default() += count;
        }
        times
    };
    let (left, come) = (times(&left), times(&come));
    assert_eq!(sum(&left) - sum(&less(&left, &come)), of("room"), "who only changed the room");
    let events = |rows: &[Row]| counts(rows, &["event"]);
    let compared = sum(&events(&old)) - sum(&less(&events(&old), &events(&new)));
    assert_eq!(number(run, "compared"), compared + of("unplaced"));
    assert_eq!(number(run, "meetings"), of("room") + of("period") + of("period and room") + of("unplaced"));
}

/// Whoever runs an unchanged instance again, with another seed, has the timetable that people have; of either family, from any of
/// the files that a run leaves.
#[test]
fn nothing_moves_where_nothing_has_changed() {
    for (instance, files) in [(college(), ["", "solution.sol"]), (root().join("examples/tiny"), ["", "timetable.csv"])]
    {
        // With all its work, so that hardly anything is left to gain.
        let before = Run::of(&instance).flag("--threads", "2").finish();
        before.expect(&[0]);
        assert!(before.result()["changed"].is_null() && !before.path("changes.csv").exists());
        assert!(!before.read("report.html").contains("id=\"changes\""));
        for file in files {
            let run = again(&instance, before.path(file));
            run.expect(&[0]);
            assert_told(&run, &before.path("timetable.csv"));
            let cost = |run: &Finished| run.result()["cost"].as_u64().unwrap();
            assert!(cost(&run) <= cost(&before), "{} after {}", cost(&run), cost(&before));
            assert!(number(&run, "meetings") <= 2, "{}", run.read("changes.csv"));
            assert!(run.told().contains(" meetings moved"), "{}", run.told());
        }
    }
}

/// A room that is closed moves who was in it, and hardly anybody else; an event that is new and one that is gone are told apart from
/// those that move, with the people whom it concerns.
#[test]
fn only_what_has_to_move_moves() {
    let campus = Campus::new();
    let before = Run::of(campus.path()).flag("--threads", "2").finish();
    before.expect(&[0]);
    let table = before.path("timetable.csv");
    let there = rows(&table).iter().filter(|row| row.cell("room") == "M2").count() as u64;
    assert!(there > 0, "the closed room was in use");
    let days: Vec<String> = ["Mon", "Tue", "Wed", "Thu", "Fri"].map(|day| format!("M2,{day},1,6,hard")).to_vec();
    campus.add("unavailable.csv", &days.join("\n"));
    campus.add("events.csv", "Chess,Chess,,,1,1,5,,,,,");
    campus.remove("events.csv", "Spanish,");
    campus.remove("rules.csv", "not-same-day,Philosophy;Spanish");
    campus.remove("enrolments.csv", ",Spanish");
    let spanish = rows(&table).iter().filter(|row| row.cell("event") == "Spanish").count() as u64;
    let run = again(campus.path(), &table);
    run.expect(&[0]);
    assert_told(&run, &table);
    assert_eq!((number(&run, "new"), number(&run, "gone")), (1, spanish));
    let moved = number(&run, "meetings");
    assert!(moved <= there + 3, "{moved} moved for {there}:\n{}", run.read("changes.csv"));
    assert!(rows(&run.path("timetable.csv")).iter().all(|row| row.cell("room") != "M2"));
    let gone: Vec<Row> =
        rows(&run.path("changes.csv")).into_iter().filter(|row| row.cell("change") == "gone").collect();
    assert!(gone.iter().all(|row| row.cell("event") == "Spanish" && !row.cell("teachers").is_empty()), "{gone:?}");
    let page = run.read("report.html");
    assert!(page.contains("<section id=\"changes\"") && page.contains("Whom it concerns"));
}

/// A file of which only a part makes sense is of use, and what does not is told with its place.
#[test]
fn what_is_not_there_any_more_is_told_with_its_place() {
    let before = of(&college()).finish();
    before.expect(&[0]);
    let text = before.read("solution.sol");
    let (first, rest) = text.split_once('\n').unwrap();
    let course = first.split(' ').next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.sol");
    fs::write(&file, format!("{course} Barn 0 0\nFencing Hall_A 0 0\n{rest}")).unwrap();
    let run = again(&college(), &file);
    run.expect(&[0]);
    let story = run.read("run.log");
    assert!(story.contains("previous/old.sol:1:"), "the first finding is in the story:\n{story}");
    let log = run.read("attempts/load-1/stderr.log");
    for finding in
        ["old.sol:1:", "there is no room \"Barn\" any more", "old.sol:2:1: warning: there is no event \"Fencing\""]
    {
        assert!(log.contains(finding), "{finding} in\n{log}");
    }
    assert_eq!(number(&run, "gone"), 1);
}

/// What says nothing of the instance is refused, with what to try; so is what is not there.
#[test]
fn a_timetable_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, text: &str, said: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let run = again(&college(), &file);
        run.expect(&[65]);
        assert!(run.told().contains(said) || run.read("attempts/load-1/stderr.log").contains(said), "{}", run.told());
    };
    refused("empty.sol", "", "no row of it is about an event of the instance");
    refused("other.sol", "Fencing Gym 0 0\n", "no row of it is about an event of the instance");
    refused("torn.sol", "Fencing Gym 0\n", "torn.sol:1:14: error: the line does not have four words");
    refused("half.csv", "event,meeting\na,1\n", "the column `day` is missing");
    let nowhere: PathBuf = folder.path().join("nowhere");
    let run_dir = folder.path().join("run");
    let words = ["run", "--previous", nowhere.to_str().unwrap(), "--run-dir", run_dir.to_str().unwrap()];
    let answer = carillon(words.iter().map(|word| (*word).to_owned()).chain([college().display().to_string()]));
    assert_eq!(answer.code, 66, "{}", answer.stderr);
    assert!(answer.stderr.contains("failed to open the previous timetable"), "{}", answer.stderr);
    assert!(!run_dir.exists(), "nothing is begun");
}

/// Killed and taken up again it ends with the same bytes, though the file that it began with is gone.
#[test]
fn a_killed_run_remembers_the_timetable_before() {
    let before = of(&college()).flag("--seed", "3").finish();
    before.expect(&[0]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("before.csv");
    let begun = || Run::of_overfull_college().flag("--effort", "0.02").flag("--threads", "2").flag("--previous", &file);
    fs::copy(before.path("timetable.csv"), &file).unwrap();
    let undisturbed = begun().finish();
    undisturbed.expect(&[0]);
    let mut run = begun().with_unruly("evolve", "deaf").start();
    run.hears("evolve", 1);
    let run = run.killed();
    fs::remove_file(&file).unwrap();
    let run = run.resume().flag("--threads", "1").finish();
    run.expect(&[0]);
    assert!(!run.started_again().contains(&"load".to_owned()), "{:?}", run.started_again());
    for name in ["solution.sol", "timetable.csv", "changes.csv"] {
        assert!(run.read(name) == undisturbed.read(name), "another {name}:\n{}", run.read("run.log"));
    }
    assert_told(&run, &before.path("timetable.csv"));
}
