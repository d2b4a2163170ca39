//! The rules of the house that a machine can check: who knows whom, how files open, what the pages promise.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use shared::exit::Exit;

use crate::harness::root;

/// Which packages of the workspace each of them may use. One that is not named here does not belong to the workspace.
const MAY_KNOW: [(&str, &[&str]); 12] = [
    ("shared", &[]),
    ("search", &["shared"]),
    ("load", &["search", "shared"]),
    ("cluster", &["search", "shared"]),
    ("solve", &["search", "shared"]),
    ("evolve", &["search", "shared"]),
    ("report", &["shared"]),
    // No worker: commands that read what `load` reads, and ask what `solve` asks.
    ("explain", &["load", "shared", "solve"]),
    ("resolve", &["search", "shared"]),
    ("orchestrator", &["shared"]),
    // A card for tests. It knows what kernels are, and nothing of ours.
    ("device", &[]),
    // `search` for its benchmark alone, `device` for the library that tests load.
    (
        "carillon",
        &[
            "cluster",
            "device",
            "evolve",
            "explain",
            "load",
            "orchestrator",
            "report",
            "resolve",
            "search",
            "shared",
            "solve",
        ],
    ),
];

/// Packages from outside that have a home, and may be used nowhere else.
const HOMES: [(&str, &[&str]); 11] = [
    // `carillon` for the benchmark that starts workers without a run around them.
    ("tokio", &["carillon", "orchestrator"]),
    ("sysinfo", &["orchestrator"]),
    ("clap_complete", &["orchestrator"]),
    ("clap_mangen", &["orchestrator"]),
    ("bincode", &["shared"]),
    // `carillon` for its misbehaving worker alone, which leaks shared memory.
    ("ipc-channel", &["carillon", "shared"]),
    ("petgraph", &["cluster", "orchestrator"]),
    ("pumpkin-core", &["solve"]),
    ("prost", &["solve"]),
    ("libloading", &["evolve", "solve"]),
    ("cudarc", &["evolve"]),
];

/// The only files that may hold `unsafe`.
const UNSAFE_HOMES: [&str; 12] = [
    "shared/src/artifact/map.rs",
    "shared/src/worker/trim.rs",
    // Functions of C, as a driver has them: for tests alone.
    "tests/device/cuda/context.rs",
    "tests/device/cuda/main.rs",
    "tests/device/cuda/memory.rs",
    "tests/device/cuda/module.rs",
    "tests/device/cuda/nvml.rs",
    "tests/device/cuda/stream.rs",
    "workers/evolve/src/engine/cuda/device.rs",
    "workers/evolve/src/gpu_probe/cuda.rs",
    "workers/evolve/src/gpu_probe/nvml.rs",
    "workers/solve/src/engine/ortools/library.rs",
];

/// The heading in docs/promises.md behind which the table of the faults stands.
const FAULTS: &str = "\n## The forty faults\n";

/// The most lines of a source file: it is time to split one well before.
const LINES_MAX: usize = 450;

/// The packages of the workspace with the names of all that each depends on.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--no-deps"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let package = |package: &Value| {
        let needs = package["dependencies"].as_array().unwrap().iter();
        (text(&package["name"]), needs.map(|need| text(&need["name"])).collect())
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// Every file of the project with one of these endings, by its path from the root.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_ours = !matches!(name.as_str(), "target" | ".git" | "carillon-runs");
                folders.extend(is_ours.then_some(path));
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends with any of {endings:?}");
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn assert_none(what: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{what}:\n{}", offences.join("\n"));
}

/// The orchestrator never links a worker, workers never link one another, and `shared` knows nobody.
#[test]
fn packages_know_only_whom_they_may() {
    let packages = dependencies();
    let names: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(names, MAY_KNOW.iter().map(|(name, _)| *name).collect(), "the packages of the workspace");
    for (name, may_know) in MAY_KNOW {
        let knows: BTreeSet<&str> = packages[name].iter().map(String::as_str).filter(|n| names.contains(n)).collect();
        let stranger = knows.iter().find(|known| !may_know.contains(known));
        assert_eq!(stranger, None, "{name} must not know it");
    }
}

