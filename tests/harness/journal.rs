//! A journal as bytes: where each record ends, and what it would be if the orchestrator had died earlier, or the disk had lied.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// In front of the first record.
const HEADER_BYTES: usize = 16;
/// In front of each record: its length in the first four bytes, then the sum and two numbers.
const FRAME_BYTES: usize = 24;

/// The bytes of a whole journal, and where its records lie.
#[derive(Debug)]
pub(crate) struct JournalBytes {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: Vec<Range<usize>>,
}

impl JournalBytes {
    /// Reads the journal at `path`, which has to be whole.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut records = Vec::new();
        let mut at = HEADER_BYTES;
        while at < bytes.len() {
            let length = bytes[at..at + 4].try_into().expect("a whole record has a length");
            let end = at + FRAME_BYTES + u32::from_le_bytes(length) as usize;
            records.push(at..end);
            at = end;
        }
        Self { bytes, records }
    }

    /// The journal up to `records`, and so much of the next one.
    pub(crate) fn cut(&self, records: usize, more: usize) -> &[u8] {
        let end = self.records.get(records).map_or(self.bytes.len(), |next| next.start + more.min(next.len() - 1));
        &self.bytes[..end]
    }

    /// The first records, then the named ones in that order.
    pub(crate) fn then(&self, records: usize, others: &[usize]) -> Vec<u8> {
        let mut bytes = self.cut(records, 0).to_vec();
        for other in others {
            bytes.extend_from_slice(&self.bytes[self.records[*other].clone()]);
        }
        bytes
    }
}

/// Whether the journal's `bytes` speak of a file of that name.
pub(crate) fn speaks_of(bytes: &[u8], name: &str) -> bool {
    bytes.windows(name.len()).any(|window| window == name.as_bytes())
}
