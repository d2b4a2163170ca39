//! The lines of the story as entries of systemd's journal, each with how grave it is, its run and its stage, so that whoever watches many runs finds
//! them by field. <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use super::{Line, Tone};

/// Where the journal listens. Another namespace of it has a folder of its own beside that.
pub(crate) const SOCKET: &str = "/run/systemd/journal/socket";
/// What is told of a line: a datagram has to hold it.
const WORDS_MAX: usize = 16 << 10;

/// How long the journal may take to take a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// The way to a journal.
#[derive(Debug)]
pub(super) struct Journald {
    socket: UnixDatagram,
    run: String,
}

impl Journald {
    /// The journal behind that socket; nothing where nobody listens.
    pub(super) fn at(socket: &Path, run: &str) -> Option<Self> {
        let way = UnixDatagram::unbound().ok()?;
        way.connect(socket).ok()?;
        way.set_write_timeout(Some(PATIENCE)).ok()?;
        Some(Self { socket: way, run: run.to_owned() })
    }

    /// Tells a line. Returns whether it was taken.
    pub(super) fn line(&mut self, line: &Line) -> bool {
        let is_taken = self.socket.send(entry(line, &self.run).as_bytes()).is_ok();
        if !is_taken {
            // A journal that is slow once is not waited for again: whoever watches the workers has other things to do.
            let _ = self.socket.set_nonblocking(true);
        }
        is_taken
    }
}

/// Whether what is written to stderr goes to the journal: `JOURNAL_STREAM` names the file that does.
pub(super) fn has_stderr(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let Some(stream) = variable("JOURNAL_STREAM") else { return false };
    let stderr = io::stderr().as_fd().try_clone_to_owned().map(File::from).and_then(|file| file.metadata());
    stderr.is_ok_and(|stderr| is_named(&stream.to_string_lossy(), stderr.dev(), stderr.ino()))
}

fn is_named(stream: &str, device: u64, file: u64) -> bool {
    stream.split_once(':').is_some_and(|(dev, ino)| dev.parse() == Ok(device) && ino.parse() == Ok(file))
}

/// A field a line. A line of the story holds no line ends, so none of them ends early.
fn entry(line: &Line, run: &str) -> String {
    let priority = match line.tone {
        Tone::Bad => 3,
        Tone::Warning => 4,
        Tone::Good => 5,
        Tone::Plain => 6,
    };
    let stage = line.text.strip_prefix('[').and_then(|text| text.split_once(']')).map(|(stage, _)| stage);
    let stage = stage.map_or_else(String::new, |stage| format!("CARILLON_STAGE={stage}\n"));
    let words: String = line.text.chars().take(WORDS_MAX / 4).map(|c| if c == '\n' { ' ' } else { c }).collect();
    format!("MESSAGE={words}\nPRIORITY={priority}\nSYSLOG_IDENTIFIER=carillon\nCARILLON_RUN={run}\n{stage}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_a_field_a_line() {
        let line = |tone, text: &str| Line { tone, text: text.to_owned() };
        assert_eq!(
            entry(&line(Tone::Warning, "[STAGE2B] ⚠️ High\nPRIORITY=0"), "r-1"),
            "MESSAGE=[STAGE2B] ⚠️ High PRIORITY=0\nPRIORITY=4\nSYSLOG_IDENTIFIER=carillon\nCARILLON_RUN=r-1\nCARILLON_STAGE=STAGE2B\n"
        );
        let whole = entry(&line(Tone::Good, &"✅".repeat(1 << 20)), "r");
        assert!(whole.len() <= WORDS_MAX + 100 && !whole.contains("CARILLON_STAGE"));
    }

    #[test]
    fn the_journal_names_its_stream_by_device_and_file() {
        assert!(is_named("8:1234", 8, 1234));
        for stream in ["8:1235", "9:1234", "8", "", "8:1234:"] {
            assert!(!is_named(stream, 8, 1234), "{stream:?}");
        }
        assert!(!has_stderr(|_| None) && !has_stderr(|_| Some("0:0".into())));
    }
}
