//! `--metrics`: figures of the last run for whoever watches many, as a file that `node_exporter` collects. It is written when all else is
//! over, whatever the end was, and nothing depends on it.
//!
//! ```text
//! exposition   the format
//! ```

mod exposition;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf, absolute};

use shared::exit::Exit;
use shared::file::{self, FileError};

use crate::clock::unix_seconds;

pub(crate) use exposition::Family;

/// No file of ours is larger. What is larger is somebody else's, and is not read to its end.
const BYTES_MAX: u64 = 1 << 20;
/// The one figure that outlasts a run that fails.
const LAST_SUCCESS: &str = "last_success_timestamp_seconds";

/// What is to be written, and where, once the end is known.
#[derive(Debug)]
pub(crate) struct Metrics {
    path: Option<PathBuf>,
    /// The absolute path of the instance. Until it is known there is no run to tell of.
    input: Option<String>,
    figures: Vec<Family>,
}

impl Metrics {
    /// None so far, for that file, where one is wanted.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self { path, input: None, figures: Vec::new() }
    }

    /// They are about that instance.
    pub(crate) fn are_about(&mut self, instance: &Path) {
        let path = absolute(instance).unwrap_or_else(|_| instance.to_owned());
        self.input = Some(path.to_string_lossy().into_owned());
    }

    /// What the run has come to, if it comes to an end of its own.
    pub(crate) fn note(&mut self, figures: Vec<Family>) {
        self.figures = figures;
    }

    /// Writes them. What cannot be written is told, and changes no exit code.
    pub(crate) fn write(&self, exit: Exit) {
        let (Some(path), Some(input)) = (&self.path, &self.input) else { return };
        let now = unix_seconds();
        let before = exposition::find(&read(path), LAST_SUCCESS, input);
        let text = exposition::text(&self.families(exit, now, before), input);
        if let Err(error) = replace(path, text.as_bytes()) {
            // A closed stderr is no reason to tell another exit code.
            let FileError { act, source, .. } = error;
            let _ = writeln!(io::stderr(), "warning: failed to {act} the metrics {}: {source}", path.display());
        }
    }

    fn families(&self, exit: Exit, now: i64, before: Option<f64>) -> Vec<Family> {
        let is_success = matches!(exit, Exit::Complete | Exit::Degraded);
        let last_success = if is_success { Some(now as f64) } else { before };
        let mut families = vec![
            Family::one("exit_code", "Exit code of the last run.", f64::from(exit.code())),
            Family::one("last_run_timestamp_seconds", "When the last run ended, whatever its end.", now as f64),
        ];
        let help = "When a run last ended verified and complete (exit code 0 or 3).";
        families.extend(last_success.map(|at| Family::one(LAST_SUCCESS, help, at)));
        families.extend(self.figures.iter().cloned());
        families
    }
}

/// What stands there, if it can be read.
fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    // Whatever cannot be read has nothing to say. A pipe would never answer.
    if fs::metadata(path).is_ok_and(|found| found.is_file()) {
        let _ = File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The name aside is our own: a start that ends at once with 75 writes while another run may do so, too; and it does not end with
/// `.prom`, by which `node_exporter` knows its files.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    file::replace_for_group(path, &file::aside(path, format!("{}.partial", std::process::id())), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(families: &[Family], name: &str) -> Option<f64> {
        families.iter().find(|family| family.name == name).map(|family| family.samples[0].1)
    }

    #[test]
    fn the_last_success_outlasts_a_failure() {
        let metrics = Metrics::new(None);
        let last = |exit, before| value(&metrics.families(exit, 9, before), LAST_SUCCESS);
        assert_eq!(last(Exit::Complete, Some(5.0)), Some(9.0));
        assert_eq!(last(Exit::Degraded, None), Some(9.0));
        for exit in [Exit::Incomplete, Exit::Locked, Exit::NoTimetable, Exit::Terminated] {
            assert_eq!((last(exit, Some(5.0)), last(exit, None)), (Some(5.0), None), "{exit:?}");
            let families = metrics.families(exit, 9, None);
            assert_eq!(value(&families, "exit_code"), Some(f64::from(exit.code())));
            assert_eq!(value(&families, "last_run_timestamp_seconds"), Some(9.0));
        }
    }

    #[test]
    fn a_link_aside_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("fall.prom"), folder.path().join("victim"));
        fs::write(&victim, "mine").unwrap();
        let partial = folder.path().join(format!("fall.prom.{}.partial", std::process::id()));
        std::os::unix::fs::symlink(&victim, &partial).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(!partial.exists());
    }
}
