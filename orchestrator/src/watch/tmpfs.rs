//! Artifacts on a tmpfs are memory: no process exit gives them back, so the pipeline has to count them.

use std::fs;
use std::io;
use std::path::Path;

use nix::sys::statfs::{FsType, TMPFS_MAGIC, statfs};
use shared::bytes::Bytes;

/// The older sibling of tmpfs, `RAMFS_MAGIC` of the kernel's `magic.h`.
const RAMFS_MAGIC: FsType = FsType(0x8584_58f6);

const PAGE_BYTES: u64 = 4096;

/// Whether files in `folder` live in memory.
///
/// # Errors
/// When the file system cannot be asked.
pub fn is_memory(folder: &Path) -> io::Result<bool> {
    let kind = statfs(folder)?.filesystem_type();
    Ok(kind == TMPFS_MAGIC || kind == RAMFS_MAGIC)
}

/// What the files below `folder` occupy, in whole pages. Files that vanish meanwhile do not count; links are not followed.
pub fn occupied(folder: &Path) -> Bytes {
    let Ok(entries) = fs::read_dir(folder) else { return Bytes(0) };
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => occupied(&entry.path()),
        Ok(about) => Bytes(about.len().next_multiple_of(PAGE_BYTES)),
        Err(_) => Bytes(0),
    };
    entries.flatten().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_keeps_shared_memory_on_a_tmpfs_and_processes_elsewhere() {
        assert!(!is_memory(Path::new("/proc")).unwrap());
        if Path::new("/dev/shm").exists() {
            assert!(is_memory(Path::new("/dev/shm")).unwrap());
        }
        assert!(is_memory(Path::new("/no/such/folder")).is_err());
    }

    #[test]
    fn files_in_folders_are_summed_up() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("attempts")).unwrap();
        fs::write(root.path().join("a.art"), vec![1; 100_000]).unwrap();
        assert_eq!(occupied(root.path()), Bytes(25 * 4096));
        fs::write(root.path().join("attempts/b.partial"), [1]).unwrap();
        assert_eq!(occupied(root.path()), Bytes(26 * 4096));
        assert_eq!(occupied(&root.path().join("nowhere")), Bytes(0));
    }
}
