//! Time that does not pass for everybody: whoever is stopped cannot hear, and is no judge of silence.

use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::{ends_whole, short};

/// An orchestrator that was stopped, as by a machine that was suspended, finds workers that it has not heard for longer than its
/// patience. None of them was silent.
#[test]
fn a_suspended_orchestrator_blames_nobody() {
    for _ in 0..3 {
        let run = short().with_unruly("evolve", "deaf").flag("--set", "deadline.silence=1s");
        let mut run = run.flag("--set", "deadline.hello=1s").start();
        run.hears("evolve", 1);
        run.signal(Signal::SIGSTOP);
        // That long it hears nobody: this is what happens to it, not what is waited for.
        thread::sleep(Duration::from_millis(2500));
        run.signal(Signal::SIGCONT);
        run.signal(Signal::SIGINT);
        let run = run.finish();
        ends_whole(&run, &[130]);
        assert!(run.events_of("killed").iter().all(|event| event["why"] != "hang"), "{}", run.told());
    }
}
