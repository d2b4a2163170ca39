//! Opening input files: what cannot be opened is told apart from what is there and is refused.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use shared::exit::Exit;
use shared::model::InstanceTables;
use shared::model::campus::Weights;
use xxhash_rust::xxh3::xxh3_128;

use crate::finding::{Finding, Findings, Place, Severity};
use crate::limits::FILE_BYTES_MAX;
use crate::places::Places;
use crate::{campus, format};

/// Why an input gives no instance. Each message finishes the sentence "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file is missing, or is not ours to read.
    #[error("open {}: {source}", path.display())]
    NoInput {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It was read and refused.
    #[error("accept {}", first.headline(&path.display().to_string()))]
    Refused {
        /// The file.
        path: PathBuf,
        /// The first error, by place.
        first: Box<Finding>,
        /// All that was found.
        findings: Findings,
    },
}

impl InputError {
    /// The exit code of a command that ends for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoInput { .. } => Exit::NoInput,
            Self::Refused { .. } => Exit::BadInput,
        }
    }

    /// The whole story for people: every finding, or the one sentence.
    pub fn story(&self) -> String {
        match self {
            Self::NoInput { .. } => format!("failed to {self}\n"),
            Self::Refused { path, findings, .. } => findings.render(&path.display().to_string()),
        }
    }

    /// Refuses `path` for its findings.
    pub(crate) fn refused(path: &Path, findings: Findings) -> Self {
        let first = findings.first(Severity::Error).cloned();
        let first = first.unwrap_or_else(|| Finding::error(Place::START, "the file was refused"));
        Self::Refused { path: path.to_owned(), first: Box::new(first), findings }
    }
}

/// An instance as it was read.
#[derive(Debug)]
pub struct Loaded {
    /// Its tables.
    pub tables: InstanceTables,
    /// Proofs, warnings and notes; no errors.
    pub findings: Findings,
    /// Where its rows stand.
    pub places: Places,
    /// The sum of all bytes that were read.
    pub sum: u128,
}

/// Reads the instance at `path`: a folder or a workbook is a campus, a text an instance of the competition. The rules of a campus cost what
/// `weights` say.
///
/// # Errors
/// When it cannot be opened, or is refused.
pub fn load(path: &Path, weights: Weights) -> Result<Loaded, InputError> {
    let options = || campus::Options {
        weights,
        name: path.file_stem().map_or_else(|| "campus".to_owned(), |name| name.to_string_lossy().into_owned()),
    };
    let mut findings = Findings::default();
    let (reading, sum) = if path.is_dir() {
        let (sheets, sum) = campus::read_folder(path, &mut findings)?;
        (campus::read(&sheets, &options(), findings), sum)
    } else {
        let bytes = read_bytes(path)?;
        let reading = if campus::is_workbook(&bytes) {
            let sheets = campus::read_workbook(&bytes, &mut findings);
            campus::read(&sheets, &options(), findings)
        } else {
            format::read(&bytes)
        };
        (reading, xxh3_128(&bytes))
    };
    match reading.tables {
        Some(tables) => Ok(Loaded { tables, findings: reading.findings, places: reading.places, sum }),
        None => Err(InputError::refused(path, reading.findings)),
    }
}

/// The bytes of a file that is not larger than [`FILE_BYTES_MAX`].
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, InputError> {
    let no_input = |source| InputError::NoInput { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(no_input)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(no_input)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let mut findings = Findings::default();
        let finding = Finding::error(Place::START, "the file is too large");
        findings.push(finding.expected(format!("at most {FILE_BYTES_MAX} bytes")));
        return Err(InputError::refused(path, findings));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::campus::testing;

    /// What an input is, is seen from what it holds and not from its name.
    #[test]
    fn a_folder_a_workbook_and_a_text_are_told_apart() {
        let folder = testing::folder();
        let load = |path: &Path| load(path, Weights::default());
        let of_folder = load(folder.path()).unwrap().tables;
        let path = folder.path().join("autumn");
        fs::write(&path, testing::workbook()).unwrap();
        assert_eq!(load(&path).unwrap().tables, of_folder);
        fs::write(&path, include_str!("../../../examples/college.ctt")).unwrap();
        assert!(load(&path).unwrap().tables.campus.is_none());
        assert_eq!(load(&folder.path().join("nowhere")).unwrap_err().exit(), Exit::NoInput);
        fs::remove_file(folder.path().join("rooms.csv")).unwrap();
        let refused = load(folder.path()).unwrap_err();
        assert_eq!(refused.exit(), Exit::BadInput);
        assert!(refused.to_string().ends_with("/rooms.csv:1:1: error: the file is missing"), "{refused}");
    }
}
