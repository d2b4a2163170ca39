//! The last touch: atoms move and swap between clusters so that less weight is cut and no cluster is much larger than the mean.
//!
//! Threshold accepting (Dueck and Scheuer, 1990) over a counted number of proposals: a worse step is taken while it is worse by
//! less than a random part of a threshold that falls to nothing. No logarithm and no exponential, so the bytes are the same on
//! every machine. The cap holds after every step.

use crate::clusters::Clusters;
use crate::random::Random;

/// Proposals for each atom.
const PROPOSALS: u64 = 1500;
/// Most proposals of all.
const PROPOSALS_MAX: u64 = 400_000;
/// The largest cluster should not exceed the mean by more, in hundredths: a wave takes as long as its slowest process.
const BALANCE: u64 = 130;
/// What a lecture out of balance costs, in mean weights of a lecture's edges: more than any atom holds on to its cluster.
const PRICE: f64 = 3.0;
/// Elementary steps for exact counts of memory, of which an instance with thousands of curricula under a tight cap would need
/// seconds' worth.
const WORK: u64 = 10_000_000;
/// Stream of random numbers, apart from those of the vertex orders.
const STREAM: u64 = 1 << 32;

/// Refines clusters within their cap.
pub(crate) fn refine(clusters: Clusters<'_>, seed: u64) -> Clusters<'_> {
    let atoms = clusters.graph().len();
    if clusters.count() < 2 || clusters.graph().arc_count() == 0 {
        return clusters;
    }
    let steps = (PROPOSALS * atoms as u64).min(PROPOSALS_MAX);
    let random = Random::new(seed, STREAM);
    let mut search = Search::new(clusters);
    for step in 0..steps {
        let left = (steps - step) as f64 / steps as f64;
        search.step(random, 4 * step, left);
    }
    search.best()
}

struct Search<'a> {
    clusters: Clusters<'a>,
    best: Vec<u32>,
    cost: f64,
    best_cost: f64,
    /// Lectures beyond which a cluster is out of balance.
    limit: u32,
    /// What a lecture beyond the limit costs.
    price: f64,
    /// Elementary steps left for exact counts of memory.
    work_left: u64,
    /// The threshold at the start.
    threshold: f64,
}

/// A move, or a swap where there is a partner.
#[derive(Clone, Copy)]
struct Step {
    atom: u32,
    own: u32,
    target: u32,
    partner: Option<u32>,
}

impl<'a> Search<'a> {
    fn new(clusters: Clusters<'a>) -> Self {
        let graph = clusters.graph();
        let lectures: u64 = (0..clusters.count() as u32).map(|cluster| u64::from(clusters.lectures(cluster))).sum();
        let weight: f64 = graph.degrees().iter().sum();
        Self {
            best: clusters.labels().to_vec(),
            limit: (lectures * BALANCE / (100 * clusters.count() as u64)) as u32,
            price: PRICE * weight / lectures.max(1) as f64,
            threshold: weight / graph.len() as f64 / 4.0,
            work_left: WORK,
            clusters,
            cost: 0.0,
            best_cost: 0.0,
        }
    }

