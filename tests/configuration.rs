//! What a run is asked beside its command line: files and variables, and which of them wins.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use shared::model::campus::Weights;

use crate::harness::commands::{Answer, answer, carillon};
use crate::harness::{college, program, root};

/// A machine of a test's own: the folders in which configurations lie, and one to start from.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["user/carillon", "machine/carillon", "here"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn call(&self, words: &[&str]) -> Command {
        let mut command = program();
        command.args(words).current_dir(self.path("here")).env("COLUMNS", "100");
        command.env("XDG_CONFIG_HOME", self.path("user")).env("XDG_CONFIG_DIRS", self.path("machine"));
        command
    }

    fn answers(&self, words: &[&str]) -> Answer {
        answer(&mut self.call(words))
    }
}

/// The line of a key, without what is only there to stand in a column.
fn line(answer: &Answer, key: &str) -> String {
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let line = answer.stdout.lines().find(|line| line.starts_with(&format!("{key} = ")));
    let words: Vec<&str> = line.unwrap_or_else(|| panic!("{key} in\n{}", answer.stdout)).split_whitespace().collect();
    words.join(" ")
}

/// One layer after the other says something, and the highest that does wins.
#[test]
fn each_layer_stands_above_the_one_below() {
    let machine = Machine::new();
    let show = ["config", "show", "--origin"];
    assert_eq!(line(&machine.answers(&show), "seed"), "seed = 1 # default");
    for (file, seed) in
        [("machine/carillon/config.toml", 2), ("user/carillon/config.toml", 3), ("here/carillon.toml", 4)]
    {
        machine.write(file, &format!("\nseed = {seed}\n"));
        let place = if file.starts_with("here") { PathBuf::from("carillon.toml") } else { machine.path(file) };
        let expected = format!("seed = {seed} # {}:2", place.display());
        assert_eq!(line(&machine.answers(&show), "seed"), expected);
    }
    machine.write("here/other.toml", "seed = 5\n");
    let mut words = [&show[..], &["--config", "other.toml"]].concat();
    assert_eq!(line(&machine.answers(&words), "seed"), "seed = 5 # other.toml:1");
    let with_variable = |words: &[&str]| answer(machine.call(words).env("CARILLON_SEED", "6"));
    assert_eq!(line(&with_variable(&words), "seed"), "seed = 6 # CARILLON_SEED");
    words.extend(["--seed", "7"]);
    assert_eq!(line(&with_variable(&words), "seed"), "seed = 7 # --seed");
    // What one layer does not say, the one below does.
    machine.write("user/carillon/config.toml", "[set]\nmemory.solve = 60\n");
    let solve = line(&with_variable(&words), "set.memory.solve");
    assert_eq!(solve, format!("set.memory.solve = 60 # {}:2", machine.path("user/carillon/config.toml").display()));
}

/// Whatever is wrong in a file or in the environment ends a run before it begins, with its place and what to try; all of it at once.
#[test]
fn what_is_wrong_is_told_with_its_place() {
    let machine = Machine::new();
    machine.write("here/carillon.toml", "treads = 2\n[set]\ngrace.stop = \"soon\"\n");
    let college = college();
    for command in
        [&["run", college.to_str().unwrap(), "--metrics", "last.prom"][..], &["config", "show"], &["resume", "."]]
    {
        let answer = answer(machine.call(command).env("CARILLON_THREADS", "many"));
        assert_eq!(answer.code, 78, "{command:?}: {}", answer.stderr);
        insta::assert_snapshot!("wrong_configuration", answer.stderr);
    }
    let metrics = fs::read_to_string(machine.path("here/last.prom")).unwrap();
    assert!(metrics.lines().any(|line| line.starts_with("carillon_exit_code{") && line.ends_with(" 78")), "{metrics}");
    assert!(!machine.path("here/carillon-runs").exists(), "the run has begun");
}

/// A file that was named has to be there; the others need not.
#[test]
fn a_missing_file_is_refused_where_it_was_named() {
    let machine = Machine::new();
    assert_eq!(machine.answers(&["config", "show"]).code, 0);
    for command in [&["run", "x.ctt", "--config", "no.toml"][..], &["config", "show", "--config", "no.toml"]] {
        let answer = machine.answers(command);
        assert_eq!(answer.code, 78, "{command:?}: {}", answer.stderr);
        assert!(answer.stderr.contains("no.toml"), "{}", answer.stderr);
    }
}

/// A run is what files make of it, and stays so: a file that has changed since changes nothing about a run that is resumed.
#[test]
fn a_resumed_run_keeps_what_it_was_started_with() {
    let machine = Machine::new();
    machine.write("here/carillon.toml", "seed = 2\neffort = 0.02\noutput = \"json\"\n[set]\nsolve.sweeps = 1\n");
    let college = college();
    let run = machine.answers(&["run", college.to_str().unwrap(), "--run-dir", "r", "--progress", "never"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("\"seed\": 2"), "{}", run.stdout);
    let written = fs::read_to_string(machine.path("here/r/config.toml")).unwrap();
    for line in ["seed = 2", "effort = 0.02", "set.solve.sweeps = \"1\""] {
        assert!(written.lines().any(|found| found == line), "{line} in\n{written}");
    }
    machine.write("here/carillon.toml", "seed = 3\neffort = 0.04\n[set]\nsolve.sweeps = 2\n");
    let resumed = machine.answers(&["resume", "r"]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert!(resumed.stderr.starts_with("nothing is left to do"), "{}", resumed.stderr);
    // How a resumption is shown is its own affair.
    machine.write("here/carillon.toml", "output = \"json\"\n");
    assert!(machine.answers(&["resume", "r"]).stdout.contains("\"seed\": 2"));
}

/// A folder of sheets may be where a run starts: its carillon.toml is no sheet, and the instance is the same with another one.
#[test]
fn a_configuration_beside_the_sheets_is_none_of_them() {
    let machine = Machine::new();
    for entry in fs::read_dir(root().join("examples/tiny")).unwrap() {
        let sheet = entry.unwrap();
        fs::copy(sheet.path(), machine.path("here").join(sheet.file_name())).unwrap();
    }
    machine.write("here/carillon.toml", "effort = 0.02\n");
    let check = machine.answers(&["check", "."]);
    assert!(check.code == 0 && !check.stderr.contains("carillon.toml"), "{}", check.stderr);
    assert_eq!(machine.answers(&["run", ".", "--run-dir", "r"]).code, 0);
    machine.write("here/carillon.toml", "effort = 0.04\n");
    let resumed = machine.answers(&["resume", "r"]);
    assert!(resumed.stderr.starts_with("nothing is left to do"), "{}", resumed.stderr);
}

/// The manual is printed as it lies in the project, and knows what costs of a campus weigh. (That it lists every key is shown beside it.)
#[test]
fn the_manual_is_printed() {
    let manual = fs::read_to_string(root().join("orchestrator/src/config/default.toml")).unwrap();
    let answer = carillon(["config", "default"]);
    assert_eq!((answer.code, answer.stdout), (0, manual.clone()));
    let Weights { student_clash: _, min_days, isolated, rooms, unwelcome, gaps, seats, last_period } =
        Weights::default();
    for (key, weight) in [
        ("min_days", min_days),
        ("isolated", isolated),
        ("rooms", rooms),
        ("unavailable", unwelcome),
        ("gaps", gaps),
        ("seats", seats),
        ("last_period", last_period),
    ] {
        let line = format!("#weight.{key} = {weight}");
        assert!(manual.lines().any(|found| found == line), "{line}");
    }
}
