//! What a driver knows and does, without the functions of C around it.
//!
//! A launch runs while it is made, and what went wrong in it is said by the calls that follow, as a card says it: at the
//! next one that waits. Then all calls say the same, until the process ends. What the lanes did is told on
//! standard error, in words.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use crate::memory::DeviceMemory;
use crate::ptx;

mod attributes;
mod codes;
mod contexts;
mod counts;
mod kernels;
mod settings;
#[cfg(test)]
mod tests;
mod usage;

pub use attributes::{DRIVER_VERSION, NAME};
pub use codes::{Answer, Code};
use counts::Counts;
use kernels::Function;
pub use kernels::Shape;
pub use settings::{Planted, Settings};
use usage::Usage;

/// One card, with the one context that this process may have on it.
#[derive(Debug)]
struct Card {
    usage: Mutex<Usage>,
    context: Mutex<Context>,
    /// Bytes that this process has allocated.
    allocated: AtomicU64,
    users: AtomicU32,
    /// What went wrong, for good: 0 if nothing has.
    broken: AtomicU32,
    /// Whether a launch is at work that will never end.
    hangs: AtomicBool,
}

#[derive(Debug, Default)]
struct Context {
    memory: DeviceMemory,
    modules: Vec<Option<ptx::Module>>,
}

/// All of it.
#[derive(Debug)]
pub struct Driver {
    /// What the test has said.
    pub settings: Settings,
    cards: Vec<Card>,
    functions: Mutex<Vec<Function>>,
    counts: Mutex<Counts>,
    launches: AtomicU64,
    allocations: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Never returns.
pub fn hang() -> ! {
    loop {
        thread::park();
    }
}

/// The driver of this process.
pub fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(|| Driver::new(Settings::from_environment()))
}

impl Driver {
    /// A driver that has done nothing yet.
    pub fn new(settings: Settings) -> Self {
        let card = |uuid: &String| Card {
            usage: Mutex::new(Usage::new(&settings, uuid)),
            context: Mutex::default(),
            allocated: AtomicU64::new(0),
            users: AtomicU32::new(0),
            broken: AtomicU32::new(0),
            hangs: AtomicBool::new(false),
        };
        Self {
            cards: settings.uuids.iter().map(card).collect(),
            settings,
            functions: Mutex::default(),
            counts: Mutex::default(),
            launches: AtomicU64::new(0),
            allocations: AtomicU64::new(0),
        }
    }

    /// Gets ready.
    ///
    /// # Errors
    ///
    /// If there is no device that may be seen.
    pub fn init(&self) -> Answer<()> {
        if self.settings.has(Planted::InitHang) {
            hang();
        }
        let has_none = self.settings.visible.is_empty() || self.settings.has(Planted::InitFail);
        if has_none { Err(Code::NO_DEVICE) } else { Ok(()) }
    }

    /// The card that a program calls by this number.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn visible(&self, ordinal: i32) -> Answer<usize> {
        let index = usize::try_from(ordinal).map_err(|_| Code::INVALID_DEVICE)?;
        self.settings.visible.get(index).copied().ok_or(Code::INVALID_DEVICE)
    }

    /// An attribute by its number.
    pub fn attribute(&self, attribute: u32) -> u32 {
        attributes::of_device(&self.settings, attribute)
    }

    fn write_counts(&self) {
        if let Some(file) = &self.settings.count {
            lock(&self.counts).write(file);
        }
    }
}

fn tell(what: &str) {
    // Nobody may be left to read it.
    drop(writeln!(io::stderr(), "test card: {what}"));
}
