//! How much memory there is: the machine, the control groups above us, and what the user allows.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use shared::bytes::{Bytes, BytesError};
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

use super::cgroup::{self, CgroupLimit};

/// The machine is looked at no more often than this.
const MACHINE_EVERY: Duration = Duration::from_millis(100);

/// Why the machine cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The operating system gives no view of its memory.
    #[error("look at the machine's memory: {0}")]
    Machine(String),
}

/// What `--memory` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MemoryRequest {
    /// So many bytes.
    Size(Bytes),
    /// So many hundredths of what there is.
    Percent(f64),
}

/// Why a text is no [`MemoryRequest`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryRequestError {
    /// It is no size either.
    #[error(transparent)]
    Size(#[from] BytesError),
    /// It is a percentage, but none between 0 and 100.
    #[error("{0:?} is not a share of the memory: write a percentage above 0 and up to 100, such as 50%")]
    Percent(String),
    /// It is nothing at all.
    #[error("no memory at all is not enough: write a size such as 256M, or a percentage such as 50%")]
    Zero,
}

impl FromStr for MemoryRequest {
    type Err = MemoryRequestError;

    /// Reads `256M` or `50%`.
    fn from_str(text: &str) -> Result<Self, MemoryRequestError> {
        if let Some(number) = text.trim().strip_suffix('%') {
            let share = number.trim().parse::<f64>().ok().filter(|share| *share > 0.0 && *share <= 100.0);
            return share.map(Self::Percent).ok_or_else(|| MemoryRequestError::Percent(text.to_owned()));
        }
        match text.parse()? {
            Bytes(0) => Err(MemoryRequestError::Zero),
            size => Ok(Self::Size(size)),
        }
    }
}

/// Where a capacity comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapacitySource {
    /// `--memory`.
    Asked,
    /// The machine's memory.
    Machine,
    /// The limit of a control group, by its folder.
    Cgroup(PathBuf),
}

impl fmt::Display for CapacitySource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => out.write_str("--memory"),
            Self::Machine => out.write_str("the machine"),
            Self::Cgroup(folder) => write!(out, "the control group {}", folder.display()),
        }
    }
}

/// The memory that the pipeline may count on. It stays below a share of it (70 %).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// How much.
    pub bytes: Bytes,
    /// Says who.
    pub source: CapacitySource,
}

/// The memory that we share with others: the least of the machine and the control groups above us, whatever `--memory` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// How much there is.
    pub limit: Bytes,
    /// How much of it is used, by whomever; page cache is not use.
    pub used: Bytes,
}

impl Host {
    /// The used share in per cent.
    pub fn percent(self) -> f64 {
        if self.limit.0 == 0 { 0.0 } else { self.used.0 as f64 * 100.0 / self.limit.0 as f64 }
    }
}

/// A process of the machine, for the line that says why somebody was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargeProcess {
    /// Its number.
    pub pid: u32,
    /// Its name.
    pub name: String,
    /// Its resident memory; for strangers that is all that can be told cheaply.
    pub resident: Bytes,
}

/// Watches the machine and the control groups above us.
#[derive(Debug)]
pub struct Memory {
    system: System,
    read_at: Option<Instant>,
    host: Host,
    tightest: Option<CgroupLimit>,
}

impl Memory {
    /// Starts to watch.
    ///
    /// # Errors
    /// When the operating system gives no view of its memory.
    pub fn open() -> Result<Self, WatchError> {
        Self::below(Path::new("/"))
    }

    fn below(root: &Path) -> Result<Self, WatchError> {
        let system = System::new().map_err(|error| WatchError::Machine(error.to_string()))?;
        let mut memory = Self { system, read_at: None, host: Host::default(), tightest: None };
        memory.read(Instant::now());
        let total = Bytes(memory.system.total_memory());
        if total == Bytes(0) {
            return Err(WatchError::Machine("it says that there is none".to_owned()));
        }
        memory.tightest = cgroup::limits(root).into_iter().find(|limit| limit.limit < total);
        memory.read(Instant::now());
        Ok(memory)
    }

    /// The host, not older than a tenth of a second.
    pub fn host(&mut self, now: Instant) -> Host {
        if self.read_at.is_none_or(|then| now.saturating_duration_since(then) >= MACHINE_EVERY) {
            self.read(now);
        }
        self.host
    }

    /// The host as it is this very moment: for the figures before a spawn and after a worker was reaped.
    pub fn host_afresh(&mut self, now: Instant) -> Host {
        self.read(now);
        self.host
    }

    /// When the host was last looked at.
    pub fn looked_at(&self) -> Option<Instant> {
        self.read_at
    }

    /// The machine's available memory (`MemAvailable`) at the last look.
    pub fn available(&self) -> Bytes {
        Bytes(self.system.available_memory())
    }

