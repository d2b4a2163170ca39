//! Kernels that are older, poorer or stricter than ours: the run does with what there is, and does not do without its order.

use nix::sys::signal::Signal;

use super::{ends_whole, short};

/// Without file descriptors for processes (Linux before 5.3) a death is still noticed, and what a worker left is still ended.
#[test]
fn a_kernel_without_pidfd_is_enough() {
    let old = |trick| short().with_unruly("cluster", trick).denied("pidfd_open=ENOSYS,pidfd_send_signal=ENOSYS");
    let mut run = old("deaf").start();
    run.worker("cluster").signal(Signal::SIGKILL);
    ends_whole(&run.finish(), &[0]);
    ends_whole(&old("grandchild").finish(), &[0]);
}
