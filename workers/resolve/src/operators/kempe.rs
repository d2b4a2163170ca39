//! A Kempe chain: the target's component of the conflict graph between its period and another one changes sides, and the
//! rooms of those that moved are matched anew.
//!
//! Lü, Hao, "Adaptive tabu search for course timetabling", European Journal of Operational Research 200, 2010.

use search::Spot;

use super::{Call, Proposal, seat};
use crate::transaction::Transaction;

/// The most classes of a chain.
const CHAIN_MOST: usize = 40;

/// Moves one chain to the other side.
pub(super) fn kempe(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let grid = steps.view().grid();
    let periods = grid.periods_of(grid.course_of(call.target));
    if periods.is_empty() {
        return Proposal::Nothing;
    }
    let here = steps.view().spots()[call.target].period();
    let there = usize::from(periods[call.random.below(periods.len())]);
    if here == there {
        return Proposal::Nothing;
    }
    let mut chain = std::mem::take(&mut call.scratch.classes);
    let complete = collect(steps, call.target, (here, there), &mut chain);
    let whole = complete && change_sides(steps, call, (here, there), &chain);
    call.scratch.classes = chain;
    if whole { Proposal::Whole } else { Proposal::Nothing }
}

/// Fills `chain` with the component of `target`; false when it is too long.
fn collect(steps: &mut Transaction<'_, '_>, target: usize, sides: (usize, usize), chain: &mut Vec<usize>) -> bool {
    let view = steps.view();
    let grid = view.grid();
    chain.clear();
    chain.push(target);
    let mut next = 0;
    while next < chain.len() {
        let class = chain[next];
        next += 1;
        let (course, period) = (grid.course_of(class), view.spots()[class].period());
        let across = if period == sides.0 { sides.1 } else { sides.0 };
        for other in (0..grid.rooms).filter_map(|room| view.class_in(Spot::new(across, room))) {
            let partner = grid.course_of(other);
            let bound = partner == course || grid.conflict(course, partner);
            if bound && !chain.contains(&other) {
                chain.push(other);
            }
        }
        if chain.len() > CHAIN_MOST {
            return false;
        }
    }
    steps.count(next * (1 + grid.rooms / super::ROOMS_PER_UNIT));
    true
}

fn change_sides(
    steps: &mut Transaction<'_, '_>,
    call: &mut Call<'_>,
    (here, there): (usize, usize),
    chain: &[usize],
) -> bool {
    let mut leaving = std::mem::take(&mut call.scratch.others);
    leaving.clear();
    leaving.extend(chain.iter().filter(|class| steps.view().spots()[**class].period() == here));
    let arriving = leaving.len();
    leaving.extend(chain.iter().filter(|class| steps.view().spots()[**class].period() == there));
    for &class in chain {
        steps.leave(class);
    }
    let seated =
        seat::seat(steps, call, &leaving[..arriving], there) && seat::seat(steps, call, &leaving[arriving..], here);
    call.scratch.others = leaving;
    seated
}
