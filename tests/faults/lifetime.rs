//! How long processes live: nobody outlives its attempt, whatever it does to get away, and who cannot be killed is said to be
//! there.

use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;

use super::{endless, ends_whole, short};
use crate::harness::processes::Process;
use crate::harness::run::Running;
use crate::harness::wait;

/// Those who have left their worker's group, session and family.
fn strays(run: &Running) -> Vec<Process> {
    run.processes().into_iter().filter(|process| process.has_argument("hoard")).collect()
}

/// Who leaves group, session and parents is ended with the attempt that it comes from, and not with the run.
#[test]
fn a_stray_ends_with_its_attempt() {
    let mut run = endless().with_unruly("cluster", "setsid").start();
    run.hears("evolve", 1);
    assert!(strays(&run).is_empty(), "{:?}", strays(&run));
    run.signal(Signal::SIGINT);
    let run = run.finish();
    ends_whole(&run, &[130]);
    let freed = run.events_of("freed");
    let of_cluster = freed.iter().find(|event| event["job"] == "cluster").expect("it has ended");
    assert_eq!(of_cluster["residual"].as_u64(), Some(0));
}

/// What it holds counts as held by the attempt: here it is more than any attempt may hold.
#[test]
fn a_stray_is_charged_to_its_attempt() {
    let run = short().flag("--memory", "96M").with_unruly("evolve", "setsid-deaf").finish();
    ends_whole(&run, &[0, 3]);
    let killed = run.events_of("killed");
    let charges: Vec<Option<u64>> = killed.iter().map(|event| event["charge"].as_u64()).collect();
    assert!(charges.iter().any(|charge| *charge >= Some(48 << 20)), "{killed:?}");
    let residuals = run.events_of("freed").into_iter().map(|event| event["residual"].as_u64());
    assert!(residuals.into_iter().all(|residual| residual == Some(0)), "{}", run.read("events.jsonl"));
}

/// A stopped process neither beats nor hears; the signal that nobody can catch ends it all the same.
#[test]
fn a_stopped_worker_is_replaced() {
    let mut run = short().with_unruly("evolve", "deaf").flag("--set", "deadline.silence=1s").start();
    run.hears("evolve", 1);
    run.worker("evolve").signal(Signal::SIGSTOP);
    let run = run.finish();
    ends_whole(&run, &[0]);
    assert!(run.events_of("killed").iter().any(|event| event["why"] == "hang"), "{}", run.told());
}

/// A process that the kernel does not let die keeps its allotment and is said to be there; its job is given up, and the run
/// ends without it.
#[test]
fn a_worker_that_cannot_be_killed_holds_up_nobody() {
    let Some(ice) = Ice::new() else { return };
    let unruly = short().with_unruly("evolve", "deaf").flag("--set", "deadline.silence=1s");
    let mut run = unruly.flag("--set", "deadline.kill=500ms").start();
    run.hears("evolve", 1);
    let frozen = run.worker("evolve");
    ice.freeze(&frozen);
    let run = run.finish();
    run.expect(&[3]);
    assert!(frozen.is_alive(), "a frozen process does not die");
    assert_eq!(run.events_of("unkillable").len(), 1, "{}", run.told());
    let pid = |event: &serde_json::Value| event["pid"].as_i64();
    assert_eq!(run.events_of("left").iter().map(pid).collect::<Vec<_>>(), [Some(frozen.pid().into())]);
    assert!(run.read("run.log").contains(&format!("process {} (evolve", frozen.pid())), "{}", run.read("run.log"));
    ice.thaw();
    frozen.gone();
    // Where a control group held it, that is still there, and the next run removes it.
    ends_whole(&short().finish(), &[0]);
    ends_whole(&run, &[3]);
}

/// It may come back to its senses while the run goes on: then its memory is given back, and its job stays given up.
#[test]
fn a_worker_that_dies_late_gives_back_its_memory() {
    let Some(ice) = Ice::new() else { return };
    let unruly = short().with_unruly("evolve", "deaf").with_unruly("resolve", "deaf");
    let unruly = unruly.flag("--set", "deadline.silence=2s").flag("--set", "deadline.kill=500ms");
    let mut run = unruly.start();
    run.hears("evolve", 1);
    let frozen = run.worker("evolve");
    ice.freeze(&frozen);
    // There is no second attempt at evolve: its input has gone forward.
    run.hears("resolve", 1);
    ice.thaw();
    frozen.gone();
    run.worker("resolve").signal(Signal::SIGKILL);
    let run = run.finish();
    ends_whole(&run, &[3]);
    assert_eq!(run.events_of("unkillable").len(), 1, "{}", run.told());
    assert!(run.events_of("left").is_empty(), "{}", run.told());
    assert!(run.events_of("freed").iter().any(|event| event["job"] == "evolve"), "{}", run.told());
}

/// A control group of the freezer (version 1): who is frozen in it does not die of any signal before it thaws.
pub(super) struct Ice {
    folder: PathBuf,
}

impl Ice {
    /// A group that nobody is in; says why where there can be none.
    pub(super) fn new() -> Option<Self> {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let freezer = Path::new("/sys/fs/cgroup/freezer");
        let folder = freezer.join(format!("carillon-test-{}-{number}", std::process::id()));
        match fs::create_dir(&folder) {
            Ok(()) => Some(Self { folder }),
            Err(error) => {
                println!("skipped: there is no freezer of control groups to write to: {error}");
                None
            }
        }
    }

    pub(super) fn freeze(&self, process: &Process) {
        fs::write(self.folder.join("cgroup.procs"), process.pid().to_string()).expect("the group is ours");
        self.write("FROZEN");
    }

    pub(super) fn thaw(&self) {
        self.write("THAWED");
    }

    fn write(&self, state: &str) {
        let file = self.folder.join("freezer.state");
        wait::until(&format!("the group is {state}"), || {
            fs::write(&file, state).expect("the group is ours");
            fs::read_to_string(&file).is_ok_and(|now| now.trim() == state).then_some(())
        });
    }
}

impl Drop for Ice {
    fn drop(&mut self) {
        // A test that has failed must not leave anybody in here.
        let _ = fs::write(self.folder.join("freezer.state"), "THAWED");
        let _ = wait::within(wait::PATIENCE, || fs::remove_dir(&self.folder).is_ok().then_some(()));
    }
}
