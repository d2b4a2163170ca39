//! One live attempt: its process, the thread that hears it, and the task that waits for its end.
//!
//! ```text
//! mailbox thread   accept ─▶ in its pen ─▶ Called ─▶ Said, Said, … ─▶ the channel ends
//! reaper task      the child's exit ─▶ its group and its pen are emptied ─▶ the mailbox has ended ─▶ Gone
//! ```
//!
//! Both post into one bounded queue, so that whoever reads it sees all that a worker said before it sees that it is gone. A
//! worker may die before it has called: then the reaper frees the thread that waits for the call.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use shared::bytes::Bytes;
use shared::wire::{self, Listener, Order, OrderSender, Report, WireError};
use shared::worker::WorkerArgs;
use tokio::process::Child;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::sleep;

use super::log::Log;
use super::spawn::mark;
use super::strays::{self, Target, Targets};
use super::{Death, EnclosureError, Outcome, Pen, Programs};
use crate::store::StoreError;
use crate::watch::{Gauge, KernelAccount};

/// Messages that wait to be read; more of them hold their worker up, not the orchestrator's memory.
pub const MAIL_MAX: usize = 256;
/// Once a worker is gone and its group is empty its channel ends at once, unless a descendant of another group holds it.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Between two looks at who is to be ended: there is no event for the end of a process that is not our child from the start.
const PAUSE: Duration = Duration::from_millis(1);
/// The same for who is stuck in the kernel.
const PAUSE_WHEN_STUCK: Duration = Duration::from_millis(100);

/// So long a pen that nobody is in any more is tried to be removed; one that stays is tried again when the run ends.
const REMOVAL: Duration = Duration::from_secs(1);

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
    /// It could not be taken into its pen, and why: the kernel does not hold it.
    Unheld(Key, String),
    /// It was killed and does not end; it may still be gone one day.
    Stuck(Key),
    /// It is reaped, nobody of its process group or in its pen and none of its strays is left, and all that it said was posted before.
    Gone {
        /// Which.
        key: Key,
        /// How it ended.
        death: Death,
        /// What the kernel has counted for it.
        kernel: KernelAccount,
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
    /// As what it counts: as a full disk, or as a machine that has no room for another process just now.
    pub fn outcome(&self) -> Outcome {
        let words = format!("failed to {self}");
        match self {
            Self::Store(_) => Outcome::Io { words },
            Self::Wire(_) | Self::Process(_) => Outcome::NotStarted { words },
        }
    }
}

/// A worker that was started and is not gone.
#[derive(Debug)]
pub struct Attempt {
    pid: u32,
    mark: String,
    orders: Option<OrderSender>,
    log: Log,
    end: Arc<End>,
    pen: Option<Arc<Pen>>,
}

/// What the one who kills and the one who reaps have to know of each other.
#[derive(Debug, Default)]
struct End {
    is_reaped: AtomicBool,
    killed: Notify,
}

impl Attempt {
    /// Starts a worker and whoever listens to it. It is held by `pen`, where there is one. Killed, it is stuck when it has not
    /// ended after `patience`. Call it from the main thread, inside of the runtime.
    ///
    /// # Errors
    /// When the system has no room for another channel, process or thread.
    pub fn start(
        key: Key,
        programs: &Programs,
        args: &mut WorkerArgs,
        log: File,
        mail: &mpsc::Sender<Mail>,
        patience: Duration,
        pen: Option<Pen>,
    ) -> Result<Self, SpawnError> {
        let (listener, name) = Listener::open()?;
        args.control = Some(name.clone());
        let (pen, end) = (pen.map(Arc::new), Arc::<End>::default());
        let (silence, has_ended) = oneshot::channel();
        let (birth, born) = std::sync::mpsc::channel();
        let mailbox = Mailbox { key, end: Arc::clone(&end), pen: pen.clone(), post: mail.clone() };
        // Ours joins its pen by itself; whether others do is not known.
        let is_ours = !programs.is_planted(args.stage);
        // Before the worker: nobody lives whom nobody hears.
        thread::Builder::new().name(format!("mailbox-{key}")).stack_size(256 << 10).spawn(move || {
            mailbox.hear(listener, &born, is_ours);
            let _ = silence.send(());
        })?;
        let entrance = pen.as_ref().map(|pen| pen.entrance());
        let started = log.try_clone().and_then(|log| programs.spawn(args, log, entrance.as_deref()));
        // What is not removed now goes when the run ends.
        let child = started.inspect_err(|_| drop(pen.as_ref().map(|pen| pen.remove())))?;
        let pid = child.id().expect("it was not waited for yet");
        let _ = birth.send(pid);
        let (run_id, mark) = (programs.run_id().to_owned(), mark(args));
        let (post, its_end, its_mark) = (mail.clone(), Arc::clone(&end), mark.clone());
        let reaper = Reaper { key, pid, run_id, mark: its_mark, patience, end: its_end, pen: pen.clone(), post };
        tokio::spawn(reaper.reap(child, name, has_ended));
        Ok(Self { pid, mark, orders: None, log: Log::new(log), end, pen })
    }

    /// Its process, which leads its group.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// `<job>-<attempt>`, as its processes have it in their environment.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// Cuts its log where that has grown too long. True when it had.
    pub fn cut_log(&mut self) -> bool {
        self.log.cut()
    }

    /// What measures the pen that holds it.
    pub fn gauge(&self) -> Option<Gauge> {
        self.pen.as_ref()?.gauge()
    }

