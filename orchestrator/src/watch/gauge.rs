//! What the kernel counts for one control group, from files kept open.
//!
//! Its charge is what is used in it less its page cache: cache is taken back before anybody is ended for it. What lies in a tmpfs
//! is no cache and stays charged to whoever wrote it. What the kernel holds on behalf of the group (page tables, stacks) counts too.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use shared::bytes::Bytes;

use super::account::{KernelAccount, KernelKill};
use super::cgroup::{Version, stat_value};

/// Longer than any `memory.stat` so far; what lies behind is not read.
const STAT_BYTES: usize = 8 << 10;
/// Memory and swap together, of version 1.
const WITH_SWAP: &str = "memory.memsw.usage_in_bytes";
/// The kernel adds up what its processors have counted when one of them comes to so much.
const UNSETTLED_OF_A_PROCESSOR: u64 = 64 * 4096;
/// The kernel asks for at most so much at once before it gives up; by less than that the peak stays below the limit.
const AT_THE_LIMIT: u64 = UNSETTLED_OF_A_PROCESSOR;

/// A control group that is being measured.
#[derive(Debug)]
pub struct Gauge {
    version: Version,
    folder: PathBuf,
    /// What it was first allowed to hold.
    granted: Bytes,
    usage: File,
    stat: File,
    events: File,
}

impl Gauge {
    /// The gauge of the group with that folder, which was first allowed to hold so much; nothing when it is gone or counts no
    /// memory.
    pub fn open(folder: &Path, version: Version, granted: Bytes) -> Option<Self> {
        let open = |name: &str| File::open(folder.join(name)).ok();
        let (usage, events) = match version {
            // With swap, where the kernel accounts for that.
            Version::One => (open(WITH_SWAP).or_else(|| open("memory.usage_in_bytes")), open("memory.oom_control")),
            // Without: a pen of version 2 allows for none.
            Version::Two => (open("memory.current"), open("memory.events")),
        };
        let (usage, stat, events) = (usage?, open("memory.stat")?, events?);
        Some(Self { version, folder: folder.to_owned(), granted, usage, stat, events })
    }

    /// What it holds now, or nothing when it is gone.
    pub fn charge(&self) -> Option<Bytes> {
        let usage = number(&self.usage)?;
        let cache = self.stat(|of| of("inactive_file") + of("active_file"))?;
        Some(Bytes(usage.saturating_sub(cache)))
    }

    /// Whether the kernel has ended somebody in it.
    pub fn kill(&self) -> Option<KernelKill> {
        let (kills, own) = read(&self.events, |text| {
            let of = |name| stat_value(text, name).unwrap_or(0);
            (of("oom_kill"), of("oom"))
        })?;
        if kills == 0 {
            return None;
        }
        let was_at_its_limit = match self.version {
            // `memory.failcnt` would tell, but there are kernels that do not count it any more (6.18). Not the limit of now: it
            // may have been raised in the very moment when the old one was hit.
            Version::One => self.peak()? + AT_THE_LIMIT >= self.granted.0,
            Version::Two => own > 0,
        };
        Some(if was_at_its_limit { KernelKill::OwnLimit } else { KernelKill::Above })
    }

    /// All that is known of a group that nobody is in any more.
    pub fn account(&self) -> KernelAccount {
        let shared = self.stat(|of| of("shmem")).unwrap_or(0);
        let processors = available_parallelism().map_or(1, |count| count.get() as u64);
        let left = if shared > UNSETTLED_OF_A_PROCESSOR * processors { Bytes(shared) } else { Bytes(0) };
        KernelAccount { kill: self.kill(), peak: self.peak().map(Bytes), left, largest: Vec::new() }
    }

    fn peak(&self) -> Option<u64> {
        self.number(if self.version == Version::One { "memory.max_usage_in_bytes" } else { "memory.peak" })
    }

    /// The number in a file that is not looked at often.
    fn number(&self, name: &str) -> Option<u64> {
        number(&File::open(self.folder.join(name)).ok()?)
    }

    /// Of `memory.stat`, by the names of version 2.
    fn stat(&self, count: impl Fn(&dyn Fn(&str) -> u64) -> u64) -> Option<u64> {
        let total = if self.version == Version::One { "total_" } else { "" };
        read(&self.stat, |text| count(&|name| stat_value(text, &format!("{total}{name}")).unwrap_or(0)))
    }
}

