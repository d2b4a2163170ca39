//! A neighbour that takes the machine's memory: the run starts nothing, kills nobody for nothing, and gives way or goes on.
//!
//! The machine is a control group (version 1) with a limit of its own, in which the run and its neighbour live.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{ends_whole, short};
use crate::harness::run::Finished;
use crate::harness::{Run, unruly, wait};

/// The memory of the small machine, and what the neighbour holds of it.
const MACHINE_MIB: u64 = 400;
const NEIGHBOUR_MIB: u64 = MACHINE_MIB * 85 / 100;

/// A small machine.
struct Machine(PathBuf);

impl Machine {
    /// One that nobody uses; says why where there can be none.
    fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("carillon-neighbours-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new("/sys/fs/cgroup/memory").join(name);
        let limit = (MACHINE_MIB << 20).to_string();
        match fs::create_dir(&folder).and_then(|()| fs::write(folder.join("memory.limit_in_bytes"), limit)) {
            Ok(()) => Some(Self(folder)),
            Err(error) => {
                println!("skipped: there is no memory control group of version 1 to write to: {error}");
                None
            }
        }
    }

    /// A shell that moves there and becomes what stands behind it.
    fn inside(&self) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg("echo $$ > \"$0\" && exec \"$@\"").arg(self.0.join("cgroup.procs"));
        shell
    }

    /// A run in there.
    fn run(&self) -> Run {
        short().through(self.inside())
    }

    fn used_mib(&self) -> u64 {
        let used = fs::read_to_string(self.0.join("memory.usage_in_bytes")).expect("the group is ours");
        used.trim().parse::<u64>().expect("it is a number") >> 20
    }

    /// A neighbour that holds its memory.
    fn neighbour(&self) -> Neighbour {
        let mut command = self.inside();
        command.arg(unruly()).arg("hold").arg(NEIGHBOUR_MIB.to_string());
        let neighbour = Neighbour(command.stdin(Stdio::null()).spawn().expect("there is room for a neighbour"));
        wait::until("the neighbour holds its memory", || (self.used_mib() >= NEIGHBOUR_MIB).then_some(()));
        neighbour
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = wait::within(wait::PATIENCE, || fs::remove_dir(&self.0).is_ok().then_some(()));
    }
}

/// Somebody else, who holds memory until this is dropped.
struct Neighbour(Child);

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn nobody_was_killed(run: &Finished) {
    let killed = run.events_of("killed");
    assert!(killed.iter().all(|event| event["why"] == "run_ends"), "{killed:?}");
}

/// A neighbour that stays is waited for, and then given way to; when it is gone, the run goes on to the same end.
#[test]
fn a_run_gives_way_to_a_neighbour_that_stays() {
    let Some(machine) = Machine::new() else { return };
    let undisturbed = machine.run().finish().expect(&[0]).read("solution.sol");
    let neighbour = machine.neighbour();
    let run = machine.run().flag("--pressure-wait", "1s").finish();
    run.expect(&[104]).leaves_nothing();
    nobody_was_killed(&run);
    assert!(!run.events_of("pressure_began").is_empty(), "{}", run.read("events.jsonl"));
    assert!(run.told().contains("other programs hold the memory"), "{}", run.told());
    assert!(!run.path("solution.sol").exists());
    drop(neighbour);
    let run = run.resume().through(machine.inside()).finish();
    ends_whole(&run, &[0]);
    assert!(run.read("solution.sol") == undisturbed, "another timetable");
}

/// One that comes in the midst of a run and goes again costs time, and nothing else.
#[test]
fn a_run_waits_for_a_neighbour_that_goes() {
    let Some(machine) = Machine::new() else { return };
    let mut run = machine.run().with_unruly("cluster", "deaf").flag("--pressure-wait", "10m").start();
    run.hears("cluster", 1);
    let worker = run.worker("cluster");
    let neighbour = machine.neighbour();
    // The only worker ends: whatever comes behind it has to wait.
    worker.signal(nix::sys::signal::Signal::SIGKILL);
    run.tells("pressure_began");
    drop(neighbour);
    let run = run.finish();
    ends_whole(&run, &[0]);
    nobody_was_killed(&run);
    assert_eq!(run.events_of("pressure_ended").len(), 1, "{}", run.read("events.jsonl"));
}
