//! Who belongs to a worker: itself, its descendants, and whoever else is in its process group.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use nix::sys::signal::killpg;
use nix::unistd::Pid;

/// The descendants of `root`, itself not included, by the kernel's lists of children. Nothing when this kernel has no such
/// lists (`CONFIG_PROC_CHILDREN`).
pub(super) fn descendants(proc_root: &Path, root: u32) -> Option<BTreeSet<u32>> {
    let mut found = BTreeSet::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        // A process may end while we look: then it has no children any more.
        let Ok(threads) = fs::read_dir(proc_root.join(pid.to_string()).join("task")) else { continue };
        for thread in threads.flatten() {
            match fs::read_to_string(thread.path().join("children")) {
                Ok(list) => {
                    open.extend(numbers(&list).filter(|child| found.insert(*child)));
                }
                Err(_) if thread.path().join("stat").exists() => return None,
                Err(_) => {}
            }
        }
    }
    Some(found)
}

/// The parts of a process's `stat` line that tell where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kin {
    pid: u32,
    parent: u32,
    group: u32,
}

impl Kin {
    /// Reads `pid (name) state parent group …`; the name may hold anything, brackets too.
    fn parse(stat: &str) -> Option<Self> {
        let (pid, rest) = stat.split_once(" (")?;
        let mut fields = rest.rsplit_once(") ")?.1.split(' ').skip(1);
        let mut number = || fields.next()?.parse().ok();
        Some(Self { pid: pid.parse().ok()?, parent: number()?, group: number()? })
    }
}

/// Everyone on this machine. Some 10 µs for each process.
pub(super) fn everyone(proc_root: &Path) -> Vec<Kin> {
    let Ok(entries) = fs::read_dir(proc_root) else { return Vec::new() };
    let numbered = entries.flatten().filter(|entry| entry.file_name().as_encoded_bytes()[0].is_ascii_digit());
    numbered.filter_map(|entry| Kin::parse(&fs::read_to_string(entry.path().join("stat")).ok()?)).collect()
}

/// Those of `everyone` who belong to `root`, itself included if it lives: its process group, and the descendants of all of
/// these.
pub(super) fn members(everyone: &[Kin], root: u32) -> BTreeSet<u32> {
    let mut found: BTreeSet<u32> =
        everyone.iter().filter(|kin| kin.pid == root || kin.group == root).map(|kin| kin.pid).collect();
    loop {
        let before = found.len();
        let parents = found.clone();
        found.extend(everyone.iter().filter(|kin| parents.contains(&kin.parent)).map(|kin| kin.pid));
        if found.len() == before {
            return found;
        }
    }
}

/// Everybody who belongs to one of these.
pub fn families(roots: impl Iterator<Item = u32>) -> BTreeSet<u32> {
    let everyone = everyone(Path::new("/proc"));
    roots.flat_map(|root| members(&everyone, root)).collect()
}

/// Whether anybody is in the process group `group`, a zombie included. It costs a microsecond, a look at all processes
/// milliseconds.
pub(super) fn group_exists(group: u32) -> bool {
    killpg(Pid::from_raw(group.cast_signed()), None) != Err(nix::errno::Errno::ESRCH)
}

/// The processes of the process group `group`, in ascending order; empty once it is gone. Zombies count: they are not reaped.
pub fn group_members(group: u32) -> Vec<u32> {
    if !group_exists(group) {
        return Vec::new();
    }
    let mut found: Vec<u32> =
        everyone(Path::new("/proc")).iter().filter(|kin| kin.group == group).map(|kin| kin.pid).collect();
    found.sort_unstable();
    found
}

/// The children of the main thread of this process, which is the one that starts workers, and to which the kernel gives
/// orphans. A microsecond, for a few of them.
pub fn own_children() -> Vec<u32> {
    let own = std::process::id();
    match fs::read_to_string(format!("/proc/{own}/task/{own}/children")) {
        Ok(list) => numbers(&list).collect(),
        Err(_) => all_children(),
    }
}

