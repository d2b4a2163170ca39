//! The finer settings of a worker: `--set KEY=VALUE`, read into what they mean.

use super::WorkerArgs;
use crate::wire::{Failure, FailureKind};

/// One `KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// The value, as written.
    pub value: String,
}

impl std::str::FromStr for Setting {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not KEY=VALUE"))?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

/// A setting that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the setting {key}={value}: {expected} was expected")]
pub struct SettingError {
    key: &'static str,
    value: String,
    expected: &'static str,
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self::new(FailureKind::BadInput, format!("failed to {error}"))
    }
}

impl WorkerArgs {
    /// The value of the last `--set` of that key, as written.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().rev().find(|setting| setting.key == key).map(|setting| setting.value.as_str())
    }

    /// What a setting means, by a function that finds no meaning in what is wrong; nothing where it is not given. `expected`
    /// says what would be right.
    ///
    /// # Errors
    /// When it is given and means nothing.
    pub fn read<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        meaning: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingError> {
        let Some(value) = self.setting(key) else { return Ok(None) };
        meaning(value).map(Some).ok_or_else(|| SettingError { key, value: value.to_owned(), expected })
    }

    /// A setting that counts something of which there must be one at least.
    ///
    /// # Errors
    /// When it is given and no such number.
    pub fn read_count(&self, key: &'static str) -> Result<Option<u32>, SettingError> {
        self.read(key, "a whole number from 1 on", |text| text.parse().ok().filter(|count| *count > 0))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::wire::Stage;

    fn args(settings: &[&str]) -> WorkerArgs {
        let mut args = WorkerArgs::new(Stage::Cluster, "cluster", 1, Path::new("."));
        args.settings = settings.iter().map(|text| text.parse().expect("KEY=VALUE")).collect();
        args
    }

    #[test]
    fn the_last_value_of_a_key_counts() {
        assert_eq!(args(&[]).read_count("pieces"), Ok(None));
        assert_eq!(args(&["pieces=2", "other=x", "pieces=3"]).read_count("pieces"), Ok(Some(3)));
    }

    #[test]
    fn what_means_nothing_is_named_with_what_was_expected() {
        for wrong in ["pieces=0", "pieces=-1", "pieces=two", "pieces="] {
            let message = args(&[wrong]).read_count("pieces").expect_err("a wrong setting").to_string();
            assert_eq!(message, format!("read the setting {wrong}: a whole number from 1 on was expected"));
        }
        let colour = |text: &str| (text == "red").then_some(1);
        assert_eq!(args(&["colour=red"]).read("colour", "red", colour), Ok(Some(1)));
        let failure = Failure::from(args(&["colour=grey"]).read("colour", "red", colour).expect_err("no red"));
        assert_eq!(failure.message, "failed to read the setting colour=grey: red was expected");
    }
}
