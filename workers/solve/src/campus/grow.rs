//! Which courses of a cluster are looked at together.

use search::{Philox, below};

use super::plan::Plan;

/// Stream of the random numbers, apart from those of other stages.
const STREAM: u64 = 0x7069_6563;
/// One step of growing in so many takes a random neighbour.
const ANY: usize = 4;

/// Grows pieces, differently each time.
#[derive(Debug)]
pub(crate) struct Grower {
    random: Philox,
    draws: u64,
    /// Most lectures of a piece.
    pub(crate) most: usize,
}

impl Grower {
    /// A grower of pieces of so many lectures.
    pub(crate) fn new(seed: u64, most: usize) -> Self {
        Self { random: Philox::new(seed, STREAM), draws: 0, most: most.max(1) }
    }

    fn draw(&mut self, bound: usize) -> usize {
        self.draws += 1;
        below(self.random.block(self.draws)[0], bound)
    }

    /// A piece around a course: again and again the course of the cluster that shares most with the piece, and now and then
    /// any that shares somebody. `among` are the movable courses of the cluster, ascending. Courses whose times are kept in
    /// step come together.
    pub(crate) fn grow(&mut self, plan: &Plan<'_>, among: &[usize], from: usize) -> Vec<usize> {
        let problem = &plan.ground.problem;
        let mut pull = vec![0_i64; among.len()];
        let mut piece = Vec::new();
        let mut next = Some(from);
        let mut held = 0;
        while let Some(course) = next {
            let bundle: Vec<usize> = plan
                .ground
                .bound(course, super::ground::is_in_step)
                .chain([course])
                .filter(|one| !piece.contains(one))
                .collect();
            let more: usize = bundle.iter().map(|one| plan.ground.loose(*one).count()).sum();
            if held > 0 && held + more > self.most {
                break;
            }
            held += more;
            for one in &bundle {
                for (other, shared) in problem.sharing(*one) {
                    if let Ok(at) = among.binary_search(&other) {
                        pull[at] += i64::from(shared.soft) + i64::from(shared.hard);
                    }
                }
            }
            piece.extend(bundle);
            let around: Vec<usize> =
                (0..among.len()).filter(|at| pull[*at] > 0 && !piece.contains(&among[*at])).collect();
            let nearest = around.iter().copied().max_by_key(|at| (pull[*at], std::cmp::Reverse(*at)));
            next =
                if !around.is_empty() && self.draw(ANY) == 0 { Some(around[self.draw(around.len())]) } else { nearest }
                    .map(|at| among[at]);
        }
        piece.sort_unstable();
        piece
    }
}
