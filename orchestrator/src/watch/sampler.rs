//! The charge of each worker: the private memory of its whole process tree, sampled; or what the kernel counts for its control
//! group, where it is in one of its own.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use shared::bytes::Bytes;

use super::account::KernelKill;
use super::gauge::Gauge;
use super::process::Process;
use super::tree::{self, Kin};

/// New descendants are looked for this often (tens of microseconds each time).
const DESCENDANTS_EVERY: Duration = Duration::from_millis(50);
/// Members of the process groups that have lost their parents are looked for this often, for all workers at once (milliseconds
/// each time).
const CENSUS_EVERY: Duration = Duration::from_secs(1);

/// What one look at a worker's tree says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Private memory of the tree now; zero once it is gone.
    pub charge: Bytes,
    /// The most that any sample of this tree has seen.
    pub peak: Bytes,
    /// Growth in bytes a second: the fastest lately, halved with each slower sample. Never negative.
    pub growth: f64,
    /// Processes that were counted one by one.
    pub processes: usize,
    /// Whether the kernel has ended one of them, and why.
    pub kill: Option<KernelKill>,
}

/// Measures process trees and this process itself.
///
/// Workers are named by the process id of their first process, which leads their process group. The number stays theirs
/// until [`Sampler::forget`], even if the kernel gives it to somebody else in the meantime.
#[derive(Debug)]
pub struct Sampler {
    proc_root: PathBuf,
    trees: BTreeMap<u32, Tree>,
    own: Option<Process>,
    census: Option<(Instant, Vec<Kin>)>,
}

#[derive(Debug, Default)]
struct Tree {
    processes: BTreeMap<u32, Process>,
    /// Those of them that have left the group and lost their parents; their descendants are looked for as well.
    strays: BTreeSet<u32>,
    looked_for_descendants: Option<Instant>,
    /// The census that was last gone through.
    census: Option<Instant>,
    /// Whether it ever was more than one process.
    had_company: bool,
    /// Its control group: whoever belongs to it is in there.
    gauge: Option<Gauge>,
    last: Option<(Instant, Sample)>,
}

impl Default for Sampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Sampler {
    /// A sampler that watches nobody yet.
    pub fn new() -> Self {
        Self::at(Path::new("/proc"))
    }

    fn at(proc_root: &Path) -> Self {
        let own = Process::open(proc_root, std::process::id());
        Self { proc_root: proc_root.to_owned(), trees: BTreeMap::new(), own, census: None }
    }

    /// Starts to watch the worker whose first process is `pid`. Call it right after the spawn, so that the number is its own.
    pub fn watch(&mut self, pid: u32) {
        let mut tree = Tree::default();
        tree.processes.extend(Process::open(&self.proc_root, pid).map(|process| (pid, process)));
        self.trees.insert(pid, tree);
    }

    /// Measures a worker by its control group from now on, or without one.
    pub fn watch_by(&mut self, pid: u32, gauge: Option<Gauge>) {
        if let Some(tree) = self.trees.get_mut(&pid) {
            tree.gauge = gauge;
        }
    }

    /// Counts a stray to the worker that it comes from, with all its descendants.
    pub fn adopt(&mut self, pid: u32, stray: u32) {
        if let Some(tree) = self.trees.get_mut(&pid)
            && tree.strays.insert(stray)
        {
            tree.looked_for_descendants = None;
        }
    }

    /// Measures one worker; a number that is not watched has no memory.
    pub fn sample(&mut self, pid: u32, now: Instant) -> Sample {
        let is_due = |(then, _): &(Instant, _)| now.saturating_duration_since(*then) >= CENSUS_EVERY;
        // The first census is due when the first worker is some time old: most of them never have company.
        let first = || (now, Vec::new());
        if is_due(self.census.get_or_insert_with(first)) {
            self.census = Some((now, tree::everyone(&self.proc_root)));
        }
        let Self { proc_root, trees, census, .. } = self;
        let Some(tree) = trees.get_mut(&pid) else { return Sample::default() };
        tree.look_for_descendants(proc_root, pid, now);
        if let Some((taken, everyone)) = census
            && tree.census != Some(*taken)
            && tree.gauge.is_none()
        {
            tree.census = Some(*taken);
            tree.adopt(proc_root, pid, tree::members(everyone, pid));
        }
        tree.measure(now)
    }

    /// Looks for the processes of that worker at once, then measures: for the last look before `Bye` and the first one after
    /// the worker was reaped. All processes of the machine are looked at only when it had company, or left some behind.
    pub fn sample_thoroughly(&mut self, pid: u32, now: Instant) -> Sample {
        let Self { proc_root, trees, .. } = self;
        if let Some(tree) = trees.get_mut(&pid) {
            tree.looked_for_descendants = None;
            let is_gone = tree.processes.get_mut(&pid).is_none_or(|root| root.private().is_none());
            if tree.had_company || is_gone && tree::group_exists(pid) {
                tree.adopt(proc_root, pid, tree::members(&tree::everyone(proc_root), pid));
            }
        }
        self.sample(pid, now)
    }

