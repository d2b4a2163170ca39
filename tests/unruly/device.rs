//! The tricks that are about a device: what is held of it, by the books of the library that tests load in place of NVIDIA's
//! (`tests/device`): a folder for each card with a file for each process.

use std::path::PathBuf;
use std::{env, fs};

use shared::wire::Report;
use shared::worker::Context;

use super::{beat_for_ever, pause};

/// What is held of a device where a test does not say it, and of that the arena.
const HELD_BYTES: u64 = 300 << 20;
const ARENA_BYTES: u64 = 50 << 20;
/// So much that nobody may.
const TOO_MUCH_BYTES: u64 = 3 << 30;

/// Holds memory of its device for as long as it works, without using it.
pub(crate) fn work_on_it(context: &Context) {
    hold(context, HELD_BYTES);
    say(context, ARENA_BYTES);
    // The orchestrator looks now and then: it is to see this.
    for _ in 0..env::var("UNRULY_PAUSES").ok().and_then(|count| count.parse().ok()).unwrap_or(0) {
        context.beat(1);
        pause();
    }
}

/// Holds memory of its device and never ends.
pub(crate) fn stay_on_it(context: &Context) -> ! {
    hold(context, HELD_BYTES);
    say(context, ARENA_BYTES);
    beat_for_ever(context)
}

/// Holds more of its device than a context and its arena could be.
pub(crate) fn take_too_much(context: &Context) -> ! {
    hold(context, TOO_MUCH_BYTES);
    beat_for_ever(context)
}

/// Says that it has allocated more than it may.
pub(crate) fn say_too_much(context: &Context) -> ! {
    say(context, context.args().device_memory.unwrap_or_default() + 1);
    beat_for_ever(context)
}

fn say(context: &Context, held: u64) {
    context.send(Report::DeviceMemory { held, free: 0, total: 1 });
}

/// Writes it into the books.
fn hold(context: &Context, bytes: u64) {
    let uuid = context.args().device.as_ref().expect("this attempt has a device");
    let books = env::var_os("FAKE_GPU_STATE").map(PathBuf::from).expect("FAKE_GPU_STATE names the folder of the books");
    let card = books.join(uuid);
    let own = std::process::id().to_string();
    fs::create_dir_all(&card).expect("the folder is the test's");
    // It is there at once and whole: others read it at any time.
    let beside = card.join(format!("{own}.new"));
    fs::write(&beside, bytes.to_string()).and_then(|()| fs::rename(&beside, card.join(own))).expect("it is the test's");
}
