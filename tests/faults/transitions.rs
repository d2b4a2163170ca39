//! The orchestrator dies at every single step that it writes down, and the journal it leaves is torn, damaged or shuffled:
//! resumed, the run ends as if nothing had been.
//!
//! No process has to be killed for that: what a kill leaves is a journal that ends earlier and the files of that moment. Runs
//! with one id must not be resumed side by side, for each would end the other's workers: so each test has runs of its own.

use std::fs;
use std::path::Path;

use crate::harness::journal::{JournalBytes, speaks_of};
use crate::harness::run::Finished;
use crate::harness::{Run, wait};

/// As little work as there can be.
const EFFORT: &str = "0.01";

fn whole() -> Finished {
    let run = Run::of_overfull_college().flag("--effort", EFFORT).finish();
    run.expect(&[0]);
    run
}

/// What the dead run has left beside its journal.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Files {
    /// All that it ever made: whoever worked when it died has sealed its output.
    All,
    /// What its journal speaks of, and nothing else.
    Known,
}

/// The run with another journal.
fn with_journal(run: &Finished, journal: &[u8], files: Files) -> Finished {
    let copy = run.copied();
    fs::write(copy.path("run.journal"), journal).unwrap();
    if files == Files::Known {
        for entry in fs::read_dir(copy.path("")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_artifact = path.extension().is_some_and(|extension| extension == "art");
            if (is_artifact && !speaks_of(journal, &name)) || is_of_the_end(&name) {
                fs::remove_file(&path).unwrap();
            }
        }
    }
    copy
}

/// What is written when a run ends.
fn is_of_the_end(name: &str) -> bool {
    ["result.json", "solution.sol", "timetable.csv", "timetable.json", "unplaced.csv"].contains(&name)
}

fn ends_as(whole: &Finished, run: &Finished, what: &str) {
    assert_eq!(run.code(), 0, "{what}:\n{}", run.told());
    assert!(run.read("solution.sol") == whole.read("solution.sol"), "{what}: another timetable\n{}", run.told());
    assert_eq!(run.result()["reproducible"].as_bool(), Some(true), "{what}");
    assert_eq!(run.judgement().violations(), 0, "{what}");
    let unfinished = unfinished_files(&run.path(""));
    assert!(unfinished.is_empty(), "{what}: {unfinished:?} are left");
    wait::until(&format!("{what}: nobody is left"), || run.processes().is_empty().then_some(()));
}

fn unfinished_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let partial = files.into_iter().filter(|path| path.extension().is_some_and(|found| found == "partial"));
    partial.chain(folders.iter().flat_map(|folder| unfinished_files(folder))).collect()
}

/// Cuts the journal behind each record, `more` bytes into the next one, and goes on from there.
fn resumes_from_every_prefix(files: Files, more: usize) {
    let whole = whole();
    let journal = JournalBytes::read(&whole.path("run.journal"));
    assert!(journal.records.len() > 50, "every step of every job is written down");
    for records in 1..journal.records.len() {
        let what = format!("{files:?} files, {records} records and {more} bytes");
        let run = with_journal(&whole, journal.cut(records, more), files).resume().finish();
        ends_as(&whole, &run, &what);
    }
}

#[test]
fn killed_after_any_record_with_its_work_sealed_it_goes_on() {
    resumes_from_every_prefix(Files::All, 0);
}

/// The last record is torn in the middle of its sum, as by a kill in the midst of a write.
#[test]
fn killed_amid_any_record_with_its_work_lost_it_goes_on() {
    resumes_from_every_prefix(Files::Known, 7);
}

/// A run that had not written its first record had done nothing: that is said, and nothing is made up.
#[test]
fn killed_before_its_first_record_it_is_to_be_started_anew() {
    let whole = whole();
    let journal = JournalBytes::read(&whole.path("run.journal"));
    for more in [0, 1, 23, 24, 100] {
        let run = with_journal(&whole, journal.cut(0, more), Files::Known).resume().finish();
        run.expect(&[65]).leaves_nothing();
        assert!(run.told().contains("broken off before it began"), "{}", run.told());
        assert!(!run.path("solution.sol").exists());
    }
    for length in [0, 5, 15] {
        let run = with_journal(&whole, &journal.bytes[..length], Files::Known).resume().finish();
        run.expect(&[65]).leaves_nothing();
    }
}

/// A record that comes twice, too early, or with a flipped bit ends the journal there: what is behind it is not believed.
#[test]
fn a_shuffled_or_damaged_journal_is_believed_up_to_there() {
    let whole = whole();
    let journal = JournalBytes::read(&whole.path("run.journal"));
    let last = journal.records.len() - 1;
    for at in [3, last / 3, last / 2, last - 2] {
        let flipped = |bit: usize| {
            let mut bytes = journal.bytes.clone();
            bytes[journal.records[at].start + bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        let rest: Vec<usize> = (at..=last).collect();
        let damages = [
            ("twice", journal.then(at, &[&[at - 1], rest.as_slice()].concat())),
            ("out of order", journal.then(at, &[&[at + 1, at], &rest[2..]].concat())),
            ("missing", journal.then(at, &rest[1..])),
            ("flipped in its length", flipped(31)),
            ("flipped in its sum", flipped(40)),
            ("flipped in its number", flipped(70)),
            ("flipped in its content", flipped(24 * 8 + 3)),
        ];
        for (how, bytes) in damages {
            let run = with_journal(&whole, &bytes, Files::All).resume().finish();
            ends_as(&whole, &run, &format!("record {at} is {how}"));
        }
    }
}
