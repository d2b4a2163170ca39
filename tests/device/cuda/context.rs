//! Functions of C about devices and their contexts.
#![expect(unsafe_code, reason = "a library of C has functions without mangled names, which take pointers")]

use std::ffi::{c_char, c_int, c_uint};
use std::slice;

use device::driver::{Answer, Code, DRIVER_VERSION, NAME, driver};

use crate::{CURRENT, card, code, current, give};

/// The 16 bytes of a name like `GPU-ca411105-…`.
fn uuid_bytes(uuid: &str) -> [u8; 16] {
    let digits: Vec<u8> = uuid.bytes().skip(4).filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16).unwrap_or_default();
    let mut bytes = [0; 16];
    for (to, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *to = byte(pair);
    }
    bytes
}

/// Text for a place of so many bytes, cut if it must be.
pub(crate) fn give_text(to: *mut c_char, length: c_int, text: &str) -> Answer<()> {
    if to.is_null() || length < 1 {
        return Err(Code::INVALID_VALUE);
    }
    // SAFETY: the caller says that so many bytes are there.
    let to = unsafe { slice::from_raw_parts_mut(to.cast::<u8>(), length as usize) };
    let kept = text.len().min(to.len() - 1);
    to[..kept].copy_from_slice(&text.as_bytes()[..kept]);
    to[kept] = 0;
    Ok(())
}

#[unsafe(no_mangle)]
extern "C" fn cuInit(_flags: c_uint) -> u32 {
    code(driver().init())
}

#[unsafe(no_mangle)]
extern "C" fn cuDriverGetVersion(to: *mut c_int) -> u32 {
    code(give(to, DRIVER_VERSION as c_int))
}

#[unsafe(no_mangle)]
extern "C" fn cuGetErrorName(error: u32, to: *mut *const c_char) -> u32 {
    code(Code(error).name().ok_or(Code::INVALID_VALUE).and_then(|name| give(to, name.as_ptr().cast())))
}

#[unsafe(no_mangle)]
extern "C" fn cuGetErrorString(error: u32, to: *mut *const c_char) -> u32 {
    code(Code(error).words().ok_or(Code::INVALID_VALUE).and_then(|words| give(to, words.as_ptr().cast())))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetCount(to: *mut c_int) -> u32 {
    code(driver().init().and_then(|()| give(to, driver().settings.visible.len() as c_int)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGet(to: *mut c_int, ordinal: c_int) -> u32 {
    code(card(ordinal).and_then(|_| give(to, ordinal)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetName(to: *mut c_char, length: c_int, device: c_int) -> u32 {
    code(card(device).and_then(|_| give_text(to, length, NAME)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetUuid(to: *mut [u8; 16], device: c_int) -> u32 {
    code(card(device).and_then(|card| give(to, uuid_bytes(&driver().settings.uuids[card]))))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetUuid_v2(to: *mut [u8; 16], device: c_int) -> u32 {
    cuDeviceGetUuid(to, device)
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceTotalMem_v2(to: *mut usize, device: c_int) -> u32 {
    code(card(device).and_then(|_| give(to, driver().settings.memory_bytes as usize)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetAttribute(to: *mut c_int, attribute: u32, device: c_int) -> u32 {
    code(card(device).and_then(|_| give(to, driver().attribute(attribute) as c_int)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxRetain(to: *mut usize, device: c_int) -> u32 {
    code(card(device).and_then(|card| {
        driver().retain(card)?;
        give(to, card + 1)
    }))
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxRelease_v2(device: c_int) -> u32 {
    code(card(device).and_then(|card| driver().release(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxSetFlags_v2(device: c_int, _flags: c_uint) -> u32 {
    code(card(device).map(|_| ()))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetCurrent(to: *mut usize) -> u32 {
    code(give(to, CURRENT.get()))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetCurrent(context: usize) -> u32 {
    let is_one = context <= driver().settings.uuids.len();
    CURRENT.set(if is_one { context } else { 0 });
    code(if is_one { Ok(()) } else { Err(Code::INVALID_CONTEXT) })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetDevice(to: *mut c_int) -> u32 {
    code(current().and_then(|card| {
        let ordinal = driver().settings.visible.iter().position(|visible| *visible == card);
        give(to, ordinal.ok_or(Code::INVALID_CONTEXT)? as c_int)
    }))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSynchronize() -> u32 {
    code(current().and_then(|card| driver().synchronize(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetFlags(_flags: c_uint) -> u32 {
    code(current().map(|_| ()))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetLimit(_limit: u32, _value: usize) -> u32 {
    code(current().and_then(|card| driver().check(card)))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetLimit(to: *mut usize, _limit: u32) -> u32 {
    code(current().and_then(|_| give(to, 1024)))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetCacheConfig(_config: u32) -> u32 {
    code(current().map(|_| ()))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetStreamPriorityRange(least: *mut c_int, greatest: *mut c_int) -> u32 {
    code(give(least, 0).and_then(|()| give(greatest, 0)))
}
