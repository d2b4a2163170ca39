//! What the user may say on the command line: types only. `config` turns them into checked values.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use shared::bytes::{Bytes, BytesError};
use shared::wire::Stage;
use shared::worker::Setting;

use crate::policy::gpu::Wish;
use crate::policy::{StageMemory, StageMemoryError};
use crate::report::JOURNALD;
use crate::watch::MemoryRequest;

/// No pipeline has more threads.
const THREADS_MOST: u32 = 4096;

/// `carillon run`.
#[derive(Args, Clone, Debug, Default)]
pub struct RunArgs {
    /// Instance to make a timetable for: a campus folder, an .xlsx of its sheets, or a .ctt or .ectt file
    #[arg(value_name = "INSTANCE", help_heading = "Input")]
    pub instance: PathBuf,
    /// Timetable that people have already: a timetable.csv, a solution of the competition, or a run; as little as pays is changed
    #[arg(long, value_name = "SOLUTION", help_heading = "Input")]
    pub previous: Option<PathBuf>,
    /// Folder for everything that the run writes; it must be new or empty [default: carillon-runs/INSTANCE/TIME]
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    pub run_dir: Option<PathBuf>,
    /// Once the run is verified, remove runs of the instance that are older than the newest N verified ones [default: keep all]
    #[arg(
        long,
        value_name = "N",
        value_parser = keep,
        conflicts_with = "run_dir",
        help_heading = "Input"
    )]
    pub keep: Option<u32>,
    /// Seed of all randomness; the same seed and effort give the same timetable [default: 1]
    #[arg(long, value_name = "N", value_parser = seed, help_heading = "Input")]
    pub seed: Option<u64>,
    /// When another run of the instance, or in the directory, goes on: exit at once with code 75, or wait=DUR for its end
    /// [default: exit]
    #[arg(long, value_name = "exit|wait=DUR", value_parser = if_running, help_heading = "Input")]
    pub if_running: Option<IfRunning>,

    /// Work to do, as a multiple of the amount that suits the instance; it repeats exactly [default: 1 without --time-limit]
    #[arg(long, value_name = "X", value_parser = effort, help_heading = "Work")]
    pub effort: Option<f64>,
    /// Time for the whole run, export included: 10s, 2m, 500ms
    #[arg(long, value_name = "DUR", value_parser = time_limit, help_heading = "Work")]
    pub time_limit: Option<Duration>,
    /// Stop behind this stage and export what there is: load, cluster, solve, evolve, resolve, or STAGE0 to STAGE3
    #[arg(long, value_name = "STAGE", value_parser = last_stage, help_heading = "Work")]
    pub until: Option<Stage>,
    /// Leave a stage out; its input goes forward: solve, evolve or resolve, repeatable
    #[arg(long, value_name = "STAGE", value_parser = stage_to_skip, help_heading = "Work")]
    pub skip: Vec<Stage>,

    /// Threads of the whole pipeline [default: as many as this process may use]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Limits")]
    pub threads: Option<u32>,
    /// Memory that may be counted on, as a size or a share of the machine; the pipeline stays below 70 % of it
    /// [default: the least of the machine's memory and every cgroup limit]
    #[arg(long, value_name = "SIZE|PERCENT", help_heading = "Limits")]
    pub memory: Option<MemoryRequest>,
    /// Memory that each worker of a stage may hold, such as solve=64M; it is killed above, repeatable
    #[arg(long, value_name = "STAGE=SIZE", value_parser = stage_memory, help_heading = "Limits")]
    pub stage_memory: Vec<StageMemory>,
    /// Earlier run, or folder of runs, to learn from how much memory jobs need; or off. It never changes the result
    /// [default: the runs of the instance where --run-dir is not said, else off]
    #[arg(long, value_name = "PATH|off", value_parser = history, help_heading = "Limits")]
    pub history: Option<HistoryFrom>,
    /// How long to wait for other programs to give memory back before the run gives way with exit code 104
    /// [default: 60s]
    #[arg(long, value_name = "DUR", value_parser = duration, help_heading = "Limits")]
    pub pressure_wait: Option<Duration>,

    /// What solves the clusters in STAGE2A: the engine that is built in, or OR-Tools where its library is found (see
    /// `carillon engine`) [default: pumpkin]
    #[arg(long, value_name = "NAME", value_parser = ["pumpkin", "ortools"], help_heading = "Settings")]
    pub engine: Option<String>,
    /// Whether STAGE2B works on a GPU: auto, where one is free and that cannot change what is found (only --time-limit is given, or
    /// evolve.population is 512 or more); never; or require, which ends with exit code 69 where there is none to be had [default: auto]
    #[arg(long, value_name = "WHEN", value_parser = Wish::NAMES, help_heading = "Settings")]
    pub gpu: Option<String>,
    /// Memory that STAGE2B may allocate on a GPU, its context not included [default: 100M]
    #[arg(long, value_name = "SIZE", value_parser = device_memory, help_heading = "Settings")]
    pub gpu_memory: Option<Bytes>,
    /// Program to start in a stage's place; it gets exactly the arguments that the stage would get, repeatable
    #[arg(long, value_name = "STAGE=PATH", value_parser = stage_and_path, help_heading = "Settings")]
    pub worker_program: Vec<(Stage, PathBuf)>,
    /// Set one of the finer settings, such as memory.solve=75, repeatable; a wrong KEY lists them all
    #[arg(long = "set", value_name = "KEY=VALUE", help_heading = "Settings")]
    pub settings: Vec<Setting>,
    /// File of settings, above carillon.toml and the user's and the machine's own (see `carillon config`)
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,

    /// How it tells of itself.
    #[command(flatten)]
    pub telling: Telling,
}

