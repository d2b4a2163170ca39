//! Campus folders from the command line: what is refused, what is proven, what a run makes of one, and that anybody's timetable is
//! counted as others count it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::campus_oracle::judge;
use crate::harness::commands::carillon;
use crate::harness::mutation::Chance;
use crate::harness::schema::offences;
use crate::harness::sheet::rows;
use crate::harness::{Run, benchmarks};

/// A campus in a folder of its own, beside its planted timetable.
struct Made {
    home: TempDir,
    folder: PathBuf,
    plan: PathBuf,
}

fn made(knobs: &[&str]) -> Made {
    let home = tempfile::tempdir().unwrap();
    let (folder, plan) = (home.path().join("campus"), home.path().join("plan.csv"));
    let places = [folder.to_str().unwrap(), "--plan", plan.to_str().unwrap()];
    let answer = carillon(["generate", "campus"].iter().chain(&places).chain(knobs));
    assert_eq!(answer.code, 0, "{knobs:?}: {}", answer.stderr);
    Made { home, folder, plan }
}

impl Made {
    /// Changes a file of the folder.
    fn edit(&self, file: &str, edit: impl FnOnce(String) -> String) {
        let path = self.folder.join(file);
        fs::write(&path, edit(fs::read_to_string(&path).unwrap())).unwrap();
    }

    /// Other rules, between events that meet as often as each other and not often: there it does not matter whether starts are
    /// compared as a set.
    fn draw_rules(&self, chance: &mut Chance) {
        const RULES: [&str; 6] = ["same-time", "not-same-time", "same-day", "not-same-day", "same-room", "before"];
        let mut by_meetings: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for event in rows(&self.folder.join("events.csv")) {
            let meetings = event.number("per_week", 1);
            if meetings <= 2 {
                by_meetings.entry(meetings).or_default().push(event.cell("event").to_owned());
            }
        }
        let kinds: Vec<Vec<String>> = by_meetings.into_values().filter(|events| events.len() > 1).collect();
        let mut sheet = "rule,events,strength,weight\n".to_owned();
        for nth in (0..20).filter(|_| !kinds.is_empty()) {
            let events = &kinds[chance.below(kinds.len())];
            let first = chance.below(events.len() - 1);
            let events = events[first..events.len().min(first + 3)].join(";");
            let _ = writeln!(sheet, "{},{events},{},2", RULES[nth % 6], ["hard", "soft"][nth % 7 / 6]);
        }
        fs::write(self.folder.join("rules.csv"), sheet).unwrap();
    }

    /// What `verify` says of a timetable, and the code with which it ends.
    fn verify(&self, timetable: &Path) -> (Value, i32) {
        let arguments = ["verify", self.folder.to_str().unwrap(), timetable.to_str().unwrap(), "--json"];
        let answer = carillon(arguments);
        let said = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stderr));
        (said, answer.code)
    }
}

/// The hard rules that are broken, by name.
fn broken(answer: &Value) -> BTreeMap<String, u64> {
    let counts =
        answer["hard"].as_object().unwrap().iter().map(|(name, count)| (name.clone(), count.as_u64().unwrap()));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// What can happen to a row of a timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    /// The times or the room of another row.
    Move,
    Lose,
    /// A period at the edge of the day, or behind it.
    Late,
    /// What only a stranger writes: an event, a day, a room or a meeting that is not there, a meeting again, another length.
    Odd,
}

