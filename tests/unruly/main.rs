//! A worker that misbehaves on demand: what the fault tests plant with `--worker-program STAGE=PATH`.
//!
//! Which trick it plays comes from the environment, so that the command line stays the one that the stage would get:
//! `UNRULY` names the trick, `UNRULY_JOB` the one job that is played with (all jobs where it is not set), `UNRULY_ATTEMPTS`
//! how many attempts of it (1 where it is not set). Every other call is handed on to the real program, `UNRULY_REAL`.
//!
//! `unruly deny RULES PROGRAM ARGUMENT…` becomes any other program, for which system calls fail.
//!
//! It is an example target, so that it is built for the tests and never installed.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use std::{env, thread};

use clap::Parser;
use shared::artifact::Kind;
use shared::exit::Exit;
use shared::model::timetable::Claim;
use shared::model::{Cost, Instance, Timetable};
use shared::wire::{self, Failure, FailureKind, PROTOCOL_VERSION, Report, Stage};
use shared::worker::{Context, Done, WorkerArgs};

mod damage;
mod deny;
mod device;
mod garble;
mod memory;
mod stray;

/// Notes of a flood: far more than any queue should hold.
const FLOOD_NOTES: usize = 20_000;

/// What the orchestrator calls, and what this program calls itself.
#[derive(Parser)]
enum Call {
    /// Be a worker.
    Worker(Box<WorkerArgs>),
    /// Be the grandchild that stays behind.
    Linger,
    /// Leave the session, leave a child, and end.
    Detach,
    /// Take more and more memory.
    Swell,
    /// Be that child: hold memory, and stay behind.
    Hoard {
        /// Whom to lose before.
        parent: i32,
    },
    /// Be somebody else who holds memory.
    Hold {
        /// How much.
        mebibytes: usize,
    },
    /// Become another program, for which system calls fail.
    Deny {
        /// Which calls, and how.
        rules: String,
        /// The program and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        program: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let args = match Call::parse() {
        Call::Worker(args) if is_chosen(&args) => args,
        Call::Worker(_) => return hand_on(),
        Call::Linger => park(),
        Call::Swell => memory::swell(),
        Call::Detach => return stray::detach(),
        Call::Hoard { parent } => stray::hoard(parent),
        Call::Hold { mebibytes } => memory::hold_for_ever(mebibytes),
        Call::Deny { rules, program } => return deny::become_denied(&rules, &program),
    };
    match env::var("UNRULY").unwrap_or_default().as_str() {
        "exit" => Exit::Panic.into(),
        "abort" => std::process::abort(),
        "mute" => park(),
        "silent" => silent(&args),
        "nest" => {
            stray::nest();
            hand_on()
        }
        "garble" => garble::garble(&args),
        "grandchild" => grandchild(),
        "setsid" => {
            stray::leave_one();
            hand_on()
        }
        "denied" => {
            deny::deny(&env::var("UNRULY_DENY").expect("UNRULY_DENY says which calls fail"));
            hand_on()
        }
        trick => {
            let trick = trick.to_owned();
            shared::worker::run(*args, move |context| play(&trick, context))
        }
    }
}

