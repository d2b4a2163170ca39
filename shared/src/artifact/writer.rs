//! Sealing: write aside, sync, rename, sync the folder. A killed writer leaves only a `*.partial`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bytemuck::Pod;
use xxhash_rust::xxh3::xxh3_64;

use super::header::{COLUMN_ENTRY_BYTES, ColumnEntry, HEADER_BYTES};
use super::{ArtifactError, ArtifactKey, Column, Header, Kind, NOTE_BYTES_MAX};
use crate::codec::{self, Encode};
use crate::file::{self, FileError};

/// Collects columns and seals them as one file.
#[derive(Debug)]
pub struct ArtifactWriter {
    kind: Kind,
    key: ArtifactKey,
    note: Vec<u8>,
    columns: Vec<(Column, u32, Vec<u8>)>,
}

impl ArtifactWriter {
    /// An empty artifact.
    pub fn new(kind: Kind, key: ArtifactKey) -> Self {
        Self { kind, key, note: Vec::new(), columns: Vec::new() }
    }

    /// Puts `note` into the header, where the orchestrator may read it.
    ///
    /// # Panics
    /// When the coded note is longer than [`NOTE_BYTES_MAX`]: its writer must keep it small.
    pub fn note<T: Encode>(&mut self, note: &T) -> &mut Self {
        self.note = codec::encode(note).expect("a note fits NOTE_BYTES_MAX");
        assert!(self.note.len() <= NOTE_BYTES_MAX, "a note of {} bytes", self.note.len());
        self
    }

    /// Adds a column.
    pub fn column<T: Pod>(&mut self, column: Column, rows: &[T]) -> &mut Self {
        debug_assert!(self.columns.iter().all(|(other, ..)| *other != column), "{column:?} twice");
        self.columns.push((column, size_of::<T>() as u32, bytemuck::cast_slice(rows).to_vec()));
        self
    }

    /// The bytes of the sealed file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let front = HEADER_BYTES + self.note.len() + self.columns.len() * COLUMN_ENTRY_BYTES;
        let mut entries = Vec::with_capacity(self.columns.len());
        let mut end = front;
        for (column, element_bytes, bytes) in &self.columns {
            let offset = end.next_multiple_of(64);
            end = offset + bytes.len();
            entries.push(ColumnEntry {
                column: *column as u32,
                element_bytes: *element_bytes,
                offset: offset as u64,
                bytes: bytes.len() as u64,
            });
        }
        let mut file = vec![0; end];
        for (entry, (_, _, bytes)) in entries.iter().zip(&self.columns) {
            let start = entry.offset as usize;
            file[start..start + bytes.len()].copy_from_slice(bytes);
        }
        let body_sum = xxh3_64(&file[front..]);
        let header = Header {
            kind: self.kind,
            key: self.key,
            length: end as u64,
            body_sum,
            note: self.note.clone(),
            columns: entries,
        };
        file[..front].copy_from_slice(&header.to_bytes());
        file
    }

    /// Seals the artifact: writes `partial`, syncs it, makes it read-only (0440), renames it to `sealed` and syncs that folder.
    /// Returns the length of the file in bytes.
    ///
    /// # Errors
    /// When the system refuses any of it; what is left then is at most the partial file.
    pub fn seal(&self, partial: &Path, sealed: &Path) -> Result<u64, ArtifactError> {
        let bytes = self.to_bytes();
        let file = file::write(partial, &bytes)?;
        file.set_permissions(Permissions::from_mode(0o440)).map_err(FileError::at("protect", partial))?;
        file.sync_all().map_err(FileError::at("sync", partial))?;
        fs::rename(partial, sealed).map_err(FileError::at("rename into", sealed))?;
        file::sync_folder_of(sealed)?;
        Ok(bytes.len() as u64)
    }
}

/// The name that an unfinished artifact has inside its attempt's folder.
pub fn partial_path(attempt_dir: &Path, sealed: &Path) -> PathBuf {
    let name = sealed.file_name().map_or_else(|| "artifact".into(), |name| name.to_string_lossy().into_owned());
    attempt_dir.join(format!("{name}.partial"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::artifact::Artifact;

    fn sample() -> Vec<u8> {
        let mut writer = ArtifactWriter::new(Kind::Ledger, ArtifactKey(7));
        writer.note(&(3_u32, "waves".to_owned()));
        writer.column(Column::ClassPeriod, &[1_u32, 2, 3, u32::MAX]).column(Column::LeaseCells, &[] as &[u32]);
        writer.column(Column::CourseAvailable, &[u64::MAX; 9]);
        writer.to_bytes()
    }

    #[test]
    fn what_is_written_is_read() {
        let artifact = Artifact::from_bytes(&sample(), Kind::Ledger).unwrap();
        assert_eq!(artifact.column::<u32>(Column::ClassPeriod).unwrap(), [1, 2, 3, u32::MAX]);
        assert!(artifact.column::<u32>(Column::LeaseCells).unwrap().is_empty());
        assert_eq!(artifact.column::<u64>(Column::CourseAvailable).unwrap(), [u64::MAX; 9]);
        assert_eq!(artifact.note::<(u32, String)>().unwrap(), (3, "waves".to_owned()));
        assert!(artifact.column::<u64>(Column::ClassPeriod).is_err(), "another element size");
        assert!(Artifact::from_bytes(&sample(), Kind::Draft).is_err(), "another kind");
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed() {
        let bytes = sample();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Artifact::from_bytes(&damaged, Kind::Ledger).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(Artifact::from_bytes(&bytes[..length], Kind::Ledger).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn a_sealed_file_is_read_only_and_leaves_no_partial() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = folder.path().join("ledger.art");
        let partial = partial_path(folder.path(), &sealed);
        let mut writer = ArtifactWriter::new(Kind::Ledger, ArtifactKey(1));
        writer.column(Column::ClassPeriod, &[5_u32]);
        writer.seal(&partial, &sealed).unwrap();
        assert!(!partial.exists());
        assert_eq!(fs::metadata(&sealed).unwrap().permissions().mode() & 0o777, 0o440);
        assert_eq!(Artifact::open(&sealed, Kind::Ledger).unwrap().column::<u32>(Column::ClassPeriod).unwrap(), [5]);
    }

    proptest! {
        #[test]
        fn round_trip(rows in proptest::collection::vec(any::<u32>(), 0..300), key in any::<u128>()) {
            let mut writer = ArtifactWriter::new(Kind::Fragment, ArtifactKey(key));
            writer.column(Column::FragmentClass, &rows);
            let artifact = Artifact::from_bytes(&writer.to_bytes(), Kind::Fragment).unwrap();
            prop_assert_eq!(artifact.column::<u32>(Column::FragmentClass).unwrap(), &rows[..]);
            prop_assert_eq!(artifact.header().key, ArtifactKey(key));
        }
    }
}