/// The timetable with one to forty rows harmed.
fn harmed(plan: &str, harms: &[Harm], chance: &mut Chance) -> String {
    let mut lines: Vec<Vec<String>> =
        plan.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    for _ in 0..=chance.below(40) {
        let (row, other) = (1 + chance.below(lines.len() - 1), 1 + chance.below(lines.len() - 1));
        match harms[chance.below(harms.len())] {
            Harm::Move => {
                for column in [&[3, 4][..], &[8]][chance.below(2)] {
                    lines[row][*column] = lines[other][*column].clone();
                }
            }
            Harm::Lose if lines.len() > 3 => drop(lines.remove(row)),
            Harm::Lose => {}
            Harm::Late => lines[row][4] = (1 + chance.below(10)).to_string(),
            Harm::Odd => match chance.below(6) {
                0 => lines[row][0] = "NOBODY-01".to_owned(),
                1 => lines[row][1] = ["0", "-1", "99"][chance.below(3)].to_owned(),
                2 => lines[row][3] = "Someday".to_owned(),
                3 => lines[row][5] = (1 + chance.below(4)).to_string(),
                4 => lines[row][8] = "Z999".to_owned(),
                _ => {
                    let again = lines[row].clone();
                    lines.push(again);
                }
            },
        }
    }
    lines.iter().map(|cells| cells.join(",") + "\n").collect()
}

const SHAPES: [&[&str]; 3] = [
    &["--preset", "tiny"],
    &["--preset", "campus", "--sections", "40", "--students", "200", "--labs", "0.5"],
    &["--preset", "campus", "--sections", "60", "--students", "150", "--room-use", "0.7", "--open", "0.5"],
];

/// The planted timetable breaks nothing, and after any damage each rule is counted as the oracle counts it.
#[test]
fn verify_counts_a_campus_as_the_oracle_does() {
    let mut seen = [0; 15];
    for (nth, shape) in SHAPES.iter().enumerate() {
        let made = made(shape);
        let (answer, code) = made.verify(&made.plan);
        assert_eq!((broken(&answer), code), (BTreeMap::new(), 0), "{shape:?}");
        let plan = fs::read_to_string(&made.plan).unwrap();
        for seed in 0..12 {
            let mut chance = Chance::new(100 * nth as u64 + seed);
            made.draw_rules(&mut chance);
            let harms = [&[Harm::Move, Harm::Late][..], &[Harm::Move, Harm::Late, Harm::Lose]][seed as usize % 2];
            let harmed = harmed(&plan, harms, &mut chance);
            fs::write(&made.plan, &harmed).unwrap();
            let expected = judge(&made.folder, &made.plan);
            let (answer, code) = made.verify(&made.plan);
            let mut counted = [0; 15];
            for (name, count) in broken(&answer) {
                let number = name.strip_prefix('H').and_then(|name| name.split(' ').next()?.parse().ok());
                counted[number.unwrap_or(0)] += count;
            }
            if harms.contains(&Harm::Lose) {
                // Where meetings are missing, two say differently when the same times are judged.
                counted[14] = expected[14];
            }
            assert_eq!(counted, expected, "{shape:?}, seed {seed}:\n{harmed}");
            assert_eq!(code, if expected.iter().sum::<u64>() == 0 { 0 } else { 10 });
            seen.iter_mut().zip(expected).for_each(|(seen, count)| *seen += count);
        }
    }
    assert!(
        seen[1..].iter().filter(|count| **count > 0).count() >= 12,
        "most rules were broken at least once: {seen:?}"
    );
}

/// The same against the validator that others wrote, oddities included, where it and Python are there.
#[test]
fn verify_counts_a_campus_as_the_validator_does() {
    let Some(validator) =
        benchmarks().map(|folder| folder.join("../tools/validate_campus.py")).filter(|path| path.is_file())
    else {
        println!("skipped: no validator");
        return;
    };
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    for (nth, shape) in SHAPES.iter().enumerate() {
        let made = made(shape);
        let plan = fs::read_to_string(&made.plan).unwrap();
        for seed in 0..8 {
            let mut chance = Chance::new(1_000 + 100 * nth as u64 + seed);
            if seed % 2 == 0 {
                made.draw_rules(&mut chance);
            }
            let harmed = harmed(&plan, &[Harm::Move, Harm::Late, Harm::Lose, Harm::Odd], &mut chance);
            fs::write(&made.plan, &harmed).unwrap();
            let output = Command::new("python3")
                .arg(&validator)
                .args([&made.folder, &made.plan])
                .arg("--json")
                .output()
                .unwrap();
            let theirs: Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
            let expected: BTreeMap<String, u64> = serde_json::from_value(theirs["violations"].clone()).unwrap();
            let (answer, _) = made.verify(&made.plan);
            assert_eq!(broken(&answer), expected, "{shape:?}, seed {seed}:\n{harmed}");
            assert_eq!(answer["violations"], theirs["hard"], "{shape:?}, seed {seed}");
        }
    }
}

