//! The engine that a user may bring: a run works with it where it is there, and goes on without it where it is not.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Run;
use crate::harness::commands::carillon;
use crate::harness::run::Finished;

/// The variable that names the library, for the program as for these tests.
const VARIABLE: &str = "CARILLON_ORTOOLS";
/// What tells the version of a library.
const VERSION: [&str; 3] = ["OrToolsMajorVersion", "OrToolsMinorVersion", "OrToolsPatchVersion"];

fn short() -> Run {
    Run::of_overfull_college().flag("--effort", "0.05").flag("--threads", "2")
}

/// The library of OR-Tools, where this machine has one; says so where it has not.
fn library() -> Option<PathBuf> {
    let path = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    if path.is_none() {
        println!("skipped: {VARIABLE} names no library of OR-Tools");
    }
    path
}

/// The C library that this very process has mapped: a library, and not that of OR-Tools.
fn c_library() -> PathBuf {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut paths = maps.lines().filter_map(|line| Some(PathBuf::from(&line[line.find('/')?..])));
    paths.find(|path| path.to_string_lossy().contains("/libc.so")).expect("tests are linked with a C library")
}

/// Builds a library from C; nothing where there is no compiler.
fn built(folder: &Path, name: &str, source: &str) -> Option<PathBuf> {
    let (file, library) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    fs::write(&file, source).unwrap();
    let status = Command::new("cc").arg("-shared").arg("-fPIC").arg("-o").arg(&library).arg(&file).status();
    status.is_ok_and(|status| status.success()).then_some(library)
}

/// C that answers for a version as the functions of OR-Tools do.
fn of_version(version: [u32; 3]) -> String {
    let one = |(name, part): (&str, u32)| {
        format!("int _ZN19operations_research{}{name}Ev(void) {{ return {part}; }}\n", name.len())
    };
    VERSION.into_iter().zip(version).map(one).collect()
}

/// The lines of the story that tell of the engine.
fn told(run: &Finished) -> Vec<String> {
    let story = run.read("run.log");
    story.lines().filter(|line| line.contains("OR-Tools") || line.contains("ortools")).map(str::to_owned).collect()
}

/// A library that is not there, is none, is another one, of another version or deadly to open: the timetable is that of the
/// built-in engine, byte for byte, and one line says why.
#[test]
fn without_its_library_a_run_goes_on_with_the_built_in_engine_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("libortools.so.9");
    fs::write(&text, "no library").unwrap();
    let mut cases = vec![
        (folder.path().join("nowhere.so"), "there is no "),
        (folder.path().to_owned(), "there is no "),
        (text, "cannot be opened: "),
        (c_library(), "it is not OR-Tools 9.15.6755"),
    ];
    let sources = [
        ("older", of_version([9, 12, 4544]), "is OR-Tools 9.12.4544, and 9.15.6755 is wanted"),
        ("empty", of_version([9, 15, 6755]), "has no symbol SolveCp"),
        (
            "deadly",
            "#include <stdlib.h>\n__attribute__((constructor)) static void load(void) { abort(); }".to_owned(),
            "ends a process",
        ),
    ];
    for (name, source, why) in sources {
        match built(folder.path(), name, &source) {
            Some(library) => cases.push((library, why)),
            None => println!("skipped: no C compiler to build a library that is {name}"),
        }
    }
    let undisturbed = short().variable(VARIABLE, "").finish();
    assert_eq!(told(undisturbed.expect(&[0])), [""; 0], "nothing else was asked for");
    for (library, why) in cases {
        let setting = format!("solve.ortools={}", library.display());
        let run = short().flag("--engine", "ortools").flag("--set", setting).finish();
        run.expect(&[0]).leaves_nothing();
        let told = told(&run);
        assert!(
            told.len() == 1 && told[0].contains("STAGE2A goes on with pumpkin") && told[0].contains(why),
            "{told:?}"
        );
        assert_eq!(run.result()["engine"], "pumpkin");
        assert!(
            run.read("solution.sol") == undisturbed.read("solution.sol"),
            "{}: another timetable",
            library.display()
        );
        let answer = carillon(["engine", "--library", library.to_str().unwrap()]);
        assert!(answer.code == 69 || why == "ends a process", "{answer:?}");
    }
}

/// Where the library is there, jobs of STAGE2A work with it; a repetition on other threads gives the same bytes, the oracle
/// counts the cost that is told, and a resumption with the other engine makes STAGE2A again.
#[test]
fn with_its_library_a_run_works_with_it_and_repeats() {
    let Some(library) = library() else { return };
    let answer = carillon(["engine", "--library", library.to_str().unwrap()]);
    assert_eq!(
        (answer.code, answer.stdout),
        (0, format!("ortools 9.15.6755 {}\n", library.display())),
        "{}",
        answer.stderr
    );
    let run = |threads: &str| {
        let run = Run::of_two_colleges().flag("--effort", "0.5").flag("--until", "solve").flag("--threads", threads);
        run.flag("--engine", "ortools").finish()
    };
    let (first, again) = (run("2"), run("1"));
    for run in [&first, &again] {
        run.expect(&[0]).leaves_nothing();
        assert_eq!(run.result()["engine"], "ortools 9.15.6755");
        assert_eq!(run.result()["reproducible"], true);
        assert_eq!((run.judgement().violations(), run.result()["cost"].as_u64()), (0, Some(run.judgement().cost())));
        assert_eq!(told(run).len(), 1);
    }
    assert!(first.read("solution.sol") == again.read("solution.sol"), "another timetable on one thread");
    let other = first.resume().flag("--engine", "pumpkin").finish();
    other.expect(&[0]);
    let started = other.started_again();
    assert!(
        started.iter().any(|job| job.starts_with("solve.")) && !started.contains(&"cluster".to_owned()),
        "{started:?}"
    );
    assert_eq!(other.result()["engine"], "pumpkin");
}