    /// The best clusters met.
    fn best(self) -> Clusters<'a> {
        self.clusters.with_labels(self.best)
    }

    /// Proposes one step with the random words from `counter` on, `left` being the share of the search that is still to come.
    fn step(&mut self, random: Random, counter: u64, left: f64) {
        let Some(step) = self.propose(random, counter) else { return };
        let change = self.change(step);
        let patience = self.threshold * left * left * (random.word(counter + 3) >> 11) as f64 / (1_u64 << 53) as f64;
        if change > patience || !self.fits(step) {
            return;
        }
        self.clusters.take(step.atom, step.target);
        if let Some(partner) = step.partner {
            self.clusters.take(partner, step.own);
        }
        self.cost += change;
        if self.cost < self.best_cost - 1e-9 {
            self.best_cost = self.cost;
            self.best.copy_from_slice(self.clusters.labels());
        }
    }

    /// A random atom goes to the cluster of a random neighbour, every other time in exchange for an atom of it.
    fn propose(&self, random: Random, counter: u64) -> Option<Step> {
        let graph = self.clusters.graph();
        let atom = random.below(counter, graph.len()) as u32;
        let arcs = graph.arcs(atom);
        if arcs.is_empty() {
            return None;
        }
        let own = self.clusters.labels()[atom as usize];
        let target = self.clusters.labels()[arcs[random.below(counter + 1, arcs.len())].target as usize];
        let members = self.clusters.members(target);
        let draw = random.below(counter + 2, 2 * members.len());
        (own != target).then(|| Step { atom, own, target, partner: members.get(draw).copied() })
    }

    fn fits(&mut self, step: Step) -> bool {
        self.takes(step.target, step.atom, step.partner)
            && step.partner.is_none_or(|partner| self.takes(step.own, partner, Some(step.atom)))
    }

    /// Whether a cluster has room for an atom, by an exact count while there is work left for it.
    fn takes(&mut self, cluster: u32, atom: u32, leaving: Option<u32>) -> bool {
        if self.clusters.surely_fits(cluster, &[atom], leaving) {
            return true;
        }
        let work = self.clusters.fit_work();
        let affordable = self.work_left >= work;
        self.work_left = self.work_left.saturating_sub(work);
        affordable && self.clusters.fits(cluster, &[atom], leaving)
    }

    /// What a step adds to the cost: weight cut, and lectures out of balance.
    fn change(&self, step: Step) -> f64 {
        let (from, to) = (self.clusters.lectures(step.own), self.clusters.lectures(step.target));
        let moved = self.clusters.atom_lectures(step.atom);
        let back = step.partner.map_or(0, |partner| self.clusters.atom_lectures(partner));
        let over = |lectures: u32| f64::from(lectures.saturating_sub(self.limit));
        let balance = over(from - moved + back) + over(to + moved - back) - over(from) - over(to);
        let mut cut = self.pull(step.atom, step.own) - self.pull(step.atom, step.target);
        if let Some(partner) = step.partner {
            cut += self.pull(partner, step.target) - self.pull(partner, step.own);
            cut += 2.0 * self.weight(step.atom, partner);
        }
        cut + self.price * balance
    }

    /// Weight from an atom into a cluster.
    fn pull(&self, atom: u32, cluster: u32) -> f64 {
        let labels = self.clusters.labels();
        let inside = self.clusters.graph().arcs(atom).iter().filter(|arc| labels[arc.target as usize] == cluster);
        inside.map(|arc| f64::from(arc.weight)).sum()
    }

    fn weight(&self, a: u32, b: u32) -> f64 {
        self.clusters.graph().arcs(a).iter().find(|arc| arc.target == b).map_or(0.0, |arc| f64::from(arc.weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cap::{Cap, Scale};
    use crate::conflict::conflict_graph;
    use crate::modularity::cut_share;
    use crate::predict::{PUMPKIN, Predictor};
    use crate::testing::random_instance;

    /// Refines a scattered partition of a random instance; returns the share cut before and after, and the clusters.
    fn refined<T>(seed: u64, most: u32, look: impl FnOnce(f64, f64, &Clusters) -> T) -> T {
        let instance = random_instance(seed, 40, 30);
        let predictor = Predictor::new(&instance, PUMPKIN);
        let singles: Vec<u32> = (0..40).collect();
        let scale = Scale::new(&instance, &predictor, &singles, 40);
        let graph = conflict_graph(&instance, predictor.membership(), false);
        let labels: Vec<u32> = (0..40).map(|atom| atom % 8).collect();
        let before = cut_share(&graph, &labels);
        let cap = Cap { lectures: most, bytes: u64::MAX };
        let after = refine(Clusters::new(&graph, &scale, cap, labels, 8), seed);
        look(before, cut_share(&graph, after.labels()), &after)
    }

    #[test]
    fn less_is_cut_and_the_cap_holds() {
        for seed in 0..5 {
            refined(seed, 25, |before, after, clusters| {
                assert!(after < 0.8 * before, "{after} against {before}");
                assert!((0..8).all(|cluster| clusters.lectures(cluster) <= 25));
            });
        }
    }

    #[test]
    fn the_change_of_a_step_is_what_a_recount_finds() {
        let instance = random_instance(3, 30, 25);
        let predictor = Predictor::new(&instance, PUMPKIN);
        let singles: Vec<u32> = (0..30).collect();
        let scale = Scale::new(&instance, &predictor, &singles, 30);
        let graph = conflict_graph(&instance, predictor.membership(), false);
        let cap = Cap { lectures: u32::MAX, bytes: u64::MAX };
        let labels: Vec<u32> = (0..30).map(|atom| atom % 4).collect();
        let mut search = Search::new(Clusters::new(&graph, &scale, cap, labels, 4));
        let weight: f64 = graph.degrees().iter().sum::<f64>() / 2.0;
        let cost = |search: &Search| {
            let over = |cluster| f64::from(search.clusters.lectures(cluster).saturating_sub(search.limit));
            weight * cut_share(&graph, search.clusters.labels()) + search.price * (0..4).map(over).sum::<f64>()
        };
        let start = cost(&search);
        for step in 0..500 {
            search.step(Random::new(1, 2), 4 * step, 1.0);
            assert!((start + search.cost - cost(&search)).abs() < 1e-3 * weight, "step {step}");
        }
        assert!(search.best_cost < 0.0);
    }
}
