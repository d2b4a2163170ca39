//! Where the arms start: what whole runs hand to STAGE3. Families of generated campuses, and instances of the competition.

use std::fs;
use std::path::{Path, PathBuf};

use shared::artifact::Header;

use super::program::carillon;
use super::{Measured, curricula};

/// Work of the runs that make the starts.
const EFFORT: &str = "0.02";

/// A timetable that STAGE3 gets.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    /// Its instance, by file or family and number, and whether STAGE2B had a part in it.
    pub(crate) name: String,
    /// What it belongs to.
    pub(crate) family: &'static str,
    /// The sealed instance.
    pub(crate) instance: PathBuf,
    /// The sealed timetable.
    pub(crate) timetable: PathBuf,
    /// What the timetable holds, in one number.
    pub(crate) sum: u128,
}

/// A family of campuses: what makes them hard.
pub(crate) const FAMILIES: [(&str, &[&str]); 3] = [
    ("rooms", &["--room-use", "0.74", "--open", "0.35"]),
    ("labs", &["--labs", "0.6", "--room-use", "0.65", "--open", "0.35"]),
    ("open", &["--room-use", "0.5", "--open", "0.48"]),
];
/// Of the competition, by file name: they cost, but violate nothing even before STAGE2B.
const COMPETITION: [(&str, bool); 4] =
    [("comp02.ctt", true), ("comp05.ctt", false), ("Udine1.ectt", false), ("erlangen2011_2.ectt", true)];

/// Starts that the arms are compared on.
pub(crate) fn of_study(folder: &Path, benchmarks: &Path) -> Measured<Vec<Start>> {
    let mut starts = Vec::new();
    for (family, _) in FAMILIES {
        for (number, with_evolve) in [(1, true), (1, false), (2, false)] {
            starts.push(campus(folder, family, number, with_evolve)?);
        }
    }
    for (file, with_evolve) in COMPETITION {
        let instance = benchmarks.join("cbctt/instances").join(file);
        starts.push(start(folder, "competition", file, &instance, with_evolve)?);
    }
    Ok(starts)
}

/// Starts of a family to learn from: other instances than those of the study.
pub(crate) fn to_learn_from(folder: &Path, family: &'static str) -> Measured<Vec<Start>> {
    let numbers = [(101, true), (102, false), (103, false)];
    if FAMILIES.iter().any(|(name, _)| *name == family) {
        return numbers.iter().map(|(number, evolve)| campus(folder, family, *number, *evolve)).collect();
    }
    let made = |(number, with_evolve): &(u64, bool)| {
        let name = format!("generated-{number}.ctt");
        let path = folder.join(&name);
        fs::write(&path, curricula::text(*number))?;
        start(folder, "generated", &name, &path, *with_evolve)
    };
    let mut starts = numbers.iter().map(made).collect::<Measured<Vec<_>>>()?;
    let college = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/college.ctt");
    starts.push(start(folder, "generated", "college.ctt", &college, false)?);
    Ok(starts)
}

/// Campuses of some families to learn from, one of each in turn.
pub(crate) fn campuses(folder: &Path, families: &[&'static str]) -> Measured<Vec<Start>> {
    let of_each = families.iter().map(|family| to_learn_from(folder, family)).collect::<Measured<Vec<_>>>()?;
    Ok((0..of_each[0].len()).flat_map(|number| of_each.iter().map(move |starts| starts[number].clone())).collect())
}

fn campus(folder: &Path, family: &'static str, number: u64, with_evolve: bool) -> Measured<Start> {
    let name = format!("{family}-{number}");
    let path = folder.join(&name);
    if !path.exists() {
        let seed = number.to_string();
        let place = path.to_string_lossy();
        let mut words = vec!["generate", "campus", &place, "--sections", "100", "--seed", &seed];
        words.extend(FAMILIES.iter().find(|(of, _)| *of == family).map_or(&[][..], |(_, words)| words));
        carillon(&words, &[0])?;
    }
    start(folder, family, &name, &path, with_evolve)
}

/// Makes a start by a run without STAGE3.
fn start(folder: &Path, family: &'static str, name: &str, instance: &Path, with_evolve: bool) -> Measured<Start> {
    let name = format!("{name}.{}", if with_evolve { "full" } else { "skip" });
    let run = folder.join("runs").join(&name);
    if !run.exists() {
        fs::create_dir_all(folder.join("runs"))?;
        let (instance, place) = (instance.to_string_lossy(), run.to_string_lossy());
        let mut words = vec!["run", &instance, "--run-dir", &place, "--effort", EFFORT, "--skip", "resolve"];
        words.extend(["--threads", "1", "--memory", "4G", "--progress", "never"]);
        words.extend(if with_evolve { &[][..] } else { &["--skip", "evolve"] });
        // A timetable with violations is what is wanted.
        carillon(&words, &[0, 10])?;
    }
    let timetable = if with_evolve { run.join("draft.art") } else { last_ledger(&run)? };
    let sum = Header::read(&timetable)?.content();
    Ok(Start { name, family, instance: run.join("instance.art"), timetable, sum })
}

/// The ledger of the last wave of the last sweep: `ledger-SWEEP-WAVE.art`.
fn last_ledger(run: &Path) -> Measured<PathBuf> {
    let number = |path: &PathBuf| {
        let stem = path.file_stem()?.to_str()?.strip_prefix("ledger-")?;
        let (sweep, wave) = stem.split_once('-')?;
        Some((sweep.parse::<u32>().ok()?, wave.parse::<u32>().ok()?))
    };
    let files = fs::read_dir(run)?.map(|entry| Ok(entry?.path())).collect::<Measured<Vec<_>>>()?;
    let last = files.into_iter().filter(|path| number(path).is_some()).max_by_key(number);
    Ok(last.ok_or("a run without a ledger")?)
}
