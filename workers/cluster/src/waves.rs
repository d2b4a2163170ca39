//! Waves: which clusters may be solved side by side.
//!
//! Two clusters are coupled when a course of one shares a teacher or a curriculum with a course of the other, whatever the
//! edge weighs. The graph of clusters is small, so it is petgraph's, and its DSATUR colouring gives the waves: no colour holds
//! two coupled clusters.
//!
//! In a campus, students couple softly: they alone need no further wave, but as long as there may be more waves, clusters with
//! much of their weight between them are parted, too. What one of them gains is then not undone by the other.

use petgraph::algo::dsatur_coloring;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;

use crate::clusters::Clusters;
use crate::graph::Graph;

/// What couples clusters.
#[derive(Debug)]
pub(crate) enum Coupling {
    /// Every edge of the conflict graph.
    Conflicts,
    /// The edges of a graph of its own; and heavy ones of the conflict graph, while there are not more than `most` waves.
    Hard {
        /// The atoms that must not be moved side by side.
        graph: Graph,
        /// Most waves for the sake of what couples softly.
        most: u32,
    },
}

/// Shares of the weight that a cluster has to others, from which on another cluster is parted from it: the first that does
/// with the waves there may be.
const HEAVY: [f32; 6] = [0.03, 0.06, 0.1, 0.16, 0.25, 0.4];

/// The quotient graph: a node for each cluster, an edge where two share an arc of `arcs`, with the weight between them.
fn quotient(clusters: &Clusters, arcs: &Graph) -> UnGraph<u32, f32> {
    let coarse = arcs.contract(clusters.labels(), clusters.count());
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
pub(crate) fn waves(clusters: &Clusters, coupling: &Coupling) -> Vec<Vec<u32>> {
    if clusters.count() == 0 {
        return Vec::new();
    }
    let mut waves = match coupling {
        Coupling::Conflicts => colours(&quotient(clusters, clusters.graph())),
        Coupling::Hard { graph, most } => {
            parted(&quotient(clusters, graph), &quotient(clusters, clusters.graph()), *most)
        }
    };
    for wave in &mut waves {
        wave.sort_by_key(|cluster| (std::cmp::Reverse(clusters.lectures(*cluster)), *cluster));
    }
    let lectures = |wave: &Vec<u32>| wave.iter().map(|cluster| clusters.lectures(*cluster)).sum::<u32>();
    waves.sort_by_key(|wave| (std::cmp::Reverse(lectures(wave)), wave.first().copied()));
    waves
}

/// The nodes by colour.
fn colours(graph: &UnGraph<u32, f32>) -> Vec<Vec<u32>> {
    let (colours, count) = dsatur_coloring(graph);
    let mut waves = vec![Vec::new(); count];
    for node in 0..graph.node_count() {
        waves[colours[&NodeIndex::new(node)]].push(node as u32);
    }
    waves
}

/// The waves with the heaviest edges of `soft` respected as well, where that needs at most so many.
fn parted(hard: &UnGraph<u32, f32>, soft: &UnGraph<u32, f32>, most: u32) -> Vec<Vec<u32>> {
    let weight = |node: NodeIndex| soft.edges(node).map(|edge| *edge.weight()).sum::<f32>();
    let weights: Vec<f32> = soft.node_indices().map(weight).collect();
    for share in HEAVY {
        let mut both = hard.clone();
        for edge in soft.edge_references() {
            let (one, other) = (edge.source(), edge.target());
            if *edge.weight() > share * weights[one.index()].min(weights[other.index()]) {
                both.update_edge(one, other, *edge.weight());
            }
        }
        let waves = colours(&both);
        if waves.len() <= most as usize {
            return waves;
        }
    }
    colours(hard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cap::{Cap, Scale};
    use crate::graph::tests::graph;
    use crate::predict::{PUMPKIN, Predictor};
    use crate::testing::{Row, instance};

    #[test]
    fn coupled_clusters_part_and_the_fullest_wave_comes_first() {
        // A path 0 - 1 - 2, the edge of 1 and 2 without weight, and 3 on its own: {1} or {1, 3} against {0, 2} and perhaps 3.
        let lectures = [2, 3, 4, 1];
        let rows: Vec<Row> = (0..4).map(|at| Row::of(lectures[at], at as u32)).collect();
        let instance = instance(5, 5, &rows, &[]);
        let predictor = Predictor::new(&instance, PUMPKIN);
        let labels = vec![0, 1, 2, 3];
        let scale = Scale::new(&instance, &predictor, &labels, 4);
        let graph = graph(4, &[(0, 1, 1.0), (1, 2, 0.0)]);
        let cap = Cap { lectures: 4, bytes: u64::MAX };
        let clusters = Clusters::new(&graph, &scale, cap, labels, 4);
        assert_eq!(quotient(&clusters, &graph).edge_count(), 2);
        let waves = waves(&clusters, &Coupling::Conflicts);
        assert_eq!(waves.len(), 2);
        assert!(waves[0].starts_with(&[2, 0]), "{waves:?}");
        assert!(waves[1].starts_with(&[1]), "{waves:?}");
        assert_eq!(waves.concat().len(), 4);
    }
}
