//! The control groups that we are in: their memory limits, version 1 and version 2, nested or not, and where our own one is.
//!
//! `/proc/self/cgroup` says where we are, `/proc/self/mountinfo` where that can be seen. In a container the two do not agree:
//! the mount may show only a part of the hierarchy, so what cannot be found below the mount point is looked for at it.

use std::fs;
use std::path::{Path, PathBuf};

use shared::bytes::Bytes;

/// Version 1 writes "no limit" as the largest multiple of the page size; no machine has half as much.
const UNLIMITED: u64 = 1 << 60;

/// Which interface a control group has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `memory.limit_in_bytes`, one hierarchy for each controller.
    One,
    /// `memory.max`, one hierarchy for all.
    Two,
}

/// A control group above us that limits memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CgroupLimit {
    /// Its folder.
    pub folder: PathBuf,
    /// Its interface.
    pub version: Version,
    /// Its limit.
    pub limit: Bytes,
}

impl CgroupLimit {
    /// Memory used in it less its page cache, or nothing when it cannot be read. Cache is given back on demand: it is not use.
    pub fn used(&self) -> Option<Bytes> {
        let (usage, prefix) = match self.version {
            Version::One => ("memory.usage_in_bytes", "total_"),
            Version::Two => ("memory.current", ""),
        };
        let usage = read_number(&self.folder.join(usage))?;
        let stat = fs::read_to_string(self.folder.join("memory.stat")).unwrap_or_default();
        let cache = |kind: &str| stat_value(&stat, &format!("{prefix}{kind}")).unwrap_or(0);
        Some(Bytes(usage.saturating_sub(cache("inactive_file")).saturating_sub(cache("active_file"))))
    }
}

/// All limits above this process, the tightest first. `root` is `/`, or a folder that stands for it.
pub fn limits(root: &Path) -> Vec<CgroupLimit> {
    let memberships = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mounts = fs::read_to_string(root.join("proc/self/mountinfo")).unwrap_or_default();
    let mut found = Vec::new();
    for mount in mounts.lines().filter_map(Mount::parse) {
        let Some(path) = memberships.lines().find_map(|line| mount.membership(line)) else { continue };
        found.extend(mount.folders(root, path).iter().filter_map(|folder| limit_of(folder, mount.version)));
    }
    found.sort_by_key(|limit| limit.limit);
    found
}

/// A control group that this process is in, of a hierarchy that counts memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnGroup {
    /// Its folder.
    pub folder: PathBuf,
    /// Its interface.
    pub version: Version,
}

/// The groups that this process is in, version 2 first. `root` is `/`, or a folder that stands for it.
///
/// In a container what looks like our group may be another one: only a group that lists this process is ours.
pub fn own(root: &Path) -> Vec<OwnGroup> {
    let memberships = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mounts = fs::read_to_string(root.join("proc/self/mountinfo")).unwrap_or_default();
    let mut found: Vec<OwnGroup> = mounts
        .lines()
        .filter_map(Mount::parse)
        .filter_map(|mount| {
            let path = memberships.lines().find_map(|line| mount.membership(line))?;
            let folder = mount.folders(root, path).into_iter().next()?;
            processes(&folder).contains(&std::process::id()).then_some(OwnGroup { folder, version: mount.version })
        })
        .collect();
    found.sort_by_key(|group| group.version == Version::One);
    found.dedup();
    found
}

/// The processes of a group, those of groups below it not included. Processes that cannot be seen from here are left out.
pub fn processes(folder: &Path) -> Vec<u32> {
    let list = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    // A process of another namespace is called 0, and so would be our own process group.
    list.lines().filter_map(|line| line.trim().parse().ok()).filter(|pid| *pid > 0).collect()
}

