//! The finer settings: one table of keys, defaults and meanings. What is not in the table is refused with what is near it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Stage;
use shared::worker::Setting;

use crate::cli::duration;
use crate::engine::{ORTOOLS, PUMPKIN};
use crate::policy::Thresholds;
use crate::policy::gpu::Wish;
use crate::supervise::Enforce;

/// The setting that names a policy.
pub(crate) const POLICY: &str = "resolve.policy";

/// Why a `--set` is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such key.
    #[error("set {key:?}: there is no such setting{}\n{}", hint(key), table())]
    Unknown {
        /// As written.
        key: String,
    },
    /// The value is not of the key's kind.
    #[error("set {key}={value}: {expected} was expected")]
    Value {
        /// The key.
        key: &'static str,
        /// As written.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Percent,
    Time,
    Size,
    Count,
    Enforce,
    Engine,
    Wish,
    Path,
    Hardness,
    Switch,
    Select,
    Mix,
    Policy,
}

impl Kind {
    fn expected(self) -> &'static str {
        match self {
            Self::Percent => "a whole number from 1 to 100",
            Self::Time => "a time such as 2s or 500ms",
            Self::Size => "a size such as 64M",
            Self::Count => "a whole number",
            Self::Enforce => "auto, cgroup or poll",
            Self::Engine => "pumpkin or ortools",
            Self::Wish => "auto, never or require",
            Self::Path => "a path from the root on, such as /opt/ortools/.libs/libortools.so.9",
            Self::Hardness => "soft or hard",
            Self::Switch => "true or false",
            Self::Select => "learn, frozen, greedy, prior or uniform",
            Self::Mix => "names and weights such as eject:3,ruin:1",
            Self::Policy => "builtin, none or a path",
        }
    }

    fn accepts(self, text: &str) -> bool {
        match self {
            Self::Percent => text.parse::<u64>().is_ok_and(|number| (1..=100).contains(&number)),
            Self::Count => text.parse::<u32>().is_ok(),
            Self::Time => duration(text).is_ok(),
            Self::Size => text.parse::<Bytes>().is_ok(),
            Self::Enforce => Enforce::of_name(text).is_some(),
            Self::Engine => [PUMPKIN, ORTOOLS].contains(&text),
            Self::Wish => Wish::of_name(text).is_some(),
            Self::Path => Path::new(text).is_absolute(),
            Self::Hardness => matches!(text, "soft" | "hard"),
            Self::Switch => matches!(text, "true" | "false"),
            Self::Select => matches!(text, "learn" | "frozen" | "greedy" | "prior" | "uniform"),
            Self::Mix => is_mix(text),
            Self::Policy => !text.is_empty(),
        }
    }
}

/// A row of the table. The value of a row without a default is the worker's own affair, where it has one.
struct Row {
    key: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    what: &'static str,
    worker: Option<Stage>,
}

const fn row(key: &'static str, kind: Kind, default: &'static str, what: &'static str) -> Row {
    Row { key, kind, default: Some(default), what, worker: None }
}

const fn of_worker(key: &'static str, kind: Kind, stage: Stage, what: &'static str) -> Row {
    Row { key, kind, default: None, what, worker: Some(stage) }
}

