//! Modularity, counted from scratch: the figure for the log, and what Louvain's incremental gains are checked against.
//!
//! Newman and Girvan, "Finding and evaluating community structure in networks", 2004, for weighted graphs:
//! `Q = Σ_c ( inner(c) / m  −  (degree(c) / 2m)² )` with `m` the weight of all edges.

use crate::graph::Graph;

/// Modularity of a labelling; 0 for a graph without weight.
pub(crate) fn modularity(graph: &Graph, labels: &[u32]) -> f64 {
    let count = labels.iter().max().map_or(0, |label| *label as usize + 1);
    let (mut inner, mut degrees) = (vec![0.0; count], vec![0.0; count]);
    for (vertex, &label) in labels.iter().enumerate() {
        let same = |arc: &&crate::graph::Arc| labels[arc.target as usize] == label;
        let arcs = graph.arcs(vertex as u32).iter();
        inner[label as usize] +=
            graph.inner(vertex as u32) + arcs.filter(same).map(|arc| f64::from(arc.weight)).sum::<f64>() / 2.0;
        degrees[label as usize] += graph.degree(vertex as u32);
    }
    let twice = degrees.iter().sum::<f64>();
    if twice == 0.0 {
        return 0.0;
    }
    inner.iter().zip(&degrees).map(|(inner, degree)| 2.0 * inner / twice - (degree / twice) * (degree / twice)).sum()
}

/// Share of the edge weight between different labels; 0 for a graph without weight.
pub(crate) fn cut_share(graph: &Graph, labels: &[u32]) -> f64 {
    let (mut cut, mut total) = (0.0, 0.0);
    for (vertex, label) in labels.iter().enumerate() {
        for arc in graph.arcs(vertex as u32) {
            total += f64::from(arc.weight);
            cut += if labels[arc.target as usize] == *label { 0.0 } else { f64::from(arc.weight) };
        }
    }
    if total == 0.0 { 0.0 } else { cut / total }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::graph;

    #[test]
    fn two_triangles_and_a_bridge() {
        let edges = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0), (2, 3, 1.0)];
        let graph = graph(6, &edges);
        let labels = [0, 0, 0, 1, 1, 1];
        // Known from the literature: 6/7 − 2 · (1/2)² = 5/14.
        assert!((modularity(&graph, &labels) - 5.0 / 14.0).abs() < 1e-12);
        assert!((cut_share(&graph, &labels) - 1.0 / 7.0).abs() < 1e-12);
        assert!(modularity(&graph, &[0; 6]).abs() < 1e-12);
    }

    #[test]
    fn no_edges_no_modularity() {
        assert!(modularity(&graph(3, &[]), &[0, 1, 1]).abs() < 1e-12);
        assert!(cut_share(&graph(0, &[]), &[]).abs() < 1e-12);
    }

    #[test]
    fn contraction_keeps_it() {
        let graph = graph(4, &[(0, 1, 2.0), (1, 2, 3.0), (2, 3, 5.0), (0, 2, 1.0)]);
        let labels = [0, 0, 1, 1];
        let coarse = graph.contract(&labels, 2);
        assert!((modularity(&graph, &labels) - modularity(&coarse, &[0, 1])).abs() < 1e-12);
    }
}