fn limit_of(folder: &Path, version: Version) -> Option<CgroupLimit> {
    let limit = match version {
        Version::Two => read_number(&folder.join("memory.max")),
        // What an ancestor outside of our view allows is only told by the second.
        Version::One => [
            read_number(&folder.join("memory.limit_in_bytes")),
            stat_value(
                &fs::read_to_string(folder.join("memory.stat")).unwrap_or_default(),
                "hierarchical_memory_limit",
            ),
        ]
        .into_iter()
        .flatten()
        .min(),
    };
    let limit = Bytes(limit.filter(|limit| *limit < UNLIMITED)?);
    Some(CgroupLimit { folder: folder.to_owned(), version, limit })
}

/// One line of `mountinfo` that shows a memory hierarchy.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    /// The part of the hierarchy that is shown.
    shown: String,
    point: PathBuf,
    version: Version,
}

impl Mount {
    /// Reads `id parent major:minor root point options … - type source super-options`.
    fn parse(line: &str) -> Option<Self> {
        let (front, back) = line.split_once(" - ")?;
        let mut front = front.split(' ').skip(3);
        let (shown, point) = (unescape(front.next()?), unescape(front.next()?));
        let mut back = back.split(' ');
        let (kind, options) = (back.next()?, back.nth(1)?);
        let version = match kind {
            "cgroup2" => Version::Two,
            "cgroup" if options.split(',').any(|option| option == "memory") => Version::One,
            _ => return None,
        };
        Some(Self { shown, point: point.into(), version })
    }

    /// The path of our group, when this line of `/proc/self/cgroup` belongs to this hierarchy.
    fn membership<'a>(&self, line: &'a str) -> Option<&'a str> {
        let mut parts = line.splitn(3, ':');
        let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let ours = match self.version {
            Version::One => controllers.split(',').any(|controller| controller == "memory"),
            Version::Two => number == "0" && controllers.is_empty(),
        };
        ours.then_some(path)
    }

    /// The folders of our group and of all groups above it that can be seen, innermost first.
    fn folders(&self, root: &Path, path: &str) -> Vec<PathBuf> {
        let point = root.join(self.point.strip_prefix("/").unwrap_or(&self.point));
        let inside = Path::new(path).strip_prefix(&self.shown).unwrap_or(Path::new(""));
        let is_plain = inside.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let inside = if is_plain { inside } else { Path::new("") };
        inside.ancestors().map(|part| point.join(part)).collect()
    }
}

