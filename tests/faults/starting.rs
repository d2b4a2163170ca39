//! Starting a worker: on a machine that has no room for one, from the right thread, and without copying who starts it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use super::{EFFORT, ends_whole, short};
use crate::harness::processes::Process;
use crate::harness::{Run, unruly, wait};

/// The outcomes of a job's attempts.
fn outcomes(run: &crate::harness::run::Finished, job: &str) -> Vec<String> {
    let of_job = run.events_of("outcome").into_iter().filter(|end| end["job"] == job);
    of_job.map(|end| end["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}

/// No process, no memory for one, no thread to hear it, no socket to call at: it is tried again, then the run ends in order, and
/// goes on when there is room again.
#[test]
fn a_machine_without_room_for_a_worker_ends_the_run_in_order() {
    for rules in ["process=EAGAIN", "process=ENOMEM", "thread=EAGAIN", "socket=EMFILE"] {
        let run = short().denied(rules).finish();
        run.expect(&[74]).leaves_nothing();
        assert!(run.told().contains("could not be started: failed to "), "{rules}: {}", run.told());
        assert_eq!(outcomes(&run, "load"), ["not_started"; 3], "{rules}");
        assert!(!run.path("solution.sol").exists());
        let run = run.resume().finish();
        ends_whole(&run, &[0]);
        assert_eq!(run.result()["reproducible"].as_bool(), Some(true), "{rules}");
    }
}

/// The same where room runs out on the way, in a control group that counts processes.
#[test]
fn a_limit_on_processes_costs_nothing_that_was_done() {
    let undisturbed = short().finish().expect(&[0]).read("solution.sol");
    let Some(group) = Pids::new() else { return };
    let mut run = short().with_unruly("evolve", "deaf").start();
    run.hears("evolve", 1);
    let worker = run.worker("evolve");
    group.hold(&run.orchestrator());
    worker.signal(Signal::SIGKILL);
    let run = run.finish();
    run.expect(&[74]).leaves_nothing();
    assert_eq!(outcomes(&run, "evolve")[1..], ["not_started", "not_started"], "{}", run.told());
    let run = run.resume().finish();
    ends_whole(&run, &[0]);
    assert!(run.read("solution.sol") == undisturbed);
}

/// A control group (version 1) in which nobody can start a process.
struct Pids(PathBuf);

impl Pids {
    fn new() -> Option<Self> {
        let folder = Path::new("/sys/fs/cgroup/pids").join(format!("carillon-test-{}", std::process::id()));
        match fs::create_dir(&folder).and_then(|()| fs::write(folder.join("pids.max"), "0")) {
            Ok(()) => Some(Self(folder)),
            Err(error) => {
                println!("skipped: there is no control group that counts processes to write to: {error}");
                None
            }
        }
    }

    fn hold(&self, process: &Process) {
        fs::write(self.0.join("cgroup.procs"), process.pid().to_string()).expect("the group is ours");
    }
}

impl Drop for Pids {
    fn drop(&mut self) {
        let _ = wait::within(wait::PATIENCE, || fs::remove_dir(&self.0).is_ok().then_some(()));
    }
}

/// A worker dies with the *thread* that has started it: so all of them are started by the one thread that lasts as long as the
/// run, while threads that hear workers come and go.
#[test]
fn every_worker_is_started_by_the_thread_that_lasts() {
    let mut run = Run::of_two_colleges().flag("--effort", EFFORT).flag("--threads", "2").start();
    let orchestrator = run.orchestrator().pid();
    let mut seen = BTreeSet::new();
    wait::until("the run ends", || {
        let workers: Vec<Process> = run.processes().into_iter().filter(|process| process.stage().is_some()).collect();
        let of_main = fs::read_to_string(format!("/proc/{orchestrator}/task/{orchestrator}/children"));
        let of_main = of_main.unwrap_or_default();
        for worker in workers {
            let is_of_main = of_main.split_whitespace().any(|pid| pid == worker.pid().to_string());
            assert!(is_of_main || !worker.is_alive(), "{worker:?} is a child of another thread than the first");
            seen.extend(is_of_main.then_some(worker.pid()));
        }
        run.has_ended().then_some(())
    });
    ends_whole(&run.finish(), &[0]);
    assert!(seen.len() >= 3, "few workers were seen: {seen:?}");
}

/// Copying a process takes the longer the more it holds, so nobody is copied: a kernel that refuses it is enough for a run.
#[test]
fn nobody_is_copied_to_start_a_worker() {
    ends_whole(&short().denied("fork=EPERM").finish(), &[0]);
}

/// Nobody asks another machine for anything: a kernel that ends whoever would is enough for a run, its report and its figures.
#[test]
fn no_other_machine_is_asked() {
    let run = short().denied("internet=KILL").finish();
    ends_whole(&run, &[0]);
    assert!(run.path("report.html").exists());
}

/// The test above can fail: that kernel ends a program that opens such a socket.
#[test]
fn whoever_asks_another_machine_is_ended() {
    let mut bash = Command::new(unruly());
    let asked = bash.args(["deny", "internet=KILL", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"]).output().unwrap();
    assert_eq!(asked.status.signal(), Some(nix::libc::SIGSYS), "{asked:?}");
}
