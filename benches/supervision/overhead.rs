//! What the orchestrator adds to the work of the stages, and what it holds while a run goes on.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::runs::tiers;
use super::{Measured, median, most};

/// Whole runs of next to no work.
pub(crate) fn overhead() -> Measured {
    const REPEATS: usize = 21;
    println!("\n### What a run of next to no work costs ({REPEATS} runs of the college)\n");
    println!(
        "| run directory | held by | whole run ms | in attempts ms | of our own ms | attempts | of our own for each, ms |"
    );
    println!("|---|---|---|---|---|---|---|");
    let shm = Path::new("/dev/shm");
    let places = [("on disk", std::env::temp_dir()), ("on tmpfs", shm.to_owned())];
    for (place, folder) in places.into_iter().filter(|(_, folder)| folder.is_dir()) {
        for tier in tiers()? {
            let (mut walls, mut insides, mut counts) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..REPEATS {
                let (wall, inside, count) = one(&folder, tier)?;
                walls.push(wall);
                insides.push(inside);
                counts.push(count);
            }
            let (wall, inside, count) = (median(walls), median(insides), median(counts));
            let own = wall - inside;
            println!("| {place} | {tier} | {wall:.0} | {inside:.0} | {own:.0} | {count:.0} | {:.1} |", own / count);
        }
    }
    held()
}

/// Wall time of a run, the time in which some attempt lived, and how many attempts there were.
fn one(folder: &Path, tier: &str) -> Result<(f64, f64, f64), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(folder)?;
    command(folder.path(), &["--effort", "0.001", "--set", &format!("memory.enforce={tier}")]).status()?;
    let result: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.path().join("run/result.json"))?)?;
    let wall = result["wall_s"].as_f64().unwrap_or_default() * 1e3;
    let attempts = fs::read_to_string(folder.path().join("run/attempts.tsv"))?;
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for row in attempts.lines().skip(1) {
        let number = |column: usize| row.split('\t').nth(column).and_then(|text| text.parse::<f64>().ok());
        let (start, lasted) = (number(3).unwrap_or_default(), number(4).unwrap_or_default());
        spans.push((start, start + lasted));
    }
    let count = spans.len() as f64;
    Ok((wall, covered(spans), count))
}

/// The length of the union of spans.
fn covered(mut spans: Vec<(f64, f64)>) -> f64 {
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut sum, mut end) = (0.0, f64::MIN);
    for (from, to) in spans {
        sum += (to - from.max(end)).max(0.0);
        end = end.max(to);
    }
    sum
}

/// What the orchestrator itself holds in a run of some seconds, looked at from outside.
fn held() -> Measured {
    let folder = tempfile::tempdir()?;
    let mut child = command(folder.path(), &["--time-limit", "5s"]).spawn()?;
    let (mut private, mut files) = (Vec::new(), Vec::new());
    while child.try_wait()?.is_none() {
        private.push(private_mib(child.id()));
        files.push(fs::read_dir(format!("/proc/{}/fd", child.id())).map_or(0, Iterator::count) as f64);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    println!(
        "\nThe orchestrator held at most {:.1} MiB and {:.0} files in a run of 5 s.",
        most(&private),
        most(&files)
    );
    Ok(())
}

/// Private memory of a process in MiB, as the kernel tells it.
pub(crate) fn private_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let is_private = |line: &&str| ["RssAnon:", "RssShmem:", "VmSwap:"].iter().any(|key| line.starts_with(key));
    let kib = |line: &str| line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok());
    status.lines().filter(is_private).filter_map(kib).sum::<f64>() / 1024.0
}

fn command(folder: &Path, words: &[&str]) -> Command {
    let instance = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/college.ctt");
    let mut command = Command::new(env!("CARGO_BIN_EXE_carillon"));
    command.arg("run").arg(instance).arg("--run-dir").arg(folder.join("run")).args(words);
    command.args(["--progress", "never"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
