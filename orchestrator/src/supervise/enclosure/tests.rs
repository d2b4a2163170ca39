//! Both versions, with folders and files that play the kernel's part. A real group's files go with it: here a test removes them.

use std::fs;

use tempfile::TempDir;

use super::*;

const V1_MOUNT: &str = "35 31 0:29 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n";
const V2_MOUNT: &str = "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n";

/// A file system in which this process is in the group `job`, with those files in it.
fn machine(version: Version, files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let (membership, mount, group) = match version {
        Version::One => ("4:memory:/job\n0::/\n", V1_MOUNT, "sys/fs/cgroup/memory/job"),
        Version::Two => ("0::/job\n", V2_MOUNT, "sys/fs/cgroup/job"),
    };
    let group = root.path().join(group);
    fs::create_dir_all(&group).unwrap();
    fs::create_dir_all(root.path().join("proc/self")).unwrap();
    fs::write(root.path().join("proc/self/cgroup"), membership).unwrap();
    fs::write(root.path().join("proc/self/mountinfo"), mount).unwrap();
    fs::write(group.join("cgroup.procs"), format!("{}\n", std::process::id())).unwrap();
    plant(&group, files);
    (root, group)
}

fn plant(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn open(root: &TempDir, enforce: Enforce) -> Result<Enclosure, EnclosureError> {
    Enclosure::below(root.path(), "R", enforce, Enclosure::sweep_below(root.path(), Duration::ZERO))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| format!("{}: {error}", path.display()))
}