    /// Stops watching a worker, once it is reaped. Returns the most that it was seen to hold.
    pub fn forget(&mut self, pid: u32) -> Bytes {
        self.trees.remove(&pid).and_then(|tree| tree.last).map_or(Bytes(0), |(_, sample)| sample.peak)
    }

    /// The private memory of this process, the orchestrator.
    pub fn own(&mut self) -> Bytes {
        self.own.as_mut().and_then(Process::private).unwrap_or_default()
    }
}

impl Tree {
    fn measure(&mut self, now: Instant) -> Sample {
        let mut charge = Bytes(0);
        self.processes.retain(|_, process| match process.private() {
            Some(private) => {
                charge = charge + private;
                true
            }
            None => false,
        });
        self.strays.retain(|stray| self.processes.contains_key(stray));
        // Less than half of what the first process holds: it has not joined its group yet. The little that it held before it did
        // is charged elsewhere.
        let counted = self.gauge.as_ref().and_then(Gauge::charge);
        charge = counted.filter(|counted| counted.0 >= charge.0 / 2).unwrap_or(charge);
        let kill = self.gauge.as_ref().and_then(Gauge::kill);
        let (growth, peak) = match &self.last {
            Some((then, last)) => {
                let seconds = now.saturating_duration_since(*then).as_secs_f64().max(1e-6);
                (f64::max(charge.less(last.charge).0 as f64 / seconds, last.growth / 2.0), last.peak.max(charge))
            }
            None => (0.0, charge),
        };
        let sample = Sample { charge, peak, growth, processes: self.processes.len(), kill };
        self.last = Some((now, sample));
        sample
    }

    fn look_for_descendants(&mut self, proc_root: &Path, root: u32, now: Instant) {
        let last = self.looked_for_descendants;
        let is_early = last.is_some_and(|last| now.saturating_duration_since(last) < DESCENDANTS_EVERY);
        if is_early || self.gauge.is_some() {
            return;
        }
        self.looked_for_descendants = Some(now);
        let of = |root| {
            tree::descendants(proc_root, root).unwrap_or_else(|| tree::members(&tree::everyone(proc_root), root))
        };
        let mut found = of(root);
        self.strays.iter().for_each(|stray| found.extend(of(*stray)));
        found.extend(&self.strays);
        self.adopt(proc_root, root, found);
        // One that is gone could not be opened; its number may be a stranger's next time.
        self.strays.retain(|stray| self.processes.contains_key(stray));
    }

