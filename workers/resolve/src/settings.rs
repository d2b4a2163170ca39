//! The settings of this stage: what `--set` may say, and what was tuned.

use shared::worker::{SettingError, WorkerArgs};

use crate::mix::Mix;
use crate::policy::Select;
use crate::policy_file::Known;
use crate::shape::Shape;

/// The most streams that may be asked for: each holds a timetable with all its counters.
const STREAMS_MOST: usize = 64;

/// What a policy knows that no file was given for: `resolve.policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// What the program brings along.
    Builtin,
    /// Nothing.
    Nothing,
}

/// How the stage works.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// `resolve.select`: how operators are selected. By the fixed mix where nothing is said, or by a policy where one is named: what is
    /// learned was not better than a tuned mix (`docs/learning.md`).
    pub(crate) select: Select,
    /// `resolve.mix`: the fixed mix, where it is not ours.
    pub(crate) mix: Option<Mix>,
    /// `resolve.policy`, where it is no file.
    pub(crate) start: Start,
    /// The policy to begin with, once it was looked for.
    pub(crate) known: Option<Known>,
    /// `resolve.streams`: searches side by side. Where nothing is said, two; with a time budget one for each thread where there are more.
    pub(crate) streams: Option<usize>,
    /// Seed of all randomness.
    pub(crate) seed: u64,
}

impl Settings {
    /// Reads the settings of a worker for a search of that shape, with defaults for those that are not there.
    ///
    /// # Errors
    /// When a value is not of its kind.
    pub(crate) fn read(args: &WorkerArgs, shape: &Shape) -> Result<Self, SettingError> {
        let select = args.read("resolve.select", "learn, frozen, greedy, prior or uniform", select)?;
        let start = args.read("resolve.policy", "builtin or none", |text| match text {
            "builtin" => Some(Start::Builtin),
            "none" => Some(Start::Nothing),
            _ => None,
        })?;
        let mix = args.read("resolve.mix", shape.mix_expected, |text| {
            Mix::read(text).filter(|mix| mix.stranger(shape.operators).is_none())
        })?;
        let streams = args.read("resolve.streams", "a whole number from 1 to 64", |text| {
            text.parse().ok().filter(|count| (1..=STREAMS_MOST).contains(count))
        })?;
        let is_policy_named = start == Some(Start::Builtin) || args.inputs.iter().any(|(role, _)| role == "policy");
        let otherwise = if is_policy_named { Select::Learn } else { Select::Prior };
        Ok(Self {
            select: select.unwrap_or(otherwise),
            mix,
            start: start.unwrap_or(Start::Builtin),
            known: None,
            streams,
            seed: args.seed,
        })
    }
}

fn select(text: &str) -> Option<Select> {
    match text {
        "learn" => Some(Select::Learn),
        "frozen" => Some(Select::Frozen),
        "greedy" => Some(Select::Greedy),
        "prior" => Some(Select::Prior),
        "uniform" => Some(Select::Uniform),
        _ => None,
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
        Settings::read(&args, &crate::stream::SHAPE)
    }

    #[test]
    fn the_selection_is_read() {
        assert_eq!(read("resolve.select=uniform").map(|settings| settings.select), Ok(Select::Uniform));
        assert_eq!(read("resolve.select=learn").map(|settings| settings.select), Ok(Select::Learn));
    }

    #[test]
    fn a_policy_that_is_named_is_used() {
        let select = |setting| read(setting).map(|settings| settings.select);
        assert_eq!(select("resolve.policy=builtin"), Ok(Select::Learn));
        assert_eq!(select("resolve.policy=none"), Ok(Select::Prior));
        assert_eq!(select("resolve.mix=eject:1"), Ok(Select::Prior));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for setting in [
            "resolve.select=luck",
            "resolve.streams=0",
            "resolve.streams=65",
            "resolve.streams=few",
            "resolve.policy=some",
            "resolve.mix=eject",
            "resolve.mix=chain:1",
        ] {
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