/// How a run, or one that is resumed, tells of itself.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// How progress is shown on stderr: as it suits what stderr is, plain lines, or hardly at all [default: auto]
    #[arg(long, value_name = "WHEN", value_enum, help_heading = "Output")]
    pub progress: Option<Progress>,
    /// One line at the end, with where to look unless all is well, and errors: short for --progress quiet
    #[arg(short, long, conflicts_with = "progress", help_heading = "Output")]
    pub quiet: bool,
    /// What is printed on stdout: nothing for people (their summary goes to stderr), result.json for programs at the end, or
    /// events as they come [default: text]
    #[arg(long, value_name = "FORMAT", value_enum, help_heading = "Output")]
    pub output: Option<Output>,
    /// Where the lines of run.log go besides: journald, the journal of systemd, or journald=SOCKET for a namespace of it; or none
    /// [default: journald in the place of stderr, where stderr leads to it]
    #[arg(long, value_name = "WHERE", value_parser = log, help_heading = "Output")]
    pub log: Option<LogTo>,
    /// File to write figures of the run into when it ends, in any way: for the textfile collector of Prometheus
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub metrics: Option<PathBuf>,
}

impl Telling {
    /// How progress is shown.
    pub fn progress(&self) -> Progress {
        if self.quiet { Progress::Quiet } else { self.progress.unwrap_or_default() }
    }
}

/// `carillon resume`.
#[derive(Args, Clone, Debug, Default)]
pub struct ResumeArgs {
    /// Directory of a run that was broken off or ended by a signal; it goes on with what is sealed there
    #[arg(value_name = "RUN", help_heading = "Input")]
    pub run: PathBuf,
    /// Another seed [default: that of the run]
    #[arg(long, value_name = "N", value_parser = seed, help_heading = "Work")]
    pub seed: Option<u64>,
    /// Another amount of work [default: that of the run]
    #[arg(long, value_name = "X", value_parser = effort, help_heading = "Work")]
    pub effort: Option<f64>,
    /// Another time for the whole run, what it has used already included; what is done stays [default: that of the run]
    #[arg(long, value_name = "DUR", value_parser = time_limit, help_heading = "Work")]
    pub time_limit: Option<Duration>,
    /// Another engine in STAGE2A [default: that of the run]
    #[arg(long, value_name = "NAME", value_parser = ["pumpkin", "ortools"], help_heading = "Settings")]
    pub engine: Option<String>,
    /// Whether STAGE2B works on a GPU from now on: auto, never or require [default: as for the run]
    #[arg(long, value_name = "WHEN", value_parser = Wish::NAMES, help_heading = "Settings")]
    pub gpu: Option<String>,
    /// Set one of the finer settings anew, repeatable: the stages that depend on it run again, and no others
    #[arg(long = "set", value_name = "KEY=VALUE", help_heading = "Settings")]
    pub settings: Vec<Setting>,
    /// File of settings, of which only those of this start count: `history`, `if_running`, `progress`, `output`, `log`, `metrics`
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// When it still goes on, or another run of its instance does: exit at once with code 75, or wait=DUR for the end
    /// [default: exit]
    #[arg(long, value_name = "exit|wait=DUR", value_parser = if_running, help_heading = "Input")]
    pub if_running: Option<IfRunning>,

