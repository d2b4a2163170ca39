//! A descendant that is in no group, no session and no family of the worker that it comes from, and holds memory.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use std::{env, fs, hint, io, thread};

use shared::worker::ENTRANCE_VARIABLE;

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

/// Leaves one behind in a control group of its own, below that of this attempt, and says so.
#[expect(clippy::print_stderr, reason = "the test reads it in the log of the attempt")]
#[expect(clippy::zombie_processes, reason = "a child that nobody waits for is the trick")]
pub(crate) fn nest() {
    let entrance = env::var_os(ENTRANCE_VARIABLE).expect("a control group holds this worker");
    fs::write(&entrance, "0").expect("whoever is let in may join");
    let nest = PathBuf::from(entrance).with_file_name("nest");
    fs::create_dir(&nest).expect("the tests may make groups");
    let mut left = this();
    left.arg("linger").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let left = left.spawn().expect("the child starts");
    fs::write(nest.join("cgroup.procs"), left.id().to_string()).expect("the group is ours");
    eprintln!("nested");
}

fn this() -> Command {
    Command::new(env::current_exe().expect("a running program has a path"))
}
