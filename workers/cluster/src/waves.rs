//! Waves: which clusters may be solved side by side.
//!
//! Two clusters are coupled when a course of one shares a teacher or a curriculum with a course of the other, whatever the
//! edge weighs. The graph of clusters is small, so it is petgraph's, and its DSATUR colouring gives the waves: no colour holds
//! two coupled clusters.

use petgraph::algo::dsatur_coloring;
use petgraph::graph::{NodeIndex, UnGraph};

use crate::clusters::Clusters;

/// The quotient graph: a node for each cluster, an edge between coupled ones with the weight cut between them.
pub(crate) fn quotient(clusters: &Clusters) -> UnGraph<u32, f32> {
    let coarse = clusters.graph().contract(clusters.labels(), clusters.count());
    let mut graph = UnGraph::with_capacity(coarse.len(), coarse.arc_count() / 2);
    (0..coarse.len() as u32).for_each(|cluster| {
        graph.add_node(cluster);
    });
    for cluster in 0..coarse.len() as u32 {
        for arc in coarse.arcs(cluster).iter().filter(|arc| arc.target > cluster) {
            graph.add_edge(NodeIndex::new(cluster as usize), NodeIndex::new(arc.target as usize), arc.weight);
        }
    }
    graph
}

/// The waves, each with its clusters. Waves with most lectures come first: they find most room; and within a wave the largest
/// cluster, so that the slowest job starts first.
pub(crate) fn waves(clusters: &Clusters) -> Vec<Vec<u32>> {
    if clusters.count() == 0 {
        return Vec::new();
    }
    let (colours, count) = dsatur_coloring(&quotient(clusters));
    let mut waves = vec![Vec::new(); count];
    for cluster in 0..clusters.count() as u32 {
        waves[colours[&NodeIndex::new(cluster as usize)]].push(cluster);
    }
    for wave in &mut waves {
        wave.sort_by_key(|cluster| (std::cmp::Reverse(clusters.lectures(*cluster)), *cluster));
    }
    let lectures = |wave: &Vec<u32>| wave.iter().map(|cluster| clusters.lectures(*cluster)).sum::<u32>();
    waves.sort_by_key(|wave| (std::cmp::Reverse(lectures(wave)), wave.first().copied()));
    waves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cap::{Cap, Scale};
    use crate::graph::tests::graph;
    use crate::predict::Predictor;
    use crate::testing::{Row, instance};

    #[test]
    fn coupled_clusters_part_and_the_fullest_wave_comes_first() {
        // A path 0 - 1 - 2, the edge of 1 and 2 without weight, and 3 on its own: {1} or {1, 3} against {0, 2} and perhaps 3.
        let lectures = [2, 3, 4, 1];
        let rows: Vec<Row> = (0..4).map(|at| Row::of(lectures[at], at as u32)).collect();
        let instance = instance(5, 5, &rows, &[]);
        let predictor = Predictor::new(&instance);
        let labels = vec![0, 1, 2, 3];
        let scale = Scale::new(&instance, &predictor, &labels, 4);
        let graph = graph(4, &[(0, 1, 1.0), (1, 2, 0.0)]);
        let cap = Cap { lectures: 4, bytes: u64::MAX };
        let clusters = Clusters::new(&graph, &scale, cap, labels, 4);
        assert_eq!(quotient(&clusters).edge_count(), 2);
        let waves = waves(&clusters);
        assert_eq!(waves.len(), 2);
        assert!(waves[0].starts_with(&[2, 0]), "{waves:?}");
        assert!(waves[1].starts_with(&[1]), "{waves:?}");
        assert_eq!(waves.concat().len(), 4);
    }
}
