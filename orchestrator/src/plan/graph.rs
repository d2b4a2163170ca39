//! The job graph: which job waits for which. petgraph orders the jobs; it does not run them.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use shared::model::partition::FanOut;
use shared::wire::Stage;

use super::Work;

/// A job, by its node.
pub type JobId = NodeIndex;

/// All jobs of a run, and what waits for what. Behind `cluster` it is unknown until the fan-out table is; behind a sweep of
/// STAGE2A, until it is known what the sweep has gained.
#[derive(Clone, Debug)]
pub struct Graph {
    jobs: DiGraph<Work, ()>,
    stages: BTreeSet<Stage>,
    /// Whether STAGE2B may work on a device.
    has_device: bool,
    /// Waves of each sweep.
    waves: Vec<u32>,
    /// The job behind which nothing is planned yet, though something will be.
    open: Option<JobId>,
}

impl Graph {
    /// What is known before anything has run. Of the stages from STAGE1 to STAGE3 those in `stages` are there; `has_device` where
    /// STAGE2B may work on a device.
    pub fn new(stages: BTreeSet<Stage>, has_device: bool) -> Self {
        let mut graph = Self { jobs: DiGraph::new(), stages, has_device, waves: Vec::new(), open: None };
        let load = graph.jobs.add_node(Work::Load);
        if graph.stages.contains(&Stage::Cluster) {
            graph.behind(&[load], Work::Cluster { sweep: 0 });
        }
        graph
    }

    /// Adds the sweep of STAGE2A behind its clustering: waves with a commit before and after each. What stands behind it is
    /// planned once it is over.
    pub fn fan_out(&mut self, table: &FanOut) {
        if !self.stages.contains(&Stage::Commit) {
            return;
        }
        let sweep = self.waves.len() as u32;
        let cluster = self.find(Work::Cluster { sweep }).expect("the fan-out table comes from there");
        let mut last = self.behind(&[cluster], Work::Commit { sweep, wave: 0 });
        let waves = if self.stages.contains(&Stage::Solve) { table.waves() as u32 } else { 0 };
        for wave in 0..waves {
            let rows = table.wave(wave as usize);
            let solves: Vec<JobId> =
                rows.map(|(job, _)| self.behind(&[last], Work::Solve { sweep, job: job as u32, wave })).collect();
            last = self.behind(&solves, Work::Commit { sweep, wave: wave + 1 });
        }
        self.waves.push(waves);
        self.open = Some(last);
        if sweep == 0 && self.stages.contains(&Stage::Evolve) {
            let first = self.find(Work::Commit { sweep, wave: 0 }).expect("it was added");
            self.behind(&[first], Work::GpuProbe);
        }
        if waves == 0 {
            self.finish();
        }
    }

    /// The last job of STAGE2A as far as it is planned, while it is not known whether that was all.
    pub fn open_end(&self) -> Option<JobId> {
        self.open
    }

    /// Adds the clustering of another sweep.
    pub fn sweep_again(&mut self) {
        let sweep = self.sweeps();
        self.open = self.open.map(|last| self.behind(&[last], Work::Cluster { sweep }));
    }

    /// Adds everything behind STAGE2A: the searches over the whole timetable with their audits, the export.
    pub fn finish(&mut self) {
        let Some(mut last) = self.open.take() else { return };
        // What has to be done beside `last` before the next search may start.
        let mut beside = self.find(Work::GpuProbe);
        let mut looks = None;
        for work in [Work::Evolve, Work::Resolve] {
            if self.stages.contains(&work.stage()) {
                let before: Vec<JobId> = beside.take().into_iter().chain([last]).collect();
                if self.has_device {
                    let look = if work == Work::Evolve { Work::GpuWatch } else { Work::GpuAbsence };
                    looks = Some(self.behind(&before, look));
                }
                let search = self.behind(&before, work);
                last = self.behind(&[search], Work::Audit(work.stage()));
                if work == Work::Evolve && (self.stages.contains(&Stage::Resolve) || self.has_device) {
                    beside = Some(self.behind(&[search], Work::GpuGate));
                }
            }
        }
        let before: Vec<JobId> = looks.into_iter().chain(beside).chain([last]).collect();
        self.behind(&before, Work::Export);
    }

    /// Sweeps of STAGE2A whose waves are known.
    pub fn sweeps(&self) -> u32 {
        self.waves.len() as u32
    }

    /// Waves of a sweep of STAGE2A, the repair included.
    pub fn waves(&self, sweep: u32) -> u32 {
        self.waves.get(sweep as usize).copied().unwrap_or_default()
    }

    /// What a job does.
    pub fn work(&self, job: JobId) -> Work {
        self.jobs[job]
    }

    /// The job that does that.
    pub fn find(&self, work: Work) -> Option<JobId> {
        self.jobs.node_indices().find(|job| self.jobs[*job] == work)
    }

    /// All jobs that do something of that kind, in the order in which they may run.
    pub fn jobs_where(&self, is_meant: impl Fn(Work) -> bool) -> Vec<JobId> {
        self.jobs.node_indices().filter(|job| is_meant(self.jobs[*job])).collect()
    }

