//! The log of an attempt, `stderr.log`: what a worker prints there is kept, but not without a limit.
//!
//! The worker writes into the file itself, so that its last words are there even when we are not. It is looked at as often as
//! memory is; one that has grown too long keeps its beginning and its end, and a line between them says how much is missing.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

/// A log that is longer is cut.
const BYTES_MAX: u64 = 8 << 20;
/// What is kept of its beginning, and of its end.
const HEAD_BYTES: u64 = 1 << 20;
const TAIL_BYTES: usize = 64 << 10;

/// A log that is being written by somebody else, who only ever appends to it.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// Bytes that were cut out so far, without what the last cut kept behind the beginning.
    missing: u64,
}

impl Log {
    /// `file` is open for reading and for appending.
    pub(super) fn new(file: File) -> Self {
        Self { file, missing: 0 }
    }

    /// Cuts it where it is too long. True when it was.
    pub(super) fn cut(&mut self) -> bool {
        // One that cannot be looked at or cut stays as it is: its disk will say so to those who write what counts.
        self.try_to_cut().unwrap_or(false)
    }

    fn try_to_cut(&mut self) -> io::Result<bool> {
        let length = self.file.metadata()?.len();
        if length <= BYTES_MAX {
            return Ok(false);
        }
        let mut tail = vec![0; TAIL_BYTES];
        self.file.read_exact_at(&mut tail, length - TAIL_BYTES as u64)?;
        // What is written between this look and the cut is lost with the rest.
        self.file.set_len(HEAD_BYTES)?;
        self.missing += length - HEAD_BYTES - TAIL_BYTES as u64;
        let words = format!("\n[{} bytes are left out here: a log has at most {BYTES_MAX}]\n", self.missing);
        self.file.write_all(words.as_bytes())?;
        self.file.write_all(&tail)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};

    use super::*;

    #[test]
    fn a_long_log_keeps_its_beginning_and_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stderr.log");
        let open = || OpenOptions::new().create(true).read(true).append(true).open(&path).unwrap();
        let (mut worker, mut log) = (open(), Log::new(open()));
        worker.write_all(b"the first words").unwrap();
        assert!(!log.cut());
        for turn in 1..=3 {
            worker.write_all(&vec![b'.'; BYTES_MAX as usize]).unwrap();
            worker.write_all(b"the last words").unwrap();
            assert!(log.cut() && !log.cut());
            worker.write_all(b", and more").unwrap();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("the first words...") && text.ends_with("...the last words, and more"), "{turn}");
            assert_eq!(text.matches("bytes are left out here").count(), 1, "{turn}");
            assert!(text.len() < 2 << 20);
        }
    }
}
