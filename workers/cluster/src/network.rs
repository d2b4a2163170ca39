//! Communities of any weighted network, in the way of STAGE1: what can be measured beside other libraries.
//!
//! STAGE1 itself takes its graphs from instances, and its caps from predictions. Here a vertex is as good as any other.

use shared::ids::CourseId;
use shared::model::Instance;

use crate::campus;
use crate::cap::{Cap, Load, Scale};
use crate::clusters::Clusters;
use crate::conflict::conflict_graph;
use crate::graph::{Arc, Graph};
use crate::louvain::{self, Options};
use crate::membership::Membership;
use crate::modularity::{cut_share, modularity};
use crate::pack::{pack, split};
use crate::partition::FILL;
use crate::predict::Predict;
use crate::refine::refine;
use crate::settings::Spread;

/// An undirected edge: its ends and its weight, which must not be negative.
pub type Edge = (u32, u32, f32);

/// An undirected weighted network.
#[derive(Clone, Debug)]
pub struct Network {
    graph: Graph,
}

impl Network {
    /// A network of vertices `0..vertices`; `edges` gives each edge once, loops never, and the same ones whenever it is asked.
    pub fn from_edges<I: Iterator<Item = Edge>>(vertices: usize, edges: impl Fn() -> I) -> Self {
        let mut starts = vec![0_u32; vertices + 1];
        for (a, b, _) in edges() {
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        (0..vertices).for_each(|row| starts[row + 1] += starts[row]);
        let mut next = starts.clone();
        let mut arcs = vec![Arc { target: 0, weight: 0.0 }; starts[vertices] as usize];
        let mut add = |from: u32, target: u32, weight: f32| {
            arcs[next[from as usize] as usize] = Arc { target, weight };
            next[from as usize] += 1;
        };
        for (a, b, weight) in edges() {
            add(a, b, weight);
            add(b, a, weight);
        }
        Self { graph: Graph::from_parts(starts, arcs) }
    }

    /// The conflict graph of an instance, as STAGE1 builds it.
    pub fn of(instance: &Instance, spread: Spread) -> Self {
        let is_parallel = spread != Spread::Inline;
        let graph = match instance.campus() {
            Some(campus) => campus::conflict_graph(instance, campus, is_parallel),
            None => conflict_graph(instance, &Membership::new(instance), is_parallel),
        };
        Self { graph }
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.graph.len()
    }

    /// Each edge once, by ascending ends.
    pub fn edges(&self) -> impl Iterator<Item = Edge> {
        (0..self.graph.len() as u32).flat_map(|vertex| {
            let later = self.graph.arcs(vertex).iter().filter(move |arc| arc.target > vertex);
            later.map(move |arc| (vertex, arc.target, arc.weight))
        })
    }

    /// The community of each vertex, of whatever size.
    pub fn communities(&self, seed: u64, spread: Spread) -> Vec<u32> {
        let loads = vec![Load::default(); self.vertices()];
        louvain::communities(&self.graph, &loads, Options::new(Cap { lectures: 0, bytes: 0 }, seed, spread))
    }

    /// The cluster of each vertex, of at most `most` vertices each, with little weight between them.
    pub fn clusters(&self, most: u32, seed: u64, spread: Spread) -> Vec<u32> {
        let scale = Scale::of_ones(self.vertices(), &Weightless);
        let cap = Cap { lectures: most, bytes: 0 };
        let found = louvain::communities(&self.graph, scale.loads(), Options::new(cap, seed, spread));
        let (labels, count) = split(&self.graph, &found);
        let target = (self.vertices() * 100).div_ceil(most as usize * FILL as usize);
        let packed = pack(Clusters::new(&self.graph, &scale, cap, labels, count), target);
        refine(packed, seed).compact().labels().to_vec()
    }

    /// Modularity of a labelling.
    pub fn modularity(&self, labels: &[u32]) -> f64 {
        modularity(&self.graph, labels)
    }

    /// Share of the weight between vertices of different labels.
    pub fn cut_share(&self, labels: &[u32]) -> f64 {
        cut_share(&self.graph, labels)
    }
}

/// No vertex needs memory.
#[derive(Debug)]
struct Weightless;

impl Predict for Weightless {
    fn cluster_bytes(&self, _: &[CourseId]) -> u64 {
        0
    }

    fn course_bytes(&self, _: CourseId) -> u64 {
        0
    }

    fn repair_bytes(&self) -> u64 {
        0
    }

    fn count_work(&self) -> u64 {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight cliques of six in a ring.
    fn ring() -> Vec<Edge> {
        let inside = |clique: u32| (0..6).flat_map(move |b| (0..b).map(move |a| (clique * 6 + a, clique * 6 + b, 1.0)));
        let between = (0..8).map(|clique| (clique * 6, (clique + 1) % 8 * 6 + 1, 1.0));
        (0..8).flat_map(inside).chain(between).collect()
    }

    #[test]
    fn a_network_gives_its_edges_back() {
        let mut edges: Vec<Edge> = ring().into_iter().map(|(a, b, weight)| (a.min(b), a.max(b), weight)).collect();
        let network = Network::from_edges(48, || edges.iter().copied());
        let mut found: Vec<Edge> = network.edges().collect();
        edges.sort_by_key(|(a, b, _)| (*a, *b));
        found.sort_by_key(|(a, b, _)| (*a, *b));
        assert_eq!((found, network.vertices()), (edges, 48));
    }

    #[test]
    fn cliques_are_communities_and_clusters_keep_to_their_size() {
        let edges = ring();
        let network = Network::from_edges(48, || edges.iter().copied());
        let cliques: Vec<u32> = (0..48).map(|vertex| vertex / 6).collect();
        assert_eq!(network.communities(1, Spread::Inline), cliques);
        let clusters = network.clusters(13, 1, Spread::Inline);
        let size = |label: u32| clusters.iter().filter(|other| **other == label).count();
        assert!((0..48).all(|label| size(label) <= 13), "{clusters:?}");
        assert!(network.cut_share(&clusters) < network.cut_share(&cliques), "{clusters:?}");
    }
}
