//! What systemd is told of a run: a socket of the test's own stands for it.

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use nix::sys::signal::Signal;

use crate::harness::nightly::{Nightly, text};
use crate::harness::wait;

/// Hears all that is told, as long as the test lasts.
struct Listener {
    path: PathBuf,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn new(place: &Nightly) -> Self {
        let path = place.path("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&heard);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length) = socket.recv(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                list.lock().unwrap().extend(text.lines().map(str::to_owned));
            }
        });
        Self { path, heard }
    }

    fn address(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until lines with that beginning were heard so often.
    fn hears(&self, beginning: &str, often: usize) {
        wait::until(&format!("{beginning:?} is heard {often} times"), || {
            (self.heard().iter().filter(|line| line.starts_with(beginning)).count() >= often).then_some(())
        });
    }
}

/// Who asks is told that the run has begun, how it goes, and again and again that it lives.
#[test]
fn systemd_is_told_that_a_run_has_begun_and_lives() {
    let place = Nightly::new();
    let systemd = Listener::new(&place);
    let run = place.endless().variable("NOTIFY_SOCKET", systemd.address()).variable("WATCHDOG_USEC", "200000").start();
    place.worker("evolve");
    systemd.hears("READY=1", 1);
    systemd.hears("STATUS=[STAGE", 1);
    systemd.hears("WATCHDOG=1", 5);
    run.signal(Signal::SIGTERM);
    run.finish().expect(143);
    let heard = systemd.heard();
    assert_eq!(heard[0], "READY=1", "{heard:?}");
    assert_eq!(heard.iter().filter(|line| *line == "READY=1").count(), 1, "{heard:?}");
    place.leaves_nobody();
}

/// The journal gets each line of the story as an entry, with how grave it is, its run and its stage.
#[test]
fn the_journal_is_told_the_story() {
    let place = Nightly::new();
    let journal = Listener::new(&place);
    let run = place.short().flag("--log", format!("journald={}", journal.address())).flag("--run-dir", "r").finish();
    run.expect(0);
    journal.hears("MESSAGE=reproducible: yes", 1);
    let log = text(&place.path("r/run.log"));
    let heard = journal.heard();
    let of = |name: &str| -> Vec<&str> { heard.iter().filter_map(|line| line.strip_prefix(name)).collect() };
    let (messages, runs) = (of("MESSAGE="), of("CARILLON_RUN="));
    let stranger = messages.iter().find(|message| !log.lines().any(|line| line == **message));
    assert_eq!(stranger, None, "it stands in no line of\n{log}");
    assert!(messages.iter().any(|message| message.starts_with("[STAGE")), "{heard:?}");
    assert!(of("CARILLON_STAGE=").contains(&"STAGE2B") && of("PRIORITY=").contains(&"5"), "{heard:?}");
    assert!(runs.len() == messages.len() && runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    // Where nobody listens the run goes on.
    place.short().flag("--log", "journald=/nowhere").finish().expect(0);
}

/// Who waits for another run asks for that time, and has not begun.
#[test]
fn waiting_is_no_failed_start() {
    let place = Nightly::new();
    let first = place.endless().start();
    place.worker("evolve");
    let systemd = Listener::new(&place);
    let second = place.short().flag("--if-running", "wait=10m").variable("NOTIFY_SOCKET", systemd.address()).start();
    systemd.hears("EXTEND_TIMEOUT_USEC=660000000", 1);
    systemd.hears("STATUS=", 1);
    assert!(!systemd.heard().contains(&"READY=1".to_owned()));
    first.killed_alone();
    second.finish().expect(0);
    systemd.hears("READY=1", 1);
    place.leaves_nobody();
}

/// Where nobody listens, and where somebody else is to give the signs of life, the run is what it is otherwise.
#[test]
fn who_does_not_listen_misses_it() {
    let place = Nightly::new();
    for address in ["/nowhere/at/all", "@nobody-of-carillon", "", "relative"] {
        place.short().variable("NOTIFY_SOCKET", address).variable("WATCHDOG_USEC", "rubbish").finish().expect(0);
    }
    let systemd = Listener::new(&place);
    let call = place.short().variable("NOTIFY_SOCKET", systemd.address());
    call.variable("WATCHDOG_USEC", "1000").variable("WATCHDOG_PID", "1").finish().expect(0);
    systemd.hears("READY=1", 1);
    assert!(!systemd.heard().contains(&"WATCHDOG=1".to_owned()), "process 1 was to give it");
}
