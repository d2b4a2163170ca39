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
