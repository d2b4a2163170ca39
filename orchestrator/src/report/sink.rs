//! Files of the report that are appended to line by line. A log that cannot be written must not take the run down with it: the
//! error is kept, told once, and that file is left alone from then on.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use shared::file::FileError;

/// No line of ours is longer; what is looked at to find the end of the last whole one.
const TAIL_BYTES: u64 = 64 << 10;

/// A file that lines are appended to. Each line is one write, so that a reader sees whole lines.
#[derive(Debug)]
pub(super) struct Sink {
    path: PathBuf,
    file: Option<File>,
}

impl Sink {
    /// Creates the file, or goes on behind its last whole line; `header` is written when it is new.
    pub(super) fn open(path: PathBuf, header: &str) -> Result<Self, FileError> {
        let opened = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let mut file = opened.map_err(FileError::at("create", &path))?;
        let length = cut_torn_line(&mut file).map_err(FileError::at("create", &path))?;
        if length == 0 && !header.is_empty() {
            file.write_all(format!("{header}\n").as_bytes()).map_err(FileError::at("create", &path))?;
        }
        Ok(Self { path, file: Some(file) })
    }

    /// Appends a line. After an error nothing more is tried.
    pub(super) fn line(&mut self, text: &str) -> Result<(), FileError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let written = file.write_all(format!("{text}\n").as_bytes()).map_err(FileError::at("write", &self.path));
        if written.is_err() {
            self.file = None;
        }
        written
    }
}

/// Cuts away a last line that was not written to its end. Returns the length.
fn cut_torn_line(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL_BYTES);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    // Bounded: a device may have no length and no end.
    Read::by_ref(file).take(length - from).read_to_end(&mut tail)?;
    let torn = tail.iter().rev().take_while(|byte| **byte != b'\n').count() as u64;
    if torn > 0 {
        file.set_len(length - torn)?;
    }
    Ok(length - torn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_and_the_header_comes_once() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("trace.tsv");
        for line in ["1", "2"] {
            Sink::open(path.clone(), "t_ms").unwrap().line(line).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), "t_ms\n1\n2\n");
    }

    #[test]
    fn a_torn_line_is_cut_before_going_on() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("events.jsonl");
        std::fs::write(&path, "one\ntw").unwrap();
        Sink::open(path.clone(), "").unwrap().line("three").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "one\nthree\n");
    }

    #[test]
    fn a_full_disk_is_an_error_once() {
        let mut sink = Sink::open(PathBuf::from("/dev/full"), "").unwrap();
        let error = sink.line("lost").unwrap_err();
        assert!(error.is_disk_full());
        assert!(error.to_string().starts_with("write /dev/full: No space left on device"), "{error}");
        sink.line("not tried again").unwrap();
    }
}
