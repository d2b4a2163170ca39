//! The first bytes of an artifact: all that the orchestrator ever reads of it.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::libc;
use xxhash_rust::xxh3::Xxh3;

use super::{ArtifactError, Kind};
use crate::file::FileError;

pub(super) const MAGIC: [u8; 8] = *b"CARILLON";
/// The version of the format that this program reads and writes.
pub const FORMAT_VERSION: u16 = 1;
pub(super) const HEADER_BYTES: usize = 64;
pub(super) const COLUMN_ENTRY_BYTES: usize = 24;
/// The most bytes a note may have.
pub const NOTE_BYTES_MAX: usize = crate::codec::RECORD_BYTES_MAX;
const COLUMNS_MAX: usize = 64;

/// Hash of everything an artifact's content depends on: inputs, settings, seed, engine, format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ArtifactKey(pub u128);

/// The header of an artifact with its note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it holds.
    pub kind: Kind,
    /// What it was made from.
    pub key: ArtifactKey,
    /// Length of the whole file in bytes.
    pub length: u64,
    /// xxh3-64 of the body.
    pub body_sum: u64,
    /// One coded record, see [`crate::codec`].
    pub note: Vec<u8>,
    pub(super) columns: Vec<ColumnEntry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ColumnEntry {
    pub(super) column: u32,
    pub(super) element_bytes: u32,
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

impl Header {
    /// Reads and checks the header of the file at `path`, and that the file is as long as it says. The body is not read.
    ///
    /// # Errors
    /// When the file cannot be read, is no artifact of this version, or its header is damaged.
    pub fn read(path: &Path) -> Result<Self, ArtifactError> {
        let mut file = open(path)?;
        let length = file.metadata().map_err(FileError::at("look at", path))?.len();
        let most = HEADER_BYTES + NOTE_BYTES_MAX + COLUMNS_MAX * COLUMN_ENTRY_BYTES;
        let mut front = Vec::new();
        file.by_ref().take(most as u64).read_to_end(&mut front).map_err(FileError::at("read", path))?;
        Self::parse(&front, length).map_err(|why| ArtifactError::Damaged { path: path.to_owned(), why })
    }

    /// What the file holds, in one number: equal for files from which the same work gives the same result, whatever they were
    /// made from.
    pub fn content(&self) -> u128 {
        let mut sum = Xxh3::new();
        sum.update(&self.body_sum.to_le_bytes());
        sum.update(&self.note);
        sum.digest128()
    }

    /// Where the body starts: behind the note and the column table.
    pub(super) fn body_start(&self) -> usize {
        HEADER_BYTES + self.note.len() + self.columns.len() * COLUMN_ENTRY_BYTES
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.body_start());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&(self.kind as u16).to_le_bytes());
        bytes.extend_from_slice(&(self.columns.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(self.note.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.length.to_le_bytes());
        bytes.extend_from_slice(&self.key.0.to_le_bytes());
        bytes.extend_from_slice(&self.body_sum.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&self.note);
        for entry in &self.columns {
            bytes.extend_from_slice(&entry.column.to_le_bytes());
            bytes.extend_from_slice(&entry.element_bytes.to_le_bytes());
            bytes.extend_from_slice(&entry.offset.to_le_bytes());
            bytes.extend_from_slice(&entry.bytes.to_le_bytes());
        }
        let sum = header_sum(&bytes);
        bytes[56..64].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads a header from the first bytes of a file of `length` bytes.
    pub(super) fn parse(front: &[u8], length: u64) -> Result<Self, String> {
        if front.len() < HEADER_BYTES || front[..8] != MAGIC {
            return Err("it is not an artifact of carillon".to_owned());
        }
        let u16_at = |at: usize| u16::from_le_bytes([front[at], front[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes(front[at..at + 4].try_into().expect("four bytes"));
        let u64_at = |at: usize| u64::from_le_bytes(front[at..at + 8].try_into().expect("eight bytes"));
        if u16_at(8) != FORMAT_VERSION {
            return Err(format!("its format version is {}, this program reads {FORMAT_VERSION}", u16_at(8)));
        }
        let (count, note_bytes) = (u32_at(12) as usize, u32_at(16) as usize);
        if count > COLUMNS_MAX || note_bytes > NOTE_BYTES_MAX {
            return Err("its header is damaged (sizes)".to_owned());
        }
        let table = HEADER_BYTES + note_bytes;
        let end = table + count * COLUMN_ENTRY_BYTES;
        if front.len() < end || header_sum(&front[..end]) != u64_at(56) {
            return Err("its header is damaged (checksum)".to_owned());
        }
        let kind = Kind::from_number(u16_at(10)).ok_or_else(|| format!("its kind {} is unknown", u16_at(10)))?;
        if u64_at(24) != length {
            return Err(format!("it has {length} bytes where its header says {}", u64_at(24)));
        }
        let columns = (0..count)
            .map(|row| table + row * COLUMN_ENTRY_BYTES)
            .map(|at| ColumnEntry {
                column: u32_at(at),
                element_bytes: u32_at(at + 4),
                offset: u64_at(at + 8),
                bytes: u64_at(at + 16),
            })
            .collect();
        Ok(Self {
            kind,
            key: ArtifactKey(u128::from_le_bytes(front[32..48].try_into().expect("sixteen bytes"))),
            length,
            body_sum: u64_at(48),
            note: front[HEADER_BYTES..table].to_vec(),
            columns,
        })
    }
}

/// Opens what should be an artifact. What is no file is refused and not waited for: a pipe would be opened when somebody writes.
pub(super) fn open(path: &Path) -> Result<File, ArtifactError> {
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(FileError::at("open", path))?;
    if file.metadata().map_err(FileError::at("look at", path))?.is_file() {
        return Ok(file);
    }
    Err(ArtifactError::Damaged { path: path.to_owned(), why: "it is no file".to_owned() })
}

/// The sum over the header without its own field, the note and the column table.
fn header_sum(front: &[u8]) -> u64 {
    let mut sum = Xxh3::new();
    sum.update(&front[..56]);
    sum.update(&front[HEADER_BYTES..]);
    sum.digest()
}
