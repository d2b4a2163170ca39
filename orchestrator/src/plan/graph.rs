//! The job graph: which job waits for which. petgraph orders the jobs; it does not run them.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use shared::model::partition::FanOut;
use shared::wire::Stage;

use super::Work;

/// A job, by its node.
pub type JobId = NodeIndex;

/// All jobs of a run, and what waits for what. Behind `cluster` it is unknown until the fan-out table is.
#[derive(Clone, Debug)]
pub struct Graph {
    jobs: DiGraph<Work, ()>,
    stages: BTreeSet<Stage>,
    waves: u32,
}

impl Graph {
    /// What is known before anything has run. Of the stages from STAGE1 to STAGE3 those in `stages` are there.
    pub fn new(stages: BTreeSet<Stage>) -> Self {
        let mut graph = Self { jobs: DiGraph::new(), stages, waves: 0 };
        let load = graph.jobs.add_node(Work::Load);
        if graph.stages.contains(&Stage::Cluster) {
            graph.behind(&[load], Work::Cluster);
        }
        graph
    }

    /// Adds everything behind `cluster`: waves with a commit before and after each, the searches over the whole timetable
    /// with their audits, the export.
    pub fn fan_out(&mut self, table: &FanOut) {
        if !self.stages.contains(&Stage::Commit) {
            return;
        }
        let cluster = self.find(Work::Cluster).expect("the fan-out table comes from there");
        let mut last = self.behind(&[cluster], Work::Commit { wave: 0 });
        let first = last;
        if self.stages.contains(&Stage::Solve) {
            self.waves = table.waves() as u32;
            for wave in 0..self.waves {
                let rows = table.wave(wave as usize);
                let solves: Vec<JobId> =
                    rows.map(|(job, _)| self.behind(&[last], Work::Solve { job: job as u32, wave })).collect();
                last = self.behind(&solves, Work::Commit { wave: wave + 1 });
            }
        }
        // What has to be done beside `last` before the next search may start.
        let mut beside = None;
        for work in [Work::Evolve, Work::Resolve] {
            if self.stages.contains(&work.stage()) {
                if work == Work::Evolve {
                    beside = Some(self.behind(&[first], Work::GpuProbe));
                }
                let before: Vec<JobId> = beside.take().into_iter().chain([last]).collect();
                let search = self.behind(&before, work);
                last = self.behind(&[search], Work::Audit(work.stage()));
                if work == Work::Evolve && self.stages.contains(&Stage::Resolve) {
                    beside = Some(self.behind(&[search], Work::GpuGate));
                }
            }
        }
        self.behind(&[last], Work::Export);
    }

    /// Waves of STAGE2A, the repair included.
    pub fn waves(&self) -> u32 {
        self.waves
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

    /// Runs everything that is ready, and so on; each step's names.
    fn order(stages: &[Stage], waves: &[u32]) -> Vec<String> {
        let mut graph = Graph::new(stages.iter().copied().collect());
        let (mut settled, mut steps) = (BTreeSet::new(), Vec::new());
        loop {
            let ready = graph.ready(&settled);
            if ready.is_empty() {
                return steps;
            }
            steps.push(ready.iter().map(|job| graph.work(*job).name()).collect::<Vec<_>>().join("+"));
            if ready.iter().any(|job| graph.work(*job) == Work::Cluster) {
                graph.fan_out(&table(waves));
            }
            settled.extend(ready);
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
        assert_eq!(order(&ALL, &[0, 0, 1]), expected);
    }

    #[test]
    fn what_is_left_out_is_not_there() {
        let without = [Stage::Cluster, Stage::Commit, Stage::Resolve];
        assert_eq!(order(&without, &[0, 1]), ["load", "cluster", "commit.0-0", "resolve", "audit.resolve", "export"]);
        assert_eq!(order(&[], &[]), ["load"]);
        assert_eq!(order(&[Stage::Cluster], &[0]), ["load", "cluster"]);
    }

    #[test]
    fn an_empty_table_has_no_waves() {
        let stages = [Stage::Cluster, Stage::Commit, Stage::Evolve];
        let expected = ["load", "cluster", "commit.0-0", "gpu-probe", "evolve", "audit.evolve", "export"];
        assert_eq!(order(&stages, &[]), expected);
    }
}
