//! The numbers by which a driver says what went wrong, with their names.

use crate::fault::FaultKind;

/// A number of `CUresult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u32);

/// What a call gives back.
pub type Answer<T> = Result<T, Code>;

macro_rules! codes {
    ($($name:ident = $number:literal, $text:literal, $words:literal;)*) => {
        impl Code {
            $(
                #[doc = $words]
                pub const $name: Self = Self($number);
            )*

            /// Its name in C, ended by a zero; unknown numbers have none.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(concat!($text, "\0")),)*
                    _ => None,
                }
            }

            /// The same in words.
            pub fn words(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(concat!($words, "\0")),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    SUCCESS = 0, "CUDA_SUCCESS", "no error";
    INVALID_VALUE = 1, "CUDA_ERROR_INVALID_VALUE", "invalid argument";
    OUT_OF_MEMORY = 2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory";
    NOT_INITIALIZED = 3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error";
    NO_DEVICE = 100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected";
    INVALID_DEVICE = 101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal";
    INVALID_CONTEXT = 201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context";
    INVALID_PTX = 218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed";
    UNSUPPORTED_PTX_VERSION = 222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain.";
    FILE_NOT_FOUND = 301, "CUDA_ERROR_FILE_NOT_FOUND", "file not found";
    INVALID_HANDLE = 400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle";
    NOT_FOUND = 500, "CUDA_ERROR_NOT_FOUND", "named symbol not found";
    NOT_READY = 600, "CUDA_ERROR_NOT_READY", "device not ready";
    ILLEGAL_ADDRESS = 700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered";
    LAUNCH_OUT_OF_RESOURCES = 701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch";
    LAUNCH_TIMEOUT = 702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated";
    ILLEGAL_INSTRUCTION = 715, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "an illegal instruction was encountered";
    MISALIGNED_ADDRESS = 716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address";
    LAUNCH_FAILED = 719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure";
    NOT_SUPPORTED = 801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported";
    UNKNOWN = 999, "CUDA_ERROR_UNKNOWN", "unknown error";
}

impl From<FaultKind> for Code {
    /// What a card says where it notices at all: of races it says nothing, and of lanes that wait for ever only where it drives a display.
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::IllegalAddress => Self::ILLEGAL_ADDRESS,
            FaultKind::Misaligned => Self::MISALIGNED_ADDRESS,
            FaultKind::Deadlock | FaultKind::Endless => Self::LAUNCH_TIMEOUT,
            FaultKind::Race | FaultKind::Divergent | FaultKind::Trap => Self::LAUNCH_FAILED,
        }
    }
}
