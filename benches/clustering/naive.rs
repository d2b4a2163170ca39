//! What the waves of STAGE2A are worth: the same clusters solved blind to one another, and merged without looking, beside the
//! guide, and beside the ledger after each wave.
//!
//! Blind means: each cluster is a campus of its own with all rooms, all hours and nobody else, made by the real program up to
//! STAGE2A. Its timetables are put one behind the other, and what they break together is counted by `carillon verify`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cluster::{Edge, Network, Spread};
use shared::ids::{CourseId, Id};
use shared::model::cost::recount;
use shared::model::{Instance, Ledger, Partition};

use super::Measured;
use super::program::{PROGRAM, campus};

/// What is shown, and the rules that are counted for it.
const SHOWN: [(&str, &[&str]); 5] = [
    ("without a place", &["H1 unplaced"]),
    ("student clashes", &["H5 student clash"]),
    ("teacher clashes", &["H3 teacher clash"]),
    ("group clashes", &["H4 group clash"]),
    ("room clashes", &["H2 room clash"]),
];
/// Files of a campus that each cluster has as they are.
const SHARED: [&str; 5] = ["calendar.toml", "rooms.csv", "teachers.csv", "groups.csv", "unavailable.csv"];

/// Violations by rule.
type Counts = BTreeMap<String, u64>;

pub(crate) fn naive() -> Measured {
    let folder = tempfile::tempdir()?;
    let whole = match std::env::var_os("CARILLON_CAMPUS") {
        Some(path) => PathBuf::from(path),
        None => campus(folder.path(), "university", &[])?,
    };
    let run = solved(&whole, folder.path(), "whole")?;
    let instance = Instance::open(&run.join("instance.art"))?;
    let partition = Partition::open(&run.join("partition-0.art"), &instance)?;
    let clusters = partition.labels.iter().map(|label| label.index() + 1).max().unwrap_or_default();
    let shown: Vec<&str> = SHOWN.iter().map(|(name, _)| *name).collect();
    println!("\n### {clusters} clusters, merged blindly and in waves (violations)\n");
    println!("| | {} | of the blind clashes of students |\n|---|---|---|---|---|---|---|", shown.join(" | "));
    let chance = expected(&instance, &partition);
    let mut merged = String::new();
    for cluster in 0..clusters {
        let is_inside = |course: CourseId| partition.labels[course.index()].index() == cluster;
        let names = instance.courses().filter(|course| is_inside(*course)).map(|course| instance.course_name(course));
        let part = folder.path().join(format!("part-{cluster}"));
        cut(&whole, &part, &names.collect())?;
        let table = fs::read_to_string(solved(&part, folder.path(), &format!("run-{cluster}"))?.join("timetable.csv"))?;
        let from = if merged.is_empty() { 0 } else { table.find('\n').map_or(table.len(), |end| end + 1) };
        merged.push_str(&table[from..]);
    }
    let path = folder.path().join("merged.csv");
    fs::write(&path, merged)?;
    let blind = verified(&whole, &path)?;
    row("blind", &blind, &blind);
    println!("| by chance | | {chance:.0} | | | | |");
    for ((sweep, wave), ledger) in ledgers(&run)? {
        let counted = recount(&instance, &Ledger::open(&ledger, &instance)?.timetable);
        let counts = counted.hard().map(|(name, count)| (name.to_owned(), count)).collect();
        let name =
            if (sweep, wave) == (0, 0) { "guide".to_owned() } else { format!("sweep {}, wave {wave}", sweep + 1) };
        row(&name, &counts, &blind);
    }
    Ok(())
}

/// The weight that the clusters cut: the clashes of students to expect where clusters meet by chance. A common teacher and related
/// groups count as ten students.
fn expected(instance: &Instance, partition: &Partition) -> f64 {
    let network = Network::of(instance, Spread::Inline);
    let is_cut = |edge: &Edge| partition.labels[edge.0 as usize] != partition.labels[edge.1 as usize];
    network.edges().filter(is_cut).map(|edge| f64::from(edge.2)).sum()
}

fn row(name: &str, counts: &Counts, blind: &Counts) {
    let sum = |counts: &Counts, rules: &[&str]| rules.iter().filter_map(|rule| counts.get(*rule)).sum::<u64>();
    let cells: Vec<String> = SHOWN.iter().map(|(_, rules)| sum(counts, rules).to_string()).collect();
    let students = SHOWN[1].1;
    let ratio = sum(blind, students) as f64 / (sum(counts, students) as f64).max(1.0);
    println!("| {name} | {} | 1/{ratio:.1} |", cells.join(" | "));
}

/// A run up to STAGE2A.
fn solved(instance: &Path, folder: &Path, name: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let run = folder.join(name);
    let mut command = Command::new(PROGRAM);
    command.arg("run").arg(instance).arg("--run-dir").arg(&run);
    command.args(["--until", "solve", "--threads", "2", "--progress", "never"]);
    // Not yet feasible is an end of its own kind, and what is expected here.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(run)
}

/// The ledgers of a run by sweep and wave.
fn ledgers(run: &Path) -> Result<BTreeMap<(usize, usize), PathBuf>, std::io::Error> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(run)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let numbers = name.strip_prefix("ledger-").and_then(|rest| rest.strip_suffix(".art")?.split_once('-'));
        if let Some((Ok(sweep), Ok(wave))) = numbers.map(|(sweep, wave)| (sweep.parse(), wave.parse())) {
            found.insert((sweep, wave), path);
        }
    }
    Ok(found)
}

/// What a timetable breaks, as the program counts it.
fn verified(instance: &Path, timetable: &Path) -> Result<Counts, Box<dyn std::error::Error>> {
    let output = Command::new(PROGRAM).arg("verify").arg(instance).arg(timetable).arg("--json").output()?;
    let counted: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(serde_json::from_value(counted["hard"].clone())?)
}

/// A campus with these events alone.
fn cut(whole: &Path, part: &Path, events: &BTreeSet<&str>) -> Measured {
    fs::create_dir(part)?;
    for file in SHARED {
        fs::copy(whole.join(file), part.join(file))?;
    }
    let mut courses = BTreeSet::new();
    keep(whole, part, "events.csv", |cells| {
        let is_inside = events.contains(cells[0]);
        if is_inside {
            courses.insert(cells[1].to_owned());
        }
        is_inside
    })?;
    keep(whole, part, "enrolments.csv", |cells| courses.contains(cells[1]))?;
    keep(whole, part, "rules.csv", |cells| cells[1].split(';').all(|event| events.contains(event)))
}

/// The rows of a sheet that are wanted; no cell of a generated sheet has a comma in it.
fn keep(whole: &Path, part: &Path, file: &str, mut is_wanted: impl FnMut(&[&str]) -> bool) -> Measured {
    let text = fs::read_to_string(whole.join(file))?;
    let mut kept = String::new();
    for (number, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        if number == 0 || is_wanted(&cells) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    Ok(fs::write(part.join(file), kept)?)
}
