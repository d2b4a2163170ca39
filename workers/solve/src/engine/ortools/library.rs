//! The shared library of OR-Tools: opened by its path, its version and its symbols checked, called through its C functions.
//!
//! Names of symbols have moved from version to version (9.12 has others, 9.10 has none), so that one version is wanted and any
//! other is refused. A request that the library does not like ends the process; that is what worker processes are for.

#![expect(unsafe_code, reason = "foreign functions are found by name and called through pointers")]

use std::error::Error;
use std::ffi::{c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use libloading::Symbol;

/// The version that is wanted, as the wheel in the index of Python packages is called.
pub(crate) const VERSION: [c_int; 3] = [9, 15, 6755];

/// Time between two looks at orders and the clock while the library works.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// Stack of the thread in which the library works. That of a main thread, for which it was made.
const STACK_BYTES: usize = 8 << 20;

/// What tells the version. They are C++ functions without arguments, which are called as those of C are.
const VERSION_SYMBOLS: [&str; 3] = [
    "_ZN19operations_research19OrToolsMajorVersionEv",
    "_ZN19operations_research19OrToolsMinorVersionEv",
    "_ZN19operations_research19OrToolsPatchVersionEv",
];

/// Why a library is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LibraryError {
    /// There is no file.
    #[error("there is no {}", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The loader refuses it.
    #[error("{} cannot be opened: {cause}", path.display())]
    Refused {
        /// Where it lies.
        path: PathBuf,
        /// The loader's words.
        cause: String,
    },
    /// It is another library.
    #[error("{} has no symbol {symbol}: it is not OR-Tools {}", path.display(), version(VERSION))]
    Symbol {
        /// Where it lies.
        path: PathBuf,
        /// What was looked for.
        symbol: &'static str,
    },
    /// It is another version.
    #[error("{} is OR-Tools {}, and {} is wanted", path.display(), version(*found), version(VERSION))]
    Version {
        /// Where it lies.
        path: PathBuf,
        /// What it says to be.
        found: [c_int; 3],
    },
}

/// A version in words.
pub(crate) fn version(of: [c_int; 3]) -> String {
    of.map(|part| part.to_string()).join(".")
}

type NewEnv = unsafe extern "C" fn() -> *mut c_void;
type OfEnv = unsafe extern "C" fn(*mut c_void);
type SolveIn =
    unsafe extern "C" fn(*mut c_void, *const c_void, c_int, *const c_void, c_int, *mut *mut c_void, *mut c_int);

unsafe extern "C" {
    /// See `free(3)`.
    fn free(pointer: *mut c_void);
}

/// The library, open as long as this lives.
#[derive(Debug)]
pub(crate) struct Library {
    new_env: NewEnv,
    stop_search: OfEnv,
    destroy_env: OfEnv,
    solve_in: SolveIn,
    /// Keeps what the pointers above lead to.
    _open: libloading::Library,
}

impl Library {
    /// Opens a library and checks that it is the one that is wanted.
    pub(crate) fn open(path: &Path) -> Result<Self, LibraryError> {
        if !path.is_file() {
            return Err(LibraryError::Missing { path: path.to_owned() });
        }
        let refused = |error: libloading::Error| LibraryError::Refused {
            path: path.to_owned(),
            cause: error.source().map_or_else(|| error.to_string(), ToString::to_string),
        };
        // SAFETY: initialisers of the library run, which may do anything; that is why only processes that may die open it.
        let library = unsafe { libloading::Library::new(path) }.map_err(refused)?;
        let mut found = [0; 3];
        for (part, symbol) in found.iter_mut().zip(VERSION_SYMBOLS) {
            // SAFETY: it takes nothing and returns an `int`, in every version that has it.
            *part = unsafe { look_up::<unsafe extern "C" fn() -> c_int>(&library, path, symbol)?() };
        }
        if found != VERSION {
            return Err(LibraryError::Version { path: path.to_owned(), found });
        }
        // SAFETY: the types are those of `ortools/sat/c_api/cp_solver_c.h` in this very version; the pointers stay right
        // because the library lies beside them.
        unsafe {
            Ok(Self {
                new_env: *look_up::<NewEnv>(&library, path, "SolveCpNewEnv")?,
                stop_search: *look_up::<OfEnv>(&library, path, "SolveCpStopSearch")?,
                destroy_env: *look_up::<OfEnv>(&library, path, "SolveCpDestroyEnv")?,
                solve_in: *look_up::<SolveIn>(&library, path, "SolveCpInterruptible")?,
                _open: library,
            })
        }
    }

