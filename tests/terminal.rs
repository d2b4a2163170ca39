//! How a run looks to whoever watches it, and to whoever only reads what it has said.

use std::fs;
use std::process::Command;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::harness::commands::{Answer, answer};
use crate::harness::screen::{Screen, Watched};
use crate::harness::{college, instances, program};

/// Folder to run in, with short names: `c.ctt` the college, `t.ctt` two of them.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::copy(college(), folder.path().join("c.ctt")).unwrap();
        fs::write(folder.path().join("t.ctt"), instances::two_colleges()).unwrap();
        fs::write(folder.path().join("bad.ctt"), "no instance\n").unwrap();
        Self(folder)
    }

    fn call(&self, words: &[&str]) -> Command {
        let mut command = program();
        let looks = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"];
        command.args(words).current_dir(self.0.path()).env("TERM", "xterm").envs(looks.map(|name| (name, "")));
        command
    }

    fn watched(&self, words: &[&str], columns: usize) -> Watched {
        Watched::start(&mut self.call(words), columns)
    }

    fn answers(&self, words: &[&str]) -> Answer {
        answer(&mut self.call(words))
    }
}

const SHORT: [&str; 6] = ["run", "t.ctt", "--run-dir", "r", "--effort", "0.02"];

/// How many rows begin so.
fn count(screen: &Screen, start: &str) -> usize {
    screen.rows.iter().filter(|row| row.starts_with(start)).count()
}

/// Each stage leaves one line; nothing is left of the line that has changed, and the cursor stands below all of it.
#[test]
fn each_stage_leaves_one_line_on_the_screen() {
    let place = Place::new();
    let (code, screen, written) = place.watched(&SHORT, 100).finish();
    let shown = screen.rows.join("\n");
    assert_eq!(code, 0, "{shown}");
    for stage in ["STAGE0 ", "STAGE1 ", "STAGE2A", "STAGE2B", "STAGE3 ", "EXPORT "] {
        assert_eq!(count(&screen, stage), 1, "{stage} in\n{shown}");
    }
    assert_eq!(count(&screen, "STAGE2A CP-SAT  ✓ "), 1, "{shown}");
    assert_eq!(count(&screen, "✅ Completed successfully"), 1, "{shown}");
    assert_eq!(count(&screen, "[STAGE"), 0, "the lines of run.log are in view already:\n{shown}");
    assert_eq!((screen.cursor, screen.is_hidden), ((screen.rows.len() - 1, 0), false), "{shown}");
    assert!(written.contains("\x1b[32m"), "it has colours");
    let log = fs::read_to_string(place.0.path().join("r/run.log")).unwrap();
    assert!(log.contains("[STAGE2B] Memory before GA"), "run.log has the whole story:\n{log}");
}

/// A narrow screen shows less, and wraps nothing.
#[test]
fn nothing_wraps_on_a_narrow_screen() {
    let place = Place::new();
    for columns in [40, 24] {
        let _ = fs::remove_dir_all(place.0.path().join("r"));
        let (code, screen, written) = place.watched(&SHORT, columns).finish();
        assert_eq!(code, 0, "{written}");
        assert!(!screen.has_wrapped, "{columns} columns:\n{}", screen.rows.join("\n"));
        assert_eq!(count(&screen, "STAGE2B"), 1, "{columns} columns:\n{}", screen.rows.join("\n"));
    }
}

/// Whoever ends a run by a signal gets the screen back as it should be, and reads why.
#[test]
fn a_signal_leaves_the_screen_in_order() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let place = Place::new();
        let run = place.watched(&["run", "t.ctt", "--run-dir", "r", "--effort", "500"], 80);
        run.shows("STAGE2B GA ");
        run.signal(signal);
        let (ended, screen, _) = run.finish();
        let shown = screen.rows.join("\n");
        assert_eq!(ended, code, "{shown}");
        assert_eq!(count(&screen, &format!("⚠ {}: stopping", signal.as_str())), 1, "{shown}");
        assert_eq!(count(&screen, &format!("❌ Ended with exit code {code}")), 1, "{shown}");
        assert_eq!((screen.cursor, screen.is_hidden), ((screen.rows.len() - 1, 0), false), "{shown}");
        assert_eq!(count(&screen, "STAGE2B"), 1, "{shown}");
    }
}

/// What a worker has to say to the user stands on lines of its own.
#[test]
fn what_is_refused_is_shown_whole() {
    let place = Place::new();
    let (code, screen, _) = place.watched(&["run", "bad.ctt", "--run-dir", "r"], 80).finish();
    let shown = screen.rows.join("\n");
    assert_eq!(code, 65, "{shown}");
    assert!(count(&screen, "bad.ctt:1:1: error: ") == 1, "{shown}");
    assert_eq!(screen.cursor.1, 0, "{shown}");
}

/// Where nobody sees them there are no colours and nothing that changes, unless somebody insists.
#[test]
fn what_is_no_terminal_gets_plain_lines() {
    let place = Place::new();
    let answer = place.answers(&SHORT);
    assert!(answer.code == 0 && answer.stderr.contains("[STAGE2B] Memory before GA"), "{}", answer.stderr);
    assert!(!answer.stderr.contains(['\x1b', '\r']), "{}", answer.stderr);
    for (name, value, has_colours, changes) in
        [("TERM", "dumb", false, false), ("NO_COLOR", "1", false, true), ("CLICOLOR", "0", false, true)]
    {
        let _ = fs::remove_dir_all(place.0.path().join("r"));
        let (_, _, written) = Watched::start(place.call(&SHORT).env(name, value), 80).finish();
        assert_eq!(written.contains("\x1b[32m"), has_colours, "{name}={value}: {written}");
        assert_eq!(written.contains("\x1b[K"), changes, "{name}={value}: {written}");
    }
    let _ = fs::remove_dir_all(place.0.path().join("r"));
    let forced = crate::harness::commands::answer(place.call(&SHORT).env("CLICOLOR_FORCE", "1"));
    assert!(forced.stderr.contains("\x1b[32m") && !forced.stderr.contains("\x1b[K"), "{}", forced.stderr);
}

/// For cron: one line when all is well, and one that says where to look when it is not.
#[test]
fn a_quiet_run_says_one_line() {
    let place = Place::new();
    let well = place.answers(&[&SHORT[..], &["-q"]].concat());
    assert_eq!((well.code, well.stdout.as_str()), (0, ""));
    assert!(well.stderr.starts_with("✅ Completed successfully · 0 hard · cost "), "{}", well.stderr);
    assert!(well.stderr.lines().count() == 1 && well.stderr.ends_with(" · r\n"), "{}", well.stderr);
    let late = place.answers(&["run", "c.ctt", "--run-dir", "late", "--time-limit", "1ms", "--progress", "quiet"]);
    assert_eq!(late.code, 103);
    let line = late.stderr.trim_end();
    assert!(line.starts_with("❌ Ended with exit code 103") && line.ends_with("see late/run.log"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert_eq!(place.answers(&["run", "c.ctt", "-q", "--progress", "plain"]).code, 2, "one of them");
}

/// Events go to stdout as they are written down.
#[test]
fn events_are_told_as_they_come() {
    let place = Place::new();
    let run = place.answers(&[&SHORT[..], &["--output", "events", "-q"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout, fs::read_to_string(place.0.path().join("r/events.jsonl")).unwrap());
    let last: serde_json::Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "finished", "{last}");
}
