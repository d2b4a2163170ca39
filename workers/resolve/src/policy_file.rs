//! A policy as a file: what one run has learned, for the next one to begin with.
//!
//! ```text
//! {
//!   "kind": "carillon-policy",
//!   "schema": 1,
//!   "program": "0.1.0",             the version that wrote it, for people
//!   "features": "campus-8-v1",      what the columns mean
//!   "actions": "campus-12-v1",      what the rows mean
//!   "parent": "xxh3:…",             xxh3-128 of the file that the run had begun with, null where it knew nothing
//!   "counts": [ … ],                what each row has learned from, macro-steps, all runs together
//!   "weights": [ [ … ], … ],        a row for each action, six decimals
//!   "check": "xxh3:…"               xxh3-128 of these values as one list, without blanks
//! }
//! ```
//!
//! Six decimals of at most four digits before them: such numbers are read again exactly as they were written. There is nothing
//! in it about people, courses or rooms. Whatever is wrong with a file, the caller goes on without it.
//!
//! To change the meaning of a column or a row, name the set anew; to change the layout, raise [`SCHEMA`]. Files of another
//! name or number are refused.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::shape::Shape;

const KIND: &str = "carillon-policy";
const SCHEMA: u32 = 1;
/// No policy is larger; a file that is will not be read.
const BYTES_MOST: u64 = 64 << 10;
/// No weight is larger. Rewards are at most 5, so a learner stays far below.
const WEIGHT_MOST: f64 = 1000.0;
/// Decimals of a weight.
const DECIMALS: f64 = 1e6;
/// No count is larger.
const COUNT_MOST: u64 = 1 << 53;

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    /// A row for each action.
    pub(crate) weights: Vec<Vec<f64>>,
    /// What each row has learned from.
    pub(crate) counts: Vec<u64>,
    /// The sum of its file, xxh3-128, where it has one.
    pub(crate) sum: Option<String>,
    /// The sum of the policy that this one comes from.
    pub(crate) parent: Option<String>,
}

/// Why a policy cannot be used. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyError {
    /// It is not there, or cannot be read.
    #[error("read the policy {path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It is no policy.
    #[error("read the policy: it is larger than 64 KiB")]
    Large,
    /// It is no policy.
    #[error("read the policy: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another layout, or is about another search.
    #[error("use the policy: its {what} is {found}, and {expected} was expected")]
    Other {
        /// What differs.
        what: &'static str,
        /// As it stands there.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// It was changed by hand, or broken.
    #[error("use the policy: its sum is not that of its content")]
    Sum,
    /// It has another number of rows or columns.
    #[error("use the policy: it has not {0} rows of {1} numbers")]
    Size(usize, usize),
    /// A number is beyond what one that was learned could be.
    #[error("use the policy: a number in it is beyond its range")]
    Range,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    kind: String,
    schema: u32,
    program: String,
    features: String,
    actions: String,
    // Without this a file without the key would be one in which it is null.
    #[serde(deserialize_with = "Option::deserialize")]
    parent: Option<String>,
    counts: Vec<u64>,
    weights: Vec<Vec<f64>>,
    check: String,
}

impl Text {
    fn of(known: &Known, shape: &Shape) -> Self {
        let rounded = |weight: &f64| (weight.clamp(-WEIGHT_MOST, WEIGHT_MOST) * DECIMALS).round() / DECIMALS + 0.0;
        let mut text = Self {
            kind: KIND.to_owned(),
            schema: SCHEMA,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            features: shape.features.to_owned(),
            actions: shape.actions.to_owned(),
            parent: known.parent.clone(),
            counts: known.counts.clone(),
            weights: known.weights.iter().map(|row| row.iter().map(rounded).collect()).collect(),
            check: String::new(),
        };
        text.check = text.sum();
        text
    }

    /// The sum of everything but the sum.
    fn sum(&self) -> String {
        let Self { kind, schema, program, features, actions, parent, counts, weights, check: _ } = self;
        let content = (kind, schema, program, features, actions, parent, counts, weights);
        sum(json(&content).as_bytes())
    }

    fn check(self, shape: &Shape) -> Result<Known, PolicyError> {
        let is = |what, found: &str, expected: &str| {
            let other = || PolicyError::Other { what, found: found.to_owned(), expected: expected.to_owned() };
            if found == expected { Ok(()) } else { Err(other()) }
        };
        is("kind", &self.kind, KIND)?;
        is("schema", &self.schema.to_string(), &SCHEMA.to_string())?;
        is("set of features", &self.features, shape.features)?;
        is("set of actions", &self.actions, shape.actions)?;
        let is_whole = self.weights.len() == shape.rows && self.counts.len() == shape.rows;
        if !is_whole || self.weights.iter().any(|row| row.len() != shape.columns) {
            return Err(PolicyError::Size(shape.rows, shape.columns));
        }
        let is_small = |weight: &f64| weight.abs() <= WEIGHT_MOST;
        if !self.weights.iter().flatten().all(is_small) || self.counts.iter().any(|count| *count > COUNT_MOST) {
            return Err(PolicyError::Range);
        }
        if self.check != self.sum() {
            return Err(PolicyError::Sum);
        }
        Ok(Known { weights: self.weights, counts: self.counts, sum: None, parent: self.parent })
    }
}

