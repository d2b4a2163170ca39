//! What the clustering of a further sweep makes of the one before: the same conflict graph with other weights, so that the new
//! clusters cut across the old boundaries; and clusters that were not solved, with the neighbour that they are most at odds with.
//!
//! Only what lay within a cluster weighs less now. To let what is in conflict at the moment weigh more was tried and gained nothing:
//! a job sees the students that its courses share with those outside, wherever the boundary is.

use std::collections::BTreeMap;

use shared::ids::{ClusterId, CourseId, Id};
use shared::model::partition::Scope;
use shared::model::{Instance, Partition};
use shared::wire::{Failure, FailureKind};
use shared::worker::Context;

use crate::graph::Graph;

/// What an edge within a cluster of the sweep before weighs, of its own weight: its cluster has done what could be done about it.
const WITHIN: f32 = 0.5;

/// The sweep before, as the clustering of the next one knows it.
#[derive(Clone, Debug)]
pub struct Before {
    /// The number of the coming sweep.
    pub sweep: u32,
    /// The clusters of the one before.
    pub partition: Partition,
    /// Those of them whose jobs were given up.
    pub failed: Vec<ClusterId>,
}

impl Before {
    /// What a worker was given of the sweep before; nothing for the first one.
    pub(crate) fn read(context: &Context, instance: &Instance) -> Result<Option<Self>, Failure> {
        let Some(sweep) = context.args().read_count("sweep")? else { return Ok(None) };
        let partition = Partition::open(context.input("before")?, instance)?;
        let jobs: Vec<usize> = context.args().read("failed", "numbers of jobs", numbers)?.unwrap_or_default();
        let mut failed = Vec::new();
        for job in jobs {
            match partition.fan_out.jobs.get(job).map(|job| job.scope) {
                Some(Scope::Cluster(cluster)) => failed.push(ClusterId(cluster)),
                Some(Scope::Repair) => {}
                None => return Err(Failure::new(FailureKind::Bug, format!("there was no job {job}"))),
            }
        }
        Ok(Some(Self { sweep, partition, failed }))
    }

    /// Changes the conflict graph of the courses to what the coming sweep sees in it. Returns the pairs that must not be parted;
    /// `fits` says whether a job can hold these courses.
    pub(crate) fn look(&self, graph: &mut Graph, fits: impl Fn(&[CourseId]) -> bool) -> Vec<(CourseId, CourseId)> {
        let merged = self.merged(graph, fits);
        let labels = &self.partition.labels;
        graph.reweigh(
            |one, other, weight| {
                if labels[one as usize] == labels[other as usize] { weight * WITHIN } else { weight }
            },
        );
        merged
    }

    /// Pairs that keep each cluster that failed together with its nearest neighbour.
    fn merged(&self, graph: &Graph, fits: impl Fn(&[CourseId]) -> bool) -> Vec<(CourseId, CourseId)> {
        let mut pairs = Vec::new();
        for failed in &self.failed {
            let Some(neighbour) = self.nearest(graph, *failed) else { continue };
            let members: Vec<CourseId> = self.members(*failed).chain(self.members(neighbour)).collect();
            if fits(&members) {
                pairs.extend(members.windows(2).map(|pair| (pair[0], pair[1])));
            }
        }
        pairs
    }

    /// The cluster with most weight between it and this one; the first of equals.
    fn nearest(&self, graph: &Graph, cluster: ClusterId) -> Option<ClusterId> {
        let mut weights: BTreeMap<ClusterId, f64> = BTreeMap::new();
        for arc in self.members(cluster).flat_map(|course| graph.arcs(course.0)) {
            *weights.entry(self.partition.labels[arc.target as usize]).or_default() += f64::from(arc.weight);
        }
        weights.remove(&cluster);
        let most = weights.into_iter().max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)));
        most.map(|(cluster, _)| cluster)
    }

    fn members(&self, cluster: ClusterId) -> impl Iterator<Item = CourseId> + '_ {
        let labels = self.partition.labels.iter().enumerate();
        labels.filter(move |(_, label)| **label == cluster).map(|(course, _)| CourseId::new(course))
    }
}

fn numbers(text: &str) -> Option<Vec<usize>> {
    text.split(',').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use shared::model::FanOut;

    use super::*;
    use crate::graph::tests::graph;

    /// Five courses in a ring, in clusters of two, two and one.
    fn before(failed: &[u32]) -> (Before, Graph) {
        let labels = [0, 0, 1, 1, 2].map(ClusterId).to_vec();
        let partition = Partition { labels, fan_out: FanOut::default() };
        let failed = failed.iter().map(|cluster| ClusterId(*cluster)).collect();
        let ring = [(0, 1, 4.0), (1, 2, 2.0), (2, 3, 4.0), (3, 4, 2.0), (4, 0, 3.0)];
        (Before { sweep: 1, partition, failed }, graph(5, &ring))
    }

    #[test]
    fn what_lay_within_a_cluster_weighs_less() {
        let (before, mut graph) = before(&[]);
        assert_eq!(before.look(&mut graph, |_| true), []);
        let weight = |a: u32, b: u32| graph.arcs(a).iter().find(|arc| arc.target == b).map(|arc| arc.weight);
        assert_eq!([weight(0, 1), weight(1, 0), weight(2, 3)], [Some(2.0); 3]);
        assert_eq!([weight(1, 2), weight(4, 3), weight(0, 4)], [Some(2.0), Some(2.0), Some(3.0)]);
    }

    #[test]
    fn a_cluster_that_failed_stays_with_the_neighbour_that_it_shares_most_with() {
        let pairs = |failed: &[u32]| {
            let (before, mut graph) = before(failed);
            before
                .look(&mut graph, |courses| courses.len() < 4)
                .into_iter()
                .map(|(one, other)| (one.0, other.0))
                .collect::<Vec<_>>()
        };
        assert_eq!(pairs(&[0]), [(0, 1), (1, 4)]);
        assert_eq!(pairs(&[2]), [(4, 0), (0, 1)]);
        assert_eq!(pairs(&[1]), [], "together they are too large");
    }

    #[test]
    fn jobs_are_named_by_their_numbers() {
        assert_eq!((numbers("3,17"), numbers("3,x")), (Some(vec![3, 17]), None));
    }
}
