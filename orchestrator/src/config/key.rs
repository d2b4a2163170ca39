//! What may be said elsewhere than on the command line, in a file or in the environment: each such key with its name there, and the way to
//! the flag that it stands for.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use clap::ValueEnum;
use shared::bytes::Bytes;
use shared::wire::Stage;
use shared::worker::Setting;

use super::settings::{self, POLICY, is_policy_file};
use crate::cli::{self, HistoryFrom, IfRunning, LogTo, Output, Progress, RunArgs};
use crate::engine::PUMPKIN;
use crate::policy::{StageMemory, Thresholds};
use crate::watch::MemoryRequest;

/// The finer settings that have a flag of their own.
const ALIASES: [(Key, &str); 3] =
    [(Key::Engine, "solve.engine"), (Key::Gpu, "gpu.use"), (Key::GpuMemory, "gpu.memory")];

/// One thing that may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Threads,
    Memory,
    /// One stage of `--stage-memory`.
    StageMemory(Stage),
    History,
    PressureWait,
    Seed,
    Effort,
    TimeLimit,
    Keep,
    IfRunning,
    Engine,
    Gpu,
    GpuMemory,
    Progress,
    Output,
    Log,
    Metrics,
    /// One key of `--set`.
    Set(&'static str),
}

/// Those with a flag of their own.
const FLAGS: [(Key, &str); 16] = [
    (Key::Threads, "threads"),
    (Key::Memory, "memory"),
    (Key::History, "history"),
    (Key::PressureWait, "pressure_wait"),
    (Key::Seed, "seed"),
    (Key::Effort, "effort"),
    (Key::TimeLimit, "time_limit"),
    (Key::Keep, "keep"),
    (Key::IfRunning, "if_running"),
    (Key::Engine, "engine"),
    (Key::Gpu, "gpu"),
    (Key::GpuMemory, "gpu_memory"),
    (Key::Progress, "progress"),
    (Key::Output, "output"),
    (Key::Log, "log"),
    (Key::Metrics, "metrics"),
];

impl Key {
    /// Every key, in the order of the manual.
    pub(super) fn all() -> Vec<Self> {
        let flags = FLAGS.into_iter().map(|(key, _)| key);
        let settings = settings::keys().filter(|key| ALIASES.iter().all(|(_, of)| of != key)).map(Self::Set);
        flags.chain(Stage::ALL.into_iter().map(Self::StageMemory)).chain(settings).collect()
    }