const ROWS: &[Row] = &[
    row("memory.solve", Kind::Percent, "75", "host use from which memory is high in STAGE2A"),
    row("memory.resolve", Kind::Percent, "80", "the same in STAGE3"),
    row("memory.default", Kind::Percent, "75", "the same in every other stage"),
    row(
        "gpu.use",
        Kind::Wish,
        "auto",
        "whether STAGE2B works on a GPU: auto, where that changes nothing; never; require",
    ),
    row("gpu.memory", Kind::Size, "100M", "most that STAGE2B may allocate on a GPU, its context not included"),
    row("gpu.watch", Kind::Time, "2s", "time between two looks at a GPU that STAGE2B works on"),
    row("memory.gpu", Kind::Percent, "90", "use of a GPU's memory from which it is left to others"),
    row(
        "memory.enforce",
        Kind::Enforce,
        "auto",
        "who holds workers at their allotments: the kernel (cgroup), we (poll)",
    ),
    row("memory.margin", Kind::Size, "4M", "kept free for what workers hold between two looks"),
    row("share.solve", Kind::Percent, "8", "hundredths of the time for all sweeps of STAGE2A"),
    row("share.evolve", Kind::Percent, "76", "hundredths of the time for STAGE2B; STAGE3 has the rest"),
    row(
        "solve.engine",
        Kind::Engine,
        PUMPKIN,
        "what solves the clusters: the engine that is built in, or ortools where it is there",
    ),
    Row {
        key: "solve.ortools",
        kind: Kind::Path,
        default: None,
        what: "library of OR-Tools [CARILLON_ORTOOLS, or else ortools/.libs beside the program]",
        worker: None,
    },
    row("deadline.hello", Kind::Time, "5s", "time for a worker to call"),
    row("deadline.silence", Kind::Time, "30s", "time after which a worker whose heart stands still is hung"),
    row("deadline.kill", Kind::Time, "10s", "time after which a killed process that is still there is given up"),
    row("deadline.report", Kind::Time, "20s", "time for the report to be written, once all else is done"),
    row("grace.stop", Kind::Time, "2s", "time for a worker to seal what it has when it is told to stop"),
    row(
        "checkpoint.every",
        Kind::Time,
        "2s",
        "time between two checkpoints of STAGE2B and STAGE3: what a kill of them costs",
    ),
    row("retry.crash", Kind::Count, "2", "further attempts at a job that crashed"),
    row("retry.hang", Kind::Count, "1", "further attempts at a job that hung"),
    row("retry.memory", Kind::Count, "3", "further attempts, with more memory, at a job that ran out of it"),
    of_worker(
        "student_clashes",
        Kind::Hardness,
        Stage::Load,
        "hard, or soft: two events of a student at once are a cost",
    ),
    of_worker("weight.student_clash", Kind::Count, Stage::Load, "cost of one, where it is soft"),
    of_worker("weight.min_days", Kind::Count, Stage::Load, "cost of a day that an event of a campus lacks"),
    of_worker("weight.isolated", Kind::Count, Stage::Load, "cost of a meeting without a neighbour in its group's day"),
    of_worker("weight.rooms", Kind::Count, Stage::Load, "cost of each room of an event beyond its first"),
    of_worker("weight.unavailable", Kind::Count, Stage::Load, "cost of a period in which somebody would rather not"),
    of_worker("weight.gaps", Kind::Count, Stage::Load, "cost of an empty period in a student's day"),
    of_worker("weight.seats", Kind::Count, Stage::Load, "cost of an empty seat beyond half of the room"),
    of_worker("weight.last_period", Kind::Count, Stage::Load, "cost of a meeting in the last period of a day"),
    of_worker(
        "change.price",
        Kind::Count,
        Stage::Load,
        "with --previous, cost to the search of a meeting in another period; in another room, half of it [10]",
    ),
    row("solve.sweeps", Kind::Count, "3", "most sweeps of STAGE2A, each over other clusters, while they gain enough"),
    of_worker("solve.memory", Kind::Size, Stage::Cluster, "most that one solve job may be predicted to hold"),
    of_worker("solve.parts", Kind::Count, Stage::Solve, "pieces that a cluster is solved in, one after the other"),
    of_worker("cluster.lectures", Kind::Count, Stage::Cluster, "most lectures of a cluster"),
    of_worker("cluster.waves", Kind::Count, Stage::Cluster, "most waves of STAGE2A"),
    of_worker("evolve.population", Kind::Count, Stage::Evolve, "timetables that are annealed together"),
    of_worker("resolve.streams", Kind::Count, Stage::Resolve, "searches side by side in STAGE3"),
    of_worker("resolve.select", Kind::Select, Stage::Resolve, "how STAGE3 selects operators"),
    of_worker("resolve.mix", Kind::Mix, Stage::Resolve, "operators of STAGE3 by weight, instead of its own mix"),
    of_worker(
        POLICY,
        Kind::Policy,
        Stage::Resolve,
        "what STAGE3 begins with where it learns: a policy.json, builtin or none",
    ),
    of_worker(
        "report.pages",
        Kind::Switch,
        Stage::Report,
        "whether each room, teacher and group has a page of its own",
    ),
    of_worker("report.students", Kind::Switch, Stage::Report, "whether the report names the students of a clash"),
];

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a worker's first word.
    pub hello: Duration,
    /// For the next beat of its heart that shows work.
    pub silence: Duration,
    /// For a killed process to be gone.
    pub kill: Duration,
    /// Between asking to stop and ending.
    pub stop: Duration,
    /// For the report, which comes behind the run.
    pub report: Duration,
    /// Between two checkpoints of a search.
    pub checkpoint: Duration,
}