/// A package with one seam stays behind it.
#[test]
fn outside_packages_stay_in_their_homes() {
    let packages = dependencies();
    for (outside, homes) in HOMES {
        let users: Vec<&str> =
            packages.iter().filter(|(_, needs)| needs.contains(outside)).map(|(name, _)| name.as_str()).collect();
        let stranger = users.iter().find(|user| !homes.contains(user));
        assert_eq!(stranger, None, "{outside} belongs to {homes:?}");
    }
}

/// Each source file says first what it is for.
#[test]
fn every_file_opens_with_its_purpose() {
    let silent: Vec<String> = files(&[".rs"])
        .iter()
        .filter(|path| !read(path).starts_with("//! "))
        .map(|path| path.display().to_string())
        .collect();
    assert_none("files without a first line `//! …`", &silent);
}

/// Files stay short enough to be read at a sitting, and their names say what is inside.
#[test]
fn files_are_short_and_named_for_what_they_hold() {
    let mut offences = Vec::new();
    for path in files(&[".rs", ".cu", ".cuh"]) {
        let lines = read(&path).lines().count();
        if lines > LINES_MAX {
            offences.push(format!("{}: {lines} lines, at most {LINES_MAX}", path.display()));
        }
        let words = ["util", "utils", "helper", "helpers", "manager", "common", "misc"];
        if path.components().any(|part| words.contains(&part.as_os_str().to_string_lossy().trim_end_matches(".rs"))) {
            offences.push(format!("{}: the name says nothing", path.display()));
        }
    }
    assert_none("files to split or to rename", &offences);
}

/// `unsafe` lives in the listed files, lints are silenced with a reason, nothing is left to do.
#[test]
fn unsafe_and_silenced_lints_have_their_places() {
    // Put together here, so that this file does not hold the words it looks for.
    let allow = ["#[allow", "#![allow"].map(|words| format!("{words}("));
    let left = [["TO", "DO"], ["FIX", "ME"]].map(|halves| halves.concat());
    let code = |line: &str| {
        let unquoted: String = line.split('"').step_by(2).collect();
        unquoted.split("//").next().unwrap_or_default().to_owned()
    };
    let mut offences = Vec::new();
    for path in files(&[".rs"]) {
        for (number, line) in read(&path).lines().enumerate() {
            let words = code(line);
            let is_unsafe = words.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
            let at = format!("{}:{}: {}", path.display(), number + 1, line.trim());
            let is_stray = is_unsafe && !UNSAFE_HOMES.iter().any(|home| path == Path::new(home));
            if is_stray || allow.iter().chain(&left).any(|words| line.contains(words.as_str())) {
                offences.push(at);
            }
        }
    }
    assert_none("lines out of place", &offences);
}

