//! Functions of C about who uses the cards: those of the other library, NVML, which knows all cards and all processes.
#![expect(unsafe_code, reason = "a library of C has functions without mangled names, which take pointers")]

use std::ffi::{CStr, c_char, c_uint};

use device::driver::{NAME, Planted, driver, hang};

use crate::context::give_text;
use crate::give;

const SUCCESS: u32 = 0;
const INVALID_ARGUMENT: u32 = 2;
const NOT_FOUND: u32 = 6;
const INSUFFICIENT_SIZE: u32 = 7;
const GPU_IS_LOST: u32 = 15;

#[repr(C)]
struct Memory {
    total: u64,
    free: u64,
    used: u64,
}

/// A process as the third version of the question is answered.
#[repr(C)]
struct Process {
    pid: c_uint,
    used: u64,
    gpu_instance: c_uint,
    compute_instance: c_uint,
}

/// A process as the first version is.
#[repr(C)]
struct PlainProcess {
    pid: c_uint,
    used: u64,
}

/// A card by its handle: its number, counted from 1. What has fallen off the bus says so.
fn card(handle: usize) -> Result<usize, u32> {
    let card = handle.checked_sub(1).filter(|card| *card < driver().settings.uuids.len()).ok_or(INVALID_ARGUMENT)?;
    if driver().is_lost(card) { Err(GPU_IS_LOST) } else { Ok(card) }
}

fn code(answer: Result<(), u32>) -> u32 {
    answer.err().unwrap_or(SUCCESS)
}

fn give_to<T>(to: *mut T, value: T) -> Result<(), u32> {
    give(to, value).map_err(|_| INVALID_ARGUMENT)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlInit_v2() -> u32 {
    if driver().settings.has(Planted::NvmlHang) {
        hang();
    }
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn nvmlShutdown() -> u32 {
    SUCCESS
}

#[unsafe(no_mangle)]
extern "C" fn nvmlErrorString(error: u32) -> *const c_char {
    let words = match error {
        SUCCESS => c"Success",
        INVALID_ARGUMENT => c"Invalid Argument",
        NOT_FOUND => c"Not Found",
        INSUFFICIENT_SIZE => c"Insufficient Size",
        GPU_IS_LOST => c"GPU is lost",
        _ => c"Unknown Error",
    };
    words.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetCount_v2(to: *mut c_uint) -> u32 {
    code(give_to(to, driver().settings.uuids.len() as c_uint))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetHandleByIndex_v2(index: c_uint, to: *mut usize) -> u32 {
    code(card(index as usize + 1).and_then(|card| give_to(to, card + 1)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetHandleByUUID(uuid: *const c_char, to: *mut usize) -> u32 {
    // SAFETY: the caller says that it is text with a zero behind.
    let uuid = unsafe { CStr::from_ptr(uuid) }.to_string_lossy();
    let card = driver().settings.uuids.iter().position(|known| *known == uuid);
    code(card.ok_or(NOT_FOUND).and_then(|card| give_to(to, card + 1)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetName(handle: usize, to: *mut c_char, length: c_uint) -> u32 {
    code(card(handle).and_then(|_| give_text(to, length as i32, NAME).map_err(|_| INVALID_ARGUMENT)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetUUID(handle: usize, to: *mut c_char, length: c_uint) -> u32 {
    let give_name = |card: usize| give_text(to, length as i32, &driver().settings.uuids[card]);
    code(card(handle).and_then(|card| give_name(card).map_err(|_| INVALID_ARGUMENT)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetComputeMode(handle: usize, to: *mut c_uint) -> u32 {
    code(card(handle).and_then(|_| give_to(to, 0)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetMemoryInfo(handle: usize, to: *mut Memory) -> u32 {
    code(card(handle).and_then(|card| {
        let used = driver().processes(card).iter().map(|(_, bytes)| bytes).sum();
        let total = driver().settings.memory_bytes;
        give_to(to, Memory { total, free: total.saturating_sub(used), used })
    }))
}

/// Gives as many processes as there is room for, and says how many there are.
fn processes<T>(handle: usize, count: *mut c_uint, to: *mut T, one: impl Fn((u32, u64)) -> T) -> Result<(), u32> {
    let card = card(handle)?;
    let is_hidden = driver().settings.has(Planted::NoProcesses);
    let processes = if is_hidden { Vec::new() } else { driver().processes(card) };
    // SAFETY: the caller says how many there is room for.
    let room = unsafe { count.as_ref() }.map_or(0, |count| *count as usize);
    give_to(count, processes.len() as c_uint)?;
    if processes.len() > room {
        return Err(INSUFFICIENT_SIZE);
    }
    processes.into_iter().enumerate().try_for_each(|(index, process)| give_to(to.wrapping_add(index), one(process)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(handle: usize, count: *mut c_uint, to: *mut Process) -> u32 {
    let one = |(pid, used)| Process { pid, used, gpu_instance: u32::MAX, compute_instance: u32::MAX };
    code(processes(handle, count, to, one))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetComputeRunningProcesses_v2(handle: usize, count: *mut c_uint, to: *mut Process) -> u32 {
    nvmlDeviceGetComputeRunningProcesses_v3(handle, count, to)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetComputeRunningProcesses(handle: usize, count: *mut c_uint, to: *mut PlainProcess) -> u32 {
    code(processes(handle, count, to, |(pid, used)| PlainProcess { pid, used }))
}
