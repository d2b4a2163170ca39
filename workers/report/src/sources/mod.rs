//! What a run has written about itself: the files that anybody may read. The report needs no other knowledge of the run, so it can be
//! made again at any time, from any run that is there.
//!
//! ```text
//! result   result.json        the ending; nothing while the run goes on
//! events   events.jsonl       what happened
//! tables   *.tsv              attempts, the best so far, memory over time
//! changes  changes.csv        what has moved since the timetable before
//! ```

mod changes;
mod events;
mod result;
mod tables;

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use shared::file::FileError;

pub(crate) use changes::ChangeRow;
pub(crate) use events::{Event, Events};
pub(crate) use result::{GpuResult, RunResult};
pub(crate) use tables::{AttemptRow, MemoryRow, TraceRow};

use crate::error::ReportError;

/// So much is told of what was found in an instance.
const FINDINGS_MAX: usize = 64 << 10;
/// No text of a run is read beyond that.
const TEXT_BYTES_MAX: u64 = 512 << 20;

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) result: Option<RunResult>,
    pub(crate) events: Events,
    pub(crate) attempts: Vec<AttemptRow>,
    pub(crate) trace: Vec<TraceRow>,
    pub(crate) memory: Vec<MemoryRow>,
    /// What has moved; nothing where there was no timetable before.
    pub(crate) changes: Option<Vec<ChangeRow>>,
    /// `config.toml`, as it stands there.
    pub(crate) config: String,
    /// What was found in the instance, where nothing could be made of it.
    pub(crate) findings: String,
}

impl Sources {
    /// Reads what there is in `run`. Of files that are missing, nothing is known.
    pub(crate) fn read(run: &Path) -> Result<Self, ReportError> {
        let events = run.join("events.jsonl");
        let told = opened(&events)?.ok_or_else(|| ReportError::NoRun { path: run.to_owned() })?;
        let text = |name: &str| text(&run.join(name)).map(Option::unwrap_or_default);
        let path = run.join("result.json");
        let result = text("result.json")?;
        let json = |source| ReportError::Json { path, source };
        let result: Option<RunResult> =
            (!result.is_empty()).then(|| serde_json::from_str(&result).map_err(json)).transpose()?;
        let attempts = tables::attempts(&text("attempts.tsv")?);
        let is_the_instance =
            result.as_ref().is_some_and(|result| matches!(result.verdict.as_str(), "refused" | "infeasible"));
        let load = attempts.iter().rfind(|row| row.stage == "load").filter(|_| is_the_instance);
        let findings = load.map(|row| text(&format!("attempts/load-{}/stderr.log", row.attempt))).transpose()?;
        Ok(Self {
            result,
            events: Events::read(BufReader::new(told)).map_err(FileError::at("read", &events))?,
            attempts,
            trace: tables::trace(&text("trace.tsv")?),
            memory: tables::memory(&text("memory.tsv")?),
            changes: self::text(&run.join("changes.csv"))?.map(|text| changes::changes(&text)),
            config: text("config.toml")?,
            findings: findings.unwrap_or_default().chars().take(FINDINGS_MAX).collect(),
        })
    }
}

/// The text of a file; nothing where there is none.
pub(crate) fn text(path: &Path) -> Result<Option<String>, ReportError> {
    let Some(file) = opened(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(TEXT_BYTES_MAX).read_to_end(&mut bytes).map_err(FileError::at("read", path))?;
    Ok(Some(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
}

fn opened(path: &Path) -> Result<Option<File>, ReportError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::at("open", path)(error).into()),
    }
}