/// The children of all threads of this process, in no order.
pub fn all_children() -> Vec<u32> {
    let listed = || {
        let threads = fs::read_dir("/proc/self/task").ok()?.flatten();
        let lists = threads.map(|thread| fs::read_to_string(thread.path().join("children")));
        lists.collect::<Result<Vec<_>, _>>().ok()
    };
    if let Some(lists) = listed() {
        return lists.iter().flat_map(|list| numbers(list)).collect();
    }
    let own = std::process::id();
    everyone(Path::new("/proc")).iter().filter(|kin| kin.parent == own).map(|kin| kin.pid).collect()
}

fn numbers(list: &str) -> impl Iterator<Item = u32> {
    list.split_whitespace().filter_map(|word| word.parse().ok())
}

/// When a process started, in clock ticks since the machine did; with its number that tells it from every other process until
/// the machine starts again. Nothing when it is gone.
pub fn start_ticks(pid: u32) -> Option<u64> {
    // Field 22 of `stat`; the fields behind the name begin with the third.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plant(root: &Path, pid: u32, name: &str, parent: u32, group: u32, children: &str) {
        let task = root.join(format!("{pid}/task/{pid}"));
        fs::create_dir_all(&task).unwrap();
        let stat = format!("{pid} ({name}) S {parent} {group} 1 0 -1 4194560 1 0\n");
        fs::write(root.join(format!("{pid}/stat")), &stat).unwrap();
        fs::write(task.join("stat"), &stat).unwrap();
        fs::write(task.join("children"), children).unwrap();
    }

    /// 10 leads a group; 11 is its child, 12 its grandchild in a group of its own; 13 was orphaned but stayed in the group,
    /// 14 is a child of 13; 20 is a stranger.
    fn village() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        plant(root.path(), 10, "carillon-solve", 1, 10, "11 ");
        plant(root.path(), 11, "a (b) c", 10, 10, "12 ");
        plant(root.path(), 12, ") 5 5", 11, 12, "");
        plant(root.path(), 13, "orphan", 1, 10, "14 ");
        plant(root.path(), 14, "child", 13, 14, "");
        plant(root.path(), 20, "stranger", 1, 20, "");
        fs::write(root.path().join("uptime"), "1 1").unwrap();
        root
    }

    #[test]
    fn a_tree_is_the_descendants_and_the_group() {
        let root = village();
        assert_eq!(descendants(root.path(), 10), Some(BTreeSet::from([11, 12])));
        assert_eq!(members(&everyone(root.path()), 10), BTreeSet::from([10, 11, 12, 13, 14]));
        assert_eq!(members(&everyone(root.path()), 99), BTreeSet::new());
        assert_eq!(descendants(root.path(), 99), Some(BTreeSet::new()));
    }

    #[test]
    fn a_kernel_without_lists_of_children_is_noticed() {
        let root = village();
        fs::remove_file(root.path().join("11/task/11/children")).unwrap();
        assert_eq!(descendants(root.path(), 10), None);
    }

    #[test]
    fn names_of_processes_do_not_confuse_the_reader() {
        let kin = |pid, parent, group| Some(Kin { pid, parent, group });
        assert_eq!(Kin::parse("7 (x) R 3 4 5"), kin(7, 3, 4));
        assert_eq!(Kin::parse("7 (a) b (c) 1 2) S 3 4 5"), kin(7, 3, 4));
        assert_eq!(Kin::parse("7 (x"), None);
        assert_eq!(Kin::parse(""), None);
    }

    #[test]
    fn a_process_started_after_its_parent() {
        let (own, first) = (start_ticks(std::process::id()).unwrap(), start_ticks(std::os::unix::process::parent_id()));
        assert!(own > 0 && first.is_none_or(|first| first <= own));
        assert_eq!(start_ticks(u32::MAX), None);
    }

    #[test]
    fn a_child_is_among_our_children() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        assert!(all_children().contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!all_children().contains(&child.id()));
    }

    #[test]
    fn this_test_is_in_a_group() {
        let group = nix::unistd::getpgrp().as_raw().cast_unsigned();
        assert!(group_members(group).contains(&std::process::id()));
        // No process has the largest number there is.
        assert!(!group_exists(i32::MAX.cast_unsigned()) && group_members(i32::MAX.cast_unsigned()).is_empty());
    }
}
