//! The settings of this stage: what `--set` may say, and what was tuned.

use shared::worker::{SettingError, WorkerArgs};

use crate::policy::Select;

/// Temperatures of polishing, in units of cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    /// Where a cooling begins.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Its length, as a share of the budget.
    pub cycle: f64,
}

/// How the stage works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// `resolve.select`: how operators are selected. By the fixed mix where nothing is said: within one run, learning from
    /// nothing was level with it on the 2007 instances, never clearly better.
    pub select: Select,
    /// Temperatures of polishing.
    pub heat: Heat,
    /// Seed of all randomness.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { select: Select::Prior, heat: Heat { start: 0.6, end: 0.2, cycle: 0.2 }, seed: 1 }
    }
}

impl Settings {
    /// Reads the settings of a worker, with defaults for those that are not there.
    ///
    /// # Errors
    /// When a value is not of its kind.
    pub fn read(args: &WorkerArgs) -> Result<Self, SettingError> {
        let defaults = Self::default();
        let select = args.read("resolve.select", "learn, prior or uniform", |text| match text {
            "learn" => Some(Select::Learn),
            "prior" => Some(Select::Prior),
            "uniform" => Some(Select::Uniform),
            _ => None,
        })?;
        Ok(Self { select: select.unwrap_or(defaults.select), seed: args.seed, ..defaults })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use shared::wire::Stage;

    use super::*;

    fn read(select: &str) -> Result<Settings, SettingError> {
        let mut args = WorkerArgs::new(Stage::Resolve, "resolve", 1, Path::new("."));
        args.settings.push(format!("resolve.select={select}").parse().expect("KEY=VALUE"));
        Settings::read(&args)
    }

    #[test]
    fn the_selection_is_read() {
        assert_eq!(read("uniform").map(|settings| settings.select), Ok(Select::Uniform));
        assert_eq!(read("learn").map(|settings| settings.select), Ok(Select::Learn));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = read("luck").expect_err("there is no such selection");
        assert!(error.to_string().contains("resolve.select=luck"), "{error}");
    }
}