    /// Measures these from now on. The first process is opened by `watch` alone: a later process of that number is not ours.
    fn adopt(&mut self, proc_root: &Path, root: u32, found: BTreeSet<u32>) {
        for pid in found.into_iter().filter(|pid| *pid != root) {
            if let Entry::Vacant(place) = self.processes.entry(pid)
                && let Some(process) = Process::open(proc_root, pid)
            {
                self.had_company = true;
                place.insert(process);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::watch::cgroup::Version;

    fn plant(root: &Path, pid: u32, parent: u32, group: u32, kib: u64) {
        let task = root.join(format!("{pid}/task/{pid}"));
        fs::create_dir_all(&task).unwrap();
        fs::write(root.join(format!("{pid}/stat")), format!("{pid} (x) S {parent} {group} 1\n")).unwrap();
        fs::write(task.join("children"), "").unwrap();
        hold(root, pid, kib);
    }

    fn hold(root: &Path, pid: u32, kib: u64) {
        fs::write(root.join(format!("{pid}/statm")), format!("{kib} {kib} 0 1 0 1 0\n")).unwrap();
        fs::write(root.join(format!("{pid}/status")), format!("Name:\tx\nRssFile:\t999 kB\nRssAnon:\t{kib} kB\n"))
            .unwrap();
    }

    #[test]
    fn the_charge_is_the_sum_over_the_tree_and_the_group() {
        let root = tempfile::tempdir().unwrap();
        plant(root.path(), 10, 1, 10, 100);
        plant(root.path(), 11, 10, 10, 20);
        plant(root.path(), 12, 11, 12, 3);
        plant(root.path(), 13, 1, 10, 4);
        plant(root.path(), 20, 1, 20, 5000);
        let mut sampler = Sampler::at(root.path());
        sampler.watch(10);
        let start = Instant::now();
        fs::write(root.path().join("10/task/10/children"), "11 ").unwrap();
        let sample = sampler.sample(10, start);
        assert_eq!((sample.charge, sample.processes), (Bytes(120 << 10), 2), "who is not its child is found later");
        let sample = sampler.sample(10, start + CENSUS_EVERY);
        assert_eq!((sample.charge, sample.processes), (Bytes(127 << 10), 4));
        assert_eq!(sampler.sample(20, Instant::now()), Sample::default(), "not watched");
    }

    #[test]
    fn a_stray_is_counted_with_its_descendants_until_it_is_gone() {
        let root = tempfile::tempdir().unwrap();
        plant(root.path(), 10, 1, 10, 100);
        plant(root.path(), 30, 1, 30, 50);
        plant(root.path(), 31, 30, 30, 6);
        fs::write(root.path().join("30/task/30/children"), "31 ").unwrap();
        let mut sampler = Sampler::at(root.path());
        sampler.watch(10);
        let start = Instant::now();
        assert_eq!(sampler.sample(10, start).charge, Bytes(100 << 10));
        sampler.adopt(10, 30);
        sampler.adopt(10, 99);
        assert_eq!(sampler.sample(10, start).charge, Bytes(156 << 10));
        // A test writes plain files, which stay readable when they are removed: they are emptied, as those of the dead are.
        for pid in [30, 31] {
            fs::write(root.path().join(format!("{pid}/statm")), "").unwrap();
            fs::remove_dir_all(root.path().join(pid.to_string())).unwrap();
        }
        assert_eq!(sampler.sample(10, start + DESCENDANTS_EVERY).charge, Bytes(100 << 10));
    }

    #[test]
    fn peak_and_growth_follow_the_samples() {
        let root = tempfile::tempdir().unwrap();
        plant(root.path(), 10, 1, 10, 1024);
        let mut sampler = Sampler::at(root.path());
        sampler.watch(10);
        let start = Instant::now();
        let mut charges = Vec::new();
        for (step, kib) in [1024, 3072, 2048, 2048].into_iter().enumerate() {
            hold(root.path(), 10, kib);
            let sample = sampler.sample(10, start + Duration::from_millis(500 * step as u64));
            charges.push((sample.charge.0 >> 20, sample.peak.0 >> 20, sample.growth / f64::from(1 << 20)));
        }
        assert_eq!(charges, [(1, 1, 0.0), (3, 3, 4.0), (2, 3, 2.0), (2, 3, 1.0)]);
        assert_eq!(sampler.forget(10), Bytes::mib(3));
        assert_eq!(sampler.forget(10), Bytes(0));
    }

    #[test]
    fn a_worker_that_is_gone_holds_nothing_even_when_its_number_is_used_again() {
        let root = tempfile::tempdir().unwrap();
        let mut sampler = Sampler::at(root.path());
        sampler.watch(10);
        plant(root.path(), 10, 1, 10, 100);
        assert_eq!(sampler.sample_thoroughly(10, Instant::now()), Sample::default());
    }

    #[test]
    fn a_control_group_is_believed_and_its_processes_are_not_counted_again() {
        let root = tempfile::tempdir().unwrap();
        plant(root.path(), 10, 1, 10, 100);
        plant(root.path(), 11, 10, 10, 20);
        fs::write(root.path().join("10/task/10/children"), "11 ").unwrap();
        let group = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(group.path().join(name), text).unwrap();
        write("memory.current", "1048576\n");
        write("memory.stat", "inactive_file 524288\n");
        write("memory.events", "oom 1\noom_kill 1\n");
        let mut sampler = Sampler::at(root.path());
        sampler.watch(10);
        sampler.watch_by(10, Gauge::open(group.path(), Version::Two, Bytes(0)));
        let start = Instant::now();
        let sample = sampler.sample(10, start);
        assert_eq!((sample.charge, sample.kill), (Bytes(512 << 10), Some(KernelKill::OwnLimit)));
        write("memory.current", "0\n");
        assert_eq!(sampler.sample(10, start).charge, Bytes(100 << 10), "before it has joined");
        sampler.watch_by(10, None);
        let sample = sampler.sample(10, start + DESCENDANTS_EVERY);
        assert_eq!((sample.charge, sample.kill), (Bytes(120 << 10), None));
    }

    #[test]
    fn a_real_child_is_counted_until_it_is_reaped() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 30 & read line"]).process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut sampler = Sampler::new();
        sampler.watch(child.id());
        let deadline = Instant::now() + Duration::from_secs(20);
        while sampler.sample_thoroughly(child.id(), Instant::now()).processes < 2 {
            assert!(Instant::now() < deadline, "the grandchild is never seen");
        }
        assert!(sampler.sample(child.id(), Instant::now()).charge > Bytes(0));
        let group = nix::unistd::Pid::from_raw(child.id().cast_signed());
        nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL).unwrap();
        child.wait().unwrap();
        while sampler.sample(child.id(), Instant::now()).charge > Bytes(0) {
            assert!(Instant::now() < deadline, "the dead are still charged");
        }
    }

    #[test]
    fn this_process_has_private_memory() {
        assert!(Sampler::new().own() > Bytes(100 << 10));
    }
}