fn number(file: &File) -> Option<u64> {
    read(file, |text| text.trim().parse().ok())?
}

fn read<T>(file: &File, look: impl Fn(&str) -> T) -> Option<T> {
    let mut buffer = [0; STAT_BYTES];
    let read = file.read_at(&mut buffer, 0).ok().filter(|read| *read > 0)?;
    std::str::from_utf8(&buffer[..read]).ok().map(look)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const V1_STAT: &str = "cache 1\nshmem 5\ninactive_file 7\ntotal_shmem 9000000\ntotal_inactive_file 3000000\n\
                           total_active_file 1000000\n";

    fn group(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        plant(&folder, files);
        folder
    }

    fn plant(folder: &tempfile::TempDir, files: &[(&str, &str)]) {
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
    }

    fn version_one(more: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = group(&[
            ("memory.usage_in_bytes", "20000000\n"),
            ("memory.max_usage_in_bytes", "25000000\n"),
            ("memory.stat", V1_STAT),
            ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n"),
        ]);
        plant(&folder, more);
        folder
    }

    #[test]
    fn version_one_counts_swap_where_it_can_and_cache_never() {
        let plain = version_one(&[]);
        let gauge = Gauge::open(plain.path(), Version::One, Bytes(50_000_000)).unwrap();
        assert_eq!(gauge.charge(), Some(Bytes(16_000_000)));
        let swapping = version_one(&[("memory.memsw.usage_in_bytes", "21000000\n")]);
        assert_eq!(
            Gauge::open(swapping.path(), Version::One, Bytes(50_000_000)).unwrap().charge(),
            Some(Bytes(17_000_000))
        );
        // A group that is removed reads as an error; a file of a test that is emptied is as near as it gets.
        fs::write(plain.path().join("memory.usage_in_bytes"), "").unwrap();
        assert_eq!(gauge.charge(), None);
    }

    #[test]
    fn version_one_tells_its_own_limit_from_those_above() {
        let killed = ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        let kill = |granted: u64, more: &[(&str, &str)]| {
            let folder = version_one(more);
            Gauge::open(folder.path(), Version::One, Bytes(granted)).unwrap().kill()
        };
        assert_eq!(kill(25_001_984, &[]), None, "cache that was taken back is no kill");
        assert_eq!(kill(25_001_984, &[killed]), Some(KernelKill::OwnLimit));
        assert_eq!(kill(20_000_000, &[killed]), Some(KernelKill::OwnLimit), "it was enlarged");
        assert_eq!(kill(50_000_000, &[killed]), Some(KernelKill::Above));
    }

    #[test]
    fn version_two_tells_its_own_limit_from_those_above() {
        let folder = group(&[
            ("memory.current", "20000000\n"),
            ("memory.stat", "anon 1\nshmem 70000\ninactive_file 3000000\nactive_file 1000000\n"),
            ("memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 1\noom_group_kill 0\n"),
        ]);
        let gauge = Gauge::open(folder.path(), Version::Two, Bytes(0)).unwrap();
        assert_eq!((gauge.charge(), gauge.kill()), (Some(Bytes(16_000_000)), Some(KernelKill::Above)));
        fs::write(folder.path().join("memory.events"), "max 3\noom 1\noom_kill 1\n").unwrap();
        assert_eq!(gauge.kill(), Some(KernelKill::OwnLimit));
        let account = gauge.account();
        assert_eq!(
            (account.peak, account.left),
            (None, Bytes(0)),
            "an old kernel has no peak; a little is not settled yet"
        );
    }

    #[test]
    fn the_account_tells_what_is_left_in_a_tmpfs() {
        let folder = version_one(&[]);
        let account = Gauge::open(folder.path(), Version::One, Bytes(50_000_000)).unwrap().account();
        let processors = available_parallelism().map_or(1, |count| count.get() as u64);
        let left = if 9_000_000 > UNSETTLED_OF_A_PROCESSOR * processors { Bytes(9_000_000) } else { Bytes(0) };
        assert_eq!(account, KernelAccount { peak: Some(Bytes(25_000_000)), left, ..KernelAccount::default() });
        assert!(Gauge::open(Path::new("/proc"), Version::One, Bytes(0)).is_none());
    }
}