/// Further attempts by how the last one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// After a crash.
    pub crash: u32,
    /// After a hang.
    pub hang: u32,
    /// After running out of the allotment.
    pub memory: u32,
}

/// The finer settings, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What memory is judged by.
    pub thresholds: Thresholds,
    /// Who holds the workers at their allotments.
    pub enforce: Enforce,
    /// The engine that is asked for.
    pub engine: String,
    /// Where its library is said to lie.
    pub ortools: Option<PathBuf>,
    /// What is wanted of a GPU.
    pub gpu: Wish,
    /// What a worker may allocate there.
    pub gpu_memory: Bytes,
    /// Between two looks at one that is worked on.
    pub gpu_watch: Duration,
    /// Hundredths of the time for the waves of STAGE2A.
    pub share_solve: u64,
    /// Hundredths of the time for STAGE2B.
    pub share_evolve: u64,
    /// Most sweeps of STAGE2A.
    pub sweeps: u32,
    /// How long to wait.
    pub patience: Patience,
    /// How often to try again.
    pub retries: Retries,
    /// The file of the policy that STAGE3 begins with.
    pub policy: Option<PathBuf>,
    /// What goes to a worker as it was written.
    pub of_workers: Vec<(Stage, Setting)>,
    /// Key and effective value of every row that has one.
    pub effective: Vec<(&'static str, String)>,
}

impl Settings {
    /// Reads what was given with `--set`; the last one of a key wins.
    ///
    /// # Errors
    /// When a key is not known or a value is not of its kind.
    pub fn read(given: &[Setting], pressure_wait: Duration) -> Result<Self, SettingError> {
        if let Some(unknown) = given.iter().find(|setting| ROWS.iter().all(|row| row.key != setting.key)) {
            return Err(SettingError::Unknown { key: unknown.key.clone() });
        }
        let values = Values { given };
        for row in ROWS {
            values.check(row)?;
        }
        let share_solve = values.number("share.solve");
        let share_evolve = values.number("share.evolve").min(100 - share_solve);
        Ok(Self {
            thresholds: Thresholds {
                high_solve: values.number("memory.solve"),
                high_resolve: values.number("memory.resolve"),
                high_elsewhere: values.number("memory.default"),
                gpu: values.number("memory.gpu"),
                margin: values.size("memory.margin"),
                pressure_wait,
                ..Thresholds::default()
            },
            enforce: Enforce::of_name(values.effective("memory.enforce")).expect("values and defaults are checked"),
            engine: values.effective("solve.engine").to_owned(),
            ortools: values.text("solve.ortools").map(PathBuf::from),
            gpu: Wish::of_name(values.effective("gpu.use")).expect("values and defaults are checked"),
            gpu_memory: values.size("gpu.memory"),
            gpu_watch: values.time("gpu.watch"),
            share_solve,
            share_evolve,
            sweeps: values.number("solve.sweeps") as u32,
            patience: Patience {
                hello: values.time("deadline.hello"),
                silence: values.time("deadline.silence"),
                kill: values.time("deadline.kill"),
                report: values.time("deadline.report"),
                stop: values.time("grace.stop"),
                checkpoint: values.time("checkpoint.every"),
            },
            retries: Retries {
                crash: values.number("retry.crash") as u32,
                hang: values.number("retry.hang") as u32,
                memory: values.number("retry.memory") as u32,
            },
            policy: values.text(POLICY).filter(|text| is_policy_file(text)).map(PathBuf::from),
            of_workers: values.of_workers(),
            effective: ROWS
                .iter()
                .filter_map(|row| Some((row.key, values.text(row.key).or(row.default)?.to_owned())))
                .collect(),
        })
    }
}

