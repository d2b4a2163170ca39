//! A worker's life around its work.

use std::any::Any;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::Signal;
use nix::sys::time::TimeValLike;
use nix::unistd::getppid;

use super::{Context, Done, WorkerArgs};
use crate::exit::Exit;
use crate::wire::{self, Failure, FailureKind, PROTOCOL_VERSION, Report};

/// The environment variable that carries the run's id to all its processes, so that leftovers of a dead run can be found.
pub const RUN_ID_VARIABLE: &str = "CARILLON_RUN_ID";
/// The environment variable that carries `<job>-<attempt>` to a worker and all its descendants, so that one that has left its
/// process group is still known for whose it is.
pub const ATTEMPT_VARIABLE: &str = "CARILLON_ATTEMPT";
/// The environment variable that names the file of a control group into which a worker writes `0` to be held by it, where there
/// is one. Descendants are in the group by birth, and need not write again.
pub const ENTRANCE_VARIABLE: &str = "CARILLON_ENTRANCE";
/// The orchestrator measures between `Published` and `Bye`; it never keeps a worker longer than this.
const BYE_WAIT: Duration = Duration::from_millis(100);
const BEAT_INTERVAL: Duration = Duration::from_millis(500);

/// Runs `work` as a worker process: dies with its parent, says hello, beats, obeys, publishes and says why it failed.
pub fn run(args: WorkerArgs, work: impl FnOnce(&Context) -> Result<Done, Failure>) -> ExitCode {
    enter(&args);
    let connection = match args.control.as_deref().map(wire::connect).transpose() {
        Ok(connection) => connection,
        Err(error) => {
            complain(&format!("failed to {error}"));
            return Exit::Internal.into();
        }
    };
    let context = attend(args, connection);
    let result = catch_unwind(AssertUnwindSafe(|| work(&context)));
    context.answer_relief();
    match result {
        Ok(Ok(done)) => {
            let Done { effort, steps, reproducible, optimal } = done;
            context.send(Report::Published { effort, steps, reproducible, optimal });
            context.wait_for_bye(BYE_WAIT);
            Exit::Complete.into()
        }
        Ok(Err(failure)) => {
            complain(&failure.message);
            let exit = exit_of(failure.kind);
            context.send(Report::Failed(failure));
            exit.into()
        }
        Err(panic) => {
            context.send(Report::Failed(Failure::new(FailureKind::Bug, format!("panicked: {}", words(&*panic)))));
            Exit::Panic.into()
        }
    }
}

/// The first acts: be held at the allotment, die with the parent, be called by name, be the one that the kernel kills first.
fn enter(args: &WorkerArgs) {
    // One that is started by hand may outlive the shell.
    if args.control.is_some() || std::env::var_os(RUN_ID_VARIABLE).is_some() {
        // Before there is a second thread, and before anything is allocated that the group should know of. Who cannot join is
        // taken in by the orchestrator.
        let _ = std::env::var_os(ENTRANCE_VARIABLE).map(|entrance| std::fs::write(entrance, "0"));
        let parent = getppid();
        let _ = prctl::set_pdeathsig(Signal::SIGKILL);
        if getppid() != parent {
            // The parent died before the signal was armed.
            leave();
        }
        let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    }
    if let Ok(name) = std::ffi::CString::new(format!("carillon-{}", args.stage)) {
        let _ = prctl::set_name(&name);
    }
}

/// Says hello and starts the two threads that obey orders and beat.
fn attend(args: WorkerArgs, connection: Option<wire::Connection>) -> Arc<Context> {
    let Some(mut connection) = connection else { return Arc::new(Context::alone(args)) };
    let listen = connection.listen();
    let context = Arc::new(Context::new(args, Some(connection)));
    context.send(Report::Hello { protocol: PROTOCOL_VERSION, pid: std::process::id() });
    let obeying = Arc::clone(&context);
    thread::spawn(move || {
        listen(&mut |order| obeying.obey(order));
        leave()
    });
    let beating = Arc::clone(&context);
    thread::spawn(move || {
        loop {
            thread::sleep(BEAT_INTERVAL);
            beating.send(Report::Beat { ticks: pulse(&beating) });
        }
    });
    context
}

/// Work done so far: what the stage counts itself, or else the processor time that it has used. A stuck process uses none; the
/// little that this thread uses is below the unit.
fn pulse(context: &Context) -> u64 {
    const UNIT_US: i64 = 100_000;
    if context.ticks() > 0 {
        return context.ticks();
    }
    let usage = getrusage(UsageWho::RUSAGE_SELF);
    usage.map_or(0, |usage| {
        let used = usage.user_time() + usage.system_time();
        (used.num_microseconds() / UNIT_US).unsigned_abs()
    })
}

#[expect(
    clippy::exit,
    reason = "the orchestrator is gone: nobody waits for this process, and no work of it can matter"
)]
fn leave() -> ! {
    std::process::exit(Exit::Locked.code().into())
}

/// Says it on stderr, which is the attempt's `stderr.log`. The disk that is full may be the very reason to complain: what cannot
/// be written must not turn the failure into a panic.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}

fn exit_of(kind: FailureKind) -> Exit {
    match kind {
        FailureKind::BadInput => Exit::BadInput,
        FailureKind::NoInput => Exit::NoInput,
        FailureKind::Infeasible => Exit::Infeasible,
        FailureKind::Device => Exit::NoDevice,
        FailureKind::Memory => Exit::OutOfMemory,
        FailureKind::Io | FailureKind::DiskFull => Exit::Io,
        FailureKind::Stopped => Exit::Locked,
        FailureKind::Bug => Exit::Internal,
    }
}
