//! Functions of C about streams and events. All work is done when it is asked for, so a stream is a number, and an event a moment.
#![expect(unsafe_code, reason = "a library of C has functions without mangled names, which take pointers")]

use std::collections::HashMap;
use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use device::driver::{Answer, Code, driver};

use crate::{code, current, give};

/// Handles that were given out: of streams and events alike. The first few mean something to CUDA.
static HANDLES: AtomicUsize = AtomicUsize::new(0x100);

/// When each event was recorded last.
static EVENTS: LazyLock<Mutex<HashMap<usize, Option<Instant>>>> = LazyLock::new(Mutex::default);

fn with_events<T>(f: impl FnOnce(&mut HashMap<usize, Option<Instant>>) -> T) -> T {
    f(&mut EVENTS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn new_handle() -> usize {
    HANDLES.fetch_add(1, Ordering::Relaxed)
}

fn synchronize() -> u32 {
    code(current().and_then(|card| driver().synchronize(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamCreate(to: *mut usize, _flags: c_uint) -> u32 {
    code(current().and_then(|card| {
        driver().check(card)?;
        give(to, new_handle())
    }))
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamCreateWithPriority(to: *mut usize, flags: c_uint, _priority: c_int) -> u32 {
    cuStreamCreate(to, flags)
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamDestroy_v2(_stream: usize) -> u32 {
    Code::SUCCESS.0
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamSynchronize(_stream: usize) -> u32 {
    synchronize()
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamQuery(_stream: usize) -> u32 {
    code(current().and_then(|card| driver().query(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamWaitEvent(_stream: usize, _event: usize, _flags: c_uint) -> u32 {
    code(current().and_then(|card| driver().check(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuLaunchHostFunc(_stream: usize, function: extern "C" fn(*mut c_void), data: *mut c_void) -> u32 {
    function(data);
    Code::SUCCESS.0
}

#[unsafe(no_mangle)]
extern "C" fn cuEventCreate(to: *mut usize, _flags: c_uint) -> u32 {
    let event = new_handle();
    with_events(|events| events.insert(event, None));
    code(current().and_then(|_| give(to, event)))
}

#[unsafe(no_mangle)]
extern "C" fn cuEventDestroy_v2(event: usize) -> u32 {
    code(with_events(|events| events.remove(&event)).map(|_| ()).ok_or(Code::INVALID_HANDLE))
}

#[unsafe(no_mangle)]
extern "C" fn cuEventRecord(event: usize, _stream: usize) -> u32 {
    with_events(|events| events.insert(event, Some(Instant::now())));
    code(current().and_then(|card| driver().check(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuEventQuery(_event: usize) -> u32 {
    code(current().and_then(|card| driver().query(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuEventSynchronize(_event: usize) -> u32 {
    synchronize()
}

#[unsafe(no_mangle)]
extern "C" fn cuEventElapsedTime(to: *mut f32, start: usize, end: usize) -> u32 {
    let moment = |event: usize| -> Answer<Instant> {
        with_events(|events| events.get(&event).copied().flatten()).ok_or(Code::INVALID_HANDLE)
    };
    code(moment(start).and_then(|start| {
        let elapsed = moment(end)?.saturating_duration_since(start);
        give(to, elapsed.as_secs_f32() * 1000.0)
    }))
}