    /// Threads of the whole pipeline [default: as many as the run had]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Limits")]
    pub threads: Option<u32>,
    /// Memory that may be counted on, as a size or a share of the machine [default: what was said to the run]
    #[arg(long, value_name = "SIZE|PERCENT", help_heading = "Limits")]
    pub memory: Option<MemoryRequest>,
    /// Earlier run, or folder of runs, to learn from how much memory jobs need; or off [default: as for a run]
    #[arg(long, value_name = "PATH|off", value_parser = history, help_heading = "Limits")]
    pub history: Option<HistoryFrom>,

    /// How it tells of itself.
    #[command(flatten)]
    pub telling: Telling,
}

impl ResumeArgs {
    /// Whether the run is to do other work than it was asked for before.
    pub fn asks_for_other_work(&self) -> bool {
        let is_other = self.seed.is_some() || self.effort.is_some() || self.time_limit.is_some();
        is_other || self.engine.is_some() || self.gpu.is_some() || !self.settings.is_empty()
    }

    /// The same, without that.
    pub fn without_other_work(&self) -> Self {
        Self {
            seed: None,
            effort: None,
            time_limit: None,
            engine: None,
            gpu: None,
            settings: Vec::new(),
            ..self.clone()
        }
    }
}

/// Which earlier runs to learn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryFrom {
    /// None.
    Off,
    /// That one, or the newest ones in that folder.
    At(PathBuf),
}

/// Where the lines of `run.log` go besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogTo {
    /// Nowhere.
    None,
    /// To the journal of systemd that listens there.
    Journald(PathBuf),
}

/// What to do while another run holds the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfRunning {
    /// Exit with code 75.
    #[default]
    Exit,
    /// Wait so long for its end, and exit with code 75 after that.
    Wait(Duration),
}

/// How progress is shown on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// On a terminal a line for each stage, plain lines elsewhere
    #[default]
    Auto,
    /// The lines of run.log as they come
    Plain,
    /// Nothing but errors and the summary
    Never,
    /// One line at the end, and errors: for cron
    Quiet,
}

/// What is printed at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A short summary on stderr
    #[default]
    Text,
    /// The content of result.json on stdout
    Json,
    /// The events of events.jsonl on stdout, a line each as they come
    Events,
}

/// Reads `10s`, `2m`, `1.5h`, `500ms`; a number alone is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a time: write a number and a unit, such as 10s, 2m or 500ms");
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit.trim() {
        "ms" => number / 1e3,
        "s" | "" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).ok().filter(|time| time.as_secs() < 1 << 32).ok_or_else(wrong)
}

pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    let limit = duration(text)?;
    if limit.is_zero() {
        Err("no time at all is not enough: write a time such as 10s or 2m".to_owned())
    } else {
        Ok(limit)
    }
}

pub(crate) fn device_memory(text: &str) -> Result<Bytes, String> {
    let size: Bytes = text.parse().map_err(|error: BytesError| error.to_string())?;
    if size == Bytes(0) {
        Err("nothing can work without memory: write a size such as 100M".to_owned())
    } else {
        Ok(size)
    }
}

pub(crate) fn stage_memory(text: &str) -> Result<StageMemory, String> {
    let of: StageMemory = text.parse().map_err(|error: StageMemoryError| error.to_string())?;
    if of.size == Bytes(0) {
        return Err(format!("{} cannot work without memory: write a size such as {}=64M", of.stage, of.stage));
    }
    Ok(of)
}

#[expect(clippy::unnecessary_wraps, reason = "whoever reads an argument may refuse it")]
pub(crate) fn history(text: &str) -> Result<HistoryFrom, String> {
    Ok(if text == "off" { HistoryFrom::Off } else { HistoryFrom::At(PathBuf::from(text)) })
}