/// Time is measured by a clock that nobody sets. What the wall says is asked for in one place, and only names folders and dates figures for others. (When a
/// file was last written is the file system's affair.)
#[test]
fn the_clock_on_the_wall_decides_nothing() {
    let words = ["SystemTime::now", "Timestamp::now", "Zoned::now", "CLOCK_REALTIME", "UNIX_EPOCH.elapsed"];
    let is_shipped =
        |path: &&PathBuf| ["orchestrator/src", "shared/src", "workers"].iter().any(|at| path.starts_with(at));
    let mut offences = Vec::new();
    for path in files(&[".rs"]).iter().filter(is_shipped).filter(|path| *path != Path::new("orchestrator/src/clock.rs"))
    {
        for (number, line) in read(path).lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                offences.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none("questions to the wall", &offences);
}

/// The project knows no machine but the one that it runs on.
#[test]
fn no_file_names_a_place_of_some_machine() {
    let places = ["home", "root", "work", "Users"].map(|folder| format!("/{folder}/"));
    let is_reference = |line: &str| line.contains("://");
    let mut offences = Vec::new();
    for path in files(&[".rs", ".md", ".toml", ".snap", ".sh", "run"]) {
        for (number, line) in read(&path).lines().enumerate().filter(|(_, line)| !is_reference(line)) {
            let names = |place: &&String| {
                line.match_indices(place.as_str()).any(|(at, _)| {
                    // `workers/load/work/…` is a path of ours: only a path from the very root is meant.
                    !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-}".contains(before))
                })
            };
            if places.iter().any(|place| names(&place)) {
                offences.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none("places of some machine", &offences);
}

/// The exit codes that stand in the first column of the tables of a text.
fn codes_in(text: &str) -> Vec<u8> {
    let code = |line: &str| line.strip_prefix('|')?.split('|').next()?.trim().parse::<u8>().ok();
    text.lines().filter_map(code).collect()
}

/// README.md holds every exit code, and no other; so does the page on them, where each names a test that exists.
#[test]
fn pages_and_code_agree_on_exit_codes() {
    // A worker's own two codes are no codes of a command.
    let workers = [Exit::Panic, Exit::OutOfMemory];
    let public: Vec<u8> = Exit::ALL.iter().filter(|exit| !workers.contains(exit)).map(|exit| exit.code()).collect();
    let readme = read(Path::new("README.md"));
    let table = readme.split("## Exit codes").nth(1).expect("README.md has a chapter on exit codes");
    assert_eq!(codes_in(table.split("\n## ").next().unwrap()), public);
    let page = read(Path::new("docs/exit-codes.md"));
    assert_eq!(codes_in(&page), public);
    for row in page.lines().filter(|row| !codes_in(row).is_empty()) {
        let tests: Vec<&str> = row.split('`').filter(|quoted| quoted.contains(".rs::")).collect();
        assert!(!tests.is_empty() && tests.iter().all(|test| is_there(test)), "brought about by no test: {row}");
    }
}

/// What CI runs is what README.md tells people to run.
#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let command = "cargo test --workspace";
    assert!(read(Path::new("README.md")).lines().any(|line| line.trim() == command));
    let last = read(Path::new(".ci/run")).lines().last().unwrap_or_default().to_owned();
    assert_eq!(last, command);
}

/// Each promise is numbered, and names a test that exists or says that it is not yet kept.
#[test]
fn every_promise_names_its_test() {
    let page = read(Path::new("docs/promises.md"));
    let (page, _) = page.split_once(FAULTS).expect("the faults stand behind the promises");
    let promises: Vec<&str> = page.split("\n## ").skip(1).collect();
    for (index, promise) in promises.iter().enumerate() {
        let title = promise.lines().next().unwrap_or_default();
        assert!(title.starts_with(&format!("{}. ", index + 1)), "promise {} is called {title:?}", index + 1);
        let (_, kept) =
            promise.split_once("Held by:").unwrap_or_else(|| panic!("{title:?} does not say what holds it"));
        let tests: Vec<&str> = kept.split('`').filter(|quoted| quoted.contains(".rs::")).collect();
        assert!(!tests.is_empty() || kept.contains("Not yet:"), "{title:?} is held by nothing, and does not say so");
        for test in tests {
            assert!(is_there(test), "{title:?} names {test}, which does not exist");
        }
    }
    assert_eq!(promises.len(), 17, "promises are added and marked, never dropped in silence");
}

/// Whether a test exists that is written `path/to/file.rs::its_name`.
fn is_there(test: &str) -> bool {
    let (file, name) = test.split_once("::").expect("it names a file and a test");
    let code = fs::read_to_string(root().join(file)).unwrap_or_default();
    code.contains(&format!("fn {}(", name.rsplit("::").next().unwrap_or(name)))
}

/// Each of the forty faults has a row, and names tests that exist or says that there is none yet.
#[test]
fn every_fault_names_its_tests() {
    let page = read(Path::new("docs/promises.md"));
    let (_, table) = page.split_once(FAULTS).expect("there is a chapter on the faults");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let rows: Vec<&str> = rows.filter(|row| row.starts_with(|first: char| first.is_ascii_digit())).collect();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [number, _fault, tests, _where] = cells[..] else { panic!("{row:?} has no four cells") };
        assert_eq!(number, (index + 1).to_string(), "the faults stand in their order");
        let is_open = tests.contains("Not yet");
        let tests: Vec<&str> = tests.split('`').filter(|quoted| quoted.contains(".rs::")).collect();
        assert!(!tests.is_empty() || is_open, "fault {number} is shown by nothing");
        for test in tests {
            assert!(is_there(test), "fault {number} names {test}, which does not exist");
        }
    }
    assert_eq!(rows.len(), 40);
}

/// Each link of a page to a file of the project leads somewhere.
#[test]
fn links_between_pages_lead_somewhere() {
    let mut offences = Vec::new();
    for path in files(&[".md"]) {
        let text = read(&path);
        let folder = root().join(&path);
        let folder = folder.parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !link.contains("://") && !file.is_empty() && !folder.join(file).exists() {
                offences.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert_none("links to nowhere", &offences);
}
