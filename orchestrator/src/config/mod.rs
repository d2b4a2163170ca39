//! What the user wants, checked once: nothing behind this looks at the command line again.
//!
//! ```text
//! key        what may be said elsewhere than on the command line
//! layers     the places where it is said, and which one wins
//! settings   the finer settings
//! again      the configuration of a run that is taken up again
//! show       `carillon config`
//! ```

mod again;
mod key;
mod layers;
mod settings;
mod show;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Stage;
use shared::worker::Setting;

pub use layers::{ConfigError, Layers, PROJECT_FILE};
pub(crate) use settings::POLICY;
pub use settings::{Patience, Retries, SettingError, Settings};
pub use show::{ConfigArgs, config};

use crate::cli::{HistoryFrom, IfRunning, LogTo, Output, Progress, RunArgs};
use crate::engine::Engine;
use crate::policy::Thresholds;
use crate::policy::gpu::{self, GpuRules, Wish};
use crate::watch::MemoryRequest;

/// The finer setting of how many timetables STAGE2B anneals together.
const POPULATION: &str = "evolve.population";
/// The seed where none is said.
const SEED: u64 = 1;
/// The effort where neither effort nor time is said.
const EFFORT: f64 = 1.0;

/// A run, as it was asked for and completed by defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The instance, as it was named.
    pub instance: PathBuf,
    /// The timetable that people have already, if there is one.
    pub previous: Option<PathBuf>,
    /// Where to write, if that was said.
    pub run_dir: Option<PathBuf>,
    /// `--keep`, if that was said.
    pub keep: Option<u32>,
    /// What to do while another run holds the lock.
    pub if_running: IfRunning,
    /// The seed.
    pub seed: u64,
    /// Threads of the whole pipeline.
    pub threads: u32,
    /// `--memory`.
    pub memory: Option<MemoryRequest>,
    /// `--stage-memory`.
    pub stage_memory: BTreeMap<Stage, Bytes>,
    /// `--history`, if that was said.
    pub history: Option<HistoryFrom>,
    /// `--effort`, or 1 where neither effort nor time is said.
    pub effort: Option<f64>,
    /// `--time-limit`.
    pub time_limit: Option<Duration>,
    /// The last stage before export.
    pub until: Stage,
    /// Stages that are left out.
    pub skip: Vec<Stage>,
    /// `--worker-program`, the last one of a stage.
    pub programs: BTreeMap<Stage, PathBuf>,
    /// `--set`.
    pub settings: Settings,
    /// The engine of STAGE2A, once it is found; until then the one that is built in.
    pub engine: Engine,
    /// `--progress`.
    pub progress: Progress,
    /// `--output`.
    pub output: Output,
    /// `--log`, if that was said.
    pub log: Option<LogTo>,
}

impl Config {
    /// Checks the finer settings and fills in defaults.
    ///
    /// # Errors
    /// When a `--set` makes no sense.
    pub fn new(args: RunArgs) -> Result<Self, SettingError> {
        let engine = args.engine.map(|value| Setting { key: "solve.engine".to_owned(), value });
        let gpu = args.gpu.map(|value| Setting { key: "gpu.use".to_owned(), value });
        let gpu_memory = args.gpu_memory.map(|size| Setting { key: "gpu.memory".to_owned(), value: key::size(size) });
        let given: Vec<Setting> = args.settings.into_iter().chain(engine).chain(gpu).chain(gpu_memory).collect();
        let patience = args.pressure_wait.unwrap_or_else(|| Thresholds::default().pressure_wait);
        let settings = Settings::read(&given, patience)?;
        Ok(Self {
            instance: args.instance,
            previous: args.previous,
            run_dir: args.run_dir,
            keep: args.keep,
            if_running: args.if_running.unwrap_or_default(),
            seed: args.seed.unwrap_or(SEED),
            threads: args.threads.unwrap_or_else(key::available_threads),
            memory: args.memory,
            stage_memory: args.stage_memory.iter().map(|of| (of.stage, of.size)).collect(),
            history: args.history,
            effort: args.effort.or(args.time_limit.is_none().then_some(EFFORT)),
            time_limit: args.time_limit,
            until: args.until.unwrap_or(Stage::Resolve),
            skip: args.skip,
            programs: args.worker_program.into_iter().collect(),
            settings,
            engine: Engine::default(),
            progress: args.telling.progress(),
            output: args.telling.output.unwrap_or_default(),
            log: args.telling.log,
        })
    }

    /// With the engine that the settings ask for, or the one that stands in for it.
    pub fn with_engine(self) -> Self {
        let engine = Engine::find(&self.settings.engine, self.settings.ortools.as_deref());
        Self { engine, ..self }
    }

    /// What is to be done with devices: one is used where it is required, or where the bytes that a machine without one would
    /// find cannot be others.
    pub fn gpu(&self) -> GpuRules {
        let Settings { gpu: wish, gpu_memory: cap, gpu_watch: watch, .. } = self.settings;
        let is_by_the_clock = self.effort.is_none();
        let is_broad = self.population().is_some_and(|population| population >= gpu::POPULATION_LEAST);
        let is_worth_it = match wish {
            Wish::Auto => is_by_the_clock || is_broad,
            Wish::Never => false,
            Wish::Require => true,
        };
        GpuRules { wish, is_wanted: is_worth_it && self.runs(Stage::Evolve), cap, watch }
    }

