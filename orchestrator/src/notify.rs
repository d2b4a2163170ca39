//! What systemd is told of a run, where it asks: that it has begun, how it goes, and that the loop still turns. A datagram each, to the socket
//! that it names; nobody who does not ask notices, and what does not arrive changes nothing.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

use std::env;
use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// How long the first words may take to be taken. Later ones do not wait: the loop has other things to do.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two words about how it goes.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// What is told of a line.
const STATUS_MAX: usize = 300;
/// What a run that has waited for another one may still take to begin.
const GRACE: Duration = Duration::from_mins(1);

/// Whoever started us, if it wants to know.
#[derive(Debug)]
pub struct Notify {
    socket: Option<(UnixDatagram, SocketAddr)>,
    told: Told,
}

/// What was told, and when: what is due follows from that.
#[derive(Debug, Default)]
struct Told {
    /// Half of what systemd waits for a sign of life.
    beat_every: Option<Duration>,
    beat_at: Option<Duration>,
    status: String,
    status_at: Option<Duration>,
}

impl Notify {
    /// As the environment says. Where it says nothing, or the socket cannot be had, nothing is told.
    pub(crate) fn open() -> Self {
        let socket = env::var_os("NOTIFY_SOCKET").and_then(|name| {
            let socket = UnixDatagram::unbound().ok()?;
            socket.set_write_timeout(Some(PATIENCE)).ok()?;
            Some((socket, address(&name)?))
        });
        let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
        // Where it is somebody else who is to beat, that one is named.
        let is_ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let patience = number("WATCHDOG_USEC").filter(|patience| is_ours && *patience > 0);
        let beat_every = patience.map(|patience| Duration::from_micros(patience / 2));
        Self { socket, told: Told { beat_every, ..Told::default() } }
    }

    /// Another run is waited for, so long at the most: that is no failed start.
    pub(crate) fn waiting(&self, longest: Duration, words: &str) {
        let most = longest.saturating_add(GRACE).as_micros();
        self.send(&format!("EXTEND_TIMEOUT_USEC={most}\nSTATUS={}", line(words)));
    }

    /// The run has begun.
    pub(crate) fn ready(&mut self) {
        self.send("READY=1");
        if let Some((socket, _)) = &self.socket {
            // An error means that a word may take its time.
            let _ = socket.set_nonblocking(true);
        }
    }

    /// The loop turns, and so it goes. Call it as often as you like.
    pub(crate) fn turn(&mut self, now: Duration, status: &str) {
        if self.socket.is_none() {
            return;
        }
        if let Some(message) = self.told.due(now, status) {
            self.send(&message);
        }
    }

    fn send(&self, message: &str) {
        if let Some((socket, address)) = &self.socket {
            // Whoever does not listen misses it.
            let _ = socket.send_to_addr(message.as_bytes(), address);
        }
    }
}

impl Told {
    /// What is to be told now.
    fn due(&mut self, now: Duration, status: &str) -> Option<String> {
        let is_over = |then: Option<Duration>, pause| then.is_none_or(|then| now.saturating_sub(then) >= pause);
        let mut lines = Vec::new();
        if self.beat_every.is_some_and(|pause| is_over(self.beat_at, pause)) {
            self.beat_at = Some(now);
            lines.push("WATCHDOG=1".to_owned());
        }
        if self.status != status && is_over(self.status_at, STATUS_EVERY) {
            self.status_at = Some(now);
            status.clone_into(&mut self.status);
            lines.push(format!("STATUS={}", line(status)));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// A path, or a name behind an `@`, which is not in the file system.
fn address(name: &OsStr) -> Option<SocketAddr> {
    match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name).ok(),
        None => SocketAddr::from_pathname(name).ok(),
    }
}

/// A line end would begin another assignment.
fn line(words: &str) -> String {
    words.chars().take(STATUS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_and_words_come_when_they_are_due() {
        let mut told = Told { beat_every: Some(Duration::from_secs(10)), ..Told::default() };
        let mut at = |seconds, status: &str| told.due(Duration::from_secs(seconds), status);
        assert_eq!(at(0, "a"), Some("WATCHDOG=1\nSTATUS=a".to_owned()));
        assert_eq!(at(0, "b"), None, "too early");
        assert_eq!(at(5, "a"), None, "nothing new");
        assert_eq!(at(6, "b\nREADY=0"), Some("STATUS=b READY=0".to_owned()));
        assert_eq!(at(10, "b\nREADY=0"), Some("WATCHDOG=1".to_owned()));
        assert_eq!(at(19, "b\nREADY=0"), None);
        assert_eq!(at(20, "c"), Some("WATCHDOG=1\nSTATUS=c".to_owned()));
        assert_eq!(Told::default().due(Duration::from_secs(99), ""), None, "nobody waits for a beat");
    }

    #[test]
    fn an_address_is_a_path_or_a_name() {
        let of = |name: &str| address(OsStr::new(name)).unwrap();
        assert_eq!(of("/run/notify").as_pathname(), Some(std::path::Path::new("/run/notify")));
        assert_eq!(of("@a/b").as_abstract_name(), Some(b"a/b".as_slice()));
        assert!(address(OsStr::new(&"x".repeat(200))).is_none());
    }
}
