//! The journal of a run, `run.journal`: what was decided, written before it is done, so that a run can be taken up again after
//! any end of the orchestrator. It is for programs; the story for people is `report`.
//!
//! ```text
//! offset  bytes  what (all integers little-endian)
//!      0      8  magic "CARILJNL"
//!      8      2  format version
//!     10      2  zero
//!     12      4  crc32 of bytes 0..12
//!     16    ...  frames, one behind the other:
//!            4   length of the body, n
//!            4   crc32 of the next 16 bytes, the length and the body
//!            8   sequence number, from 0
//!            8   milliseconds since the start of the run
//!            n   one coded record
//! ```
//!
//! Version 2 has one more kind of record (`Changed`). It reads version 1, and gives the header its own number before it goes on
//! with such a journal; version 1 refuses version 2.
//!
//! A frame that was torn or damaged ends the journal: what stands before it holds, and the writer cuts the rest away before it
//! goes on. Any prefix of a journal replays to a valid state.

mod frame;
mod reader;
mod record;
mod replay;
#[cfg(test)]
pub(crate) mod testing;
mod writer;

pub use frame::FORMAT_VERSION;
pub use reader::{Entry, Journal, Tail, read};
pub use record::{AttemptName, Fingerprint, Record, RunSettings, Told};
pub use replay::{JobState, Phase, ReplayError, RunState, Running, SealedFile, Verdict, replay};
pub use writer::JournalWriter;

use std::path::PathBuf;

use shared::file::FileError;

/// Why the journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system says no.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is no journal of this version.
    #[error("read {}: {why}", path.display())]
    NotAJournal {
        /// Which file.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// A record is too long to be written.
    #[error("write a record of the journal: {0}")]
    Record(#[from] shared::codec::CodecError),
}
