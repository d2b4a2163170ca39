//! A library with the names of NVIDIA's: what programs load as `libcuda.so.1` and `libnvidia-ml.so.1` when a test wants them to
//! have a card where there is none.
//!
//! A test puts it into a folder under those names and names the folder in `LD_LIBRARY_PATH`. All that it knows is in the
//! package `device`; here are only the functions of C, which turn pointers into numbers and slices, and back. There are as many as
//! cudarc and the program itself call. The environment variables that it listens to stand in `device`'s `driver/settings.rs`.
//!
//! It is an example target, so that it is built for the tests and never installed.

use std::cell::Cell;
use std::ffi::c_int;

use device::driver::{Answer, Code, driver};

mod context;
mod memory;
mod module;
mod nvml;
mod stream;

thread_local! {
    /// The card whose context this thread has chosen, counted from 1: that number is the context's handle.
    static CURRENT: Cell<usize> = const { Cell::new(0) };
}

/// The card of the current context.
fn current() -> Answer<usize> {
    CURRENT.get().checked_sub(1).ok_or(Code::INVALID_CONTEXT)
}

/// The card that the caller calls by this number.
fn card(ordinal: c_int) -> Answer<usize> {
    driver().visible(ordinal)
}

/// What a function of C returns.
fn code(answer: Answer<()>) -> u32 {
    answer.err().unwrap_or(Code::SUCCESS).0
}

/// Puts a result where the caller wants it.
fn give<T>(to: *mut T, value: T) -> Answer<()> {
    if to.is_null() {
        return Err(Code::INVALID_VALUE);
    }
    #[expect(unsafe_code, reason = "the place is the caller's")]
    // SAFETY: it is no null, and the caller says that it is a place for a result of this type.
    unsafe {
        to.write(value);
    }
    Ok(())
}
