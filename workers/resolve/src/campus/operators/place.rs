//! The best place for a class, all others staying where they are.

use search::{Change, Spot};

use super::Call;
use crate::campus::steps::Steps;

/// Looking at so many starts costs about as much as one evaluation.
pub(super) const STARTS_PER_UNIT: usize = 16;
/// So much soft cost may be saved by a place whose people alone cost as much as the best so far.
const HOPE: i32 = 10;

/// Where a class goes, what that changes, and what it is worth with the burden of those who are in the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) spot: Spot,
    pub(super) change: Change,
    pub(super) worth: i32,
}

/// The best place other than its own among the starts that are `open`, which are told their change as well.
pub(super) fn best_place(
    steps: &mut Steps<'_, '_>,
    call: &mut Call<'_>,
    class: usize,
    open: impl Fn(&Call<'_>, usize, Change) -> bool,
) -> Option<Place> {
    let problem = steps.board().problem();
    let course = problem.course_of(class);
    let weight = problem.hard_weight;
    let here = steps.board().state().spot(class)?;
    let starts = problem.starts(class);
    let people_here = steps.board().state().people(problem, course, here.period());
    let turn = call.random.below(starts.len());
    let mut best: Option<Place> = None;
    steps.count(1 + starts.len() / STARTS_PER_UNIT);
    for &start in starts[turn..].iter().chain(&starts[..turn]) {
        let start = usize::from(start);
        let people = steps.board().state().people(problem, course, start) - people_here;
        if best.is_some_and(|best| people * weight - HOPE > best.worth) {
            continue;
        }
        let Some(spot) = spot_at(steps, call, class, start) else { continue };
        let Some(change) = steps.evaluate(class, spot, i32::MAX) else { continue };
        let plain = change.weighted(weight);
        if best.is_some_and(|best| plain > best.worth) || !open(call, start, change) {
            continue;
        }
        let worth = plain + burden(steps, call, class, start, people + people_here);
        if best.is_none_or(|best| worth < best.worth) {
            best = Some(Place { spot, change, worth });
        }
    }
    best
}

/// A spot at a start: where the class is already, in another room.
fn spot_at(steps: &Steps<'_, '_>, call: &mut Call<'_>, class: usize, start: usize) -> Option<Spot> {
    let here = steps.board().state().spot(class)?;
    if start == here.period() {
        return steps.board().other_room(class, call.random);
    }
    Some(Spot::new(start, steps.board().room_for(class, start, call.random)))
}

/// The burden of those who would be in violation with a class that starts there.
fn burden(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, class: usize, start: usize, people: i32) -> i32 {
    if people == 0 {
        return 0;
    }
    steps.count(2);
    let problem = steps.board().problem();
    steps.board().in_the_way(class, start, &mut call.scratch.found);
    call.scratch.found.iter().map(|other| call.burden.of_course(problem.course_of(*other))).sum()
}
