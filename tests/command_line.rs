//! The commands that answer at once, and the words in which they refuse.

use std::fs;
use std::path::Path;

use crate::harness::commands::{Answer, carillon};
use crate::harness::mutation::damaged;
use crate::harness::{Run, college, oracle};

/// The places of a run (`FOLDER`) and of the project (`PROJECT`) differ from machine to machine; words do not.
fn redacted(text: &str, folder: &Path) -> String {
    let project = crate::harness::root().display().to_string();
    text.replace(&folder.display().to_string(), "FOLDER").replace(&project, "PROJECT")
}

/// A text that people read, beside the exit code that scripts read.
fn shown(answer: &Answer, folder: &Path) -> String {
    let Answer { code, stdout, stderr } = answer;
    redacted(&format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}"), folder)
}

/// Help is a page that people read before anything else.
#[test]
fn help_of_each_command() {
    for command in [
        &[][..],
        &["run"],
        &["resume"],
        &["report"],
        &["eff"],
        &["runs"],
        &["diff"],
        &["explain"],
        &["where"],
        &["calendar"],
        &["workbook"],
        &["check"],
        &["convert"],
        &["verify"],
        &["init"],
        &["generate"],
        &["generate", "campus"],
        &["config"],
        &["config", "show"],
        &["policy"],
        &["policy", "show"],
        &["completions"],
        &["man"],
    ] {
        let answer = carillon(command.iter().chain(&["--help"]));
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{command:?}");
        insta::assert_snapshot!(format!("help {}", command.join(" ")).trim().replace(' ', "_"), answer.stdout);
    }
}

/// What is refused says what, where, and what to try.
#[test]
fn refusals_say_what_where_and_what_to_try() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let text = fs::read_to_string(college()).unwrap();
    let (front, rows) = text.split_once("UNAVAILABILITY_CONSTRAINTS:\n").unwrap();
    let stranger = write("stranger.ctt", &format!("{front}UNAVAILABILITY_CONSTRAINTS:\nX{rows}"));
    let negative = write("negative.ctt", &text.replacen("Days: ", "Days: -", 1));
    let empty = write("empty.ctt", "");
    let missing = folder.path().join("missing.ctt").display().to_string();
    let cases: [(&str, i32, Vec<&str>); 8] = [
        ("unknown_course", 65, vec!["check", &stranger]),
        ("negative_number", 65, vec!["check", &negative]),
        ("empty_file", 65, vec!["check", &empty]),
        ("no_such_file", 66, vec!["check", &missing]),
        ("run_without_such_file", 66, vec!["run", &missing, "--run-dir", folder.path().to_str().unwrap()]),
        ("unknown_stage", 2, vec!["run", &empty, "--until", "STAGE9"]),
        ("wrong_size", 2, vec!["run", &empty, "--memory", "12 monkeys"]),
        ("no_command", 2, vec![]),
    ];
    for (name, code, arguments) in cases {
        let answer = carillon(&arguments);
        assert_eq!(answer.code, code, "{name}: {}", answer.stderr);
        insta::assert_snapshot!(format!("refusal_{name}"), shown(&answer, folder.path()));
    }
}

/// `check` accepts the college.
#[test]
fn check_accepts_a_sound_instance() {
    let answer = carillon(["check".as_ref(), college().as_os_str()]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}

/// Whatever happens to a file, `check` answers in order: accepted, proven infeasible, or refused at a place in the file.
#[test]
fn damaged_instances_are_refused_with_a_place() {
    let text = fs::read(college()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.ctt");
    let mut refused = 0;
    for seed in 0..30 {
        fs::write(&path, damaged(&text, seed)).unwrap();
        let answer = carillon(["check".as_ref(), path.as_os_str()]);
        assert!([0, 11, 65].contains(&answer.code), "seed {seed}: exit {}\n{}", answer.code, answer.stderr);
        assert!(!answer.stderr.contains("panicked"), "seed {seed}: {}", answer.stderr);
        if answer.code == 65 {
            refused += 1;
            assert!(answer.stderr.contains("damaged.ctt:"), "seed {seed} names no place:\n{}", answer.stderr);
        }
    }
    assert!(refused >= 10, "only {refused} of 30 were refused");
}

/// `verify` counts a foreign solution as the oracle does, good or bad, and its exit code says which.
#[test]
fn verify_counts_as_the_oracle_does() {
    let run = Run::of(&college()).flag("--effort", "0.02").finish();
    let good = run.expect(&[0]).read("solution.sol");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("solution.sol");
    // All lectures at once in one room, one of them missing: every hard constraint is broken.
    let room = good.split_whitespace().nth(1).unwrap().to_owned();
    let at_once = |line: &str| format!("{} {room} 0 0\n", line.split_whitespace().next().unwrap());
    let bad: String = good.lines().skip(1).map(at_once).collect();
    for (solution, code) in [(good.as_str(), 0), (bad.as_str(), 10)] {
        fs::write(&path, solution).unwrap();
        let answer = carillon(["verify".as_ref(), college().as_os_str(), path.as_os_str(), "--json".as_ref()]);
        assert_eq!(answer.code, code, "{}", answer.stderr);
        let told: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
        let judged = oracle::judge(&college(), &path);
        assert_eq!(told["violations"].as_u64(), Some(judged.violations()), "{told}");
        assert_eq!(told["cost"].as_u64(), Some(judged.cost()), "{told}");
        assert_eq!(told["feasible"].as_bool(), Some(judged.violations() == 0));
        assert_eq!(told["hard"]["Conflicts"].as_u64(), Some(judged.conflicts));
        assert_eq!(told["hard"]["RoomOccupancy"].as_u64(), Some(judged.room_occupancy));
        assert_eq!(told["hard"]["Lectures"].as_u64(), Some(judged.lectures));
        assert_eq!(told["hard"]["Availability"].as_u64(), Some(judged.availability));
    }
}

/// A solution that names what the instance does not have is refused with its line; a missing one is told from it.
#[test]
fn verify_refuses_what_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("solution.sol");
    fs::write(&path, "NOSUCHCOURSE X 0 0\n").unwrap();
    let verify = |path: &Path| carillon(["verify".as_ref(), college().as_os_str(), path.as_os_str()]);
    let answer = verify(&path);
    assert_eq!(answer.code, 65);
    assert!(answer.stderr.contains("solution.sol:1"), "{}", answer.stderr);
    assert_eq!(verify(&folder.path().join("missing.sol")).code, 66);
}
