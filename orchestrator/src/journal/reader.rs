//! Reading a journal back.

use std::fs;
use std::path::Path;

use shared::file::FileError;

use super::{JournalError, Record, frame};

/// One record of a journal with its place in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, from 0.
    pub sequence: u64,
    /// Milliseconds since the start of the run.
    pub at_ms: u64,
    /// What was recorded.
    pub record: Record,
}

/// How a journal ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// With a whole record.
    Clean,
    /// With something that is none, and everything behind it is not looked at.
    Cut {
        /// Where that begins.
        at: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The sound part of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// Its entries.
    pub entries: Vec<Entry>,
    /// The bytes of the sound part.
    pub sound_bytes: u64,
    /// What follows it.
    pub tail: Tail,
}

/// Reads the journal at `path` as far as it is sound.
///
/// # Errors
/// When the file cannot be read or is no journal of this version.
pub fn read(path: &Path) -> Result<Journal, JournalError> {
    let bytes = fs::read(path).map_err(FileError::at("read", path))?;
    parse(&bytes).map_err(|why| JournalError::NotAJournal { path: path.to_owned(), why })
}

pub(super) fn parse(bytes: &[u8]) -> Result<Journal, String> {
    frame::check_header(bytes)?;
    let (entries, sound, tail) = frame::entries(bytes);
    Ok(Journal { entries, sound_bytes: sound as u64, tail })
}