    /// The jobs that wait for nothing any more, and are not settled themselves.
    pub fn ready(&self, settled: &BTreeSet<JobId>) -> Vec<JobId> {
        let waits = |job: JobId| {
            self.jobs.neighbors_directed(job, Direction::Incoming).any(|before| !settled.contains(&before))
        };
        self.jobs.node_indices().filter(|job| !settled.contains(job) && !waits(*job)).collect()
    }

    /// The jobs that wait for this one.
    pub fn waiting_for(&self, job: JobId) -> Vec<JobId> {
        self.jobs.neighbors_directed(job, Direction::Outgoing).collect()
    }

    /// How many jobs there are.
    pub fn len(&self) -> usize {
        self.jobs.node_count()
    }

    /// Whether there are none, which is never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Jobs of a stage, or of STAGE2A with all its waves.
    pub fn count(&self, stage: Stage) -> usize {
        self.jobs.node_weights().filter(|work| work.stage() == stage).count()
    }

    fn behind(&mut self, before: &[JobId], work: Work) -> JobId {
        let job = self.jobs.add_node(work);
        for earlier in before {
            self.jobs.add_edge(*earlier, job, ());
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use shared::model::partition::{Job, Scope};

    use super::*;

    const ALL: [Stage; 5] = [Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Evolve, Stage::Resolve];

    fn table(waves: &[u32]) -> FanOut {
        let job = |wave| Job { wave, bytes: 1, threads: 1, scope: Scope::Cluster(0) };
        FanOut { jobs: waves.iter().map(|wave| job(*wave)).collect() }
    }

    /// Runs everything that is ready, and so on, with as many sweeps as there are lists of waves; each step's names.
    fn order(stages: &[Stage], sweeps: &[&[u32]]) -> Vec<String> {
        order_with(stages, sweeps, false)
    }

    fn order_with(stages: &[Stage], sweeps: &[&[u32]], has_device: bool) -> Vec<String> {
        let mut graph = Graph::new(stages.iter().copied().collect(), has_device);
        let (mut settled, mut steps) = (BTreeSet::new(), Vec::new());
        loop {
            let ready = graph.ready(&settled);
            if ready.is_empty() {
                return steps;
            }
            steps.push(ready.iter().map(|job| graph.work(*job).name()).collect::<Vec<_>>().join("+"));
            for job in &ready {
                if let Work::Cluster { sweep } = graph.work(*job) {
                    graph.fan_out(&table(sweeps[sweep as usize]));
                }
            }
            settled.extend(ready);
            match graph.open_end().filter(|last| settled.contains(last)) {
                Some(_) if (graph.sweeps() as usize) < sweeps.len() => graph.sweep_again(),
                Some(_) => graph.finish(),
                None => {}
            }
        }
    }

    #[test]
    fn a_commit_stands_between_the_waves_and_an_audit_behind_each_search() {
        let expected = [
            "load",
            "cluster",
            "commit.0-0",
            "solve.0+solve.1+gpu-probe",
            "commit.0-1",
            "solve.2",
            "commit.0-2",
            "evolve",
            "audit.evolve+gpu-gate",
            "resolve",
            "audit.resolve",
            "export",
        ];
        assert_eq!(order(&ALL, &[&[0, 0, 1]]), expected);
    }

    #[test]
    fn a_device_is_watched_beside_the_searches_and_before_the_export() {
        let steps = order_with(&ALL, &[&[0]], true);
        let expected = [
            "solve.0+gpu-probe",
            "commit.0-1",
            "gpu-watch+evolve",
            "audit.evolve+gpu-gate",
            "gpu-absence+resolve",
            "audit.resolve",
            "export",
        ];
        assert_eq!(steps[3..], expected);
        let only = order_with(&[Stage::Cluster, Stage::Commit, Stage::Evolve], &[&[]], true);
        assert_eq!(only[4..], ["gpu-watch+evolve", "audit.evolve+gpu-gate", "export"]);
    }

    #[test]
    fn another_sweep_stands_behind_the_last_commit_of_the_one_before() {
        let expected = [
            "load",
            "cluster",
            "commit.0-0",
            "solve.0",
            "commit.0-1",
            "cluster.1",
            "commit.1-0",
            "solve.1-0+solve.1-1",
            "commit.1-1",
            "resolve",
            "audit.resolve",
            "export",
        ];
        let stages = [Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Resolve];
        assert_eq!(order(&stages, &[&[0], &[0, 0]]), expected);
    }

    #[test]
    fn what_is_left_out_is_not_there() {
        let without = [Stage::Cluster, Stage::Commit, Stage::Resolve];
        assert_eq!(
            order(&without, &[&[0, 1]]),
            ["load", "cluster", "commit.0-0", "resolve", "audit.resolve", "export"]
        );
        assert_eq!(order(&[], &[&[]]), ["load"]);
        assert_eq!(order(&[Stage::Cluster], &[&[0]]), ["load", "cluster"]);
    }

    #[test]
    fn an_empty_table_has_no_waves() {
        let stages = [Stage::Cluster, Stage::Commit, Stage::Evolve];
        let expected = ["load", "cluster", "commit.0-0", "gpu-probe", "evolve", "audit.evolve", "export"];
        assert_eq!(order(&stages, &[&[]]), expected);
    }
}