/// Does to the files of a group what the kernel does when its folder is removed.
fn forget_files(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            forget_files(&entry.path());
        } else {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

#[test]
fn version_one_makes_a_pen_for_each_attempt() {
    let (root, job) = machine(Version::One, &[]);
    let mut enclosure = open(&root, Enforce::Cgroup).unwrap();
    assert_eq!(enclosure.enforcement(), &Enforcement::Kernel(Version::One));
    let pen = enclosure.pens().unwrap().make("evolve-1", Bytes(4096)).unwrap();
    let folder = job.join("carillon-R/evolve-1");
    assert_eq!(read(&folder.join("memory.limit_in_bytes")), "4096");
    assert_eq!(pen.entrance(), folder.join("tasks"));
    fs::write(folder.join("memory.memsw.limit_in_bytes"), "4096").unwrap();
    pen.limit(Bytes(8192)).unwrap();
    let limits = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"].map(|name| read(&folder.join(name)));
    assert_eq!(limits, ["8192", "8192"]);
    assert!(enclosure.pens().unwrap().make("evolve-1", Bytes(1)).is_err(), "there is one of that name");
    forget_files(&job.join("carillon-R"));
    enclosure.close(Duration::ZERO).unwrap();
    assert!(!job.join("carillon-R").exists());
}

#[test]
fn version_two_steps_aside_and_comes_back() {
    let (root, job) =
        machine(Version::Two, &[("cgroup.controllers", "cpu memory\n"), ("cgroup.subtree_control", "\n")]);
    let mut enclosure = open(&root, Enforce::Auto).unwrap();
    assert_eq!(enclosure.enforcement(), &Enforcement::Kernel(Version::Two));
    let run = job.join("carillon-R");
    assert_eq!(read(&run.join("orchestrator/cgroup.procs")), std::process::id().to_string());
    assert_eq!(read(&job.join("cgroup.subtree_control")), "+memory");
    assert_eq!(read(&run.join("cgroup.subtree_control")), "+memory");
    let pen = enclosure.pens().unwrap().make("solve.3-2", Bytes(4096)).unwrap();
    let folder = run.join("solve.3-2");
    assert_eq!((read(&folder.join("memory.max")), pen.entrance()), ("4096".to_owned(), folder.join("cgroup.procs")));
    fs::remove_file(run.join("orchestrator/cgroup.procs")).unwrap();
    forget_files(&folder);
    // The switch itself stays in this file system, so that what it was set to can be read.
    assert!(enclosure.close(Duration::ZERO).is_err());
    assert_eq!(read(&job.join("cgroup.subtree_control")), "-memory");
    assert_eq!(read(&job.join("cgroup.procs")), std::process::id().to_string());
    assert!(!folder.exists());
}

#[test]
fn version_two_is_not_ours_to_share_out_when_others_are_in_it() {
    let (root, job) = machine(Version::Two, &[("cgroup.controllers", "memory\n"), ("cgroup.subtree_control", "\n")]);
    fs::write(job.join("cgroup.procs"), format!("1\n{}\n", std::process::id())).unwrap();
    let enclosure = open(&root, Enforce::Auto).unwrap();
    let Enforcement::Sampling(Some(why)) = enclosure.enforcement() else { panic!("{enclosure:?}") };
    assert!(why.contains("other processes"), "{why}");
    assert!(enclosure.pens().is_none() && !job.join("carillon-R").exists(), "nothing is left of the try");
    assert!(open(&root, Enforce::Cgroup).is_err(), "who insists is told");
}

#[test]
fn where_memory_is_not_counted_or_not_wanted_there_is_no_enclosure() {
    let (root, job) = machine(Version::Two, &[("cgroup.controllers", "cpu\n")]);
    assert_eq!(open(&root, Enforce::Auto).unwrap().enforcement(), &Enforcement::Sampling(None));
    assert!(matches!(open(&root, Enforce::Cgroup), Err(EnclosureError::Nowhere)));
    assert!(!job.join("carillon-R").exists());
    let (root, job) = machine(Version::One, &[]);
    let asked = Enforcement::Sampling(Some("memory.enforce=poll".to_owned()));
    assert_eq!(open(&root, Enforce::Poll).unwrap().enforcement(), &asked);
    assert!(!job.join("carillon-R").exists());
}

#[test]
fn only_the_dead_are_swept() {
    let (root, job) = machine(Version::One, &[]);
    for name in ["carillon-dead/evolve-1", "carillon-alive/evolve-1", "elsewhere/evolve-1"] {
        fs::create_dir_all(job.join(name)).unwrap();
    }
    let lock = File::open(job.join("carillon-alive")).unwrap();
    lock.lock().unwrap();
    let enclosure = open(&root, Enforce::Poll).unwrap();
    assert_eq!(enclosure.swept(), &Swept { runs: 1, ..Swept::default() });
    let there = ["carillon-dead", "carillon-alive/evolve-1", "elsewhere/evolve-1"].map(|name| job.join(name).exists());
    assert_eq!(there, [false, true, true]);
}

#[test]
fn what_cannot_be_removed_is_told_and_tried_again() {
    let (root, job) = machine(Version::One, &[]);
    // A file that the kernel did not put there keeps its folder from being removed, as a process does.
    fs::create_dir_all(job.join("carillon-dead/evolve-1")).unwrap();
    fs::write(job.join("carillon-dead/evolve-1/held"), "").unwrap();
    let swept = |enclosure: &Enclosure| enclosure.swept().clone();
    let first = swept(&open(&root, Enforce::Poll).unwrap());
    assert_eq!((first.runs, first.left.len()), (0, 1));
    assert!(first.left[0].starts_with("failed to remove ") && first.left[0].contains("evolve-1"), "{first:?}");
    fs::remove_file(job.join("carillon-dead/evolve-1/held")).unwrap();
    assert_eq!(swept(&open(&root, Enforce::Poll).unwrap()), Swept { runs: 1, ..Swept::default() });
}

#[test]
fn a_pen_knows_who_is_in_it_and_below() {
    let (root, job) = machine(Version::One, &[]);
    let enclosure = open(&root, Enforce::Cgroup).unwrap();
    let pen = enclosure.pens().unwrap().make("load-1", Bytes(4096)).unwrap();
    let folder = job.join("carillon-R/load-1");
    fs::create_dir(folder.join("below")).unwrap();
    // No process has such a number: nobody is hurt.
    let nobody = u32::MAX >> 1;
    fs::write(folder.join("cgroup.procs"), format!("{nobody}\n0\n")).unwrap();
    fs::write(folder.join("below/cgroup.procs"), format!("{}\n", nobody - 1)).unwrap();
    assert_eq!(pen.members(), [nobody, nobody - 1], "0 is nobody that can be named");
    pen.take_in(nobody - 1).unwrap();
    assert_eq!(read(&folder.join("cgroup.procs")), format!("{nobody}\n0\n"), "it is in already");
    pen.take_in(nobody - 2).unwrap();
    assert_eq!(read(&folder.join("cgroup.procs")), (nobody - 2).to_string());
    fs::write(folder.join("cgroup.kill"), "").unwrap();
    pen.kill();
    assert_eq!(read(&folder.join("cgroup.kill")), "1");
}
