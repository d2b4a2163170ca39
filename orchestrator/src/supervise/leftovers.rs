//! Whoever is left of a dead run: found by the run's id in the environment, ended before anything of the run starts again.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::thread;
use std::time::{Duration, Instant};

use super::mark::Mark;
use crate::watch::start_ticks;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A killed process that is still there after that is stuck in the kernel.
const UNKILLABLE: Duration = Duration::from_secs(10);

/// A process that does not end.
#[derive(Debug, thiserror::Error)]
#[error("end process {pid}, which is left of the run and still there {} s after it was killed", UNKILLABLE.as_secs())]
pub struct Leftover {
    pid: i32,
}

/// Ends every process that carries `run_id` in its environment, other than this one, and waits until each is gone. Returns
/// how many there were.
///
/// # Errors
/// When one does not end: nothing of the run may be started beside it.
pub fn end_leftovers(run_id: &str) -> Result<usize, Leftover> {
    let started = Instant::now();
    let mut ended = 0;
    loop {
        // Whoever was started while we looked is found by the next look.
        let found = carriers(run_id);
        let Some((first, _)) = found.first() else { return Ok(ended) };
        if started.elapsed() > UNKILLABLE {
            return Err(Leftover { pid: first.as_raw() });
        }
        for (pid, since) in &found {
            // Its number may be a stranger's by now: the time of its start tells.
            if start_ticks(pid.as_raw().cast_unsigned()) == Some(*since)
                && kill(*pid, Signal::SIGKILL) != Err(Errno::ESRCH)
            {
                ended += 1;
                wait_for(*pid, *since, started);
            }
        }
    }
}

/// There is no event for the end of a process that is not our child.
fn wait_for(pid: Pid, since: u64, started: Instant) {
    let is_there = || start_ticks(pid.as_raw().cast_unsigned()) == Some(since) && !is_zombie(pid);
    while is_there() && started.elapsed() <= UNKILLABLE {
        thread::sleep(Duration::from_millis(1));
    }
}

/// One that only waits to be reaped has given everything back.
fn is_zombie(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}

/// All living processes with that id in their environment, each with the time of its start.
fn carriers(run_id: &str) -> Vec<(Pid, u64)> {
    let own = std::process::id();
    let Ok(everyone) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = everyone.flatten().filter_map(|folder| {
        std::str::from_utf8(folder.file_name().as_bytes()).ok().and_then(|name| name.parse::<u32>().ok())
    });
    // What we may not look at is not ours.
    let carries = |pid: &u32| Mark::of(*pid).is_some_and(|mark| mark.run == run_id);
    let known = |pid: u32| Some((Pid::from_raw(pid.cast_signed()), start_ticks(pid)?));
    numbers.filter(|pid| *pid != own).filter(carries).filter_map(known).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use shared::worker::RUN_ID_VARIABLE;

    use super::*;

    #[test]
    fn only_those_of_the_run_are_ended() {
        let id = format!("test-{}", std::process::id());
        let sleeper = |id: &str| Command::new("sleep").arg("600").env(RUN_ID_VARIABLE, id).spawn().unwrap();
        let (mut ours, mut other) = (sleeper(&id), sleeper("another run"));
        let began = Instant::now();
        while carriers(&id).is_empty() {
            // Between fork and exec it has no environment of its own yet.
            assert!(began.elapsed() < UNKILLABLE, "it has started");
            thread::yield_now();
        }
        assert_eq!(end_leftovers(&id).unwrap(), 1);
        assert_eq!(ours.wait().unwrap().signal(), Some(9));
        assert_eq!(other.try_wait().unwrap(), None, "a stranger is left alone");
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(end_leftovers(&id).unwrap(), 0);
    }
}
