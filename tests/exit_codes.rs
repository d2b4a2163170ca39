//! Exit codes that no other theme brings about. `docs/exit-codes.md` names a test for each code there is.

use std::fs;

use tempfile::TempDir;

use crate::harness::commands::carillon;
use crate::harness::run::Run;

/// Three courses of which each two share a curriculum, in a week of two periods: no argument about one of them alone proves
/// that there is no timetable.
const TRIANGLE: &str = "\
Name: Triangle\nCourses: 3\nRooms: 3\nDays: 1\nPeriods_per_day: 2\nCurricula: 3\nConstraints: 0\n
COURSES:\nA t 1 1 10\nB u 1 1 10\nC v 1 1 10\n
ROOMS:\nR 20\nS 20\nT 20\n
CURRICULA:\nab 2 A B\nbc 2 B C\nca 2 C A\n
UNAVAILABILITY_CONSTRAINTS:\n
END.\n";

/// What cannot be whole is exported as far as it goes, and the code says so.
#[test]
fn what_is_left_over_is_told_by_the_exit_code() {
    let folder = TempDir::new().unwrap();
    let instance = folder.path().join("triangle.ctt");
    fs::write(&instance, TRIANGLE).unwrap();
    let run = Run::of(&instance).flag("--effort", "0.01").finish();
    run.expect(&[10]).leaves_nothing();
    assert!(run.path("timetable.csv").exists() && run.path("report.html").exists());
    let left = run.result()["hard"].as_u64().unwrap() + run.result()["unplaced"].as_u64().unwrap();
    assert_eq!(left, 1, "two of three courses can be held in peace");
}

/// A deadline before anything can be exported leaves no timetable, and none is made up.
#[test]
fn a_deadline_before_any_timetable_has_its_own_code() {
    let run = Run::of(&crate::harness::college()).flag("--time-limit", "1ms").finish();
    run.expect(&[103]).leaves_nothing();
    assert!(!run.path("solution.sol").exists() && !run.path("timetable.csv").exists());
    assert_eq!(run.result()["exit_code"].as_u64(), Some(103));
}

/// Where the library that was asked about is not there, a script hears of it.
#[test]
fn a_missing_library_has_its_own_code() {
    let answer = carillon(["engine", "--library", "/nowhere/libortools.so.9"]);
    assert_eq!(answer.code, 69, "{}{}", answer.stdout, answer.stderr);
}
