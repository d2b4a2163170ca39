//! How much of a device is used and by whom, asked of the library behind `nvidia-smi`: found by name, a few functions of it called by hand.
//! It makes no context. In a container it knows processes by the numbers that the host has for them; on some systems it
//! knows none, or not what each of them holds.

#![expect(unsafe_code, reason = "foreign functions are found by name and called through pointers")]

use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::ptr;

use libloading::Library;
use shared::wire::DeviceProcess;

const NAME: &str = "libnvidia-ml.so.1";
const SUCCESS: c_int = 0;
const INSUFFICIENT_SIZE: c_int = 7;
/// What it says instead of a number of bytes that it does not know.
const UNKNOWN: u64 = u64::MAX;
/// The most processes that are listed of a device.
const PROCESSES_MAX: usize = 1024;

type Act = unsafe extern "C" fn() -> c_int;
type ByUuid = unsafe extern "C" fn(*const c_char, *mut *mut c_void) -> c_int;
type MemoryInfo = unsafe extern "C" fn(*mut c_void, *mut Memory) -> c_int;
type Running = unsafe extern "C" fn(*mut c_void, *mut c_uint, *mut Process) -> c_int;

/// `nvmlMemory_t`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Memory {
    total: u64,
    free: u64,
    used: u64,
}

/// `nvmlProcessInfo_t` of the second and the third version.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Process {
    pid: c_uint,
    used: u64,
    gpu_instance: c_uint,
    compute_instance: c_uint,
}

/// The library, ready to be asked.
#[derive(Debug)]
pub(super) struct Nvml {
    by_uuid: ByUuid,
    memory_info: MemoryInfo,
    /// Older ones do not have it in this form.
    running: Option<Running>,
}

/// What is used of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// In bytes, by whomever.
    pub(super) used: u64,
    /// Who computes there.
    pub(super) processes: Option<Vec<DeviceProcess>>,
}

impl Nvml {
    /// Loads the library; nothing where it is missing, is another one, or does not start.
    pub(super) fn open() -> Option<Self> {
        // SAFETY: loading it runs its initialisers, which may do anything; that is why this process is disposable.
        let library = unsafe { Library::new(NAME) }.ok()?;
        // It stays until the process ends: what is found in it may be called until then.
        let library = Box::leak(Box::new(library));
        let init: Act = find(library, "nvmlInit_v2")?;
        let by_uuid = find(library, "nvmlDeviceGetHandleByUUID")?;
        let memory_info = find(library, "nvmlDeviceGetMemoryInfo")?;
        let running = find(library, "nvmlDeviceGetComputeRunningProcesses_v3")
            .or_else(|| find(library, "nvmlDeviceGetComputeRunningProcesses_v2"));
        // SAFETY: it takes nothing, and is the function of that name.
        let started = unsafe { init() };
        (started == SUCCESS).then_some(Self { by_uuid, memory_info, running })
    }

    /// What is used of the device with that UUID.
    pub(super) fn look(&self, uuid: &str) -> Option<Use> {
        let uuid = CString::new(uuid).ok()?;
        let mut handle = ptr::null_mut();
        // SAFETY: the text ends with a zero, and the place for the handle is ours.
        let found = unsafe { (self.by_uuid)(uuid.as_ptr(), &raw mut handle) };
        let mut memory = Memory::default();
        // SAFETY: the handle is one, and the place for three numbers is ours.
        let is_known = found == SUCCESS && unsafe { (self.memory_info)(handle, &raw mut memory) } == SUCCESS;
        is_known.then(|| Use { used: memory.used, processes: self.running.and_then(|ask| processes(ask, handle)) })
    }
}

/// Who computes on a device, in the order of their numbers.
fn processes(ask: Running, handle: *mut c_void) -> Option<Vec<DeviceProcess>> {
    let mut room = vec![Process::default(); 64];
    loop {
        let mut count = c_uint::try_from(room.len()).ok()?;
        // SAFETY: there is room for `count` of them.
        let answer = unsafe { ask(handle, &raw mut count, room.as_mut_ptr()) };
        let count = count as usize;
        match answer {
            SUCCESS => {
                room.truncate(count);
                room.sort_by_key(|process| process.pid);
                let of = |process: &Process| DeviceProcess {
                    pid: process.pid,
                    used: Some(process.used).filter(|used| *used != UNKNOWN),
                };
                return Some(room.iter().map(of).collect());
            }
            // There may be more by the time that it is asked again.
            INSUFFICIENT_SIZE if room.len() < PROCESSES_MAX => {
                room.resize((count + 16).clamp(room.len() + 1, PROCESSES_MAX), Process::default());
            }
            _ => return None,
        }
    }
}

/// The function of that name.
fn find<T: Copy>(library: &'static Library, name: &str) -> Option<T> {
    // SAFETY: the types are those of the header `nvml.h`; who finds nothing does not call it.
    unsafe { library.get::<T>(name.as_bytes()) }.ok().map(|symbol| *symbol)
}
