//! Campus folders of our own making: what is planted in them breaks nothing, a seed gives the same bytes, nothing is written over.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::harness::campus_oracle::{Broken, judge};
use crate::harness::commands::{Answer, carillon};
use crate::harness::mutation::Chance;
use crate::harness::root;
use crate::harness::sheet::rows;

/// A campus in a folder of its own, beside its planted timetable.
struct Made {
    _home: TempDir,
    folder: PathBuf,
    plan: PathBuf,
    answer: Answer,
}

fn made(knobs: &[&str]) -> Made {
    let home = tempfile::tempdir().unwrap();
    let (folder, plan) = (home.path().join("campus"), home.path().join("plan.csv"));
    let places = [folder.to_str().unwrap(), "--plan", plan.to_str().unwrap()];
    let answer = carillon(["generate", "campus"].iter().chain(&places).chain(knobs));
    Made { _home: home, folder, plan, answer }
}

/// The bytes of all files.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entry = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|found| entry(found.unwrap())).collect()
}

/// The planted timetable breaks no hard rule, whatever was asked for.
#[test]
fn planted_timetables_break_no_hard_rule() {
    let shapes: [&[&str]; 9] = [
        &["--preset", "tiny"],
        &["--preset", "campus"],
        &["--preset", "campus", "--open", "0.45"],
        &["--preset", "campus", "--room-use", "0.67", "--teachers", "60", "--labs", "0.33"],
        &["--preset", "campus", "--labs", "1"],
        &["--preset", "campus", "--labs", "0", "--open", "1"],
        &["--preset", "university", "--sections", "120", "--room-use", "0.8"],
        &["--preset", "university", "--students", "900"],
        &["--sections", "80", "--students", "100"],
    ];
    for seed in 1..=4 {
        for shape in shapes {
            let seed = seed.to_string();
            let made = made(&[shape, &["--seed", &seed]].concat());
            assert_eq!(made.answer.code, 0, "{shape:?}, seed {seed}: {}", made.answer.stderr);
            assert_eq!(judge(&made.folder, &made.plan), Broken::default(), "{shape:?}, seed {seed}");
        }
    }
}

/// The university has the size that its name promises, and everybody finds courses.
#[test]
fn the_university_is_as_large_as_it_says() {
    let made = made(&["--preset", "university"]);
    let sheet = |name: &str| rows(&made.folder.join(name));
    let meetings: u64 = sheet("events.csv").iter().map(|event| event.number("per_week", 1)).sum();
    let counted = [sheet("enrolments.csv").len(), sheet("teachers.csv").len(), sheet("rooms.csv").len()];
    assert_eq!((meetings, counted), (8_305, [118_246, 2_320, 1_147]));
    assert_eq!(judge(&made.folder, &made.plan), Broken::default());
}

/// Damage to a planted timetable is counted: the zero above is no blindness of the oracle.
#[test]
fn a_damaged_timetable_breaks_something() {
    let made = made(&["--preset", "campus", "--room-use", "0.6"]);
    let text = fs::read_to_string(&made.plan).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for seed in 0..40 {
        let mut chance = Chance::new(seed);
        let mut damaged: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let row = 1 + chance.below(lines.len() - 1);
        // Its time becomes that of another row, or its room, or it goes.
        let other: Vec<&str> = lines[1 + chance.below(lines.len() - 1)].split(',').collect();
        match chance.below(3) {
            0 => drop(damaged.remove(row)),
            kind => {
                for at in row..damaged.len().min(row + 30) {
                    let mut cells: Vec<&str> = lines[at].split(',').collect();
                    let columns = if kind == 1 { [3, 4] } else { [8, 8] };
                    for column in columns {
                        cells[column] = other[column];
                    }
                    damaged[at] = cells.join(",");
                }
            }
        }
        fs::write(&made.plan, damaged.join("\n")).unwrap();
        assert_ne!(judge(&made.folder, &made.plan), Broken::default(), "seed {seed}");
    }
}

/// A seed means the same campus to the byte, and another seed another one.
#[test]
fn a_seed_gives_the_same_bytes() {
    let files = |seed: &str| {
        let made = made(&["--preset", "campus", "--seed", seed]);
        (bytes(&made.folder), fs::read(&made.plan).unwrap())
    };
    assert_eq!(files("7"), files("7"));
    assert_ne!(files("7"), files("8"));
}

/// A folder that holds anything is left as it is, and so is a file for the plan.
#[test]
fn nothing_is_written_over() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("notes.txt"), "mine").unwrap();
    let taken = home.path().to_str().unwrap();
    for command in [&["generate", "campus", taken, "--preset", "tiny"][..], &["init", taken]] {
        let answer = carillon(command);
        assert_eq!((answer.code, answer.stdout.as_str()), (73, ""), "{command:?}");
        assert!(answer.stderr.contains("it is not empty"), "{}", answer.stderr);
        assert_eq!(bytes(home.path()).len(), 1, "{command:?}");
    }
    let (out, plan) = (home.path().join("out"), home.path().join("notes.txt"));
    let arguments = ["generate", "campus", out.to_str().unwrap(), "--plan", plan.to_str().unwrap()];
    assert_eq!(carillon(arguments).code, 73);
    assert_eq!(fs::read_to_string(plan).unwrap(), "mine");
}

/// A campus that cannot be is refused before anything is written, with what to ask for instead.
#[test]
fn what_cannot_be_is_refused() {
    let cases = [
        (["--students", "900000", "--sections", "100"], "more --sections"),
        (["--rooms", "2", "--sections", "150"], "more --rooms"),
        (["--teachers", "3", "--sections", "150"], "more --teachers"),
        (["--room-use", "0.9", "--seed", "1"], "not a share from 0.01 to 0.85"),
    ];
    for (knobs, hint) in cases {
        let made = made(&knobs);
        assert_eq!(made.answer.code, 2, "{knobs:?}: {}", made.answer.stderr);
        assert!(made.answer.stderr.contains(hint), "{knobs:?}: {}", made.answer.stderr);
        assert!(!made.folder.exists(), "{knobs:?}");
    }
}

/// The examples are campus folders that have a timetable; the small one is what lies in `examples/tiny`.
#[test]
fn init_writes_folders_that_have_a_timetable() {
    let home = tempfile::tempdir().unwrap();
    let [tiny, campus] = ["tiny", "campus"].map(|example| {
        let folder = home.path().join(example);
        let answer = carillon(["init", folder.to_str().unwrap(), "--example", example]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(answer.stdout.contains("carillon run "), "{}", answer.stdout);
        folder
    });
    assert_eq!(bytes(&tiny), bytes(&root().join("examples/tiny")));
    let by_hand = root().join("tests/fixtures/tiny_timetable.csv");
    assert_eq!(judge(&tiny, &by_hand), Broken::default());
    let planted = made(&["--preset", "campus", "--seed", "1"]);
    let mut files = bytes(&campus);
    assert!(files.remove("README.md").is_some());
    assert_eq!(files, bytes(&planted.folder));
}