/// What counting proves is so: nothing is proven of a campus in which a timetable is known to exist.
#[test]
fn nothing_is_proven_of_a_campus_that_has_a_timetable() {
    let tight = ["--preset", "university", "--sections", "120", "--room-use", "0.8"];
    let shapes = SHAPES.iter().copied().chain([&tight[..], &["--preset", "campus", "--labs", "1"]]);
    for shape in shapes {
        for seed in ["1", "2", "3"] {
            let made = made(&[shape, &["--seed", seed]].concat());
            let answer = carillon(["check", made.folder.to_str().unwrap()]);
            assert_eq!(answer.code, 0, "{shape:?}, seed {seed}: {}", answer.stderr);
        }
    }
}

/// A run of a campus ends with what its timetable is worth, in the folder's own words.
#[test]
fn a_run_of_a_campus_is_what_its_exit_code_says() {
    let made = made(&["--preset", "tiny"]);
    let run = Run::of(&made.folder).flag("--effort", "0.05").finish();
    let exported = |name: &str| run.path(name);
    let counted = judge(&made.folder, &exported("timetable.csv"));
    let is_feasible = counted.iter().sum::<u64>() == 0;
    assert_eq!(run.code(), if is_feasible { 0 } else { 10 }, "{counted:?}");
    assert!(!exported("solution.sol").exists(), "that is for the competition");
    let (answer, _) = made.verify(&exported("timetable.csv"));
    let result = run.result();
    assert_eq!(answer["feasible"], Value::Bool(is_feasible));
    for (name, count) in answer["hard"].as_object().unwrap().iter().filter(|(name, _)| name.starts_with('H')) {
        let told = &result["components"][name];
        assert!(told.is_null() || told == count, "{name}: {told} is told and {count} counted");
    }
}

/// A campus that cannot be read ends with 65, one that is proven to have no timetable with 11, whoever is asked.
#[test]
fn what_cannot_be_is_told_by_check_and_run_alike() {
    let misspelt = made(&["--preset", "tiny"]);
    misspelt.edit("rooms.csv", |text| text.replacen("capacity", "seats", 1));
    let crowded = made(&["--preset", "tiny"]);
    crowded.edit("rooms.csv", |text| {
        let small = |(nth, line): (usize, &str)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if nth > 0 {
                cells[1] = "1";
            }
            cells.join(",") + "\n"
        };
        text.lines().enumerate().map(small).collect()
    });
    for (made, code, word) in [(misspelt, 65, "error: there is no column"), (crowded, 11, "infeasible: no room seats")]
    {
        let folder = made.folder.to_str().unwrap();
        let checked = carillon(["check", folder]);
        assert_eq!(checked.code, code, "{}", checked.stderr);
        assert!(checked.stderr.contains(word), "{}", checked.stderr);
        let run_dir = made.home.path().join("run");
        let run = carillon(["run", folder, "--run-dir", run_dir.to_str().unwrap(), "--effort", "0.01"]);
        assert_eq!(run.code, code, "{}", run.stderr);
        let told: Value = serde_json::from_str(&carillon(["check", folder, "--json"]).stdout).unwrap();
        assert_eq!(offences("check", &told), Vec::<String>::new());
        let first = &told["findings"][0];
        assert!(first["sheet"].is_string() && first["line"].is_u64() && first["column"].is_u64(), "{first}");
    }
}