    /// The key of that name in a file; some have two.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let setting = name.strip_prefix("set.");
        let alias = ALIASES.into_iter().find(|(_, of)| Some(*of) == setting).map(|(key, _)| key);
        alias.or_else(|| Self::all().into_iter().find(|key| key.name() == name))
    }

    /// The key of that name in the environment.
    pub(super) fn of_variable(name: &str) -> Option<Self> {
        let is_meant = |(_, of): &(Self, &str)| name == variable(&format!("set.{of}"));
        let alias = ALIASES.into_iter().find(is_meant).map(|(key, _)| key);
        alias.or_else(|| Self::all().into_iter().find(|key| key.variable() == name))
    }

    /// Its name in a file: `time_limit`, `stage_memory.solve`, `set.memory.solve`.
    pub(super) fn name(self) -> String {
        match self {
            Self::StageMemory(stage) => format!("stage_memory.{stage}"),
            Self::Set(key) => format!("set.{key}"),
            flag => FLAGS.iter().find(|(key, _)| *key == flag).expect("every flag has its row").1.to_owned(),
        }
    }

    /// Its name in the environment: `CARILLON_TIME_LIMIT`.
    pub(super) fn variable(self) -> String {
        variable(&self.name())
    }

    /// Its name on the command line.
    pub(super) fn flag(self) -> String {
        match self {
            Self::StageMemory(_) => "--stage-memory".to_owned(),
            Self::Set(_) => "--set".to_owned(),
            _ => format!("--{}", self.name().replace('_', "-")),
        }
    }

    /// Whether a relative path is what it may say, which is looked for beside the file that says it.
    pub(super) fn is_path(self, text: &str) -> bool {
        match self {
            Self::Metrics => true,
            Self::History => text != "off",
            Self::Set(key) => key == POLICY && is_policy_file(text),
            _ => false,
        }
    }

    /// Whether it names code that will be run: whoever brings a folder must not bring that, too.
    pub(super) fn names_code(self) -> bool {
        self == Self::Set("solve.ortools")
    }

    /// What it says in a run with these arguments; nothing where they do not say it.
    pub(super) fn said(self, args: &RunArgs) -> Option<String> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        match self {
            Self::Threads => args.threads.map(|count| count.to_string()),
            Self::Memory => args.memory.map(|memory| match memory {
                MemoryRequest::Size(bytes) => size(bytes),
                MemoryRequest::Percent(share) => format!("{share}%"),
            }),
            Self::StageMemory(stage) => args.stage_memory.iter().rfind(|of| of.stage == stage).map(|of| size(of.size)),
            Self::History => args.history.as_ref().map(|history| match history {
                HistoryFrom::Off => "off".to_owned(),
                HistoryFrom::At(place) => path(place),
            }),
            Self::PressureWait => args.pressure_wait.map(time),
            Self::Seed => args.seed.map(|seed| seed.to_string()),
            Self::Effort => args.effort.map(|effort| format!("{effort:?}")),
            Self::TimeLimit => args.time_limit.map(time),
            Self::Keep => args.keep.map(|count| count.to_string()),
            Self::IfRunning => args.if_running.map(|act| match act {
                IfRunning::Exit => "exit".to_owned(),
                IfRunning::Wait(longest) => format!("wait={}", time(longest)),
            }),
            Self::Engine => args.engine.clone().or_else(|| of_setting(args, "solve.engine")),
            Self::Gpu => args.gpu.clone().or_else(|| of_setting(args, "gpu.use")),
            Self::GpuMemory => args.gpu_memory.map(size).or_else(|| of_setting(args, "gpu.memory")),
            Self::Progress => {
                args.telling.progress.or(args.telling.quiet.then_some(Progress::Quiet)).map(|progress| name(&progress))
            }
            Self::Output => args.telling.output.map(|output| name(&output)),
            Self::Log => args.telling.log.as_ref().map(|log| match log {
                LogTo::None => "none".to_owned(),
                LogTo::Journald(socket) => format!("journald={}", path(socket)),
            }),
            Self::Metrics => args.telling.metrics.as_deref().map(path),
            Self::Set(key) => of_setting(args, key),
        }
    }

    /// Lets the arguments say it, or says why they cannot.
    pub(super) fn say(self, text: &str, args: &mut RunArgs) -> Result<(), String> {
        match self {
            Self::Threads => args.threads = Some(cli::threads(text)?),
            Self::Memory => args.memory = Some(text.parse().map_err(|error| format!("{error}"))?),
            Self::StageMemory(stage) => args.stage_memory.push(stage_memory(stage, text)?),
            Self::History => args.history = Some(cli::history(text)?),
            Self::PressureWait => args.pressure_wait = Some(cli::duration(text)?),
            Self::Seed => args.seed = Some(cli::seed(text)?),
            Self::Effort => args.effort = Some(cli::effort(text)?),
            Self::TimeLimit => args.time_limit = Some(cli::time_limit(text)?),
            Self::Keep => args.keep = Some(cli::keep(text)?),
            Self::IfRunning => args.if_running = Some(cli::if_running(text)?),
            Self::Engine => args.engine = Some(checked("solve.engine", text)?),
            Self::Gpu => args.gpu = Some(checked("gpu.use", text)?),
            Self::GpuMemory => args.gpu_memory = Some(cli::device_memory(text)?),
            Self::Progress => args.telling.progress = Some(of_name(text)?),
            Self::Output => args.telling.output = Some(of_name(text)?),
            Self::Log => args.telling.log = Some(cli::log(text)?),
            Self::Metrics => args.telling.metrics = Some(PathBuf::from(text)),
            Self::Set(key) => args.settings.push(Setting { key: key.to_owned(), value: checked(key, text)? }),
        }
        Ok(())
    }

    /// What holds where nobody says anything; nothing where that is for the machine, the instance or the worker to know.
    pub(super) fn default(self, args: &RunArgs) -> Option<String> {
        match self {
            Self::Threads => Some(available_threads().to_string()),
            Self::PressureWait => Some(time(Thresholds::default().pressure_wait)),
            Self::Seed => Some(super::SEED.to_string()),
            Self::Effort => args.time_limit.is_none().then(|| format!("{:?}", super::EFFORT)),
            Self::IfRunning => Some("exit".to_owned()),
            Self::Engine => Some(PUMPKIN.to_owned()),
            Self::Gpu => settings::default("gpu.use").map(str::to_owned),
            Self::GpuMemory => settings::default("gpu.memory").map(str::to_owned),
            Self::Progress => Some(name(&Progress::default())),
            Self::Output => Some(name(&Output::default())),
            Self::Set(key) => settings::default(key).map(str::to_owned),
            Self::Memory
            | Self::StageMemory(_)
            | Self::History
            | Self::TimeLimit
            | Self::Keep
            | Self::Log
            | Self::Metrics => None,
        }
    }
}

