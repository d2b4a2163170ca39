//! The conflict graph as a flat CSR: what Louvain and the refinement scan millions of times.
//!
//! Of our own, because petgraph's `UnGraph` keeps linked edge lists that scan some 65 times slower; petgraph has the small
//! graphs of this stage (`atoms`, `waves`). Target and weight of an arc lie side by side: one cache line, eight arcs.

/// One direction of an undirected edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arc {
    /// The vertex at the other end.
    pub(crate) target: u32,
    /// Its weight, not negative.
    pub(crate) weight: f32,
}

/// An undirected weighted graph. Each edge is stored as two arcs; what has been contracted into a vertex is its loop.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    starts: Vec<u32>,
    arcs: Vec<Arc>,
    loops: Vec<f64>,
}

impl Graph {
    /// A graph with the given rows of arcs, which must be symmetric and without loops. Each row is given back as it is copied.
    pub(crate) fn from_rows(rows: Vec<Vec<Arc>>) -> Self {
        let mut graph = Self { starts: vec![0], arcs: Vec::new(), loops: vec![0.0; rows.len()] };
        graph.arcs.reserve_exact(rows.iter().map(Vec::len).sum());
        for row in rows {
            graph.arcs.extend_from_slice(&row);
            graph.starts.push(graph.arcs.len() as u32);
        }
        graph
    }

    /// A graph from the place of each row's first arc (and the end of the last row), and the arcs, row by row.
    pub(crate) fn from_parts(starts: Vec<u32>, arcs: Vec<Arc>) -> Self {
        let loops = vec![0.0; starts.len() - 1];
        Self { starts, arcs, loops }
    }

    /// Gives every arc another weight, which must be the same in both directions.
    pub(crate) fn reweigh(&mut self, weight: impl Fn(u32, u32, f32) -> f32) {
        for vertex in 0..self.loops.len() {
            for arc in &mut self.arcs[self.starts[vertex] as usize..self.starts[vertex + 1] as usize] {
                arc.weight = weight(vertex as u32, arc.target, arc.weight);
            }
        }
    }

    /// Number of vertices.
    pub(crate) fn len(&self) -> usize {
        self.loops.len()
    }

    /// Number of arcs: twice the number of edges.
    pub(crate) fn arc_count(&self) -> usize {
        self.arcs.len()
    }