impl Settings {
    /// Key and effective value of every row that has one.
    pub fn to_journal(&self) -> Vec<(String, String)> {
        self.effective.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }
}

/// Every key of the table, in its order.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.key)
}

/// The value of a key where nobody gives it one; nothing where that is the worker's own affair.
pub(super) fn default(key: &str) -> Option<&'static str> {
    ROWS.iter().find(|row| row.key == key)?.default
}

/// Says what would be right where the value of a key is not.
pub(super) fn check(key: &str, text: &str) -> Result<(), &'static str> {
    let row = ROWS.iter().find(|row| row.key == key);
    row.map_or(Ok(()), |row| if row.kind.accepts(text) { Ok(()) } else { Err(row.kind.expected()) })
}

struct Values<'a> {
    given: &'a [Setting],
}

impl Values<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.given.iter().rev().find(|setting| setting.key == key).map(|setting| setting.value.as_str())
    }

    fn check(&self, row: &Row) -> Result<(), SettingError> {
        let Some(text) = self.text(row.key) else { return Ok(()) };
        let expected = row.kind.expected();
        if row.kind.accepts(text) {
            return Ok(());
        }
        Err(SettingError::Value { key: row.key, value: text.to_owned(), expected })
    }

    fn effective(&self, key: &str) -> &str {
        let default = || ROWS.iter().find(|row| row.key == key).and_then(|row| row.default);
        self.text(key).or_else(default).expect("only rows with a default are read here")
    }

    fn number(&self, key: &str) -> u64 {
        self.effective(key).parse().expect("values and defaults are checked")
    }

    fn time(&self, key: &str) -> Duration {
        duration(self.effective(key)).expect("values and defaults are checked")
    }

    fn size(&self, key: &str) -> Bytes {
        self.effective(key).parse().expect("values and defaults are checked")
    }

    fn of_workers(&self) -> Vec<(Stage, Setting)> {
        let given = |row: &Row| {
            // A file goes to the worker as an input, known by its content.
            let value = self.text(row.key).filter(|text| row.key != POLICY || !is_policy_file(text))?.to_owned();
            Some((row.worker?, Setting { key: row.key.to_owned(), value }))
        };
        ROWS.iter().filter_map(given).collect()
    }
}

fn hint(key: &str) -> String {
    let distance = |row: &&Row| strsim::damerau_levenshtein(key, row.key);
    let nearest = ROWS.iter().min_by_key(distance).filter(|row| distance(row) * 3 <= row.key.len());
    nearest.map_or_else(String::new, |row| format!("; did you mean {}?", row.key))
}

fn table() -> String {
    let line = |row: &Row| {
        let default = row.default.map_or_else(String::new, |default| format!("={default}"));
        format!("  {:<24} {}", format!("{}{default}", row.key), row.what)
    };
    ROWS.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Whether that policy is a file.
pub(super) fn is_policy_file(policy: &str) -> bool {
    !matches!(policy, "builtin" | "none")
}

/// Whether that could be a mix of operators. Which ones there are is the worker's affair.
fn is_mix(text: &str) -> bool {
    let is_weight = |weight: &str| weight.parse::<f64>().is_ok_and(|weight| weight.is_finite() && weight >= 0.0);
    text.split(',').all(|pair| pair.split_once(':').is_some_and(|(_, weight)| is_weight(weight)))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
