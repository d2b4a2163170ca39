//! A Kempe chain: the target moves by some periods, those in its way move by as many back, those in their way forth again, and
//! so on; then those who are short of a room look for another.
//!
//! Classes of any length take part: a lab of two periods changes places with two meetings of one.

use search::Spot;

use super::{Call, Proposal};
use crate::campus::steps::Steps;

/// The most classes of a chain.
const CHAIN_MOST: usize = 60;

/// Moves one chain.
pub(super) fn kempe(steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let problem = steps.board().problem();
    let starts = problem.starts(call.target);
    let there = usize::from(starts[call.random.below(starts.len())]);
    let Some(here) = steps.board().state().spot(call.target).map(Spot::period) else { return Proposal::Nothing };
    if here == there {
        return Proposal::Nothing;
    }
    let mut chain = std::mem::take(&mut call.scratch.classes);
    let mut sides = std::mem::take(&mut call.scratch.sides);
    let is_whole = collect(steps, call, there as isize - here as isize, (&mut chain, &mut sides));
    if is_whole {
        for (&class, &is_forth) in chain.iter().zip(&sides) {
            shift(steps, class, signed(there as isize - here as isize, is_forth));
        }
        for &class in &chain {
            find_room(steps, call, class);
        }
    }
    call.scratch.classes = chain;
    call.scratch.sides = sides;
    if is_whole { Proposal::Whole } else { Proposal::Nothing }
}

const fn signed(by: isize, is_forth: bool) -> isize {
    if is_forth { by } else { -by }
}

/// Fills the chain and its sides; false when it is too long, or somebody in it may not go there.
fn collect(
    steps: &mut Steps<'_, '_>,
    call: &mut Call<'_>,
    by: isize,
    (chain, sides): (&mut Vec<usize>, &mut Vec<bool>),
) -> bool {
    let problem = steps.board().problem();
    chain.clear();
    sides.clear();
    chain.push(call.target);
    sides.push(true);
    let mut next = 0;
    while next < chain.len() {
        let (class, is_forth) = (chain[next], sides[next]);
        next += 1;
        steps.count(2);
        let Some(target) = shifted(steps, class, signed(by, is_forth)) else { return false };
        if !problem.starts(class).contains(&(target as u16)) {
            return false;
        }
        steps.board().in_the_way(class, target, &mut call.scratch.found);
        for &other in &call.scratch.found {
            if !chain.contains(&other) {
                chain.push(other);
                sides.push(!is_forth);
            }
        }
        if chain.len() > CHAIN_MOST {
            return false;
        }
    }
    true
}

fn shifted(steps: &Steps<'_, '_>, class: usize, by: isize) -> Option<usize> {
    steps.board().state().spot(class)?.period().checked_add_signed(by)
}

fn shift(steps: &mut Steps<'_, '_>, class: usize, by: isize) {
    let room = steps.board().state().spot(class).map(Spot::room);
    if let (Some(period), Some(room)) = (shifted(steps, class, by), room) {
        steps.push(class, Spot::new(period, room));
    }
}

/// Another room for a class that is short of one.
fn find_room(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, class: usize) {
    steps.count(1);
    if steps.board().state().is_crowded(steps.board().problem(), class)
        && let Some(spot) = steps.board().other_room(class, call.random)
    {
        steps.push(class, spot);
    }
}
