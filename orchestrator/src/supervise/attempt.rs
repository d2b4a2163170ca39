//! One live attempt: its process, the thread that hears it, and the task that waits for its end.
//!
//! ```text
//! mailbox thread   accept ─▶ Called ─▶ Said, Said, … ─▶ the channel ends
//! reaper task      the child's exit ─▶ its group is emptied ─▶ the mailbox has ended ─▶ Gone
//! ```
//!
//! Both post into one bounded queue, so that whoever reads it sees all that a worker said before it sees that it is gone. A
//! worker may die before it has called: then the reaper frees the thread that waits for the call.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use shared::exit::Exit;
use shared::wire::{self, Listener, Order, OrderSender, Report, WireError};
use shared::worker::WorkerArgs;
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};

use super::{Death, Outcome, Programs};
use crate::store::StoreError;

/// Messages that wait to be read; more of them hold their worker up, not the orchestrator's memory.
pub const MAIL_MAX: usize = 256;
/// Once a worker is gone and its group is empty its channel ends at once, unless a descendant of another group holds it.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// A killed process that is still there after that is stuck in the kernel.
const UNKILLABLE: Duration = Duration::from_secs(10);

/// A number that names an attempt among all of a run.
pub type Key = u32;

/// What reaches the dispatcher about a worker.
#[derive(Debug)]
pub enum Mail {
    /// It has called; this is the way to it.
    Called(Key, OrderSender),
    /// It says something.
    Said(Key, Report),
    /// It says what is no message.
    Garbled(Key, String),
    /// It was killed and does not end; it may still be gone one day.
    Stuck(Key),
    /// It is reaped, and all that it said was posted before.
    Gone {
        /// Which.
        key: Key,
        /// How it ended.
        death: Death,
        /// Whether its process group is empty.
        is_swept: bool,
    },
}

/// Why a worker could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no folder or log to be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no channel to be had.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// There is no process to be had.
    #[error("start a worker: {0}")]
    Process(#[from] io::Error),
}

impl SpawnError {
    /// As what it counts: as a full disk, or as a crash of a worker that never lived.
    pub fn outcome(&self) -> Outcome {
        let words = format!("failed to {self}");
        match self {
            Self::Store(_) => Outcome::Io { words },
            Self::Wire(_) | Self::Process(_) => {
                Outcome::Crash { death: Death::Code(Exit::NoInput.code().into()), words }
            }
        }
    }
}

/// A worker that was started and is not gone.
#[derive(Debug)]
pub struct Attempt {
    pid: u32,
    orders: Option<OrderSender>,
    is_reaped: Arc<AtomicBool>,
}

impl Attempt {
    /// Starts a worker and whoever listens to it. Call it from the main thread, inside of the runtime.
    ///
    /// # Errors
    /// When the system has no room for another channel, process or thread.
    pub fn start(
        key: Key,
        programs: &Programs,
        args: &mut WorkerArgs,
        log: File,
        mail: &mpsc::Sender<Mail>,
    ) -> Result<Self, SpawnError> {
        let (listener, name) = Listener::open()?;
        args.control = Some(name.clone());
        let child = programs.spawn(args, log)?;
        let pid = child.id().expect("it was not waited for yet");
        let (silence, has_ended) = oneshot::channel();
        let post = mail.clone();
        thread::Builder::new().name(format!("mailbox-{key}")).stack_size(256 << 10).spawn(move || {
            hear(key, listener, &post);
            let _ = silence.send(());
        })?;
        let is_reaped = Arc::new(AtomicBool::new(false));
        tokio::spawn(reap(key, child, name, Arc::clone(&is_reaped), has_ended, mail.clone()));
        Ok(Self { pid, orders: None, is_reaped })
    }

    /// Its process, which leads its group.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// It has called.
    pub fn connect(&mut self, orders: OrderSender) {
        self.orders = Some(orders);
    }

    /// Sends an order. One that has not called yet, or is gone by now, does not hear it.
    pub fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// Ends its whole group at once.
    pub fn kill(&self) {
        if !self.is_reaped.load(Ordering::Relaxed) {
            let _ = killpg(group(self.pid), Signal::SIGKILL);
        }
    }
}

fn group(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}

/// Posts all that a worker says, until it has nothing to say any more. Runs on a thread of its own.
fn hear(key: Key, listener: Listener, post: &mpsc::Sender<Mail>) {
    let reports = match listener.accept() {
        Ok((orders, reports)) => {
            if post.blocking_send(Mail::Called(key, orders)).is_err() {
                return;
            }
            reports
        }
        Err(WireError::Gone) => return,
        Err(error) => {
            let _ = post.blocking_send(Mail::Garbled(key, error.to_string()));
            return;
        }
    };
    loop {
        let mail = match reports.receive() {
            Ok(report) => Mail::Said(key, report),
            Err(WireError::Gone) => return,
            Err(error) => {
                let _ = post.blocking_send(Mail::Garbled(key, error.to_string()));
                return;
            }
        };
        if post.blocking_send(mail).is_err() {
            return;
        }
    }
}

/// Waits for a worker's end, empties its group, waits for its last words, posts that it is gone.
async fn reap(
    key: Key,
    mut child: Child,
    name: String,
    is_reaped: Arc<AtomicBool>,
    has_ended: oneshot::Receiver<()>,
    post: mpsc::Sender<Mail>,
) {
    let pid = child.id().expect("it was not waited for yet");
    // Only a process that is not ours could not be waited for.
    let death = child.wait().await.map_or(Death::Signal(Signal::SIGKILL as i32), Death::from);
    is_reaped.store(true, Ordering::Relaxed);
    let is_swept = sweep(group(pid)).await;
    wire::release(&name);
    let _ = tokio::time::timeout(LAST_WORDS, has_ended).await;
    let _ = post.send(Mail::Gone { key, death, is_swept }).await;
}

/// Ends whoever is left in a group whose leader is reaped. True when it is empty.
async fn sweep(group: Pid) -> bool {
    let started = Instant::now();
    loop {
        // The leftovers are our children now: nobody else would reap them.
        while let Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) =
            waitpid(Pid::from_raw(-group.as_raw()), Some(WaitPidFlag::WNOHANG))
        {}
        if killpg(group, Signal::SIGKILL) == Err(Errno::ESRCH) {
            return true;
        }
        if started.elapsed() > UNKILLABLE {
            return false;
        }
        // There is no event for the end of a process that is not our child from the start.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