    /// Solves a model, both as protobuf, in a thread of its own, until it is done or `should_stop` says so. The answer is
    /// protobuf, too; it is empty when the system has no thread left.
    pub(crate) fn solve(&self, model: &[u8], parameters: &[u8], mut should_stop: impl FnMut() -> bool) -> Vec<u8> {
        let env = Env::new(self);
        let (answer, answered) = mpsc::sync_channel(1);
        thread::scope(|scope| {
            let env = &env;
            let work = move || {
                // Nobody has hung up: the receiver lives as long as this scope.
                let _ = answer.send(env.solve(model, parameters));
            };
            if thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).is_err() {
                return Vec::new();
            }
            loop {
                match answered.recv_timeout(LOOK_INTERVAL) {
                    Ok(answer) => return answer,
                    Err(RecvTimeoutError::Timeout) if should_stop() => env.stop(),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return Vec::new(),
                }
            }
        })
    }
}

/// Finds a symbol.
///
/// # Safety
/// `T` must be its type.
unsafe fn look_up<'l, T>(
    library: &'l libloading::Library,
    path: &Path,
    symbol: &'static str,
) -> Result<Symbol<'l, T>, LibraryError> {
    // SAFETY: the caller knows the type.
    let found = unsafe { library.get(symbol) };
    found.map_err(|_| LibraryError::Symbol { path: path.to_owned(), symbol })
}

/// What one search lives in.
struct Env<'l> {
    library: &'l Library,
    pointer: *mut c_void,
}

// SAFETY: the library lets one thread solve in it while another one stops the search, and nothing else is done with it.
unsafe impl Sync for Env<'_> {}

impl<'l> Env<'l> {
    fn new(library: &'l Library) -> Self {
        // SAFETY: it takes nothing.
        Self { library, pointer: unsafe { (library.new_env)() } }
    }

    fn stop(&self) {
        // SAFETY: the pointer is what the library has made; it may be called from any thread, any number of times.
        unsafe { (self.library.stop_search)(self.pointer) }
    }

    /// Not to be called twice.
    fn solve(&self, model: &[u8], parameters: &[u8]) -> Vec<u8> {
        let (mut answer, mut length) = (std::ptr::null_mut(), 0);
        let size = |bytes: &[u8]| c_int::try_from(bytes.len()).expect("models have less than 2 GiB");
        let (model_size, parameters_size) = (size(model), size(parameters));
        // SAFETY: pointers and lengths belong together; the library reads them before it returns, and writes the two results.
        unsafe {
            (self.library.solve_in)(
                self.pointer,
                model.as_ptr().cast(),
                model_size,
                parameters.as_ptr().cast(),
                parameters_size,
                &raw mut answer,
                &raw mut length,
            );
        }
        if answer.is_null() {
            return Vec::new();
        }
        // SAFETY: so many bytes are there, allocated by `malloc` for whoever has called.
        unsafe {
            let bytes = std::slice::from_raw_parts(answer.cast::<u8>(), length.max(0) as usize).to_vec();
            free(answer);
            bytes
        }
    }
}

impl Drop for Env<'_> {
    fn drop(&mut self) {
        // SAFETY: it is what the library has made, and nobody solves in it any more: the thread that did has been waited for.
        unsafe { (self.library.destroy_env)(self.pointer) }
    }
}