fn variable(name: &str) -> String {
    format!("CARILLON_{}", name.replace(['.', '-'], "_").to_uppercase())
}

/// As many as this process may use.
pub(super) fn available_threads() -> u32 {
    available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX))
}

fn of_setting(args: &RunArgs, key: &str) -> Option<String> {
    args.settings.iter().rfind(|setting| setting.key == key).map(|setting| setting.value.clone())
}

fn checked(key: &'static str, text: &str) -> Result<String, String> {
    settings::check(key, text).map_err(|expected| format!("{text:?} is not {expected}"))?;
    Ok(text.to_owned())
}

fn stage_memory(stage: Stage, text: &str) -> Result<StageMemory, String> {
    cli::stage_memory(&format!("{stage}={text}"))
}

fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn of_name<T: ValueEnum>(text: &str) -> Result<T, String> {
    let names = || T::value_variants().iter().map(name).collect::<Vec<_>>().join(", ");
    T::from_str(text, false).map_err(|_| format!("{text:?} is not one of {}", names()))
}

/// A time in the largest unit that tells it exactly.
fn time(time: Duration) -> String {
    let milliseconds = time.as_millis();
    let units = [(3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let (unit, word) = units.into_iter().find(|(unit, _)| milliseconds.is_multiple_of(*unit)).unwrap_or((1, "ms"));
    if milliseconds == 0 { "0s".to_owned() } else { format!("{}{word}", milliseconds / unit) }
}

/// A size in the largest unit that tells it exactly.
pub(super) fn size(bytes: Bytes) -> String {
    let units = [(40, "T"), (30, "G"), (20, "M"), (10, "k")];
    let exact = units.into_iter().find(|(shift, _)| bytes.0 > 0 && bytes.0.trailing_zeros() >= *shift);
    exact.map_or_else(|| bytes.0.to_string(), |(shift, word)| format!("{}{word}", bytes.0 >> shift))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_keys_share_a_name_or_a_variable() {
        let keys = Key::all();
        for name in [Key::name, Key::variable] {
            assert_eq!(keys.iter().map(|key| name(*key)).collect::<BTreeSet<_>>().len(), keys.len());
        }
        assert!(keys.iter().all(|key| Key::of_name(&key.name()) == Some(*key)));
        assert_eq!(Key::of_name("set.solve.engine"), Some(Key::Engine));
        assert_eq!(Key::of_variable("CARILLON_SET_GPU_USE"), Some(Key::Gpu));
        assert_eq!(Key::StageMemory(Stage::GpuProbe).variable(), "CARILLON_STAGE_MEMORY_GPU_PROBE");
    }

    #[test]
    fn what_is_said_is_heard_again() {
        for (key, text) in [
            (Key::Threads, "3"),
            (Key::Memory, "1536M"),
            (Key::Memory, "12.5%"),
            (Key::StageMemory(Stage::Solve), "64M"),
            (Key::History, "off"),
            (Key::History, "runs/old"),
            (Key::PressureWait, "0s"),
            (Key::Seed, "18446744073709551615"),
            (Key::Effort, "0.5"),
            (Key::TimeLimit, "90s"),
            (Key::Keep, "7"),
            (Key::IfRunning, "wait=1500ms"),
            (Key::Engine, "ortools"),
            (Key::Gpu, "require"),
            (Key::GpuMemory, "300M"),
            (Key::Progress, "plain"),
            (Key::Output, "json"),
            (Key::Log, "journald=/run/j"),
            (Key::Log, "none"),
            (Key::Metrics, "last.prom"),
            (Key::Set("grace.stop"), "3s"),
        ] {
            let mut args = RunArgs::default();
            assert_eq!(key.said(&args), None, "{key:?}");
            key.say(text, &mut args).unwrap();
            assert_eq!(key.said(&args).as_deref(), Some(text), "{key:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_said() {
        for (key, text) in [
            (Key::Threads, "0"),
            (Key::Threads, "two"),
            (Key::Memory, "0"),
            (Key::StageMemory(Stage::Solve), "0"),
            (Key::Seed, "-1"),
            (Key::Effort, "0"),
            (Key::TimeLimit, "0s"),
            (Key::Keep, "0"),
            (Key::IfRunning, "wait"),
            (Key::Engine, "highs"),
            (Key::Gpu, "always"),
            (Key::GpuMemory, "0"),
            (Key::Progress, "auto plain"),
            (Key::Log, "syslog"),
            (Key::Set("retry.crash"), "often"),
        ] {
            let refusal = key.say(text, &mut RunArgs::default());
            assert!(refusal.is_err(), "{key:?} is said to be {text:?}");
        }
    }
}