/// Undoes the escapes of `mountinfo`: a blank is written `\040`.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// The number in a file; nothing for `max` and for what is not there.
fn read_number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The number behind a name, as in `memory.stat`.
pub(super) fn stat_value(stat: &str, name: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plant(root: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    const V1_MOUNT: &str = "35 31 0:29 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n";
    const V2_MOUNT: &str = "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n";

    #[test]
    fn without_control_groups_there_is_no_limit() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(limits(root.path()), []);
    }

    #[test]
    fn version_one_nested_the_tightest_first() {
        let root = tempfile::tempdir().unwrap();
        plant(
            root.path(),
            &[
                ("proc/self/cgroup", "5:cpu,cpuacct:/else\n4:memory:/job/step\n0::/\n"),
                ("proc/self/mountinfo", V1_MOUNT),
                ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1073741824\n"),
                ("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "900000000\n"),
                (
                    "sys/fs/cgroup/memory/job/memory.stat",
                    "cache 9\ninactive_file 7\ntotal_inactive_file 300000000\ntotal_active_file 100000000\n",
                ),
                ("sys/fs/cgroup/memory/job/step/memory.limit_in_bytes", "4294967296\n"),
            ],
        );
        let found = limits(root.path());
        let bytes: Vec<u64> = found.iter().map(|limit| limit.limit.0).collect();
        assert_eq!(bytes, [1 << 30, 4 << 30]);
        assert!(found[0].folder.ends_with("memory/job"));
        assert_eq!(found[0].used(), Some(Bytes(500_000_000)), "cache is not use");
        assert_eq!(found[1].used(), None);
    }

    #[test]
    fn version_one_tells_of_ancestors_that_cannot_be_seen() {
        let root = tempfile::tempdir().unwrap();
        plant(
            root.path(),
            &[
                ("proc/self/cgroup", "4:memory:/docker/abc\n"),
                ("proc/self/mountinfo", "35 31 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"),
                ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("sys/fs/cgroup/memory/memory.stat", "hierarchical_memory_limit 536870912\n"),
            ],
        );
        assert_eq!(limits(root.path())[0].limit, Bytes::mib(512));
    }

    #[test]
    fn version_two_with_max_and_nested_limits() {
        let root = tempfile::tempdir().unwrap();
        plant(
            root.path(),
            &[
                ("proc/self/cgroup", "0::/user.slice/run 1.scope\n"),
                ("proc/self/mountinfo", V2_MOUNT),
                ("sys/fs/cgroup/user.slice/memory.max", "268435456\n"),
                ("sys/fs/cgroup/user.slice/memory.current", "200000000\n"),
                ("sys/fs/cgroup/user.slice/memory.stat", "anon 1\ninactive_file 50000000\nactive_file 50000000\n"),
                ("sys/fs/cgroup/user.slice/run 1.scope/memory.max", "max\n"),
            ],
        );
        let found = limits(root.path());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].limit, found[0].version), (Bytes::mib(256), Version::Two));
        assert_eq!(found[0].used(), Some(Bytes(100_000_000)));
    }

    #[test]
    fn a_hidden_path_is_looked_for_at_the_mount_point() {
        for membership in ["0::/../../elsewhere\n", "0::/\n", "0::/not/there\n"] {
            let root = tempfile::tempdir().unwrap();
            plant(
                root.path(),
                &[
                    ("proc/self/cgroup", membership),
                    ("proc/self/mountinfo", V2_MOUNT),
                    ("sys/fs/cgroup/memory.max", "1000000\n"),
                ],
            );
            assert_eq!(limits(root.path())[0].limit, Bytes(1_000_000), "{membership}");
        }
    }

    #[test]
    fn our_own_group_is_one_that_lists_us_and_version_two_comes_first() {
        let root = tempfile::tempdir().unwrap();
        let unified = V2_MOUNT.replace("/sys/fs/cgroup ", "/sys/fs/cgroup/unified ");
        let own_id = format!("0\n1\n{}\n", std::process::id());
        plant(
            root.path(),
            &[
                ("proc/self/cgroup", "4:memory:/a\n0::/b\n"),
                ("proc/self/mountinfo", &format!("{V1_MOUNT}{unified}")),
                ("sys/fs/cgroup/memory/a/cgroup.procs", &own_id),
            ],
        );
        let found = own(root.path());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].folder.ends_with("memory/a") && found[0].version == Version::One);
        assert_eq!(processes(&found[0].folder), [1, std::process::id()], "0 is nobody");
        plant(root.path(), &[("sys/fs/cgroup/unified/b/cgroup.procs", &own_id)]);
        let versions: Vec<Version> = own(root.path()).iter().map(|group| group.version).collect();
        assert_eq!(versions, [Version::Two, Version::One]);
    }

    #[test]
    fn both_versions_together() {
        let root = tempfile::tempdir().unwrap();
        let unified = V2_MOUNT.replace("/sys/fs/cgroup ", "/sys/fs/cgroup/unified ");
        plant(
            root.path(),
            &[
                ("proc/self/cgroup", "4:memory:/a\n0::/b\n"),
                ("proc/self/mountinfo", &format!("{V1_MOUNT}{unified}")),
                ("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "3000000\n"),
                ("sys/fs/cgroup/unified/b/memory.max", "2000000\n"),
            ],
        );
        let bytes: Vec<u64> = limits(root.path()).iter().map(|limit| limit.limit.0).collect();
        assert_eq!(bytes, [2_000_000, 3_000_000]);
    }
}
