//! What a run is asked beside its command line. The higher one wins, key by key:
//!
//! ```text
//! flags          the command line
//! environment    CARILLON_TIME_LIMIT=10m
//! places         ─► file   --config FILE
//!                          carillon.toml, where the run starts
//!                          carillon/config.toml of the user, of the machine
//! defaults       see default.toml
//! ```
//!
//! All of it is read before anything begins, and everything that is wrong with it is told at once. What comes of it goes into the arguments, as
//! if it had been said there; nothing behind this knows where a value comes from.

mod environment;
mod file;
mod finding;
mod places;

use std::env;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::key::Key;
use crate::cli::{ResumeArgs, RunArgs};
use finding::Finding;
pub use places::PROJECT_FILE;
use places::places;

/// Why the configuration cannot be used. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("read the configuration in {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What stands in it makes no sense.
    #[error("make sense of the configuration\n{}", findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong {
        /// All that is wrong, the highest layer first.
        findings: Vec<Finding>,
    },
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A flag.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A line of a file.
    File(PathBuf, usize),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => out.write_str(name),
            Self::File(path, line) => write!(out, "{}:{line}", path.display()),
            Self::Default => out.write_str("default"),
        }
    }
}

/// A value that was said somewhere, and makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    key: Key,
    text: String,
    origin: Origin,
}

/// All that is said elsewhere than on the command line, the highest layer first.
#[derive(Debug, Default)]
pub struct Layers {
    entries: Vec<Entry>,
}

impl Layers {
    /// Reads the environment, the file that was named, and those that lie where they are looked for.
    ///
    /// # Errors
    /// When a file cannot be read, or anything in it or in the environment makes no sense.
    pub fn look(named: Option<&Path>) -> Result<Self, ConfigError> {
        let mut findings = Vec::new();
        let mut entries = environment::entries(env::vars_os(), &mut findings);
        for place in places(named, |name| env::var_os(name)) {
            if let Some(text) = place.read()? {
                entries.extend(file::entries(&text, &place, &mut findings));
            }
        }
        if findings.is_empty() { Ok(Self { entries }) } else { Err(ConfigError::Wrong { findings }) }
    }

    /// The arguments of a run, completed by what they do not say.
    pub fn fill(&self, mut args: RunArgs) -> RunArgs {
        for Entry { key, text, .. } in &self.entries {
            // Runs outside of `carillon-runs` are nobody's to remove, and there is no flag that says so.
            let is_moot = *key == Key::Keep && args.run_dir.is_some();
            if key.said(&args).is_none() && !is_moot {
                key.say(text, &mut args).expect("entries make sense");
            }
        }
        args
    }

    /// The arguments of a resumption, completed likewise, but only in what concerns this start: the run itself goes on as it was begun.
    pub fn fill_resume(&self, args: ResumeArgs) -> ResumeArgs {
        let ResumeArgs { if_running, history, telling, .. } = args.clone();
        let said = RunArgs { if_running, history, telling, ..RunArgs::default() };
        let filled = self.fill(said);
        let RunArgs { if_running, history, telling, .. } = filled;
        ResumeArgs { if_running, history, telling, ..args }
    }

    /// Where the value comes from that a key has in a run of these arguments.
    pub(super) fn origin(&self, key: Key, args: &RunArgs) -> Origin {
        if key.said(args).is_some() {
            return Origin::Flag(key.flag());
        }
        self.entries.iter().find(|entry| entry.key == key).map_or(Origin::Default, |entry| entry.origin.clone())
    }
}

#[cfg(test)]
mod tests {
    use shared::worker::Setting;

    use super::*;

    fn layers(entries: &[(&str, &str)]) -> Layers {
        let entry = |(name, text): &(&str, &str)| Entry {
            key: Key::of_name(name).unwrap(),
            text: (*text).to_owned(),
            origin: Origin::Variable((*name).to_owned()),
        };
        Layers { entries: entries.iter().map(entry).collect() }
    }

    #[test]
    fn the_highest_layer_wins_key_by_key() {
        let layers = layers(&[
            ("seed", "2"),
            ("threads", "2"),
            ("set.memory.solve", "60"),
            ("threads", "3"),
            ("set.memory.solve", "61"),
            ("set.memory.resolve", "62"),
            ("stage_memory.solve", "9M"),
        ]);
        let said = RunArgs { seed: Some(1), stage_memory: vec!["solve=8M".parse().unwrap()], ..RunArgs::default() };
        let filled = layers.fill(said.clone());
        assert_eq!((filled.seed, filled.threads), (Some(1), Some(2)));
        assert_eq!(filled.stage_memory, said.stage_memory);
        let setting = |key: &str, value: &str| Setting { key: key.to_owned(), value: value.to_owned() };
        assert_eq!(filled.settings, [setting("memory.solve", "60"), setting("memory.resolve", "62")]);
        assert_eq!(layers.origin(Key::Seed, &said), Origin::Flag("--seed".to_owned()));
        assert_eq!(layers.origin(Key::Threads, &said), Origin::Variable("threads".to_owned()));
        assert_eq!(layers.origin(Key::Keep, &said), Origin::Default);
    }

    #[test]
    fn the_two_names_of_the_engine_are_one_key() {
        let layers = layers(&[("engine", "ortools")]);
        let settings = vec![Setting { key: "solve.engine".to_owned(), value: "pumpkin".to_owned() }];
        assert_eq!(layers.fill(RunArgs { settings, ..RunArgs::default() }).engine, None);
        assert_eq!(layers.fill(RunArgs::default()).engine.as_deref(), Some("ortools"));
    }

    #[test]
    fn runs_elsewhere_are_not_kept_by_number() {
        let layers = layers(&[("keep", "3")]);
        assert_eq!(layers.fill(RunArgs::default()).keep, Some(3));
        assert_eq!(layers.fill(RunArgs { run_dir: Some(PathBuf::from("r")), ..RunArgs::default() }).keep, None);
    }

    #[test]
    fn a_resumption_takes_what_concerns_its_start_and_nothing_of_the_run() {
        let layers = layers(&[
            ("threads", "2"),
            ("memory", "1G"),
            ("seed", "2"),
            ("effort", "3.0"),
            ("time_limit", "9s"),
            ("engine", "ortools"),
            ("set.memory.solve", "60"),
            ("progress", "never"),
            ("metrics", "m.prom"),
            ("history", "off"),
        ]);
        let filled = layers.fill_resume(ResumeArgs::default());
        assert!(!filled.asks_for_other_work());
        assert_eq!((filled.threads, filled.memory), (None, None));
        assert_eq!(filled.telling.metrics, Some(PathBuf::from("m.prom")));
        assert!(filled.telling.progress.is_some() && filled.history.is_some());
    }
}
