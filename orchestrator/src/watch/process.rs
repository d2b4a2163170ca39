//! The private memory of one process, from files kept open.
//!
//! Private memory is `RssAnon + RssShmem + VmSwap` of `/proc/PID/status`. Not `VmRSS`: that counts mapped artifacts, which
//! belong to the file and not to the process. A kept file also keeps the process's identity: once it is gone, a read fails,
//! even when the kernel has given the number to a stranger.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use shared::bytes::Bytes;

/// `statm` costs a tenth of `status` to read. While it stays the same the last count is kept, but only so often: it does
/// not tell a dropped file page from a new shared one, nor what was swapped out.
const KEPT_COUNTS_MAX: u32 = 8;
const STATUS_BYTES: usize = 4096;
/// A process of very many groups has a longer `status`; beyond this it is no status file.
const STATUS_BYTES_MAX: usize = 1 << 20;

/// One process that is being measured.
#[derive(Debug)]
pub(super) struct Process {
    statm: File,
    status: File,
    last: Option<Counted>,
    buffer: Vec<u8>,
}

/// A count and what `statm` said at that time.
#[derive(Debug)]
struct Counted {
    statm: Vec<u8>,
    private: Bytes,
    kept: u32,
}

impl Process {
    /// The process with that number, or nothing when it is gone.
    pub(super) fn open(proc_root: &Path, pid: u32) -> Option<Self> {
        let folder = proc_root.join(pid.to_string());
        let statm = File::open(folder.join("statm")).ok()?;
        let status = File::open(folder.join("status")).ok()?;
        Some(Self { statm, status, last: None, buffer: vec![0; STATUS_BYTES] })
    }

    /// Its private memory now, or nothing when it is gone.
    pub(super) fn private(&mut self) -> Option<Bytes> {
        let mut statm = [0; 128];
        let read = self.statm.read_at(&mut statm, 0).ok().filter(|read| *read > 0)?;
        if let Some(last) = &mut self.last
            && last.statm == statm[..read]
            && last.kept < KEPT_COUNTS_MAX
        {
            last.kept += 1;
            return Some(last.private);
        }
        let private = Status::parse(self.read_status()?).private;
        self.last = Some(Counted { statm: statm[..read].to_vec(), private, kept: 0 });
        Some(private)
    }

    fn read_status(&mut self) -> Option<&[u8]> {
        loop {
            let read = self.status.read_at(&mut self.buffer, 0).ok().filter(|read| *read > 0)?;
            if read < self.buffer.len() || self.buffer.len() >= STATUS_BYTES_MAX {
                return Some(&self.buffer[..read]);
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }
}

/// What `/proc/PID/status` says about memory. Absent lines (a zombie has none) count as nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Status {
    private: Bytes,
    high_water: Bytes,
}

impl Status {
    fn parse(text: &[u8]) -> Self {
        let mut status = Self::default();
        for line in text.split(|byte| *byte == b'\n') {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            match &line[..colon] {
                b"RssAnon" | b"RssShmem" | b"VmSwap" => status.private = status.private + kibibytes(&line[colon + 1..]),
                b"VmHWM" => status.high_water = kibibytes(&line[colon + 1..]),
                _ => {}
            }
        }
        status
    }
}

/// Reads `   1234 kB`.
fn kibibytes(text: &[u8]) -> Bytes {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    Bytes(digits.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))) << 10)
}

/// The kernel's own high-water mark of a process (`VmHWM`), a hint only: it counts mapped files, and not swap.
pub fn high_water(pid: u32) -> Option<Bytes> {
    let text = std::fs::read(format!("/proc/{pid}/status")).ok()?;
    Some(Status::parse(&text).high_water)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tRssAnon: 5\nUmask:\t0022\nVmHWM:\t    1640 kB\nVmRSS:\t    1640 kB\nRssAnon:\t     112 kB\n\
                          RssFile:\t    1528 kB\nRssShmem:\t       8 kB\nVmSwap:\t       4 kB\nThreads:\t1\n";

    #[test]
    fn private_memory_leaves_files_out_and_counts_swap() {
        let status = Status::parse(STATUS.as_bytes());
        assert_eq!(status, Status { private: Bytes(124 << 10), high_water: Bytes(1640 << 10) });
        assert_eq!(Status::parse(b"Name:\tcat\nState:\tZ (zombie)\n"), Status::default());
    }

    #[test]
    fn a_long_status_is_read_to_its_end() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("7");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("statm"), "1 2 3\n").unwrap();
        std::fs::write(folder.join("status"), format!("Groups:\t{}\nRssAnon:\t9 kB\n", "4711 ".repeat(5000))).unwrap();
        assert_eq!(Process::open(root.path(), 7).unwrap().private(), Some(Bytes(9 << 10)));
    }

    #[test]
    fn an_unchanged_statm_saves_the_status_but_not_for_ever() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("7");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("statm"), "1 2 3\n").unwrap();
        std::fs::write(folder.join("status"), "RssAnon:\t9 kB\n").unwrap();
        let mut process = Process::open(root.path(), 7).unwrap();
        assert_eq!(process.private(), Some(Bytes(9 << 10)));
        std::fs::write(folder.join("status"), "RssAnon:\t5 kB\n").unwrap();
        assert_eq!(process.private(), Some(Bytes(9 << 10)), "statm has not changed");
        std::fs::write(folder.join("statm"), "1 1 3\n").unwrap();
        assert_eq!(process.private(), Some(Bytes(5 << 10)), "statm has changed");
        std::fs::write(folder.join("status"), "RssAnon:\t7 kB\n").unwrap();
        let counts: Vec<_> = (0..=KEPT_COUNTS_MAX).filter_map(|_| process.private()).collect();
        assert_eq!(counts.last(), Some(&Bytes(7 << 10)));
    }

    #[test]
    fn the_high_water_mark_of_this_process_is_known() {
        assert!(high_water(std::process::id()).unwrap() > Bytes(100 << 10));
        assert_eq!(high_water(u32::MAX), None);
    }
}
