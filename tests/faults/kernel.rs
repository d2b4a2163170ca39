//! Kernels that are older, poorer or stricter than ours: the run does with what there is, and does not do without its order.

use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use super::{ends_whole, short};
use crate::harness::{PROGRAM, Run};

/// Without file descriptors for processes (Linux before 5.3) a death is still noticed, and what a worker left is still ended.
#[test]
fn a_kernel_without_pidfd_is_enough() {
    let old = |trick| short().with_unruly("cluster", trick).denied("pidfd_open=ENOSYS,pidfd_send_signal=ENOSYS");
    let mut run = old("deaf").start();
    run.worker("cluster").signal(Signal::SIGKILL);
    ends_whole(&run.finish(), &[0]);
    ends_whole(&old("grandchild").finish(), &[0]);
}

/// Lets the run see a `/proc` of its own, mounted so, as somebody who may not look at others. Nothing where that cannot be had.
fn beneath_proc(mount: &str, run: Run) -> Option<Run> {
    let script = format!("{mount} && exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\" \"$@\"");
    let wrapper = || {
        let mut wrapper = Command::new("unshare");
        wrapper.args(["--mount", "/bin/sh", "-c", &script]);
        wrapper
    };
    let works = wrapper().args([PROGRAM, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !works.is_ok_and(|status| status.success()) {
        println!("skipped: only root may mount a /proc of its own");
        return None;
    }
    run.opened_to_all();
    Some(run.through(wrapper()))
}

/// Where nobody sees the processes of others (`hidepid`) memory is watched all the same: a run looks at its own.
#[test]
fn hidden_processes_change_nothing() {
    let leak = short().flag("--memory", "512M").with_unruly("evolve", "leak");
    let Some(run) = beneath_proc("mount -t proc -o hidepid=2 proc /proc", leak) else { return };
    let run = run.finish();
    ends_whole(&run, &[0]);
    let killed = run.events_of("killed");
    assert!(killed.len() == 1 && killed[0]["job"] == "evolve" && killed[0]["why"] == "over_allotment", "{killed:?}");
}

/// Without any view of its processes a run would be blind: it does not begin, and says what it cannot do.
#[test]
fn without_a_view_of_processes_there_is_no_run() {
    let Some(run) = beneath_proc("mount -t tmpfs none /proc", short()) else { return };
    let run = run.finish();
    run.expect(&[70]).leaves_nothing();
    assert!(run.told().contains("failed to look at the machine's memory"), "{}", run.told());
    assert!(!run.path("solution.sol").exists());
}