    /// The arcs that leave a vertex.
    #[inline]
    pub(crate) fn arcs(&self, vertex: u32) -> &[Arc] {
        let row = vertex as usize;
        &self.arcs[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// Weight inside a vertex, each edge counted once.
    pub(crate) fn inner(&self, vertex: u32) -> f64 {
        self.loops[vertex as usize]
    }

    /// Weighted degree of a vertex; a loop counts twice.
    pub(crate) fn degree(&self, vertex: u32) -> f64 {
        self.arcs(vertex).iter().map(|arc| f64::from(arc.weight)).sum::<f64>() + 2.0 * self.inner(vertex)
    }

    /// Weighted degrees of all vertices.
    pub(crate) fn degrees(&self) -> Vec<f64> {
        (0..self.len() as u32).map(|vertex| self.degree(vertex)).collect()
    }

    /// The graph of groups: `labels` gives the group of each vertex, `0..groups`. Counting sort of the vertices by group, then
    /// a dense sum for each group.
    pub(crate) fn contract(&self, labels: &[u32], groups: usize) -> Self {
        let members = by_label(labels, groups);
        let mut sums = vec![0.0_f64; groups];
        let mut touched: Vec<u32> = Vec::new();
        let mut coarse = Self { starts: vec![0], arcs: Vec::new(), loops: vec![0.0; groups] };
        for group in 0..groups {
            let mut inside = 0.0;
            for &vertex in members.of(group) {
                coarse.loops[group] += self.inner(vertex);
                for arc in self.arcs(vertex) {
                    let other = labels[arc.target as usize];
                    if other as usize == group {
                        inside += f64::from(arc.weight);
                    } else {
                        if sums[other as usize] == 0.0 {
                            touched.push(other);
                        }
                        // A weight of nothing is still an arc: the groups are coupled.
                        sums[other as usize] += f64::from(arc.weight).max(f64::MIN_POSITIVE);
                    }
                }
            }
            coarse.loops[group] += inside / 2.0;
            for other in touched.drain(..) {
                let weight = std::mem::take(&mut sums[other as usize]) as f32;
                coarse.arcs.push(Arc { target: other, weight });
            }
            coarse.starts.push(coarse.arcs.len() as u32);
        }
        coarse
    }
}

/// Vertices sorted by their label.
#[derive(Debug)]
pub(crate) struct ByLabel {
    starts: Vec<u32>,
    vertices: Vec<u32>,
}

impl ByLabel {
    /// The vertices with that label, ascending.
    pub(crate) fn of(&self, label: usize) -> &[u32] {
        &self.vertices[self.starts[label] as usize..self.starts[label + 1] as usize]
    }
}

/// Counting sort of the vertices by their label, all labels below `count`.
pub(crate) fn by_label(labels: &[u32], count: usize) -> ByLabel {
    let mut starts = vec![0_u32; count + 1];
    for label in labels {
        starts[*label as usize + 1] += 1;
    }
    (0..count).for_each(|label| starts[label + 1] += starts[label]);
    let mut next = starts.clone();
    let mut vertices = vec![0; labels.len()];
    for (vertex, label) in labels.iter().enumerate() {
        let slot = &mut next[*label as usize];
        vertices[*slot as usize] = vertex as u32;
        *slot += 1;
    }
    ByLabel { starts, vertices }
}

/// Renumbers labels in the order of their first vertex, without gaps. Returns how many there are.
pub(crate) fn renumber(labels: &mut [u32]) -> usize {
    let most = labels.iter().max().map_or(0, |label| *label as usize + 1);
    let mut new = vec![u32::MAX; most];
    let mut count = 0;
    for label in labels {
        let slot = &mut new[*label as usize];
        if *slot == u32::MAX {
            *slot = count;
            count += 1;
        }
        *label = *slot;
    }
    count as usize
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A graph from a list of edges, for the tests of this crate.
    pub(crate) fn graph(vertices: usize, edges: &[(u32, u32, f32)]) -> Graph {
        let mut rows = vec![Vec::new(); vertices];
        for &(a, b, weight) in edges {
            rows[a as usize].push(Arc { target: b, weight });
            rows[b as usize].push(Arc { target: a, weight });
        }
        Graph::from_rows(rows)
    }

    #[test]
    fn contraction_keeps_all_weight() {
        let fine = graph(5, &[(0, 1, 2.0), (1, 2, 3.0), (2, 3, 5.0), (3, 4, 7.0), (0, 4, 11.0), (0, 3, 0.0)]);
        let coarse = fine.contract(&[0, 0, 1, 1, 2], 3);
        assert_eq!(coarse.loops, [2.0, 5.0, 0.0]);
        let weight = |a: u32, b: u32| coarse.arcs(a).iter().find(|arc| arc.target == b).map(|arc| arc.weight);
        assert_eq!(
            [weight(0, 1), weight(1, 0), weight(1, 2), weight(0, 2)],
            [Some(3.0), Some(3.0), Some(7.0), Some(11.0)]
        );
        let total = |graph: &Graph| graph.degrees().iter().sum::<f64>();
        assert!((total(&fine) - total(&coarse)).abs() < 1e-12);
    }

    #[test]
    fn labels_are_renumbered_by_first_use() {
        let mut labels = [7, 3, 7, 0, 3];
        assert_eq!(renumber(&mut labels), 3);
        assert_eq!(labels, [0, 1, 0, 2, 1]);
        assert_eq!(by_label(&labels, 3).of(1), [1, 4]);
    }
}