fn is_chosen(args: &WorkerArgs) -> bool {
    let attempts = env::var("UNRULY_ATTEMPTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
    args.attempt <= attempts && env::var("UNRULY_JOB").map_or(true, |job| job == args.job)
}

/// The tricks of a worker that says hello, beats and obeys as it should.
fn play(trick: &str, context: &Context) -> Result<Done, Failure> {
    match trick {
        "leak" => memory::leak(context),
        "leak-shared" => memory::leak_shared(context),
        "leak-grandchild" => memory::leak_in_a_grandchild(context),
        "leak-tmpfs" => memory::leak_tmpfs(context),
        "burst" => memory::burst(context),
        "appetite" => memory::appetite(context),
        "full" => memory::full(context),
        "mapped" => memory::mapped(context)?,
        "crowd" => memory::crowd(context),
        "bus" => memory::lose_a_page(context)?,
        "device" => device::work_on_it(context),
        "device-park" => device::stay_on_it(context),
        "device-hog" => device::take_too_much(context),
        "device-boast" => device::say_too_much(context),
        "device-fail" => return Err(Failure::new(FailureKind::Device, "the device has fallen off the bus")),
        "busy" => keep_busy(context),
        "chatter" => chatter(context),
        "deaf" => beat_for_ever(context),
        "setsid-deaf" => {
            stray::leave_one();
            beat_for_ever(context)
        }
        "flood" => (0..FLOOD_NOTES).for_each(|number| context.note(format!("note {number} of a flood"))),
        "lie" => return Ok(Done::PLAIN),
        "spoil" => return spoil(context),
        "damage" => {}
        other => return Err(Failure::new(FailureKind::Bug, format!("UNRULY={other:?} is no trick"))),
    }
    do_the_work(context)?;
    if trick == "damage" {
        let how = env::var("UNRULY_DAMAGE").unwrap_or_else(|_| "flip".to_owned());
        // Checkpoints have a folder, and are nobody's output.
        context
            .args()
            .outputs
            .iter()
            .filter(|(_, path)| path.is_file())
            .for_each(|(_, path)| damage::damage(path, &how));
    }
    Ok(Done::PLAIN)
}

/// Is busy for two seconds, and its heart beats all the time.
fn keep_busy(context: &Context) {
    for _ in 0..100 {
        context.beat(1);
        pause();
    }
}

/// Writes a line again and again to both of its streams: 64 MiB in all.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a worker that talks too much is the trick")]
fn chatter(context: &Context) {
    let line = "nobody reads this ".repeat(57);
    for _ in 0..(64 << 20) / (2 * line.len()) {
        println!("{line}");
        eprintln!("{line}");
        context.beat(1);
    }
}

/// Does nothing, and looks alive.
fn beat_for_ever(context: &Context) -> ! {
    loop {
        context.beat(1);
        pause();
    }
}

/// Says hello and is never heard of again.
fn silent(args: &WorkerArgs) -> ExitCode {
    let connection = args.control.as_deref().map(wire::connect);
    if let Some(Ok(connection)) = &connection {
        let hello = Report::Hello { protocol: PROTOCOL_VERSION, pid: std::process::id() };
        let _ = connection.send(hello);
    }
    park()
}

/// Leaves a process of its own behind, which keeps the worker's process group, and then works as it should.
#[expect(clippy::zombie_processes, reason = "a child that nobody waits for is the trick")]
fn grandchild() -> ExitCode {
    let this = env::current_exe().expect("a running program has a path");
    let mut left = Command::new(this);
    left.arg("linger").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    left.spawn().expect("the grandchild starts");
    hand_on()
}

/// Seals a timetable without a single placement, and claims that it costs nothing.
fn spoil(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let claim = Claim { cost: Cost::default(), optimal: false };
    let (role, kind) =
        if context.args().stage == Stage::Evolve { ("draft", Kind::Draft) } else { ("timetable", Kind::Timetable) };
    context.seal(&Timetable::unplaced(instance.class_count()).artifact(kind, context.key()?, &claim), role)?;
    Ok(Done::PLAIN)
}

/// Lets the real program do this job: with the same arguments, but alone, for the orchestrator talks with us.
fn do_the_work(context: &Context) -> Result<(), Failure> {
    let mut args = context.args().clone();
    args.control = None;
    // What it would find there it finds without, too.
    (args.device, args.device_memory) = (None, None);
    let done = Command::new(real()).args(args.to_command_line()).status();
    match done {
        Ok(status) if status.success() => Ok(()),
        other => Err(Failure::new(FailureKind::Bug, format!("the real worker ended so: {other:?}"))),
    }
}

/// Becomes the real program.
fn hand_on() -> ExitCode {
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    let error = Command::new(real()).arg0(name).args(arguments).exec();
    panic!("failed to become the real program: {error}");
}

fn real() -> OsString {
    env::var_os("UNRULY_REAL").expect("UNRULY_REAL names the real program")
}

/// Waits for the end. A parent that died ends the others; this ends by itself after ten minutes, in case nothing does.
fn park() -> ! {
    thread::sleep(Duration::from_mins(10));
    std::process::abort()
}

fn pause() {
    thread::sleep(Duration::from_millis(20));
}