    /// What counted work on a device that is required is told, where the user does not say it: the same population wherever it is
    /// repeated.
    pub fn population_on_device(&self) -> Option<(Stage, Setting)> {
        let is_unsaid = self.settings.gpu == Wish::Require && self.effort.is_some() && self.population().is_none();
        let setting = || Setting { key: POPULATION.to_owned(), value: gpu::POPULATION.to_string() };
        is_unsaid.then(|| (Stage::Evolve, setting()))
    }

    fn population(&self) -> Option<u32> {
        let (_, setting) = self.settings.of_workers.iter().rfind(|(_, setting)| setting.key == POPULATION)?;
        setting.value.parse().ok()
    }

    /// Whether a stage is neither left out nor behind the last one.
    pub fn runs(&self, stage: Stage) -> bool {
        stage <= self.until && !self.skip.contains(&stage)
    }

    /// The whole of it as TOML, for `config.toml`.
    pub fn to_toml(&self, run_dir: &Path) -> String {
        let mut text = String::from("# What this run was started with, defaults included.\n");
        let mut line = |key: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{key} = {value}");
        };
        let path = |path: &Path| quoted(&path.to_string_lossy());
        line("instance", path(&self.instance));
        if let Some(previous) = &self.previous {
            line("previous", path(previous));
        }
        line("run_dir", path(run_dir));
        line("seed", self.seed.to_string());
        line("threads", self.threads.to_string());
        if let Some(effort) = self.effort {
            line("effort", format!("{effort:?}"));
        }
        if let Some(limit) = self.time_limit {
            line("time_limit_ms", limit.as_millis().to_string());
        }
        match self.memory {
            Some(MemoryRequest::Size(size)) => line("memory_bytes", size.0.to_string()),
            Some(MemoryRequest::Percent(share)) => line("memory_percent", format!("{share:?}")),
            None => {}
        }
        line("until", quoted(self.until.name()));
        line(
            "skip",
            format!("[{}]", self.skip.iter().map(|stage| quoted(stage.name())).collect::<Vec<_>>().join(", ")),
        );
        self.stage_memory.iter().for_each(|(stage, size)| line(&format!("stage_memory.{stage}"), size.0.to_string()));
        self.programs.iter().for_each(|(stage, program)| line(&format!("worker_program.{stage}"), path(program)));
        self.settings.effective.iter().for_each(|(key, value)| line(&format!("set.{key}"), quoted(value)));
        text
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", c as u32),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        run: RunArgs,
    }

    fn config(line: &str) -> Config {
        let words = std::iter::once("run").chain(line.split(' '));
        Config::new(Line::try_parse_from(words).unwrap().run).unwrap()
    }

    #[test]
    fn work_is_counted_unless_only_time_is_said() {
        assert_eq!(config("x.ctt").effort, Some(1.0));
        assert_eq!(config("x.ctt --time-limit 10s").effort, None);
        let both = config("x.ctt --time-limit 10s --effort 2");
        assert_eq!((both.effort, both.time_limit), (Some(2.0), Some(Duration::from_secs(10))));
    }

    #[test]
    fn a_device_is_used_where_it_cannot_change_what_is_found() {
        let table = [
            ("x.ctt", false),
            ("x.ctt --time-limit 10s", true),
            ("x.ctt --time-limit 10s --effort 1", false),
            ("x.ctt --set evolve.population=512", true),
            ("x.ctt --set evolve.population=511", false),
            ("x.ctt --gpu require", true),
            ("x.ctt --gpu require --skip evolve", false),
            ("x.ctt --time-limit 10s --gpu never", false),
            ("x.ctt --gpu never --set gpu.use=require", false),
        ];
        for (line, expected) in table {
            assert_eq!(config(line).gpu().is_wanted, expected, "{line}");
        }
        assert_eq!(config("x.ctt --gpu-memory 300M").gpu().cap, Bytes::mib(300));
        let population = |line| config(line).population_on_device().map(|(_, setting)| setting.value);
        assert_eq!(population("x.ctt --gpu require").as_deref(), Some("2048"));
        assert_eq!(population("x.ctt --gpu require --time-limit 10s"), None);
        assert_eq!(population("x.ctt --gpu require --set evolve.population=64"), None);
        assert_eq!(population("x.ctt"), None);
    }

    #[test]
    fn stages_are_left_out_by_either_flag() {
        let config = config("x.ctt --until STAGE2B --skip solve");
        let runs: Vec<bool> =
            [Stage::Cluster, Stage::Solve, Stage::Evolve, Stage::Resolve].map(|stage| config.runs(stage)).into();
        assert_eq!(runs, [true, false, true, false]);
    }

    #[test]
    fn the_configuration_is_written_down() {
        let text =
            config("a\"b.ctt --memory 256M --stage-memory solve=64M --set memory.solve=60").to_toml(Path::new("r"));
        for line in [
            "instance = \"a\\\"b.ctt\"",
            "memory_bytes = 268435456",
            "stage_memory.solve = 67108864",
            "set.memory.solve = \"60\"",
            "until = \"resolve\"",
            "skip = []",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in:\n{text}");
        }
    }
}
