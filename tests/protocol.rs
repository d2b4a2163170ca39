//! The protocol from its two ends: a test in the orchestrator's place, and workers that keep it or break it.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use shared::exit::Exit;
use shared::wire::{self, Listener, Order, PROTOCOL_VERSION, Report, Stage, WireError};
use shared::worker::WorkerArgs;

use crate::harness::{PROGRAM, college, unruly, wait};

/// Starts the unruly worker, which will call `control`.
fn worker(trick: &str, control: &str) -> Child {
    let folder = std::env::temp_dir();
    let mut args = WorkerArgs::new(Stage::Evolve, "evolve", 1, &folder);
    args.control = Some(control.to_owned());
    let mut command = Command::new(unruly());
    command.args(args.to_command_line()).env("UNRULY", trick).env("UNRULY_REAL", PROGRAM);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits for its exit code; a worker that outstays its welcome is killed.
fn code_of(mut worker: Child) -> Option<i32> {
    let ended = wait::within(Duration::from_secs(20), || worker.try_wait().unwrap());
    if ended.is_none() {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    ended.expect("the worker ends by itself").code()
}

/// A worker says hello with its version and number first, and then beats while it works.
#[test]
fn a_worker_says_hello_and_beats() {
    let (listener, name) = Listener::open().unwrap();
    let worker = worker("deaf", &name);
    let (orders, reports) = listener.accept().unwrap();
    assert_eq!(reports.receive().unwrap(), Report::Hello { protocol: PROTOCOL_VERSION, pid: worker.id() });
    let ticks = |report: Report| if let Report::Beat { ticks } = report { ticks } else { panic!("{report:?}") };
    let first = ticks(reports.receive().unwrap());
    assert!(ticks(reports.receive().unwrap()) > first, "a busy worker ticks");
    orders.send(Order::Relieve { pass: 1 }).unwrap();
    drop((orders, reports));
    code_of(worker);
}

/// A worker whose orchestrator hangs up ends at once, even one that obeys no order. (Its parent, this test, lives on: it
/// is not the parent-death signal that ends it.)
#[test]
fn a_worker_ends_when_the_orchestrator_hangs_up() {
    let (listener, name) = Listener::open().unwrap();
    let worker = worker("deaf", &name);
    let (orders, reports) = listener.accept().unwrap();
    reports.receive().unwrap();
    drop(orders);
    assert_eq!(code_of(worker), Some(Exit::Locked.code().into()));
    drop(reports);
}

/// A worker that dies before it calls does not hold up the thread that waits for its call.
#[test]
fn a_worker_that_never_calls_is_not_waited_for() {
    let (listener, name) = Listener::open().unwrap();
    let waiting = thread::spawn(move || listener.accept());
    assert_eq!(code_of(worker("exit", &name)), Some(Exit::Panic.code().into()));
    wire::release(&name);
    wait::until("the waiting thread is free", || waiting.is_finished().then_some(()));
    assert!(matches!(waiting.join().unwrap(), Err(WireError::Gone)));
}

/// Without an orchestrator a worker runs alone, and its exit code says how it went: how a stage is tried by hand.
#[test]
fn a_worker_runs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let load = |instance: &std::path::Path| {
        let mut args = WorkerArgs::new(Stage::Load, "load", 1, folder.path());
        args.inputs.push(("file".to_owned(), instance.to_owned()));
        args.outputs.push(("instance".to_owned(), folder.path().join("instance.art")));
        let mut command = Command::new(PROGRAM);
        command.args(args.to_command_line()).stderr(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(load(&folder.path().join("missing.ctt")), Some(Exit::NoInput.code().into()));
    assert!(!folder.path().join("instance.art").exists());
    assert_eq!(load(&college()), Some(Exit::Complete.code().into()));
    assert!(folder.path().join("instance.art").exists());
}
