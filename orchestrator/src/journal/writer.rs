//! Writing a journal: one record, one write.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::file::FileError;

use super::{Entry, Journal, JournalError, Record, RunState, frame, reader};

/// Appends to the journal of a run.
#[derive(Debug)]
pub struct JournalWriter {
    path: PathBuf,
    file: File,
    next: u64,
    state: RunState,
}

impl JournalWriter {
    /// A new journal at `path`.
    ///
    /// # Errors
    /// When there is one already, or none can be created.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let opened = OpenOptions::new().append(true).create_new(true).mode(0o640).open(path);
        let mut file = opened.map_err(FileError::at("create", path))?;
        file.write_all(&frame::header()).map_err(FileError::at("write", path))?;
        Ok(Self { path: path.to_owned(), file, next: 0, state: RunState::default() })
    }

    /// Goes on with the journal at `path`: cuts away what is not sound, and returns what is.
    ///
    /// # Errors
    /// When it cannot be read or written, or is no journal of this version.
    pub fn go_on(path: &Path) -> Result<(Self, Journal), JournalError> {
        let journal = reader::read(path)?;
        raise_version(path).map_err(FileError::at("write", path))?;
        let file = OpenOptions::new().append(true).open(path).map_err(FileError::at("open", path))?;
        file.set_len(journal.sound_bytes).map_err(FileError::at("cut", path))?;
        file.sync_data().map_err(FileError::at("sync", path))?;
        let mut state = RunState::default();
        for entry in &journal.entries {
            state
                .apply(entry)
                .map_err(|error| JournalError::NotAJournal { path: path.to_owned(), why: error.to_string() })?;
        }
        let next = journal.entries.len() as u64;
        Ok((Self { path: path.to_owned(), file, next, state }, journal))
    }

    /// Appends a record, `at` that time since the start of the run; returns once it is safe from the end of this process, and
    /// for some kinds ([`Record::is_synced`]) from the end of the machine.
    ///
    /// # Errors
    /// When it cannot be written. A part that was written is cut away, so that a later record is not hidden behind it.
    ///
    /// # Panics
    /// In builds with debug assertions, when the record cannot follow what was recorded before.
    pub fn append(&mut self, at: Duration, record: Record) -> Result<(), JournalError> {
        let is_synced = record.is_synced();
        let entry = Entry { sequence: self.next, at_ms: at.as_millis() as u64, record };
        let bytes = frame::frame(&entry)?;
        self.write(&bytes, is_synced)?;
        self.next += 1;
        let applied = self.state.apply(&entry);
        debug_assert!(applied.is_ok(), "{applied:?}");
        Ok(())
    }

    /// The state that the records so far amount to.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    fn write(&mut self, bytes: &[u8], is_synced: bool) -> Result<(), JournalError> {
        let before = self.file.metadata().map_err(FileError::at("look at", &self.path))?.len();
        let written = self.file.write_all(bytes).map_err(FileError::at("write", &self.path));
        if written.is_err() {
            // If this fails too, the torn frame is noticed by its sum.
            let _ = self.file.set_len(before);
        }
        written?;
        if is_synced {
            self.file.sync_data().map_err(FileError::at("sync", &self.path))?;
        }
        Ok(())
    }
}

/// Gives a journal of an older version the header of ours: what is written from now on, only ours understands.
fn raise_version(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut header = frame::header();
    file.read_exact_at(&mut header, 0)?;
    if header == frame::header() { Ok(()) } else { file.write_all_at(&frame::header(), 0) }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
