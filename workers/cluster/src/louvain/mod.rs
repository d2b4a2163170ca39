//! Louvain's method (Blondel et al., "Fast unfolding of communities in large networks", 2008), capped and deterministic.
//!
//! Vertices move to the neighbouring community that gains most modularity, communities become the vertices of the next,
//! coarser level, and so on until nothing merges. Then back: every finer level gets a last round of moves, which repairs what
//! the coarse levels could not part (and leaves practically no disconnected community, what Leiden is otherwise used for).
//!
//! A community never outgrows the cap: a move that would break it is no candidate.

mod moving;

use std::borrow::Cow;

use crate::cap::{Cap, Load};
use crate::graph::{Graph, renumber};
use crate::random::Random;
use crate::settings::Spread;

use moving::Moving;

/// A pass ends when an iteration gains less; ten times less at each level.
const FIRST_TOLERANCE: f64 = 1e-2;
/// The same on the way back.
const LAST_TOLERANCE: f64 = 1e-6;

/// Vertices up to which a level is gone through in random order, which settles sooner. A larger one no longer fits the cache: its
/// rows are read one behind the other, which takes a third less time and costs no modularity.
const SHUFFLED_MOST: usize = 20_000;

/// How to run; nothing here but the seed and the cap can change the labels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// The most that a community may weigh.
    pub(crate) cap: Cap,
    /// Seed of the vertex order.
    pub(crate) seed: u64,
    /// A batch with fewer arcs is proposed on the calling thread: waking others costs more.
    pub(crate) inline_arcs: usize,
}

impl Options {
    /// Options with the work spread in that way.
    pub(crate) fn new(cap: Cap, seed: u64, spread: Spread) -> Self {
        let inline_arcs = match spread {
            Spread::Inline => usize::MAX,
            Spread::Threads { arcs } => arcs,
        };
        Self { cap, seed, inline_arcs }
    }
}

/// Finds communities: the label of each vertex, numbered by first vertex. `loads` are the weights of the vertices against the
/// cap.
pub(crate) fn communities(graph: &Graph, loads: &[Load], options: Options) -> Vec<u32> {
    climb(graph, loads, options).0
}

/// Up the levels and back. Returns the labels, and the modularity gained over single vertices, summed move by move.
fn climb(graph: &Graph, loads: &[Load], options: Options) -> (Vec<u32>, f64) {
    let mut level = Level::new(Cow::Borrowed(graph), loads.to_vec());
    let mut finer: Vec<(Level<'_>, Vec<u32>)> = Vec::new();
    let mut gained = 0.0;
    let mut tolerance = FIRST_TOLERANCE;
    let mut labels = loop {
        let mut moving = level.moving((0..level.loads.len() as u32).collect());
        gained += moving.settle(&level.order(options.seed, finer.len()), tolerance, options);
        let mut labels = moving.into_labels();
        let count = renumber(&mut labels);
        if count == level.loads.len() {
            break labels;
        }
        let coarse = level.coarse(&labels, count);
        finer.push((std::mem::replace(&mut level, coarse), labels));
        tolerance /= 10.0;
    };
    while let Some((level, groups)) = finer.pop() {
        let fine = groups.iter().map(|group| labels[*group as usize]).collect();
        let mut moving = level.moving(fine);
        gained += moving.settle(&level.order(options.seed, finer.len()), LAST_TOLERANCE, options);
        labels = moving.into_labels();
        renumber(&mut labels);
    }
    (labels, gained)
}

/// One level: a graph and what its vertices weigh.
struct Level<'a> {
    graph: Cow<'a, Graph>,
    loads: Vec<Load>,
}

impl<'a> Level<'a> {
    fn new(graph: Cow<'a, Graph>, loads: Vec<Load>) -> Self {
        Self { graph, loads }
    }

    fn coarse(&self, labels: &[u32], count: usize) -> Self {
        let mut loads = vec![Load::default(); count];
        for (load, label) in self.loads.iter().zip(labels) {
            loads[*label as usize] = loads[*label as usize] + *load;
        }
        Self::new(Cow::Owned(self.graph.contract(labels, count)), loads)
    }

