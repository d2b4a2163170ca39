//! `events.jsonl`, as far as the page tells of it.

use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::{Map, Value};

/// The page tells of so many events of a kind; more of them are counted only.
const EVENTS_MAX: usize = 500;

/// Which of them are told, or looked into.
const TOLD: [&str; 24] = [
    "began",
    "origin",
    "enforcement",
    "resumed",
    "recalled",
    "memory_before",
    "high_memory",
    "relief",
    "killed",
    "outcome",
    "degraded",
    "skipped",
    "verdict",
    "note",
    "interrupted",
    "pressure_began",
    "pressure_ended",
    "device_busy",
    "gpu_gate",
    "device_chosen",
    "device_passed",
    "device_lost",
    "gpu_absence",
    "unheld",
];

/// One line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) t_ms: u64,
    #[serde(rename = "event")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) stage: Option<String>,
    #[serde(default)]
    pub(crate) job: Option<String>,
    #[serde(default)]
    pub(crate) attempt: Option<u32>,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

impl Event {
    /// The text of a key, or nothing.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.rest.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The number of a key, or nothing.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.rest.get(key).and_then(Value::as_u64)
    }

    /// Whom it is about: `solve.3, attempt 2`.
    pub(crate) fn who(&self) -> String {
        match (&self.job, self.attempt) {
            (Some(job), Some(attempt)) if attempt > 1 => format!("{job}, attempt {attempt}"),
            (Some(job), _) => job.clone(),
            (None, _) => self.stage.clone().unwrap_or_default(),
        }
    }
}

/// Those that are told, in their order.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) all: Vec<Event>,
}

impl Events {
    /// Reads all lines that are whole. A long run has many of them, so they are read one by one.
    pub(crate) fn read(lines: impl BufRead) -> io::Result<Self> {
        let mut counts = [0; TOLD.len()];
        let mut all = Vec::new();
        for line in lines.split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            // Most lines are none of ours: they are not taken apart to find that out.
            let Some(kind) = name(&line).and_then(|name| TOLD.iter().position(|told| *told == name)) else { continue };
            counts[kind] += 1;
            if counts[kind] <= EVENTS_MAX {
                all.extend(serde_json::from_str::<Event>(&line).ok());
            }
        }
        Ok(Self { all })
    }

    /// Those of a name.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Event> {
        self.all.iter().filter(move |event| event.name == name)
    }

    /// The last one of a name: a resumed run has some of them twice.
    pub(crate) fn last<'a>(&'a self, name: &'a str) -> Option<&'a Event> {
        self.named(name).last()
    }
}

/// The name of the event of a line. It stands in front of all texts, so that no text can be taken for it.
fn name(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("\"event\":\"")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_or_torn_is_left_out() {
        let text = concat!(
            r#"{"t_ms":1,"event":"began","threads":2}"#,
            "\n",
            r#"{"t_ms":2,"event":"spawned","stage":"load","job":"load","attempt":1}"#,
            "\n",
            r#"{"t_ms":3,"event":"killed","stage":"solve","job":"solve.1","attempt":2,"why":"over_allotment"}"#,
            "\n",
            r#"{"t_ms":4,"event":"note","stag"#,
        );
        let events = Events::read(text.as_bytes()).unwrap();
        let names: Vec<&str> = events.all.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names, ["began", "killed"]);
        assert_eq!(events.last("killed").unwrap().who(), "solve.1, attempt 2");
        assert_eq!(events.last("began").unwrap().number("threads"), Some(2));
    }
}
