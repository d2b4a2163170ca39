//! What the card says of itself: an imaginary one of compute capability 9.0, of the size of an H100.

use super::settings::Settings;
use crate::code::Kernel;

/// Its name.
pub const NAME: &str = "Carillon test card";

/// The driver's version: 12.2.
pub const DRIVER_VERSION: u32 = 12020;

/// Shared memory that a block may have without asking for more.
pub(super) const SHARED_PLAIN: u32 = 48 << 10;

const SHARED_PER_MULTIPROCESSOR: u32 = 228 << 10;

/// Of each block, for the system.
const SHARED_RESERVED: u32 = 1 << 10;

const THREADS_MAX: u32 = 1024;

const THREADS_PER_MULTIPROCESSOR: u32 = 2048;

const BLOCKS_PER_MULTIPROCESSOR: u32 = 32;

const REGISTERS: u32 = 65536;

/// Registers of a thread: what the compiler of the driver would choose is not known here.
const REGISTERS_PER_THREAD: u32 = 64;

/// An attribute of the device by its number in `CUdevice_attribute`; 0 for those that nobody asks for.
pub(super) fn of_device(settings: &Settings, attribute: u32) -> u32 {
    match attribute {
        1..=3 => THREADS_MAX,
        4 => 64,
        5 => i32::MAX as u32,
        6 | 7 => 65535,
        8 => SHARED_PLAIN,
        9 => 65536,
        10 => 32,
        12 | 82 => REGISTERS,
        13 => 1_980_000,
        16 => settings.multiprocessors,
        31 | 32 | 40 | 41 | 115 => 1,
        38 => 50 << 20,
        39 => THREADS_PER_MULTIPROCESSOR,
        75 => 9,
        81 => SHARED_PER_MULTIPROCESSOR,
        97 => settings.shared_max,
        106 => BLOCKS_PER_MULTIPROCESSOR,
        111 => SHARED_RESERVED,
        _ => 0,
    }
}

/// An attribute of a function by its number in `CUfunction_attribute`.
pub(super) fn of_function(kernel: &Kernel, shared_max: u32, attribute: u32) -> u32 {
    match attribute {
        0 => kernel.threads_max.min(THREADS_MAX),
        1 => kernel.shared_bytes,
        3 => kernel.local_bytes,
        4 => REGISTERS_PER_THREAD,
        5 => 80,
        6 => 90,
        8 => shared_max,
        _ => 0,
    }
}

/// How many blocks of a kernel a multiprocessor has room for.
pub(super) fn blocks_per_multiprocessor(kernel: &Kernel, threads: u32, shared_bytes: u32) -> u32 {
    if threads == 0 || threads > kernel.threads_max.min(THREADS_MAX) {
        return 0;
    }
    let threads = threads.next_multiple_of(32);
    let shared = kernel.shared_bytes + shared_bytes + SHARED_RESERVED;
    [
        BLOCKS_PER_MULTIPROCESSOR,
        THREADS_PER_MULTIPROCESSOR / threads,
        REGISTERS / (threads * REGISTERS_PER_THREAD),
        SHARED_PER_MULTIPROCESSOR / shared,
    ]
    .into_iter()
    .min()
    .unwrap_or(0)
}
