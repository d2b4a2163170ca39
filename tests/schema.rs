//! The published schemas: what a run writes for programs is as `docs/schema` says, whatever becomes of the run, and what is not so is
//! noticed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::commands::carillon;
use crate::harness::schema::offences;
use crate::harness::{college, root};

/// Runs an instance, and holds what it wrote against the schemas. The documents.
fn held(instance: &Path, name: &str, flags: &[&str]) -> Vec<(&'static str, Value)> {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    let places = ["run", instance.to_str().unwrap(), "--run-dir", run.to_str().unwrap(), "--progress", "never"];
    let answer = carillon(places.iter().chain(flags));
    let read = |file: &str| -> Option<Value> {
        Some(serde_json::from_str(&fs::read_to_string(run.join(file)).ok()?).unwrap())
    };
    let result = read("result.json").unwrap_or_else(|| panic!("{}", answer.stderr));
    assert_eq!(result["exit_code"], answer.code);
    let timetable = if instance.is_dir() { "timetable-campus" } else { "timetable" };
    let documents = [Some(("result", result)), read("timetable.json").map(|document| (timetable, document))];
    let documents: Vec<(&str, Value)> = documents.into_iter().flatten().collect();
    for (schema, document) in &documents {
        assert_eq!(offences(schema, document), Vec::<String>::new(), "{name}, {schema}.json");
    }
    documents
}

/// Runs that end well, that leave meetings without a place, and that never have a timetable.
#[test]
fn what_a_run_writes_is_as_its_schema_says() {
    let home = tempfile::tempdir().unwrap();
    let effort = ["--effort", "0.05"];
    assert_eq!(held(&root().join("examples/tiny"), "a campus", &effort).len(), 2);
    assert_eq!(held(&college(), "the college", &effort).len(), 2);
    let text = fs::read_to_string(college()).unwrap();
    let refused = home.path().join("refused.ctt");
    fs::write(&refused, text.replacen("Days: ", "Days: -", 1)).unwrap();
    assert_eq!(held(&refused, "a refused one", &effort).len(), 1);
    let documents = held(&odd(home.path()), "one of three teachers in two periods", &effort);
    assert_eq!(documents[0].1["verdict"], "incomplete");
    assert_eq!(documents[1].1["unplaced"].as_array().unwrap().len(), 1);
}

/// A campus in which each of three teachers has two events of three, and there are two periods: counting proves nothing, and one event is left. It says
/// no more of its calendar than it has to.
fn odd(home: &Path) -> PathBuf {
    let folder = home.join("odd");
    fs::create_dir(&folder).unwrap();
    let periods = "periods = [{ start = \"09:00\", end = \"10:00\" }, { start = \"10:00\", end = \"11:00\" }]\n";
    for (file, text) in [
        ("calendar.toml", format!("days = [\"Mon\"]\n{periods}")),
        ("rooms.csv", "room,capacity\nR1,20\nR2,20\nR3,20\n".to_owned()),
        ("events.csv", "event,course,teachers,size\nA,A,T1 T2,10\nB,B,T2 T3,10\nC,C,T1 T3,10\n".to_owned()),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
    folder
}

/// What `check` says of both kinds of instances. (What it says of bad ones is held against the schema where they are made.)
#[test]
fn what_check_says_is_as_its_schema_says() {
    for instance in [root().join("examples/tiny"), college()] {
        let answer = carillon(["check", instance.to_str().unwrap(), "--json"]);
        let document = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(offences("check", &document), Vec::<String>::new(), "{}", instance.display());
    }
}

/// A document that is otherwise in one thing is not as the schema says: the test above can fail.
#[test]
fn what_is_not_as_its_schema_says_is_noticed() {
    for (name, document) in held(&root().join("examples/tiny"), "a campus", &["--effort", "0.01"]) {
        let first = if name == "result" { "/stages/0/attempts" } else { "/placements/0/meeting" };
        for wrong in [json!(-1), json!("1"), json!(1.5), Value::Null] {
            let mut harmed = document.clone();
            *harmed.pointer_mut(first).unwrap() = wrong.clone();
            assert!(!offences(name, &harmed).is_empty(), "{name}: {first} {wrong}");
        }
        for key in document.as_object().unwrap().keys() {
            let mut harmed = document.clone();
            harmed.as_object_mut().unwrap().remove(key);
            assert!(!offences(name, &harmed).is_empty(), "{name} without {key}");
        }
        let mut harmed = document.clone();
        harmed["news"] = json!(1);
        assert_eq!(offences(name, &harmed), [format!("{name}.news: the schema does not name it")]);
        harmed = document.clone();
        harmed["schema"] = json!("another/2");
        assert_eq!(offences(name, &harmed).len(), 1);
    }
}
