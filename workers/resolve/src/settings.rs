//! The settings of this stage: what `--set` may say, and what was tuned.

use shared::worker::{SettingError, WorkerArgs};

use crate::policy::Select;

/// The most streams that may be asked for: each holds a timetable with all its counters.
const STREAMS_MOST: usize = 64;

/// Temperatures, in units of cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Heat {
    /// While violations are repaired.
    pub(crate) repair: f64,
    /// Where a cooling begins, while there are none.
    pub(crate) start: f64,
    /// Where it ends.
    pub(crate) end: f64,
    /// Its length, as a share of the budget.
    pub(crate) cycle: f64,
}

/// How the stage works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Settings {
    /// `resolve.select`: how operators are selected. By the fixed mix where nothing is said: within one run, learning from
    /// nothing was level with it on the 2007 instances, never clearly better.
    pub(crate) select: Select,
    /// `resolve.streams`: searches side by side. Where nothing is said, two; with a time budget one for each thread where there are more.
    pub(crate) streams: Option<usize>,
    /// Temperatures.
    pub(crate) heat: Heat,
    /// Seed of all randomness.
    pub(crate) seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            select: Select::Prior,
            streams: None,
            heat: Heat { repair: 2.0, start: 0.6, end: 0.2, cycle: 0.2 },
            seed: 1,
        }
    }
}

impl Settings {
    /// Reads the settings of a worker, with defaults for those that are not there.
    ///
    /// # Errors
    /// When a value is not of its kind.
    pub(crate) fn read(args: &WorkerArgs) -> Result<Self, SettingError> {
        let defaults = Self::default();
        let select = args.read("resolve.select", "learn, prior or uniform", |text| match text {
            "learn" => Some(Select::Learn),
            "prior" => Some(Select::Prior),
            "uniform" => Some(Select::Uniform),
            _ => None,
        })?;
        let streams = args.read("resolve.streams", "a whole number from 1 to 64", |text| {
            text.parse().ok().filter(|count| (1..=STREAMS_MOST).contains(count))
        })?;
        Ok(Self { select: select.unwrap_or(defaults.select), streams, seed: args.seed, ..defaults })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use shared::wire::Stage;

    use super::*;

    fn read(setting: &str) -> Result<Settings, SettingError> {
        let mut args = WorkerArgs::new(Stage::Resolve, "resolve", 1, Path::new("."));
        args.settings.push(setting.parse().expect("KEY=VALUE"));
        Settings::read(&args)
    }

    #[test]
    fn the_selection_is_read() {
        assert_eq!(read("resolve.select=uniform").map(|settings| settings.select), Ok(Select::Uniform));
        assert_eq!(read("resolve.select=learn").map(|settings| settings.select), Ok(Select::Learn));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for setting in ["resolve.select=luck", "resolve.streams=0", "resolve.streams=65", "resolve.streams=few"] {
            let error = read(setting).expect_err("there is no such value");
            assert!(error.to_string().contains(setting), "{error}");
        }
    }

    #[test]
    fn the_number_of_streams_is_read() {
        assert_eq!(read("resolve.streams=1").map(|settings| settings.streams), Ok(Some(1)));
        assert_eq!(read("resolve.select=prior").map(|settings| settings.streams), Ok(None));
    }
}
