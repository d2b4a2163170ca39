//! The memory map under an artifact, the only `unsafe` of this crate.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::Mmap;

/// The bytes of an artifact: a read-only map of a sealed file, or (in tests and tools) bytes in memory.
#[derive(Debug)]
pub(super) enum Bytes {
    Mapped(Mmap),
    Owned(Vec<Block>),
}

/// 64 bytes on a 64-byte boundary, so that columns of an artifact in memory are aligned as in a map.
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
pub(super) struct Block([u8; 64]);

impl Bytes {
    /// Maps a sealed file.
    pub(super) fn map(file: &File) -> io::Result<Self> {
        // SAFETY: a sealed artifact is never written to nor truncated again (promise 2: mode 0440, only ever replaced by
        // rename), so the pages behind this map do not change while it lives. Whoever breaks that from outside is noticed
        // by the checksum at open, or ends this process by SIGBUS: a crash of a worker, which the orchestrator handles.
        unsafe { Mmap::map(file) }.map(Self::Mapped)
    }

    /// A copy of `bytes` in aligned memory.
    pub(super) fn copy_of(bytes: &[u8]) -> Self {
        let mut blocks = vec![Block([0; 64]); bytes.len().div_ceil(64)];
        bytemuck::cast_slice_mut::<Block, u8>(&mut blocks)[..bytes.len()].copy_from_slice(bytes);
        Self::Owned(blocks)
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(blocks) => bytemuck::cast_slice(blocks),
        }
    }
}
