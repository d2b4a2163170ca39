//! Events on stdout, as they come, for whoever follows a run by program. A thread writes them: a reader who does not read must not keep the
//! run from watching its workers. What he misses is counted and told.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use super::json;

/// So many lines wait for a reader: some minutes of a busy run.
const LINES_MAX: usize = 4096;
/// How long the last lines are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to stdout.
#[derive(Debug)]
pub(super) struct Stream {
    lines: Option<SyncSender<String>>,
    /// Is closed when the last line is written.
    written: Receiver<()>,
    missed: u64,
}

impl Stream {
    pub(super) fn stdout() -> Self {
        Self::to(io::stdout(), LINES_MAX)
    }

    fn to(mut out: impl Write + Send + 'static, most: usize) -> Self {
        let (sender, lines) = sync_channel::<String>(most);
        let (writing, written) = channel::<()>();
        thread::spawn(move || {
            let _writing = writing;
            for line in lines {
                // Nobody listens any more.
                if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
                    return;
                }
            }
        });
        Self { lines: Some(sender), written, missed: 0 }
    }

    /// Lets a line go, and before it how many did not.
    pub(super) fn line(&mut self, at: Duration, line: String) {
        let Some(lines) = &self.lines else { return };
        let line = if self.missed > 0 { format!("{}\n{line}\n", json::missed(at, self.missed)) } else { line + "\n" };
        match lines.try_send(line) {
            Ok(()) => self.missed = 0,
            Err(TrySendError::Full(_)) => self.missed += 1,
            Err(TrySendError::Disconnected(_)) => self.lines = None,
        }
    }
}

impl Drop for Stream {
    /// Waits until all is written, or the reader's patience with us is ours with him.
    fn drop(&mut self) {
        self.lines = None;
        let _ = self.written.recv_timeout(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A reader who reads when he is let.
    #[derive(Clone, Default)]
    struct Reader(Arc<Mutex<Vec<u8>>>);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_does_not_read_misses_lines_and_is_told_how_many() {
        let reader = Reader::default();
        let asleep = reader.0.lock().unwrap();
        let mut stream = Stream::to(reader.clone(), 1);
        let mut tried = 0;
        let mut tell = |stream: &mut Stream| {
            stream.line(Duration::ZERO, "{}".to_owned());
            tried += 1;
        };
        while stream.missed < 9 {
            tell(&mut stream);
        }
        drop(asleep);
        // The first line that finds room says how many have not.
        while stream.missed > 0 {
            thread::yield_now();
            tell(&mut stream);
        }
        drop(stream);
        let told = String::from_utf8(reader.0.lock().unwrap().clone()).unwrap();
        let (lines, missed): (Vec<&str>, Vec<&str>) = told.lines().partition(|line| *line == "{}");
        let count = |line: &&str| -> u64 {
            let count = line.strip_prefix("{\"t_ms\":0,\"event\":\"missed\",\"count\":");
            count.and_then(|rest| rest.strip_suffix('}')?.parse().ok()).unwrap_or_else(|| panic!("{line:?}"))
        };
        let missed: u64 = missed.iter().map(count).sum();
        assert!(missed >= 9, "{told}");
        assert_eq!(lines.len() as u64 + missed, tried, "each line is told or counted");
    }

    #[test]
    fn nobody_waits_for_a_reader_who_has_gone() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut stream = Stream::to(Gone, 1);
        while stream.lines.is_some() {
            stream.line(Duration::ZERO, String::new());
        }
    }
}
