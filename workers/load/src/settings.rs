//! The settings of this stage, which are baked into the instance: what breaking a soft rule of a campus costs.

use shared::model::ChangePrice;
use shared::model::campus::Weights;
use shared::wire::Stage;
use shared::worker::{Setting, SettingError, WorkerArgs};

use crate::limits::WEIGHT_MAX;

/// What a clash of a student costs where it is a cost and nobody says which.
const STUDENT_CLASH: u32 = 1;

/// More than this for one change would drown everything else.
const CHANGE_PRICE_MAX: u32 = 1_000;

/// The keys of all settings of rules.
const KEYS: [&str; 9] = [
    "student_clashes",
    "weight.student_clash",
    "weight.min_days",
    "weight.isolated",
    "weight.rooms",
    "weight.unavailable",
    "weight.gaps",
    "weight.seats",
    "weight.last_period",
];

/// Reads the weights that a worker was given, with defaults for those that are not there.
///
/// # Errors
/// When a value is not of its kind.
pub(crate) fn weights(args: &WorkerArgs) -> Result<Weights, SettingError> {
    let defaults = Weights::default();
    let weight = |key, default: u32| -> Result<u32, SettingError> {
        let given = args.read(key, "a whole number from 0 to 10000", |text| {
            text.parse().ok().filter(|weight| *weight <= WEIGHT_MAX)
        })?;
        Ok(given.unwrap_or(default))
    };
    let is_soft = args.read("student_clashes", "soft or hard", |text| match text {
        "soft" => Some(true),
        "hard" => Some(false),
        _ => None,
    })?;
    let student_clash = weight("weight.student_clash", STUDENT_CLASH)?;
    Ok(Weights {
        student_clash: (is_soft == Some(true)).then_some(student_clash),
        min_days: weight("weight.min_days", defaults.min_days)?,
        isolated: weight("weight.isolated", defaults.isolated)?,
        rooms: weight("weight.rooms", defaults.rooms)?,
        unwelcome: weight("weight.unavailable", defaults.unwelcome)?,
        gaps: weight("weight.gaps", defaults.gaps)?,
        seats: weight("weight.seats", defaults.seats)?,
        last_period: weight("weight.last_period", defaults.last_period)?,
    })
}

/// What a change to the timetable before costs the search: that of a period, by which that of a room goes.
///
/// # Errors
/// When it is no number.
pub(crate) fn change_price(args: &WorkerArgs) -> Result<ChangePrice, SettingError> {
    let given = args.read("change.price", "a whole number from 0 to 1000", |text| {
        text.parse().ok().filter(|price| *price <= CHANGE_PRICE_MAX)
    })?;
    Ok(given.map_or_else(ChangePrice::default, ChangePrice::of))
}

/// A setting that a command cannot use. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum GivenError {
    /// There is no such key here.
    #[error("set {key:?}: only these say what an instance costs: {}", KEYS.join(", "))]
    Unknown {
        /// As written.
        key: String,
    },
    /// A value is not of its kind.
    #[error(transparent)]
    Value(#[from] SettingError),
}

/// Reads the weights that a command was given.
///
/// # Errors
/// When a key is none of these, or a value not of its kind.
pub(crate) fn weights_of_command(given: &[Setting]) -> Result<Weights, GivenError> {
    if let Some(unknown) = given.iter().find(|setting| !KEYS.contains(&setting.key.as_str())) {
        return Err(GivenError::Unknown { key: unknown.key.clone() });
    }
    let mut args = WorkerArgs::new(Stage::Load, "load", 1, std::path::Path::new("."));
    args.settings = given.to_vec();
    Ok(weights(&args)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[&str]) -> Result<Weights, GivenError> {
        weights_of_command(&given.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn weights_are_read_with_defaults() {
        assert_eq!(read(&[]).unwrap(), Weights::default());
        let soft = read(&["student_clashes=soft", "weight.gaps=3", "weight.unavailable=0"]).unwrap();
        assert_eq!(soft, Weights { student_clash: Some(1), gaps: 3, unwelcome: 0, ..Weights::default() });
        let weighted = read(&["student_clashes=soft", "weight.student_clash=7"]).unwrap();
        assert_eq!(weighted.student_clash, Some(7));
        assert_eq!(read(&["student_clashes=hard", "weight.student_clash=7"]).unwrap(), Weights::default());
    }

    #[test]
    fn what_means_nothing_is_refused_with_what_would() {
        let message = |given: &str| read(&[given]).unwrap_err().to_string();
        assert!(message("student_clashes=some").ends_with("soft or hard was expected"));
        assert!(message("weight.rooms=-1").contains("a whole number from 0 to 10000"));
        assert!(message("weight.rooms=10001").contains("a whole number from 0 to 10000"));
        assert!(message("memory.solve=75").contains("only these say what an instance costs: student_clashes, "));
    }
}