    fn moving(&self, labels: Vec<u32>) -> Moving<'_> {
        Moving::new(&self.graph, &self.loads, labels)
    }

    fn order(&self, seed: u64, depth: usize) -> Vec<u32> {
        if self.loads.len() > SHUFFLED_MOST {
            return (0..self.loads.len() as u32).collect();
        }
        Random::new(seed, depth as u64).order(self.loads.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::graph::tests::graph;
    use crate::modularity::modularity;

    const FREE: Cap = Cap { lectures: u32::MAX, bytes: u64::MAX };

    fn options(cap: Cap) -> Options {
        Options { cap, seed: 1, inline_arcs: usize::MAX }
    }

    fn unit_loads(count: usize) -> Vec<Load> {
        vec![Load { lectures: 1, bytes: 1 }; count]
    }

    /// Up to `most` vertices and some weighted edges, each once.
    fn graphs(most: usize) -> impl Strategy<Value = Graph> {
        (2..=most).prop_flat_map(|count| {
            let pairs: Vec<(u32, u32)> = (0..count as u32).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
            proptest::collection::vec(proptest::option::weighted(0.4, 0.1_f32..5.0), pairs.len()).prop_map(
                move |weights| {
                    let edge =
                        |(pair, weight): (&(u32, u32), Option<f32>)| weight.map(|weight| (pair.0, pair.1, weight));
                    graph(count, &pairs.iter().zip(weights).filter_map(edge).collect::<Vec<_>>())
                },
            )
        })
    }

    /// The best modularity of all partitions, by restricted growth strings.
    fn best(graph: &Graph) -> f64 {
        fn grow(graph: &Graph, labels: &mut Vec<u32>, used: u32, best: &mut f64) {
            if labels.len() == graph.len() {
                *best = best.max(modularity(graph, labels));
                return;
            }
            for label in 0..=used {
                labels.push(label);
                grow(graph, labels, used.max(label + 1), best);
                labels.pop();
            }
        }
        let mut most = f64::MIN;
        grow(graph, &mut Vec::new(), 0, &mut most);
        most
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn gains_add_up_to_the_modularity_counted_from_scratch(graph in graphs(40)) {
            let (labels, gained) = climb(&graph, &unit_loads(graph.len()), options(FREE));
            let singles: Vec<u32> = (0..graph.len() as u32).collect();
            let counted = modularity(&graph, &labels) - modularity(&graph, &singles);
            prop_assert!((gained - counted).abs() < 1e-5, "{gained} against {counted}");
        }

        #[test]
        fn no_community_outgrows_the_cap(graph in graphs(40), most in 1_u32..12) {
            let found = communities(&graph, &unit_loads(graph.len()), options(Cap { lectures: most, bytes: u64::MAX }));
            for label in &found {
                prop_assert!(found.iter().filter(|other| *other == label).count() <= most as usize);
            }
        }
    }

    /// Greedy moves never beat the best partition and may miss it; over many small graphs, always the same ones, by little.
    #[test]
    fn small_graphs_come_close_to_brute_force() {
        const GRAPHS: usize = 100;
        let mut runner = TestRunner::deterministic();
        let mut missed = 0.0;
        for _ in 0..GRAPHS {
            let graph = graphs(8).new_tree(&mut runner).expect("a graph").current();
            let found = modularity(&graph, &communities(&graph, &unit_loads(graph.len()), options(FREE)));
            let best = best(&graph);
            assert!(found <= best + 1e-9, "{found} above {best}: {graph:?}");
            missed += best - found;
        }
        assert!(missed / (GRAPHS as f64) < 0.01, "{missed} in {GRAPHS} graphs");
    }

    /// Cliques in a ring, each joined to the next by one edge.
    fn ring(cliques: u32, size: u32) -> Graph {
        let inside = (0..cliques).flat_map(|clique| {
            (0..size).flat_map(move |b| (0..b).map(move |a| (clique * size + a, clique * size + b, 1.0)))
        });
        let between = (0..cliques).map(|clique| (clique * size, (clique + 1) % cliques * size + 1, 1.0));
        graph((cliques * size) as usize, &inside.chain(between).collect::<Vec<_>>())
    }

    #[test]
    fn cliques_in_a_ring_are_found() {
        let graph = ring(9, 6);
        let found = communities(&graph, &unit_loads(54), options(FREE));
        let expected: Vec<u32> = (0..54).map(|vertex| vertex / 6).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn threads_do_not_change_the_labels() {
        let random = Random::new(5, 5);
        let edge =
            |at: u64| (random.below(2 * at, 400) as u32, random.below(2 * at + 1, 400) as u32, 1.0 + (at % 7) as f32);
        let mut edges: Vec<_> = (0..4000).map(edge).filter(|(a, b, _)| a < b).collect();
        edges.sort_by_key(|(a, b, _)| (*a, *b));
        edges.dedup_by_key(|(a, b, _)| (*a, *b));
        let graph = graph(400, &edges);
        let cap = Cap { lectures: 60, bytes: u64::MAX };
        let alone = communities(&graph, &unit_loads(400), options(cap));
        for threads in [1, 2, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let together = Options { inline_arcs: 0, ..options(cap) };
            assert_eq!(pool.install(|| communities(&graph, &unit_loads(400), together)), alone);
        }
    }

    #[test]
    fn graphs_without_edges_stay_as_they_are() {
        let found = communities(&graph(3, &[]), &unit_loads(3), options(FREE));
        assert_eq!(found, [0, 1, 2]);
        assert!(communities(&graph(0, &[]), &[], options(FREE)).is_empty());
    }
}
