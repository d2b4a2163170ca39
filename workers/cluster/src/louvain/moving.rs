//! Local moving: vertices change community, one batch at a time.
//!
//! A batch of vertices is proposed from a frozen state, by any number of threads, and then applied in order with each gain
//! counted anew. The size of a batch follows from the size of the graph alone, so the labels cannot depend on the threads;
//! and because what is applied is always true at that moment, two vertices cannot swap places for ever.

use rayon::prelude::*;

use super::Options;
use crate::cap::{Cap, Load};
use crate::graph::Graph;

/// Most iterations of one pass.
const ITERATIONS: usize = 20;
/// Largest batch. A batch of the whole graph would be a synchronous sweep: slower to settle, and worse.
const BATCH: usize = 1024;
/// Smallest share of work that is worth a thread, in vertices.
const GRAIN: usize = 16;

/// The communities of one level while vertices move between them.
pub(super) struct Moving<'a> {
    graph: &'a Graph,
    loads: &'a [Load],
    degrees: Vec<f64>,
    /// Twice the weight of all edges.
    twice: f64,
    labels: Vec<u32>,
    /// Degree of each community.
    totals: Vec<f64>,
    /// Load of each community.
    held: Vec<Load>,
}

/// Weight from one vertex to each community around it; 0 is none.
struct Around {
    weights: Vec<f64>,
    touched: Vec<u32>,
}

impl Around {
    fn new(communities: usize) -> Self {
        Self { weights: vec![0.0; communities], touched: Vec::new() }
    }
}

impl<'a> Moving<'a> {
    /// Starts from `labels`, which must be smaller than the number of vertices.
    pub(super) fn new(graph: &'a Graph, loads: &'a [Load], labels: Vec<u32>) -> Self {
        let degrees = graph.degrees();
        let (mut totals, mut held) = (vec![0.0; graph.len()], vec![Load::default(); graph.len()]);
        for (vertex, label) in labels.iter().enumerate() {
            totals[*label as usize] += degrees[vertex];
            held[*label as usize] = held[*label as usize] + loads[vertex];
        }
        Self { graph, loads, twice: degrees.iter().sum(), degrees, labels, totals, held }
    }

    pub(super) fn into_labels(self) -> Vec<u32> {
        self.labels
    }

    /// Moves vertices until an iteration gains no more than `tolerance`. Returns the modularity gained. Only vertices with a
    /// neighbour that has moved since are looked at again.
    pub(super) fn settle(&mut self, order: &[u32], tolerance: f64, options: Options) -> f64 {
        let mut active = vec![true; self.graph.len()];
        let mut around = Around::new(self.graph.len());
        let batch = (self.graph.len() / 10).clamp(1, BATCH);
        let mut gained = 0.0;
        for _ in 0..ITERATIONS {
            let before = gained;
            let pending: Vec<u32> = order.iter().copied().filter(|vertex| active[*vertex as usize]).collect();
            for vertices in pending.chunks(batch) {
                for vertex in vertices {
                    active[*vertex as usize] = false;
                }
                let proposals = self.propose_all(vertices, &mut around, options);
                for (&vertex, proposal) in vertices.iter().zip(proposals) {
                    let Some(gain) = proposal.and_then(|target| self.apply(vertex, target, options.cap)) else {
                        continue;
                    };
                    gained += gain;
                    self.wake(vertex, &mut active);
                }
            }
            if gained - before <= tolerance {
                break;
            }
        }
        gained
    }

    fn wake(&self, vertex: u32, active: &mut [bool]) {
        let label = self.labels[vertex as usize];
        for arc in self.graph.arcs(vertex) {
            if self.labels[arc.target as usize] != label {
                active[arc.target as usize] = true;
            }
        }
    }

    fn propose_all(&self, vertices: &[u32], around: &mut Around, options: Options) -> Vec<Option<u32>> {
        let arcs = || vertices.iter().map(|vertex| self.graph.arcs(*vertex).len()).sum::<usize>();
        if vertices.len() <= GRAIN || arcs() < options.inline_arcs {
            return vertices.iter().map(|vertex| self.propose(around, *vertex, options.cap)).collect();
        }
        let scratch = || Around::new(self.graph.len());
        let propose = |around: &mut Around, vertex: &u32| self.propose(around, *vertex, options.cap);
        vertices.par_iter().with_min_len(GRAIN).map_init(scratch, propose).collect()
    }

    /// The community that a vertex gains most by joining, if there is one that gains and has room. Ties go to the community
    /// met first.
    fn propose(&self, around: &mut Around, vertex: u32, cap: Cap) -> Option<u32> {
        let Around { weights, touched } = around;
        for arc in self.graph.arcs(vertex) {
            let label = self.labels[arc.target as usize];
            let weight = &mut weights[label as usize];
            if *weight == 0.0 {
                touched.push(label);
            }
            // A weight of nothing is still an arc.
            *weight += f64::from(arc.weight).max(f64::MIN_POSITIVE);
        }
        let own = self.labels[vertex as usize];
        // What a community is worth to the vertex: the weight to it, less what would be expected by chance.
        let chance = self.degrees[vertex as usize] / self.twice;
        let rest = self.totals[own as usize] - self.degrees[vertex as usize];
        let mut best = (std::mem::take(&mut weights[own as usize]) - chance * rest, None);
        for label in touched.drain(..).filter(|label| *label != own) {
            let worth = std::mem::take(&mut weights[label as usize]) - chance * self.totals[label as usize];
            if worth > best.0 && cap.holds(self.held[label as usize] + self.loads[vertex as usize]) {
                best = (worth, Some(label));
            }
        }
        best.1
    }

    /// Modularity gained when a vertex leaves `own` for `target`, given its weight to both.
    #[inline]
    fn gain(&self, vertex: u32, own: u32, target: u32, stay: f64, go: f64) -> f64 {
        let degree = self.degrees[vertex as usize];
        let rest = self.totals[own as usize] - degree;
        2.0 / self.twice * (go - stay - degree * (self.totals[target as usize] - rest) / self.twice)
    }

    /// Moves a vertex if that still gains and still fits. Returns the gain.
    fn apply(&mut self, vertex: u32, target: u32, cap: Cap) -> Option<f64> {
        let own = self.labels[vertex as usize];
        let (mut stay, mut go) = (0.0, 0.0);
        for arc in self.graph.arcs(vertex) {
            let label = self.labels[arc.target as usize];
            stay += if label == own { f64::from(arc.weight) } else { 0.0 };
            go += if label == target { f64::from(arc.weight) } else { 0.0 };
        }
        let gain = self.gain(vertex, own, target, stay, go);
        let load = self.loads[vertex as usize];
        // Smaller gains are rounding, which could move a vertex to and fro.
        if gain <= 1e-12 || !cap.holds(self.held[target as usize] + load) {
            return None;
        }
        let degree = self.degrees[vertex as usize];
        self.labels[vertex as usize] = target;
        self.totals[own as usize] -= degree;
        self.totals[target as usize] += degree;
        self.held[own as usize] = self.held[own as usize] - load;
        self.held[target as usize] = self.held[target as usize] + load;
        Some(gain)
    }
}