    /// The memory that the pipeline may count on: what was asked for, else the least limit.
    pub fn capacity(&self, asked: Option<MemoryRequest>) -> Capacity {
        let limit = self.host.limit;
        match asked {
            Some(MemoryRequest::Size(bytes)) => Capacity { bytes, source: CapacitySource::Asked },
            Some(MemoryRequest::Percent(share)) => {
                Capacity { bytes: Bytes((limit.0 as f64 * share / 100.0) as u64), source: CapacitySource::Asked }
            }
            None => {
                let of_cgroup = |limit: &CgroupLimit| CapacitySource::Cgroup(limit.folder.clone());
                Capacity { bytes: limit, source: self.tightest.as_ref().map_or(CapacitySource::Machine, of_cgroup) }
            }
        }
    }

    fn read(&mut self, now: Instant) {
        self.system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let total = Bytes(self.system.total_memory());
        let machine = Host { limit: total, used: total.less(Bytes(self.system.available_memory())) };
        self.host = match &self.tightest {
            Some(cgroup) => Host { limit: cgroup.limit, used: cgroup.used().unwrap_or(machine.used) },
            None => machine,
        };
        self.read_at = Some(now);
    }

    /// The largest processes of the machine, largest first. It takes ten milliseconds or more: for the moment of a kill only.
    pub fn largest(count: usize) -> Vec<LargeProcess> {
        // A view of its own, thrown away at once: it would keep a record of every process of the machine.
        let Ok(mut system) = System::new() else { return Vec::new() };
        let what = ProcessRefreshKind::nothing().with_memory().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        let named = |process: &sysinfo::Process| LargeProcess {
            pid: process.pid().as_u32(),
            name: process.name().to_string_lossy().into_owned(),
            resident: Bytes(process.memory()),
        };
        let mut all: Vec<LargeProcess> = system.processes().values().map(named).collect();
        all.sort_by(|a, b| b.resident.cmp(&a.resident).then(a.pid.cmp(&b.pid)));
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn requests_are_sizes_or_shares() {
        assert_eq!("256M".parse(), Ok(MemoryRequest::Size(Bytes::mib(256))));
        assert_eq!(" 12.5 %".parse(), Ok(MemoryRequest::Percent(12.5)));
        for wrong in ["0%", "101%", "-1%", "nan%", "%", "0", "much", ""] {
            assert!(wrong.parse::<MemoryRequest>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_machine_is_the_limit_where_no_group_is() {
        let nowhere = tempfile::tempdir().unwrap();
        let mut memory = Memory::below(nowhere.path()).unwrap();
        let host = memory.host(Instant::now());
        assert!(host.used < host.limit && host.limit > Bytes::mib(64), "{host:?}");
        assert_eq!(memory.capacity(None), Capacity { bytes: host.limit, source: CapacitySource::Machine });
        assert!(memory.available() <= host.limit);
    }

    #[test]
    fn a_group_below_the_machine_is_the_limit_and_asking_overrides_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sys/fs/cgroup/job");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(root.path().join("proc/self")).unwrap();
        fs::write(root.path().join("proc/self/cgroup"), "0::/job\n").unwrap();
        fs::write(root.path().join("proc/self/mountinfo"), "1 2 0:3 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
            .unwrap();
        fs::write(folder.join("memory.max"), "16777216\n").unwrap();
        fs::write(folder.join("memory.current"), "9000000\n").unwrap();
        fs::write(folder.join("memory.stat"), "inactive_file 500000\nactive_file 111392\n").unwrap();
        let mut memory = Memory::below(root.path()).unwrap();
        let host = memory.host(Instant::now());
        assert_eq!(host, Host { limit: Bytes::mib(16), used: Bytes(8_388_608) });
        assert!((host.percent() - 50.0).abs() < 1e-9);
        let capacity = |asked| memory.capacity(asked);
        assert_eq!(capacity(None), Capacity { bytes: Bytes::mib(16), source: CapacitySource::Cgroup(folder.clone()) });
        assert_eq!(capacity(Some(MemoryRequest::Percent(25.0))).bytes, Bytes::mib(4));
        let asked = capacity(Some(MemoryRequest::Size(Bytes::mib(256))));
        assert_eq!(asked, Capacity { bytes: Bytes::mib(256), source: CapacitySource::Asked });
    }

    #[test]
    fn a_look_is_kept_for_a_tenth_of_a_second() {
        let mut memory = Memory::open().unwrap();
        let start = memory.looked_at().unwrap();
        memory.host(start + Duration::from_millis(99));
        assert_eq!(memory.looked_at(), Some(start));
        memory.host(start + Duration::from_millis(100));
        assert_eq!(memory.looked_at(), Some(start + Duration::from_millis(100)));
        memory.host_afresh(start + Duration::from_millis(101));
        assert_eq!(memory.looked_at(), Some(start + Duration::from_millis(101)));
    }

    #[test]
    fn the_largest_come_first_and_this_process_is_among_all() {
        let all = Memory::largest(usize::MAX);
        assert!(all.is_sorted_by(|a, b| a.resident >= b.resident));
        assert!(all.iter().any(|process| process.pid == std::process::id()));
        assert_eq!(Memory::largest(3).len(), 3.min(all.len()));
    }
}
