//! Opening an artifact: everything is checked once, then columns are slices of the map.

use std::path::{Path, PathBuf};

use bytemuck::Pod;
use xxhash_rust::xxh3::xxh3_64;

use super::header::open;
use super::map::Bytes;
use super::{ArtifactError, Column, Header, Kind};
use crate::file::FileError;

/// A sealed artifact, mapped read-only, its checksums verified.
#[derive(Debug)]
pub struct Artifact {
    path: PathBuf,
    header: Header,
    bytes: Bytes,
}

impl Artifact {
    /// Maps the artifact at `path` and verifies kind, length and both checksums.
    ///
    /// # Errors
    /// When the file cannot be read, is not a `kind` of this format version, or a bit of it has changed.
    pub fn open(path: &Path, kind: Kind) -> Result<Self, ArtifactError> {
        let file = open(path)?;
        let length = file.metadata().map_err(FileError::at("look at", path))?.len();
        if length == 0 {
            return Err(ArtifactError::Damaged { path: path.to_owned(), why: "it is empty".to_owned() });
        }
        let bytes = Bytes::map(&file).map_err(FileError::at("map", path))?;
        Self::check(path, kind, bytes, length)
    }

    /// An artifact from bytes in memory, checked as a file would be. For tests and tools.
    ///
    /// # Errors
    /// As [`Artifact::open`].
    pub fn from_bytes(bytes: &[u8], kind: Kind) -> Result<Self, ArtifactError> {
        Self::check(Path::new("(memory)"), kind, Bytes::copy_of(bytes), bytes.len() as u64)
    }

    fn check(path: &Path, kind: Kind, bytes: Bytes, length: u64) -> Result<Self, ArtifactError> {
        let damaged = |why: String| ArtifactError::Damaged { path: path.to_owned(), why };
        let header = Header::parse(&bytes[..length as usize], length).map_err(damaged)?;
        if header.kind != kind {
            return Err(damaged(format!("it is a {:?} where a {kind:?} was expected", header.kind)));
        }
        if xxh3_64(&bytes[header.body_start()..length as usize]) != header.body_sum {
            return Err(damaged("its content is damaged (checksum)".to_owned()));
        }
        for entry in &header.columns {
            let fits = entry.offset.checked_add(entry.bytes).is_some_and(|end| end <= length);
            if !fits
                || entry.offset % 64 != 0
                || entry.element_bytes == 0
                || entry.bytes % u64::from(entry.element_bytes) != 0
            {
                return Err(damaged(format!("its column {} does not fit the file", entry.column)));
            }
        }
        Ok(Self { path: path.to_owned(), header, bytes })
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is such a column.
    pub fn has(&self, column: Column) -> bool {
        self.header.columns.iter().any(|entry| entry.column == column as u32)
    }

    /// The rows of `column`.
    ///
    /// # Errors
    /// When there is no such column, or its elements have another size than `T`.
    pub fn column<T: Pod>(&self, column: Column) -> Result<&[T], ArtifactError> {
        let damaged = |why: String| ArtifactError::Damaged { path: self.path.clone(), why };
        let entry = self
            .header
            .columns
            .iter()
            .find(|entry| entry.column == column as u32)
            .ok_or_else(|| damaged(format!("column {column:?} is missing")))?;
        if entry.element_bytes as usize != size_of::<T>() {
            return Err(damaged(format!("column {column:?} has elements of {} bytes", entry.element_bytes)));
        }
        let start = entry.offset as usize;
        bytemuck::try_cast_slice(&self.bytes[start..start + entry.bytes as usize])
            .map_err(|error| damaged(format!("column {column:?}: {error}")))
    }

    /// The note of the header, decoded.
    ///
    /// # Errors
    /// When the note is not such a record.
    pub fn note<T: crate::codec::Decode<()>>(&self) -> Result<T, ArtifactError> {
        crate::codec::decode(&self.header.note)
            .map_err(|error| ArtifactError::Damaged { path: self.path.clone(), why: format!("its note: {error}") })
    }
}
