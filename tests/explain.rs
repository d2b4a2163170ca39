//! `carillon explain` and `carillon where`: what they say of a timetable is what an independent judge says of it, and the rows that they
//! name are the user's own.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::commands::{Answer, carillon};
use crate::harness::schema::offences;
use crate::harness::sheet::rows;
use crate::harness::{campus_oracle, college, oracle, root};

/// A run in a folder of its own.
struct Made {
    home: TempDir,
    instance: PathBuf,
}

/// A run of an instance with little work, so that there is something left to be better.
fn made(instance: &Path, home: TempDir) -> Made {
    let run = home.path().join("run");
    let flags = ["--progress", "never", "--effort", "0.01", "--skip", "evolve", "--skip", "resolve"];
    let answer = carillon(["run", instance.to_str().unwrap(), "--run-dir", run.to_str().unwrap()].iter().chain(&flags));
    assert!(matches!(answer.code, 0 | 10), "{}", answer.stderr);
    Made { home, instance: instance.to_owned() }
}

/// The small campus of the examples with other rows in some of its sheets.
fn tiny_where(edits: &[(&str, &str, &str)]) -> (PathBuf, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("tiny");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(root().join("examples/tiny")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    for (sheet, from, to) in edits {
        let text = fs::read_to_string(folder.join(sheet)).unwrap();
        assert!(text.contains(from), "{sheet} has no {from:?}");
        fs::write(folder.join(sheet), text.replacen(from, to, 1)).unwrap();
    }
    (folder, home)
}

impl Made {
    fn run(&self) -> PathBuf {
        self.home.path().join("run")
    }

    fn ask(&self, command: &str, event: &str, flags: &[&str]) -> Answer {
        carillon([command, self.run().to_str().unwrap(), event].iter().chain(flags))
    }

    fn answer(&self, command: &str, event: &str, flags: &[&str]) -> Value {
        let answer = self.ask(command, event, &[&["--json"], flags].concat());
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let document = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(offences(command, &document), Vec::<String>::new(), "{event}");
        document
    }
}

/// The solution with one lecture elsewhere, or with one more: places are room, day and period, both from 0.
fn moved(solution: &str, course: &str, from: Option<&str>, to: &str) -> String {
    let without = from.map_or_else(
        || solution.to_owned(),
        |from| {
            let line = format!("{course} {from}\n");
            assert!(solution.contains(&line), "{line:?} is not in the solution");
            solution.replacen(&line, "", 1)
        },
    );
    format!("{without}{course} {to}\n")
}

/// Each change that `where` foretells of a competition's timetable is the one that an independent judge counts when the lecture has moved.
#[test]
fn what_a_move_would_change_is_what_it_changes() {
    let made = made(&college(), tempfile::tempdir().unwrap());
    let instance = fs::read_to_string(&made.instance).unwrap();
    let solution = fs::read_to_string(made.run().join("solution.sol")).unwrap();
    let before = oracle::judge_text(&instance, &solution);
    let mut weighed = 0;
    for course in ["LinearAlgebra", "Calculus1", "Statistics"] {
        let answer = made.answer("where", course, &["--limit", "1000"]);
        for meeting in answer["events"][0]["meetings"].as_array().unwrap() {
            let spot = |place: &Value| {
                let number = |key: &str| place[key].as_u64().unwrap() - 1;
                format!("{} {} {}", place["room"].as_str().unwrap(), number("day"), number("period"))
            };
            let now = (!meeting["now"].is_null()).then(|| spot(&meeting["now"]));
            for place in meeting["places"].as_array().unwrap() {
                let text = moved(&solution, course, now.as_deref(), &spot(place));
                let after = oracle::judge_text(&instance, &text);
                let change = |of: fn(&oracle::Judgement) -> u64| of(&after) as i64 - of(&before) as i64;
                let told = (place["violations"].as_i64().unwrap(), place["cost"].as_i64().unwrap());
                let counted = (change(oracle::Judgement::violations), change(oracle::Judgement::cost));
                assert_eq!(told, counted, "{course} from {now:?} to {place}");
                weighed += 1;
            }
        }
    }
    assert!(weighed > 100, "only {weighed} places were weighed");
}

/// The same of a campus: violations as the campus's judge counts them, cost as `verify` does.
#[test]
fn what_a_move_would_change_in_a_campus_is_what_it_changes() {
    let (folder, home) =
        tiny_where(&[("unavailable.csv", "who,day,from,to,strength\n", "who,day,from,to,strength\nnair,Thu,1,6,\n")]);
    let made = made(&folder, home);
    let table = made.run().join("timetable.csv");
    let before = counted(&made.instance, &table);
    let mut weighed = 0;
    for event in ["Biology", "Biology-lab-A", "Calculus", "Spanish", "Philosophy"] {
        let answer = made.answer("where", event, &["--limit", "1000"]);
        let listed = &answer["events"][0];
        for meeting in listed["meetings"].as_array().unwrap() {
            for place in meeting["places"].as_array().unwrap() {
                let changed = made.home.path().join("changed.csv");
                fs::write(&changed, with_meeting(&table, listed, meeting, place)).unwrap();
                let after = counted(&made.instance, &changed);
                let told = (place["violations"].as_i64().unwrap(), place["cost"].as_i64().unwrap());
                assert_eq!(told, (after.0 - before.0, after.1 - before.1), "{event} to {place}");
                weighed += 1;
            }
        }
    }
    assert!(weighed > 100, "only {weighed} places were weighed");
}

fn counted(instance: &Path, timetable: &Path) -> (i64, i64) {
    let broken: u64 = campus_oracle::judge(instance, timetable).iter().sum();
    let verified = carillon(["verify", instance.to_str().unwrap(), timetable.to_str().unwrap(), "--json"]);
    let verified: Value = serde_json::from_str(&verified.stdout).unwrap();
    (broken as i64, verified["cost"].as_i64().unwrap())
}

/// The table with one meeting elsewhere, or with one more.
fn with_meeting(table: &Path, event: &Value, meeting: &Value, place: &Value) -> String {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri"];
    let day = days[place["day"].as_u64().unwrap() as usize - 1];
    let (name, number) = (event["event"].as_str().unwrap(), meeting["meeting"].to_string());
    let mut text = "event,meeting,day,period,periods,room\n".to_owned();
    for row in rows(table).iter().filter(|row| row.cell("event") != name || row.cell("meeting") != number) {
        text += &["event", "meeting", "day", "period", "periods", "room"].map(|column| row.cell(column)).join(",");
        text.push('\n');
    }
    let (period, periods, room) = (&place["period"], &event["periods"], place["room"].as_str().unwrap());
    text + &format!("{name},{number},{day},{period},{periods},{room}\n")
}

/// A meeting's places are all accounted for, and each reason names the row that it comes from.
#[test]
fn the_funnel_adds_up_and_names_the_users_own_rows() {
    let (folder, home) = tiny_where(&[]);
    let made = made(&folder, home);
    let line = |row: &str| {
        let (file, lines) = row.split_once(':').unwrap();
        let first: usize = lines.split(['-', ',']).next().unwrap().parse().unwrap();
        fs::read_to_string(folder.join(file)).unwrap().lines().nth(first - 1).unwrap().to_owned()
    };
    let mut named = 0;
    for event in ["Biology", "Genetics", "Choir", "Essay"] {
        let answer = made.answer("explain", event, &[]);
        for explained in answer["events"].as_array().unwrap() {
            let name = explained["event"].as_str().unwrap();
            assert!(line(explained["rows"][0].as_str().unwrap()).starts_with(&format!("{name},")), "{explained}");
            let funnel = &explained["funnel"];
            let steps = funnel["steps"].as_array().unwrap();
            let gone: u64 = steps.iter().map(|step| step["places"].as_u64().unwrap()).sum();
            assert_eq!(gone + funnel["left"].as_u64().unwrap(), funnel["places"].as_u64().unwrap(), "{funnel}");
            for step in steps.iter().filter(|step| step["reason"].as_str().unwrap().ends_with("is not available")) {
                let reason = step["reason"].as_str().unwrap();
                let row = line(step["rows"][0].as_str().unwrap());
                let who = row.split(',').next().unwrap().to_owned();
                assert!(reason.contains(&who) || reason.starts_with("the room") && who == "Aula", "{reason}: {row}");
                named += 1;
            }
            for taker in funnel["takers"].as_array().unwrap() {
                let row = line(taker["rows"][0].as_str().unwrap());
                assert!(row.starts_with(&format!("{},", taker["event"].as_str().unwrap())), "{taker}");
            }
        }
    }
    assert!(named > 4, "only {named} rows were named");
}

/// A course is all of its events, and `latest` is found; what is not there is told apart, with a guess.
#[test]
fn events_and_runs_are_found_or_said_not_to_be_there() {
    let (folder, home) = tiny_where(&[]);
    let made = made(&folder, home);
    let of_course = made.answer("where", "Genetics", &[]);
    assert_eq!(of_course["events"].as_array().unwrap().len(), 1, "an event has the name, and is meant");
    std::os::unix::fs::symlink("run", made.home.path().join("latest")).unwrap();
    let home = made.home.path().to_str().unwrap();
    assert_eq!(carillon(["explain", home, "Biology"]).code, 0);
    let unknown = made.ask("explain", "Biolgy", &[]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (65, ""));
    assert!(unknown.stderr.contains("did you mean \"Biology\"?"), "{}", unknown.stderr);
    assert_eq!(carillon(["where", made.instance.to_str().unwrap(), "Biology"]).code, 66);
    // Another room is another instance: its rows are no longer those of the run.
    let rooms = fs::read_to_string(folder.join("rooms.csv")).unwrap();
    fs::write(folder.join("rooms.csv"), rooms + "Annex,30,,\n").unwrap();
    let changed = made.answer("explain", "Biology", &[]);
    assert!(changed["rows_missing"].as_str().unwrap().contains("has changed since the run"), "{changed}");
    assert_eq!(changed["events"][0]["rows"], serde_json::json!([]));
}

/// A week of three periods, in which Anatomy can only be in the first because of its teacher, and Botany because of its only room.
fn planted() -> (PathBuf, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("planted");
    fs::create_dir(&folder).unwrap();
    let hours = "periods = [\"09:00-09:50\", \"10:00-10:50\", \"11:00-11:50\"]\n";
    for (sheet, text) in [
        ("calendar.toml", format!("days = [\"Mon\"]\n{hours}")),
        ("rooms.csv", "room,capacity,features\nHall,40,\nLab,40,LAB\n".to_owned()),
        ("teachers.csv", "teacher\nrossi\nverdi\n".to_owned()),
        ("groups.csv", "group,size\nY1,20\n".to_owned()),
        (
            "events.csv",
            "event,course,teachers,groups,features,size\nAnatomy,Anatomy,rossi,Y1,,20\nBotany,Botany,verdi,Y1,LAB,20\n"
                .to_owned(),
        ),
        ("unavailable.csv", "who,day,from,to,strength\nrossi,Mon,2,3,hard\nLab,Mon,2,3,hard\n".to_owned()),
    ] {
        fs::write(folder.join(sheet), text).unwrap();
    }
    (folder, home)
}

/// What is asked of the event that is in a violation, or has no place.
fn proof_of(made: &Made) -> Value {
    let answers = ["Anatomy", "Botany"].map(|event| made.answer("explain", event, &[])["events"][0]["proof"].clone());
    answers.into_iter().find(|proof| !proof.is_null()).expect("one of the two gives way")
}

/// A contradiction is told in the user's own rows, and each of them is needed: without any one of them the whole run is complete.
#[test]
fn a_contradiction_names_the_rows_that_make_it_and_no_others() {
    let (folder, home) = planted();
    assert_eq!(carillon(["check", folder.to_str().unwrap()]).code, 0, "counting alone does not see it");
    let made = made(&folder, home);
    let proof = proof_of(&made);
    assert_eq!(proof["verdict"], "impossible", "{proof}");
    assert_eq!(proof["is_about_it"], true);
    let rows: Vec<&str> = proof["demands"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|demand| demand["rows"].as_array().unwrap())
        .map(|row| row.as_str().unwrap())
        .collect();
    let wanted =
        ["events.csv:2", "events.csv:3", "unavailable.csv:2", "rooms.csv:3", "unavailable.csv:3", "groups.csv:2"];
    assert_eq!(rows, wanted);
    let gives_way = [
        ("events.csv", "Anatomy,Anatomy,rossi,Y1,,20\n", ""),
        ("events.csv", "Botany,Botany,verdi,Y1,LAB,20\n", ""),
        ("unavailable.csv", "rossi,Mon,2,3,hard\n", ""),
        ("unavailable.csv", "Lab,Mon,2,3,hard\n", ""),
        ("rooms.csv", "Hall,40,\n", "Hall,40,LAB\n"),
        ("events.csv", "verdi,Y1,LAB,20", "verdi,,LAB,20"),
    ];
    for (sheet, from, to) in gives_way {
        let before = fs::read_to_string(folder.join(sheet)).unwrap();
        fs::write(folder.join(sheet), before.replacen(from, to, 1)).unwrap();
        let run = made.home.path().join(format!("run-{}", to.len() + from.len()));
        let answer =
            carillon(["run", folder.to_str().unwrap(), "--run-dir", run.to_str().unwrap(), "--effort", "0.05"]);
        assert_eq!(answer.code, 0, "without {from:?} of {sheet} it is possible:\n{}", answer.stderr);
        fs::write(folder.join(sheet), before).unwrap();
        fs::remove_dir_all(run).unwrap();
    }
}

/// The one teacher whose absence is in the way is the first remedy, with the period and what it buys; and it holds what it says.
#[test]
fn the_remedy_that_asks_least_is_the_teachers_period() {
    let (folder, home) = planted();
    let made = made(&folder, home);
    let proof = proof_of(&made);
    let remedies = proof["remedies"].as_array().unwrap();
    let first = remedies[0]["remedy"].as_str().unwrap();
    assert!(first.starts_with("free teacher rossi on Mon 1"), "{proof}");
    assert_eq!(remedies[0]["rows"], serde_json::json!(["unavailable.csv:2"]));
    assert_eq!(
        (&remedies[0]["found"]["violations_now"], &remedies[0]["found"]["violations_then"]),
        (&1.into(), &0.into())
    );
    let is_freed = |remedy: &&Value| remedy["remedy"].as_str().unwrap().starts_with("free");
    assert_eq!(remedies.iter().filter(is_freed).count(), 1, "{proof}");
    // Only the period that was named: the second or the third.
    let away = if first.ends_with("10:00") { "rossi,Mon,3,3,hard" } else { "rossi,Mon,2,2,hard" };
    let unavailable = fs::read_to_string(folder.join("unavailable.csv")).unwrap();
    fs::write(folder.join("unavailable.csv"), unavailable.replace("rossi,Mon,2,3,hard", away)).unwrap();
    let run = made.home.path().join("freed");
    let answer = carillon(["run", folder.to_str().unwrap(), "--run-dir", run.to_str().unwrap(), "--effort", "0.05"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}

/// An event that is without a place by mischance is said to be placeable: at once where a place is free, or with others that move.
#[test]
fn what_could_have_a_place_is_said_to_be_able_to() {
    let (folder, home) = planted();
    let unavailable = fs::read_to_string(folder.join("unavailable.csv")).unwrap();
    fs::write(folder.join("unavailable.csv"), unavailable.replace("Lab,Mon,2,3,hard\n", "")).unwrap();
    let made = made(&folder, home);
    let path = made.run().join("timetable.json");
    let mut timetable: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let placements = timetable["placements"].as_array_mut().unwrap();
    placements.retain(|row| row["event"] == "Botany");
    for (period, verdict, free) in [(2, Value::Null, 2), (1, "possible".into(), 0)] {
        timetable["placements"][0]["period"] = period.into();
        timetable["placements"][0]["room"] = "Lab".into();
        fs::write(&path, timetable.to_string()).unwrap();
        let answer = made.answer("explain", "Anatomy", &[]);
        let explained = &answer["events"][0];
        assert_eq!(explained["meetings"][0]["now"], Value::Null);
        assert_eq!(
            (&explained["proof"]["verdict"], &explained["free_places"]),
            (&verdict, &free.into()),
            "{explained}"
        );
    }
    let found = made.answer("explain", "Anatomy", &[])["events"][0]["proof"]["found"].clone();
    assert_eq!(found, serde_json::json!({ "violations_now": 1, "violations_then": 0, "moved": 1 }));
    let text = made.ask("explain", "Anatomy", &[]).stdout;
    assert!(text.contains("a timetable was found with 0 violations instead of 1, for which 1 meeting moves"), "{text}");
}
