//! Functions of C about memory.
#![expect(unsafe_code, reason = "a library of C has functions without mangled names, which take pointers")]

use std::ffi::{c_int, c_uint, c_void};
use std::slice;

use device::driver::{Answer, Code, driver};

use crate::{code, current, give};

/// Copies from the caller's memory to the device's.
fn to_device(to: u64, from: *const c_void, bytes: usize) -> Answer<()> {
    if bytes == 0 {
        return Ok(());
    }
    // SAFETY: the caller says that so many bytes are there.
    let from = unsafe { slice::from_raw_parts(from.cast::<u8>(), bytes) };
    driver().with_bytes(current()?, to, bytes as u64, |to| to.copy_from_slice(from))
}

/// Copies from the device's memory to the caller's.
fn to_host(to: *mut c_void, from: u64, bytes: usize) -> Answer<()> {
    if bytes == 0 {
        return Ok(());
    }
    // SAFETY: the caller says that there is room for so many bytes.
    let to = unsafe { slice::from_raw_parts_mut(to.cast::<u8>(), bytes) };
    driver().with_bytes(current()?, from, bytes as u64, |from| to.copy_from_slice(from))
}

fn within(to: u64, from: u64, bytes: usize) -> Answer<()> {
    if bytes == 0 {
        return Ok(());
    }
    let card = current()?;
    let copy = driver().with_bytes(card, from, bytes as u64, |from| from.to_vec())?;
    driver().with_bytes(card, to, bytes as u64, |to| to.copy_from_slice(&copy))
}

/// Repeats a value of one, two or four bytes.
fn set(to: u64, value: &[u8], count: usize) -> Answer<()> {
    let bytes = count * value.len();
    if bytes == 0 {
        return Ok(());
    }
    driver().with_bytes(current()?, to, bytes as u64, |to| {
        to.chunks_exact_mut(value.len()).for_each(|to| to.copy_from_slice(value));
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize) -> u32 {
    code(current().and_then(|card| {
        let (free_bytes, total_bytes) = driver().memory(card)?;
        give(free, free_bytes as usize)?;
        give(total, total_bytes as usize)
    }))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAlloc_v2(to: *mut u64, bytes: usize) -> u32 {
    code(current().and_then(|card| give(to, driver().allocate(card, bytes as u64)?)))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAllocAsync(to: *mut u64, bytes: usize, _stream: usize) -> u32 {
    cuMemAlloc_v2(to, bytes)
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFree_v2(address: u64) -> u32 {
    code(current().and_then(|card| driver().free(card, address)))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFreeAsync(address: u64, _stream: usize) -> u32 {
    cuMemFree_v2(address)
}

#[unsafe(no_mangle)]
extern "C" fn cuMemGetAddressRange_v2(start: *mut u64, bytes: *mut usize, address: u64) -> u32 {
    code(current().and_then(|card| {
        let (from, length) = driver().around(card, address)?;
        give(start, from)?;
        give(bytes, length as usize)
    }))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemHostAlloc(to: *mut *mut c_void, bytes: usize, _flags: c_uint) -> u32 {
    // Its length stands before it, so that it can be freed without being told.
    let words = bytes.div_ceil(8) + 2;
    let memory = Box::leak(vec![0_u64; words].into_boxed_slice());
    memory[0] = words as u64;
    code(give(to, (&raw mut memory[2]).cast()))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFreeHost(memory: *mut c_void) -> u32 {
    let start = memory.cast::<u64>().wrapping_sub(2);
    // SAFETY: the caller says that it came from `cuMemHostAlloc`, which leaked a slice of the length that stands there.
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, start.read() as usize)) });
    Code::SUCCESS.0
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyHtoD_v2(to: u64, from: *const c_void, bytes: usize) -> u32 {
    code(to_device(to, from, bytes))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyHtoDAsync_v2(to: u64, from: *const c_void, bytes: usize, _stream: usize) -> u32 {
    code(to_device(to, from, bytes))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoH_v2(to: *mut c_void, from: u64, bytes: usize) -> u32 {
    code(to_host(to, from, bytes))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoHAsync_v2(to: *mut c_void, from: u64, bytes: usize, _stream: usize) -> u32 {
    code(to_host(to, from, bytes))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoD_v2(to: u64, from: u64, bytes: usize) -> u32 {
    code(within(to, from, bytes))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, bytes: usize, _stream: usize) -> u32 {
    code(within(to, from, bytes))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD8_v2(to: u64, value: u8, count: usize) -> u32 {
    code(set(to, &[value], count))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD8Async(to: u64, value: u8, count: usize, _stream: usize) -> u32 {
    code(set(to, &[value], count))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD32_v2(to: u64, value: c_uint, count: usize) -> u32 {
    code(set(to, &value.to_le_bytes(), count))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD32Async(to: u64, value: c_uint, count: usize, _stream: usize) -> u32 {
    code(set(to, &value.to_le_bytes(), count))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetDefaultMemPool(to: *mut usize, device: c_int) -> u32 {
    code(crate::card(device).and_then(|card| give(to, card + 1)))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolSetAttribute(_pool: usize, _attribute: u32, _value: *mut c_void) -> u32 {
    Code::SUCCESS.0
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolTrimTo(_pool: usize, _keep: usize) -> u32 {
    Code::SUCCESS.0
}