    /// Lets it hold so much from now on.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn limit(&self, allotment: Bytes) -> Result<(), EnclosureError> {
        self.pen.as_ref().map_or(Ok(()), |pen| pen.limit(allotment))
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

    /// Ends its whole group and whoever is in its pen at once; other strays are ended when it is reaped.
    ///
    /// The number of the group is its own: it is that of the leader, which is our child, and until a child is reaped the kernel
    /// gives its number to nobody. It is reaped, and that written down, by the reaper on this same thread, so never between the
    /// look at `is_reaped` and the signal.
    pub fn kill(&self) {
        if !self.end.is_reaped.load(Ordering::Relaxed) {
            let _ = killpg(group(self.pid), Signal::SIGKILL);
            self.pen.iter().for_each(|pen| pen.kill());
            self.end.killed.notify_one();
        }
    }
}

fn group(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}

/// Hears a worker. Runs on a thread of its own.
struct Mailbox {
    key: Key,
    end: Arc<End>,
    pen: Option<Arc<Pen>>,
    post: mpsc::Sender<Mail>,
}

impl Mailbox {
    /// Posts all that a worker says, until it has nothing to say any more.
    fn hear(self, listener: Listener, born: &Receiver<u32>, is_ours: bool) {
        // Nobody calls who could not be started.
        let Ok(pid) = born.recv() else { return };
        if !is_ours {
            self.take_in(pid);
        }
        let reports = match listener.accept() {
            Ok((orders, reports)) => {
                self.take_in(pid);
                if !self.post(Mail::Called(self.key, orders)) {
                    return;
                }
                reports
            }
            Err(WireError::Gone) => return,
            Err(error) => {
                self.post(Mail::Garbled(self.key, format!("failed to {error}")));
                return;
            }
        };
        loop {
            let mail = match reports.receive() {
                Ok(report) => Mail::Said(self.key, report),
                Err(WireError::Gone) => return,
                Err(error) => {
                    self.post(Mail::Garbled(self.key, format!("failed to {error}")));
                    return;
                }
            };
            if !self.post(mail) {
                return;
            }
        }
    }

    /// Sees to it that the worker is in its pen. Here, because the kernel may take 10 ms for it.
    fn take_in(&self, pid: u32) {
        let Some(pen) = self.pen.as_ref().filter(|_| !self.end.is_reaped.load(Ordering::Relaxed)) else { return };
        if let Err(error) = pen.take_in(pid) {
            self.post(Mail::Unheld(self.key, format!("failed to {error}")));
        }
    }

    /// Posts a letter. False when nobody reads letters any more.
    fn post(&self, letter: Mail) -> bool {
        self.post.blocking_send(letter).is_ok()
    }
}

/// Waits for the end of an attempt.
struct Reaper {
    key: Key,
    pid: u32,
    run_id: String,
    mark: String,
    patience: Duration,
    end: Arc<End>,
    pen: Option<Arc<Pen>>,
    post: mpsc::Sender<Mail>,
}

impl Reaper {
    /// Waits for a worker's end, ends whoever it leaves, waits for its last words, posts that it is gone.
    async fn reap(self, mut child: Child, name: String, has_ended: oneshot::Receiver<()>) {
        let mut is_stuck = false;
        let ended = tokio::select! {
            ended = child.wait() => ended,
            () = self.killed_in_vain() => {
                is_stuck = self.post(Mail::Stuck(self.key)).await;
                child.wait().await
            }
        };
        // Only a process that is not ours could not be waited for.
        let death = ended.map_or(Death::Signal(Signal::SIGKILL as i32), Death::from);
        self.end.is_reaped.store(true, Ordering::Relaxed);
        self.sweep(is_stuck).await;
        let kernel = self.open_pen().await;
        wire::release(&name);
        let _ = tokio::time::timeout(LAST_WORDS, has_ended).await;
        self.post(Mail::Gone { key: self.key, death, kernel }).await;
    }

    async fn killed_in_vain(&self) {
        self.end.killed.notified().await;
        sleep(self.patience).await;
    }

    /// Posts a letter. Always true, for whoever keeps in mind that it was posted.
    async fn post(&self, letter: Mail) -> bool {
        // When nobody reads letters any more the run is over.
        let _ = self.post.send(letter).await;
        true
    }

    /// Removes the pen that nobody is in any more. Returns what the kernel has counted in it.
    async fn open_pen(&self) -> KernelAccount {
        let Some(pen) = &self.pen else { return KernelAccount::default() };
        let (started, account) = (Instant::now(), pen.account());
        while pen.remove().is_err() && started.elapsed() < REMOVAL {
            sleep(PAUSE).await;
        }
        account
    }

    /// Ends whoever is left in a group whose leader is reaped, in its pen, and the strays, and waits until nobody is left.
    ///
    /// Between the reaping of the leader and the first signal here nothing else runs on this thread, and from then on whoever is
    /// in the group keeps its number taken: a stranger would have to get it within microseconds, after all other numbers there are.
    async fn sweep(&self, mut is_stuck: bool) {
        let started = Instant::now();
        let mut targets = Targets::default();
        targets.add(Target::Group(group(self.pid)));
        let penned = || self.pen.iter().flat_map(|pen| pen.members());
        while !targets.end(strays::of_attempt(&self.run_id, &self.mark).chain(penned())) {
            if !is_stuck && started.elapsed() > self.patience {
                is_stuck = self.post(Mail::Stuck(self.key)).await;
            }
            sleep(if is_stuck { PAUSE_WHEN_STUCK } else { PAUSE }).await;
        }
    }
}