/// Reads a policy for a search of that shape.
pub(crate) fn read(bytes: &[u8], shape: &Shape) -> Result<Known, PolicyError> {
    let known = serde_json::from_slice::<Text>(bytes)?.check(shape)?;
    Ok(Known { sum: Some(sum(bytes)), ..known })
}

/// Reads the file of a policy, if it is no larger than one can be.
pub(crate) fn bytes_of(path: &Path) -> Result<Vec<u8>, PolicyError> {
    let mut bytes = Vec::new();
    let found = File::open(path).and_then(|file| file.take(BYTES_MOST + 1).read_to_end(&mut bytes));
    found.map_err(|source| PolicyError::Io { path: path.display().to_string(), source })?;
    if bytes.len() as u64 > BYTES_MOST { Err(PolicyError::Large) } else { Ok(bytes) }
}

fn sum(bytes: &[u8]) -> String {
    format!("xxh3:{:032x}", xxh3_128(bytes))
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("texts, numbers and lists can be written as JSON")
}

/// The content of the file: a line for each row.
pub(crate) fn write(known: &Known, shape: &Shape) -> String {
    let text = Text::of(known, shape);
    let mut file = String::from("{\n");
    let mut line = |key: &str, value: &str, end: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(file, "  \"{key}\": {value}{end}");
    };
    line("kind", &json(&text.kind), ",");
    line("schema", &json(&text.schema), ",");
    line("program", &json(&text.program), ",");
    line("features", &json(&text.features), ",");
    line("actions", &json(&text.actions), ",");
    line("parent", &json(&text.parent), ",");
    line("counts", &json(&text.counts), ",");
    let rows: Vec<String> = text.weights.iter().map(|row| format!("    {}", json(row))).collect();
    line("weights", &format!("[\n{}\n  ]", rows.join(",\n")), ",");
    line("check", &json(&text.check), "");
    file.push_str("}\n");
    file
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shape::SHAPES;

    fn known(shape: &Shape, weight: impl Fn(usize, usize) -> f64) -> Known {
        let row = |row| (0..shape.columns).map(|column| weight(row, column)).collect();
        let weights = (0..shape.rows).map(row).collect();
        Known { weights, counts: vec![7; shape.rows], sum: None, parent: Some("xxh3:00".to_owned()) }
    }

    fn text() -> String {
        write(&known(SHAPES[1], |row, column| row as f64 / 7.0 - column as f64), SHAPES[1])
    }

    fn refusal(text: &str) -> String {
        read(text.as_bytes(), SHAPES[1]).expect_err("it is damaged").to_string()
    }

    proptest! {
        /// What was read is what was written, to the last bit, whatever was learned.
        #[test]
        fn a_policy_is_read_as_it_was_written(weights in prop::collection::vec(-2000.0..2000.0f64, 16 * 14), which in 0..2usize) {
            let shape = SHAPES[which];
            let first = write(&known(shape, |row, column| weights[row * shape.columns + column]), shape);
            let again = read(first.as_bytes(), shape).expect("a policy");
            prop_assert_eq!(again.sum.clone(), Some(sum(first.as_bytes())));
            prop_assert_eq!(write(&again, shape), first);
        }

        /// Whatever byte is changed, it is refused or means the same.
        #[test]
        fn a_damaged_policy_is_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = text().into_bytes();
            let whole = read(&bytes, SHAPES[1]).expect("a policy");
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let is_same = |found: Known| Known { sum: None, ..found } == Known { sum: None, ..whole.clone() };
            prop_assert!(read(&bytes, SHAPES[1]).map_or(true, is_same), "byte {} as {}", at, byte);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let whole = text();
        let cases = [
            (whole[..whole.len() / 2].to_owned(), "EOF"),
            (whole.replace("-policy", "-politics"), "its kind is carillon-politics"),
            (whole.replace("\"schema\": 1", "\"schema\": 2"), "its schema is 2, and 1 was expected"),
            (whole.replace("campus-8-v1", "campus-8-v0"), "its set of features is campus-8-v0"),
            (whole.replace("campus-12-v1", "timetable-16-v1"), "its set of actions is timetable-16-v1"),
            (whole.replacen("[7,", "[8,", 1), "its sum is not that of its content"),
            (whole.replacen("[7,", "[", 1), "not 12 rows of 8 numbers"),
            (whole.replacen("0.0,", "", 1), "not 12 rows of 8 numbers"),
            (whole.replacen("0.0,", "1000.5,", 1), "beyond its range"),
            (whole.replacen("0.0,", "NaN,", 1), "expected"),
            (whole.replacen("0.0,", "1e999,", 1), "out of range"),
            (whole.replacen('{', "{\"teacher\": 1,", 1), "unknown field `teacher`"),
            (whole.replacen("  \"parent\": \"xxh3:00\",\n", "", 1), "missing field"),
        ];
        for (text, why) in cases {
            assert_ne!(text, whole, "{why}");
            let said = refusal(&text);
            assert!(said.contains(why), "{said}, where {why} was expected");
        }
        let other = read(whole.as_bytes(), SHAPES[0]).expect_err("a campus is another search").to_string();
        assert!(other.contains("timetable-14-v1 was expected"), "{other}");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("policy.json");
        std::fs::write(&path, vec![b' '; 65 << 10]).expect("it can be written");
        assert!(matches!(bytes_of(&path), Err(PolicyError::Large)));
        assert!(matches!(bytes_of(&folder.path().join("none")), Err(PolicyError::Io { .. })));
    }
}
