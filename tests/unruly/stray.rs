//! A descendant that is in no group, no session and no family of the worker that it comes from, and holds memory.

use std::io::{Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use std::{env, hint, io, thread};

/// What it holds.
const HOARD_BYTES: usize = 64 << 20;

/// Leaves one behind, and waits until it holds its memory.
pub(crate) fn leave_one() {
    let mut between = this();
    between.arg("detach").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut between = between.spawn().expect("the child starts");
    let mut ready = [0];
    between.stdout.take().expect("it is piped").read_exact(&mut ready).expect("the stray says that it is ready");
    between.wait().expect("it is our child");
}

/// The child of [`leave_one`]; its own child inherits where to say that it is ready.
#[expect(clippy::zombie_processes, reason = "a child that nobody waits for is the trick")]
pub(crate) fn detach() -> ExitCode {
    nix::unistd::setsid().expect("it leads no group");
    this().args(["hoard", &std::process::id().to_string()]).spawn().expect("the grandchild starts");
    ExitCode::SUCCESS
}

/// Holds memory, once it has lost its parent, and stays.
pub(crate) fn hoard(parent: i32) -> ! {
    while nix::unistd::getppid().as_raw() == parent {
        thread::sleep(Duration::from_millis(1));
    }
    let held = hint::black_box(vec![1_u8; HOARD_BYTES]);
    // Whoever waited for it may be gone by now.
    let _ = io::stdout().write_all(b"!").and_then(|()| io::stdout().flush());
    hint::black_box(held);
    super::park()
}

fn this() -> Command {
    Command::new(env::current_exe().expect("a running program has a path"))
}
