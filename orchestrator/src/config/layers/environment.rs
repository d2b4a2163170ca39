//! The environment as a layer. A variable that is empty says nothing.

use std::ffi::OsString;

use super::finding::Finding;
use super::{Entry, Key, Origin};
use crate::cli::RunArgs;

/// Names that nobody else has a use for: one that is no key is a mistake. (The program's other variables are not told from a stranger's.)
const OURS: [&str; 2] = ["CARILLON_SET_", "CARILLON_STAGE_MEMORY_"];

/// What the variables say.
pub(super) fn entries(
    variables: impl Iterator<Item = (OsString, OsString)>,
    findings: &mut Vec<Finding>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut said: Vec<(String, String)> = variables
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with("CARILLON_"))
        .collect();
    said.sort();
    for (name, text) in said {
        let Some(key) = Key::of_variable(&name) else {
            if OURS.iter().any(|prefix| name.starts_with(prefix)) {
                let unknown = Finding::of_variable(&name, "there is no such setting".to_owned());
                findings.push(unknown.near(&name, Key::variable));
            }
            continue;
        };
        match key.say(&text, &mut RunArgs::default()) {
            Ok(()) => entries.push(Entry { key, text, origin: Origin::Variable(name) }),
            Err(message) => findings.push(Finding::of_variable(&name, message)),
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Vec<(Key, String)>, Vec<String>) {
        let mut findings = Vec::new();
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let entries = entries(variables, &mut findings);
        let said = entries.into_iter().map(|entry| (entry.key, entry.text)).collect();
        (said, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_key_has_a_variable() {
        let (said, findings) = read(&[
            ("CARILLON_THREADS", "2"),
            ("CARILLON_SET_MEMORY_SOLVE", "60"),
            ("CARILLON_STAGE_MEMORY_GPU_PROBE", "9M"),
            ("CARILLON_SET_SOLVE_ENGINE", "ortools"),
            ("CARILLON_SEED", ""),
            ("CARILLON_SOMETHING_ELSE", "x"),
            ("PATH", "/bin"),
        ]);
        let expected = [
            (Key::Engine, "ortools"),
            (Key::Set("memory.solve"), "60"),
            (Key::StageMemory(shared::wire::Stage::GpuProbe), "9M"),
            (Key::Threads, "2"),
        ];
        assert_eq!(findings, [""; 0]);
        for (key, text) in expected {
            assert!(said.contains(&(key, text.to_owned())), "{key:?} in {said:?}");
        }
        assert_eq!(said.len(), expected.len());
    }

    #[test]
    fn a_variable_that_makes_no_sense_is_named() {
        let (_, findings) = read(&[("CARILLON_THREADS", "two"), ("CARILLON_SET_MEMROY_SOLVE", "60")]);
        let expected = [
            "CARILLON_SET_MEMROY_SOLVE: error: there is no such setting\n    hint:     did you mean CARILLON_SET_MEMORY_SOLVE?",
            "CARILLON_THREADS: error: \"two\" is not a whole number from 1 to 4096",
        ];
        assert_eq!(findings, expected);
    }
}
