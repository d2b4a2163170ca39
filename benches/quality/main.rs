//! What timetables are worth after so many seconds, by the whole program: the tables of `docs/performance.md`.
//!
//! ```text
//! cargo bench --bench quality -- measure CSV SECONDS SEEDS INSTANCE…   a row for each instance and seed that is not in the file yet
//! cargo bench --bench quality -- ablate CSV SECONDS SEEDS INSTANCE…    the same for each arm: a stage left out, or done otherwise
//! cargo bench --bench quality -- tune CSV SECONDS SEEDS KEY A,B,… INSTANCE…
//!                                                                      the same for each of some values of a setting
//! cargo bench --bench quality -- table CSV                             medians, ranges and sums of what is in it
//! ```
//!
//! A row names the state of the code and how busy the machine was; costs are counted by `carillon verify`. A measurement of hours
//! may be broken off: the next call goes on behind the last row. Seeds come before instances and these before arms, so that a part of
//! it is a fair sample.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it has measured")]

mod arms;
mod row;
mod table;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use arms::Arm;
use row::{HEADER, Row};
use serde_json::Value;
use shared::exit::Exit;

const PROGRAM: &str = env!("CARGO_BIN_EXE_carillon");
/// How runs end that have had their time.
const FINISHED: [Exit; 3] = [Exit::Complete, Exit::Degraded, Exit::Incomplete];

type Measured<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Measured {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["measure", csv, seconds, seeds, ref paths @ ..] if !paths.is_empty() => {
            measure(Path::new(csv), &arms::whole(), seconds.parse()?, seeds.parse()?, &instances(paths)?)
        }
        ["ablate", csv, seconds, seeds, ref paths @ ..] if !paths.is_empty() => {
            measure(Path::new(csv), &arms::without(), seconds.parse()?, seeds.parse()?, &instances(paths)?)
        }
        ["tune", csv, seconds, seeds, key, values, ref paths @ ..] if !paths.is_empty() => {
            measure(Path::new(csv), &arms::values(key, values), seconds.parse()?, seeds.parse()?, &instances(paths)?)
        }
        ["table", csv] => {
            print!("{}", table::markdown(&row::read(Path::new(csv))?));
            Ok(())
        }
        _ => {
            println!(
                "say: measure or ablate CSV SECONDS SEEDS INSTANCE…, tune CSV SECONDS SEEDS KEY A,B,… INSTANCE…, or table CSV"
            );
            Ok(())
        }
    }
}

/// The files that are named, and those of the competition in the folders that are.
fn instances(paths: &[&str]) -> Measured<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths.iter().map(Path::new) {
        if path.is_dir() {
            let is_one = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "ctt" || ending == "ectt");
            let mut files: Vec<PathBuf> = fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
            files.retain(is_one);
            files.sort();
            found.extend(files);
        } else {
            found.push(path.to_owned());
        }
    }
    Ok(found)
}

fn measure(csv: &Path, arms: &[Arm], seconds: u64, seeds: u64, instances: &[PathBuf]) -> Measured {
    let code = state_of_the_code();
    let mut rows = if csv.exists() { row::read(csv)? } else { Vec::new() };
    let mut file = OpenOptions::new().create(true).append(true).open(csv)?;
    if rows.is_empty() {
        writeln!(file, "{HEADER}")?;
    }
    for seed in 1..=seeds {
        for (path, arm) in instances.iter().flat_map(|path| arms.iter().map(move |arm| (path, arm))) {
            let instance = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let is_there = |row: &Row| {
                (&row.code, &row.arm, row.seconds, row.seed, &row.instance)
                    == (&code, &arm.name, seconds, seed, &instance)
            };
            if rows.iter().any(is_there) {
                continue;
            }
            let row = run(path, instance, arm, seconds, seed, &code)?;
            writeln!(file, "{row}")?;
            println!("{row}");
            rows.push(row);
        }
    }
    Ok(())
}

/// The commit, and whether something has been changed since.
fn state_of_the_code() -> String {
    let output = Command::new("git").args(["describe", "--always", "--dirty", "--exclude", "*"]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { env!("CARGO_PKG_VERSION").to_owned() } else { text }
}

fn run(path: &Path, instance: String, arm: &Arm, seconds: u64, seed: u64, code: &str) -> Measured<Row> {
    let folder = tempfile::tempdir()?;
    let run_dir = folder.path().join("run");
    let load = fs::read_to_string("/proc/loadavg")?;
    let mut command = Command::new(PROGRAM);
    command.arg("run").arg(path).arg("--run-dir").arg(&run_dir).args(["--threads", "2", "--progress", "never"]);
    command.args(&arm.words).arg("--time-limit").arg(format!("{seconds}s")).arg("--seed").arg(seed.to_string());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    // A run that was interrupted has a timetable too, of less time than the row would say.
    if !status.code().is_some_and(|code| FINISHED.iter().any(|exit| i32::from(exit.code()) == code)) {
        return Err(format!("{instance}: the run did not finish ({status})").into());
    }
    let counted =
        Command::new(PROGRAM).arg("verify").arg(path).arg(run_dir.join("solution.sol")).arg("--json").output()?;
    let counted: Value = serde_json::from_slice(&counted.stdout)?;
    let result: Value = serde_json::from_slice(&fs::read(run_dir.join("result.json"))?)?;
    let number = |of: &Value, key: &str| of[key].as_u64().ok_or_else(|| format!("{instance}: no {key}"));
    Ok(Row {
        code: code.to_owned(),
        load: load.split(' ').next().unwrap_or_default().to_owned(),
        arm: arm.name.clone(),
        seconds,
        seed,
        violations: number(&counted, "violations")?,
        cost: number(&counted, "cost")?,
        first_feasible_ms: first_feasible(&fs::read_to_string(run_dir.join("events.jsonl"))?),
        peak_kib: number(&result, "peak_bytes")? >> 10,
        instance,
    })
}

/// When the first timetable without a violation was there, since the start of the run.
fn first_feasible(events: &str) -> Option<u64> {
    let events = events.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut whole = events.filter(|event| {
        event["event"] == "incumbent" && event["hard"].as_u64() == Some(0) && event["unplaced"].as_u64() == Some(0)
    });
    whole.find_map(|event| event["t_ms"].as_u64())
}
