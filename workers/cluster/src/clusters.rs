//! Clusters while atoms move between them: members and loads are kept, the cap is asked before every move.

use crate::cap::{Cap, Load, Scale};
use crate::graph::{Graph, by_label, renumber};

/// A partition of the atoms into clusters, some of which may be empty for a while.
#[derive(Clone, Debug)]
pub(crate) struct Clusters<'a> {
    graph: &'a Graph,
    scale: &'a Scale<'a>,
    cap: Cap,
    labels: Vec<u32>,
    members: Vec<Vec<u32>>,
    held: Vec<Load>,
}

impl<'a> Clusters<'a> {
    /// Clusters from labels below `count`.
    pub(crate) fn new(graph: &'a Graph, scale: &'a Scale<'a>, cap: Cap, labels: Vec<u32>, count: usize) -> Self {
        let sorted = by_label(&labels, count);
        let members: Vec<Vec<u32>> = (0..count).map(|cluster| sorted.of(cluster).to_vec()).collect();
        let load = |atoms: &Vec<u32>| atoms.iter().map(|atom| scale.loads()[*atom as usize]).sum();
        let held = members.iter().map(load).collect();
        Self { graph, scale, cap, labels, members, held }
    }

    /// The conflict graph of the atoms.
    pub(crate) fn graph(&self) -> &'a Graph {
        self.graph
    }

    /// Cluster of each atom.
    pub(crate) fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Number of clusters, the empty ones included.
    pub(crate) fn count(&self) -> usize {
        self.members.len()
    }

    /// Atoms of a cluster.
    pub(crate) fn members(&self, cluster: u32) -> &[u32] {
        &self.members[cluster as usize]
    }

    /// Lectures of a cluster.
    pub(crate) fn lectures(&self, cluster: u32) -> u32 {
        self.held[cluster as usize].lectures
    }

    /// Lectures of an atom.
    pub(crate) fn atom_lectures(&self, atom: u32) -> u32 {
        self.scale.loads()[atom as usize].lectures
    }

    /// Predicted bytes of the process that solves a cluster.
    pub(crate) fn process_bytes(&self, cluster: u32) -> u64 {
        self.scale.process_bytes(self.members(cluster).iter().copied())
    }

    /// Whether a cluster would keep within the cap with `joining` in and `leaving` out.
    pub(crate) fn fits(&self, cluster: u32, joining: &[u32], leaving: Option<u32>) -> bool {
        let staying = self.members(cluster).iter().filter(|atom| Some(**atom) != leaving);
        self.scale.fits(self.cap, self.bound(cluster, joining, leaving), staying.chain(joining).copied())
    }

    /// The same by the sum of loads: quick, and never true where [`Clusters::fits`] is not.
    pub(crate) fn surely_fits(&self, cluster: u32, joining: &[u32], leaving: Option<u32>) -> bool {
        self.cap.holds(self.bound(cluster, joining, leaving))
    }

    fn bound(&self, cluster: u32, joining: &[u32], leaving: Option<u32>) -> Load {
        let load = |atom: &u32| self.scale.loads()[*atom as usize];
        let gone = leaving.as_ref().map_or(Load::default(), load);
        self.held[cluster as usize] + joining.iter().map(load).sum() - gone
    }

    /// What an exact answer of [`Clusters::fits`] costs, in elementary steps.
    pub(crate) fn fit_work(&self) -> u64 {
        self.scale.count_work()
    }

    /// Moves an atom into another cluster.
    pub(crate) fn take(&mut self, atom: u32, target: u32) {
        let own = std::mem::replace(&mut self.labels[atom as usize], target) as usize;
        let at = self.members[own].iter().position(|other| *other == atom).expect("an atom is a member of its cluster");
        self.members[own].swap_remove(at);
        self.members[target as usize].push(atom);
        let load = self.scale.loads()[atom as usize];
        self.held[own] = self.held[own] - load;
        self.held[target as usize] = self.held[target as usize] + load;
    }

    /// Moves all atoms of one cluster into another.
    pub(crate) fn join(&mut self, from: u32, into: u32) {
        let moving = std::mem::take(&mut self.members[from as usize]);
        for atom in &moving {
            self.labels[*atom as usize] = into;
        }
        self.members[into as usize].extend(moving);
        let load = std::mem::take(&mut self.held[from as usize]);
        self.held[into as usize] = self.held[into as usize] + load;
    }

    /// The same atoms under other labels, below the same count.
    pub(crate) fn with_labels(self, labels: Vec<u32>) -> Self {
        let count = self.count();
        Self::new(self.graph, self.scale, self.cap, labels, count)
    }

    /// The same clusters numbered by their first atom, without the empty ones.
    pub(crate) fn compact(mut self) -> Self {
        let count = renumber(&mut self.labels);
        Self::new(self.graph, self.scale, self.cap, self.labels, count)
    }
}
