//! Sets of courses that are apart from one another, so that one constraint does for many pairs.

/// Covers all edges of a graph with cliques, each grown greedily from the first edge that is not covered yet.
pub(crate) fn cover(count: usize, is_edge: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut open: Vec<(usize, usize)> =
        (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other))).collect();
    open.retain(|(one, other)| is_edge(*one, *other));
    let mut cliques = Vec::new();
    while let Some(&(one, other)) = open.first() {
        let mut clique = vec![one, other];
        let fits =
            |clique: &[usize], next: usize| clique.iter().all(|member| *member != next && is_edge(*member, next));
        for next in 0..count {
            if fits(&clique, next) {
                clique.push(next);
            }
        }
        open.retain(|(one, other)| !(clique.contains(one) && clique.contains(other)));
        clique.sort_unstable();
        cliques.push(clique);
    }
    cliques
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edge_is_in_a_clique_and_every_clique_is_one() {
        let edges = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (4, 5), (3, 5)];
        let is_edge = |one: usize, other: usize| edges.contains(&(one.min(other), one.max(other)));
        assert_eq!(cover(7, is_edge), [vec![0, 1, 2], vec![2, 3], vec![3, 4, 5]]);
        assert!(cover(3, |_, _| false).is_empty());
    }
}
