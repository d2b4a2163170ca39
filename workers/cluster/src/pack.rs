//! From communities to clusters worth a process: disconnected ones are split, small ones merged up to the cap.
//!
//! Communities stop where modularity stops, often far below the cap. Each cluster costs a process and most of them a wave, so
//! pairs with the heaviest cut between them are merged while they fit, then the smallest clusters are dissolved into the room
//! that is left elsewhere (which also packs what has no neighbours: that is harmless for a sub-problem).

use crate::clusters::Clusters;
use crate::graph::Graph;

/// Parts every label into its connected components. Returns the new labels, numbered by first vertex, and their count.
pub(crate) fn split(graph: &Graph, labels: &[u32]) -> (Vec<u32>, usize) {
    let mut parts = vec![u32::MAX; labels.len()];
    let mut count = 0;
    let mut stack = Vec::new();
    for start in 0..labels.len() as u32 {
        if parts[start as usize] != u32::MAX {
            continue;
        }
        parts[start as usize] = count;
        stack.push(start);
        while let Some(vertex) = stack.pop() {
            for arc in graph.arcs(vertex) {
                let other = arc.target as usize;
                if parts[other] == u32::MAX && labels[other] == labels[vertex as usize] {
                    parts[other] = count;
                    stack.push(arc.target);
                }
            }
        }
        count += 1;
    }
    (parts, count as usize)
}

/// Merges and dissolves until there are at most `target` clusters, or nothing more fits.
pub(crate) fn pack(mut clusters: Clusters, target: usize) -> Clusters {
    let mut merged = true;
    while merged && clusters.count() > target {
        merged = merge_pairs(&mut clusters, target);
        clusters = clusters.compact();
    }
    let mut dissolved = true;
    while dissolved && clusters.count() > target {
        dissolved = dissolve_one(&mut clusters);
        clusters = clusters.compact();
    }
    clusters
}

/// Merges disjoint pairs, heaviest cut first. Returns whether there was any.
fn merge_pairs(clusters: &mut Clusters, target: usize) -> bool {
    let quotient = clusters.graph().contract(clusters.labels(), clusters.count());
    let mut pairs: Vec<(f32, u32, u32)> = Vec::new();
    for cluster in 0..clusters.count() as u32 {
        let later = quotient.arcs(cluster).iter().filter(|arc| arc.target > cluster);
        pairs.extend(later.map(|arc| (arc.weight, cluster, arc.target)));
    }
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut busy = vec![false; clusters.count()];
    let mut left = clusters.count();
    for (_, a, b) in pairs {
        if left <= target || busy[a as usize] || busy[b as usize] {
            continue;
        }
        if clusters.fits(a, clusters.members(b), None) {
            clusters.join(b, a);
            busy[a as usize] = true;
            busy[b as usize] = true;
            left -= 1;
        }
    }
    busy.contains(&true)
}

/// Spreads the atoms of one cluster over the others, the smallest cluster first that can be spread. Returns whether one could.
fn dissolve_one(clusters: &mut Clusters) -> bool {
    let mut by_size: Vec<u32> = (0..clusters.count() as u32).collect();
    by_size.sort_by_key(|cluster| (clusters.lectures(*cluster), *cluster));
    for cluster in by_size {
        let before = clusters.clone();
        let mut atoms = clusters.members(cluster).to_vec();
        atoms.sort_by_key(|atom| (std::cmp::Reverse(clusters.atom_lectures(*atom)), *atom));
        if atoms.into_iter().all(|atom| give_away(clusters, cluster, atom)) {
            return true;
        }
        *clusters = before;
    }
    false
}

/// Moves an atom to the cluster with the heaviest edges to it among those with room.
fn give_away(clusters: &mut Clusters, from: u32, atom: u32) -> bool {
    let mut weights = vec![0.0; clusters.count()];
    for arc in clusters.graph().arcs(atom) {
        weights[clusters.labels()[arc.target as usize] as usize] += f64::from(arc.weight);
    }
    let mut targets: Vec<u32> = (0..clusters.count() as u32).filter(|cluster| *cluster != from).collect();
    targets.sort_by(|a, b| weights[*b as usize].total_cmp(&weights[*a as usize]).then(a.cmp(b)));
    let found = targets.into_iter().find(|target| clusters.fits(*target, &[atom], None));
    found.inspect(|target| clusters.take(atom, *target)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cap::{Cap, Scale};
    use crate::graph::tests::graph;
    use crate::predict::{PUMPKIN, Predictor};
    use crate::testing::{Row, instance};

    #[test]
    fn disconnected_clusters_are_split() {
        let graph = graph(5, &[(0, 1, 1.0), (1, 2, 0.0), (3, 4, 1.0)]);
        assert_eq!(split(&graph, &[0, 0, 0, 0, 0]), (vec![0, 0, 0, 1, 1], 2));
        assert_eq!(split(&graph, &[0, 1, 0, 1, 1]), (vec![0, 1, 2, 3, 3], 4));
    }

    fn packed(sizes: &[u32], edges: &[(u32, u32, f32)], most: u32, target: usize) -> Vec<u32> {
        let rows: Vec<Row> = sizes.iter().enumerate().map(|(at, size)| Row::of(*size, at as u32)).collect();
        let instance = instance(5, 5, &rows, &[]);
        let predictor = Predictor::new(&instance, PUMPKIN);
        let labels: Vec<u32> = (0..sizes.len() as u32).collect();
        let scale = Scale::new(&instance, &predictor, &labels, sizes.len());
        let graph = graph(sizes.len(), edges);
        let cap = Cap { lectures: most, bytes: u64::MAX };
        pack(Clusters::new(&graph, &scale, cap, labels, sizes.len()), target).labels().to_vec()
    }

    #[test]
    fn heavy_pairs_merge_first_and_the_cap_holds() {
        assert_eq!(packed(&[5, 5, 5, 5], &[(0, 1, 1.0), (1, 2, 3.0), (2, 3, 1.0)], 10, 2), [0, 1, 1, 0]);
        assert_eq!(packed(&[6, 6, 6], &[(0, 1, 1.0), (1, 2, 3.0)], 10, 1), [0, 1, 2]);
    }

    #[test]
    fn what_has_no_neighbours_is_packed_too() {
        assert_eq!(packed(&[4, 3, 3], &[], 10, 1), [0, 0, 0]);
        assert_eq!(packed(&[4, 3, 3], &[], 10, 2).iter().max(), Some(&1));
    }
}
