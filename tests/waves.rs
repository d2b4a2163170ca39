//! Runs of a campus folder: what the waves of STAGE2A leave broken is at most that students clash.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::harness::Run;
use crate::harness::campus_oracle::judge;
use crate::harness::commands::carillon;

/// A campus of a few clusters, fuller than usual, so that the guide alone does not suffice.
pub(crate) fn campus() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("campus");
    let place = folder.to_str().unwrap();
    let knobs = ["generate", "campus", place, "--preset", "campus", "--sections", "90", "--students", "700"];
    let answer = carillon(knobs.iter().chain(&["--room-use", "0.6", "--seed", "3"]));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    (home, folder)
}

/// The numbers on both sides of the arrow in each line that tells of student clashes.
fn clashes(story: &str) -> Vec<[u64; 2]> {
    let told = story.lines().filter_map(|line| line.split_once("[STAGE2A] Student clashes "));
    let numbers = told.map(|(_, text)| {
        let mut words = text.split_whitespace().filter_map(|word| word.parse().ok());
        [words.next().unwrap(), words.next().unwrap()]
    });
    numbers.collect()
}

/// STAGE2A ends with every class in its place; the oracle finds nothing broken but that students clash, and those as often as
/// the story tells. Each wave leaves fewer clashes, and a repetition on other threads gives the same bytes.
#[test]
fn the_waves_break_nothing_but_that_students_clash_less_and_less() {
    let (_home, folder) = campus();
    let run = |threads: &str| {
        let run = Run::of(&folder).flag("--until", "solve").flag("--effort", "0.3").flag("--threads", threads);
        run.flag("--set", "cluster.lectures=100").finish()
    };
    let first = run("2");
    let mut broken = judge(&folder, &first.path("timetable.csv"));
    let told = clashes(&first.read("run.log"));
    assert!(told.len() > 2, "{told:?}");
    assert!(told.windows(2).all(|pair| pair[0][1] == pair[1][0]), "{told:?}");
    assert!(told.last().unwrap()[1] < told[0][0], "{told:?}");
    assert_eq!(std::mem::take(&mut broken[5]), told.last().unwrap()[1], "the oracle counts other clashes");
    assert_eq!(broken, [0; 15], "H1 to H14 without H5");
    let again = run("1");
    for name in ["timetable.csv", "partition-0.art", "fragment-0-0.art"] {
        assert!(fs::read(first.path(name)).unwrap() == fs::read(again.path(name)).unwrap(), "{name} differs");
    }
}