pub(crate) fn log(text: &str) -> Result<LogTo, String> {
    match text.split_once('=') {
        None if text == "none" => Ok(LogTo::None),
        None if text == "journald" => Ok(LogTo::Journald(PathBuf::from(JOURNALD))),
        Some(("journald", socket)) if !socket.is_empty() => Ok(LogTo::Journald(PathBuf::from(socket))),
        _ => Err(format!("{text:?} is not journald, journald=SOCKET or none")),
    }
}

pub(crate) fn if_running(text: &str) -> Result<IfRunning, String> {
    match text.split_once('=') {
        None if text == "exit" => Ok(IfRunning::Exit),
        Some(("wait", longest)) => duration(longest).map(IfRunning::Wait),
        _ => Err(format!("{text:?} is neither exit nor wait=DUR, such as wait=10m")),
    }
}

pub(crate) fn effort(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| format!("{text:?} is not an effort: write a number above 0, such as 0.5 or 10"))
}

pub(crate) fn threads(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=THREADS_MOST).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {THREADS_MOST}"))
}

pub(crate) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is not a whole number from 0 on"))
}

pub(crate) fn keep(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("{text:?} is not a whole number from 1 on"))
}

fn stage_among(text: &str, stages: &[Stage]) -> Result<Stage, String> {
    let stage: Stage = text.parse().map_err(|_| no_such_stage(text, stages))?;
    if stages.contains(&stage) { Ok(stage) } else { Err(no_such_stage(text, stages)) }
}

fn no_such_stage(text: &str, stages: &[Stage]) -> String {
    let named = |stage: &Stage| match stage.label() {
        Some(label) => format!("{stage} ({label})"),
        None => stage.to_string(),
    };
    format!("{text:?} is not one of {}", stages.iter().map(named).collect::<Vec<_>>().join(", "))
}

fn last_stage(text: &str) -> Result<Stage, String> {
    stage_among(text, &[Stage::Load, Stage::Cluster, Stage::Solve, Stage::Evolve, Stage::Resolve])
}

fn stage_to_skip(text: &str) -> Result<Stage, String> {
    stage_among(text, &[Stage::Solve, Stage::Evolve, Stage::Resolve])
}

fn stage_and_path(text: &str) -> Result<(Stage, PathBuf), String> {
    let (stage, path) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not STAGE=PATH, such as solve=./my-solver"))?;
    Ok((stage.parse()?, PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let table = [("10s", 10_000), ("2m", 120_000), ("500ms", 500), ("1.5h", 5_400_000), ("7", 7_000)];
        for (text, milliseconds) in table {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["", "s", "-1s", "10 parsecs", "1e99h", "99999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_at_all_is_refused_where_something_is_needed() {
        assert_eq!(time_limit("10s"), Ok(Duration::from_secs(10)));
        assert!(time_limit("0s").is_err() && time_limit("0ms").is_err());
        assert!(stage_memory("load=9M").is_ok() && stage_memory("load=0").is_err() && stage_memory("9M").is_err());
    }

    #[test]
    fn a_run_exits_or_waits_for_another_one() {
        assert_eq!(if_running("exit"), Ok(IfRunning::Exit));
        assert_eq!(if_running("wait=10m"), Ok(IfRunning::Wait(Duration::from_mins(10))));
        for wrong in ["", "wait", "wait=", "wait=soon", "exit=1s", "replace"] {
            assert!(if_running(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stages_are_known_by_either_name_and_only_where_they_make_sense() {
        assert_eq!(last_stage("STAGE2A"), Ok(Stage::Solve));
        assert_eq!(stage_to_skip("evolve"), Ok(Stage::Evolve));
        let message = stage_to_skip("load").unwrap_err();
        assert_eq!(message, "\"load\" is not one of solve (STAGE2A), evolve (STAGE2B), resolve (STAGE3)");
        assert!(last_stage("STAGE9").is_err() && last_stage("audit").is_err());
    }

    #[test]
    fn effort_is_a_positive_number() {
        assert_eq!(effort("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "nan", "inf", "much"] {
            assert!(effort(wrong).is_err(), "{wrong}");
        }
    }
}
