//! System calls that fail on demand: a filter of the kernel (seccomp) that answers for it, and stays for all that follows.
//!
//! A machine with an old kernel, a full disk or no room for another process is hard to come by; a process that believes it
//! is on one is not. Rules are written `CALL=ERROR,CALL=ERROR…`, as in `pidfd_open=ENOSYS`. The call `process` stands for all
//! that make a process and no thread, `thread` for all that make a thread, `fork` for all that copy the caller's memory. Where
//! `internet=KILL` is said, whoever opens a socket to other machines is ended. Neither root nor a capability is needed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Becomes `program`, for which the calls of `rules` fail.
pub(crate) fn become_denied(rules: &str, program: &[OsString]) -> ExitCode {
    deny(rules);
    let (name, arguments) = program.split_first().expect("a program is named");
    let error = Command::new(name).args(arguments).exec();
    panic!("failed to become {}: {error}", name.display());
}

/// Lets the calls of `rules` fail from now on, in this thread and in whatever it starts or becomes.
pub(crate) fn deny(rules: &str) {
    for rule in rules.split(',') {
        let (call, error) = rule.split_once('=').expect("a rule is written CALL=ERROR");
        let (thread, memory) = (libc::CLONE_THREAD as u64, libc::CLONE_VM as u64);
        match call {
            "process" => deny_clones(first_argument(thread, 0), error),
            "thread" => deny_clones(first_argument(thread, thread), error),
            "fork" => deny_clones(first_argument(memory, 0), error),
            "internet" => {
                let families = [libc::AF_INET, libc::AF_INET6].map(|family| first_argument(u64::MAX, family as u64));
                answer(libc::SYS_socket, families.into(), SeccompAction::KillProcess);
            }
            call => install(number(call), Vec::new(), errno(error)),
        }
    }
}

fn deny_clones(rule: SeccompRule, error: &str) {
    // Its flags lie behind a pointer, where no filter sees them: the C library asks the older call instead.
    install(libc::SYS_clone3, Vec::new(), libc::ENOSYS);
    install(libc::SYS_clone, vec![rule], errno(error));
}

/// Installs a filter of its own for each rule: those that are there already stay.
fn install(call: i64, rules: Vec<SeccompRule>, error: i32) {
    answer(call, rules, SeccompAction::Errno(error.cast_unsigned()));
}

fn answer(call: i64, rules: Vec<SeccompRule>, answer: SeccompAction) {
    let machine = std::env::consts::ARCH.try_into().expect("the tests run where filters exist");
    let filter = SeccompFilter::new(BTreeMap::from([(call, rules)]), SeccompAction::Allow, answer, machine);
    let program: BpfProgram = filter.and_then(SeccompFilter::try_into).expect("the rule is sound");
    seccompiler::apply_filter(&program).expect("every process may restrict itself");
}

/// For calls whose first argument has `value` where `mask` has ones.
fn first_argument(mask: u64, value: u64) -> SeccompRule {
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(mask), value);
    condition.and_then(|condition| SeccompRule::new(vec![condition])).expect("the condition is sound")
}

fn number(call: &str) -> i64 {
    match call {
        "fallocate" => libc::SYS_fallocate,
        "fdatasync" => libc::SYS_fdatasync,
        "fsync" => libc::SYS_fsync,
        "mmap" => libc::SYS_mmap,
        "pidfd_open" => libc::SYS_pidfd_open,
        "pidfd_send_signal" => libc::SYS_pidfd_send_signal,
        "renameat2" => libc::SYS_renameat2,
        "socket" => libc::SYS_socket,
        other => panic!("{other:?} is no call that anybody needed to deny so far: add it here"),
    }
}

fn errno(error: &str) -> i32 {
    match error {
        "EAGAIN" => libc::EAGAIN,
        "EDQUOT" => libc::EDQUOT,
        "EIO" => libc::EIO,
        "EMFILE" => libc::EMFILE,
        "ENOMEM" => libc::ENOMEM,
        "ENOSPC" => libc::ENOSPC,
        "ENOSYS" => libc::ENOSYS,
        "EPERM" => libc::EPERM,
        "EROFS" => libc::EROFS,
        other => panic!("{other:?} is no error that anybody needed so far: add it here"),
    }
}
