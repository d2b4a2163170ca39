//! Functions of C about modules, their kernels, and launches.
#![expect(unsafe_code, reason = "a library of C has functions without mangled names, which take pointers")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::{fs, slice};

use device::driver::{Answer, Code, Shape, driver};

use crate::{code, current, give};

/// The handle of a module: its card and its number there, counted from 1.
fn handle(card: usize, module: usize) -> usize {
    (card << 32) | (module + 1)
}

/// The same, back.
fn module_of(handle: usize) -> Answer<(usize, usize)> {
    let module = (handle & 0xFFFF_FFFF).checked_sub(1).ok_or(Code::INVALID_HANDLE)?;
    Ok((handle >> 32, module))
}

/// Functions are counted from 1 for the caller.
fn function_of(handle: usize) -> Answer<usize> {
    handle.checked_sub(1).ok_or(Code::INVALID_HANDLE)
}

fn text<'a>(from: *const c_char) -> Answer<&'a str> {
    if from.is_null() {
        return Err(Code::INVALID_VALUE);
    }
    // SAFETY: it is no null, and the caller says that it is text with a zero behind.
    unsafe { CStr::from_ptr(from) }.to_str().map_err(|_| Code::INVALID_PTX)
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleLoadData(to: *mut usize, image: *const c_char) -> u32 {
    code(current().and_then(|card| give(to, handle(card, driver().load(card, text(image)?)?))))
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleLoadDataEx(
    to: *mut usize,
    image: *const c_char,
    _options: c_uint,
    _names: *mut c_void,
    _values: *mut c_void,
) -> u32 {
    cuModuleLoadData(to, image)
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleLoad(to: *mut usize, file: *const c_char) -> u32 {
    code(current().and_then(|card| {
        let text = fs::read_to_string(text(file)?).map_err(|_| Code::FILE_NOT_FOUND)?;
        give(to, handle(card, driver().load(card, &text)?))
    }))
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleUnload(module: usize) -> u32 {
    code(module_of(module).and_then(|(card, module)| driver().unload(card, module)))
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleGetFunction(to: *mut usize, module: usize, name: *const c_char) -> u32 {
    code(module_of(module).and_then(|(card, module)| give(to, driver().function(card, module, text(name)?)? + 1)))
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleGetGlobal_v2(to: *mut u64, bytes: *mut usize, module: usize, name: *const c_char) -> u32 {
    code(module_of(module).and_then(|(card, module)| {
        let (address, length) = driver().variable(card, module, text(name)?)?;
        // Either may be left out.
        let _ = give(to, address);
        let _ = give(bytes, length as usize);
        Ok(())
    }))
}

#[unsafe(no_mangle)]
extern "C" fn cuFuncGetAttribute(to: *mut c_int, attribute: u32, function: usize) -> u32 {
    code(
        function_of(function).and_then(|function| give(to, driver().function_attribute(function, attribute)? as c_int)),
    )
}

#[unsafe(no_mangle)]
extern "C" fn cuFuncSetAttribute(function: usize, attribute: u32, value: c_int) -> u32 {
    code(function_of(function).and_then(|function| driver().set_function_attribute(function, attribute, value as u32)))
}

#[unsafe(no_mangle)]
extern "C" fn cuFuncSetCacheConfig(function: usize, _config: u32) -> u32 {
    code(function_of(function).map(|_| ()))
}

#[unsafe(no_mangle)]
extern "C" fn cuOccupancyMaxActiveBlocksPerMultiprocessor(
    to: *mut c_int,
    function: usize,
    threads: c_int,
    shared_bytes: usize,
) -> u32 {
    code(
        function_of(function)
            .and_then(|function| give(to, driver().occupancy(function, threads as u32, shared_bytes as u32)? as c_int)),
    )
}

#[unsafe(no_mangle)]
extern "C" fn cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    to: *mut c_int,
    function: usize,
    threads: c_int,
    shared_bytes: usize,
    _flags: c_uint,
) -> u32 {
    cuOccupancyMaxActiveBlocksPerMultiprocessor(to, function, threads, shared_bytes)
}

/// The parameters of a launch as they lie in the memory of the device.
fn parameters(function: usize, from: *const *const u8) -> Answer<Vec<u8>> {
    let places = driver().parameters(function)?;
    let end = places.last().map_or(0, |(at, bytes)| at + bytes);
    let mut together = vec![0; end as usize];
    if from.is_null() && !places.is_empty() {
        return Err(Code::INVALID_VALUE);
    }
    for (index, (at, bytes)) in places.into_iter().enumerate() {
        // SAFETY: the caller says that there is a pointer for each parameter, and behind each as many bytes as the kernel says.
        let parameter = unsafe { slice::from_raw_parts(*from.add(index), bytes as usize) };
        together[at as usize..][..bytes as usize].copy_from_slice(parameter);
    }
    Ok(together)
}

#[unsafe(no_mangle)]
extern "C" fn cuLaunchKernel(
    function: usize,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    shared_bytes: c_uint,
    _stream: usize,
    from: *const *const u8,
    _extra: *mut *mut c_void,
) -> u32 {
    let shape = Shape { grid: [grid_x, grid_y, grid_z], block: [block_x, block_y, block_z], shared_bytes };
    code(function_of(function).and_then(|function| driver().launch(function, shape, parameters(function, from)?)))
}
