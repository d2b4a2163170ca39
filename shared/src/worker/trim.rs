//! Gives the free part of the heap back to the system. Without this, memory that a worker has freed stays charged to it.

/// Returns free pages of the heap to the system. It takes milliseconds; where the C library cannot do it, it does nothing.
pub(super) fn heap() {
    #[cfg(target_env = "gnu")]
    {
        unsafe extern "C" {
            /// See `malloc_trim(3)`: `pad` bytes stay at the top of the heap.
            fn malloc_trim(pad: usize) -> i32;
        }
        // SAFETY: it takes a number and touches only what nobody has allocated; it may be called from any thread.
        unsafe { malloc_trim(0) };
    }
}
