//! An ejection chain: the target takes the place where the fewest stand in its way, those take other places, and so on until
//! nobody is left or the chain is too long.
//!
//! The recursive swapping of FET (Lalescu, "FET's timetabling algorithm", 2007), as a loop: those already placed are not moved
//! again, and who was hard to place before is not ejected lightly.

use search::Spot;

use super::place::STARTS_PER_UNIT;
use super::{Call, Proposal};
use crate::campus::steps::Steps;

/// The most classes that one chain places.
const DEPTH: usize = 24;
/// How many classes may be ejected for one.
const WIDTH: usize = 3;
/// How many may be waiting at once.
const WAITING: usize = 6;
/// What ejecting a class counts in the choice of a place, in units of cost.
const EJECTION_PRICE: i32 = 25;

/// Runs one chain from the target.
pub(super) fn chain(steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let mut waiting = std::mem::take(&mut call.scratch.classes);
    let mut placed = std::mem::take(&mut call.scratch.others);
    waiting.clear();
    placed.clear();
    waiting.push(call.target);
    let is_complete = place_all(steps, call, &mut waiting, &mut placed);
    call.scratch.classes = waiting;
    call.scratch.others = placed;
    if is_complete { Proposal::Whole } else { Proposal::Nothing }
}

fn place_all(
    steps: &mut Steps<'_, '_>,
    call: &mut Call<'_>,
    waiting: &mut Vec<usize>,
    placed: &mut Vec<usize>,
) -> bool {
    for _ in 0..DEPTH {
        let Some(class) = waiting.pop() else { return true };
        // Who stood in two ways may be free already.
        let problem = steps.board().problem();
        if !placed.is_empty() && steps.board().state().price_of(problem, class).hard == 0 {
            continue;
        }
        let Some(spot) = find_place(steps, call, class, placed) else { return false };
        steps.board().in_the_way(class, spot.period(), &mut call.scratch.found);
        steps.push(class, spot);
        placed.push(class);
        for &victim in &call.scratch.found {
            if !waiting.contains(&victim) {
                waiting.push(victim);
            }
        }
        if call.scratch.found.is_empty() {
            waiting.extend(roommate(steps, call, class, placed));
        }
        if waiting.len() > WAITING {
            return false;
        }
        call.burden.add(problem.course_of(class));
    }
    waiting.is_empty()
}

/// The place with the least score, where nobody stands who was placed by this chain.
fn find_place(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, class: usize, placed: &[usize]) -> Option<Spot> {
    let problem = steps.board().problem();
    let course = problem.course_of(class);
    let here = steps.board().state().spot(class)?;
    let people_here = steps.board().state().people(problem, course, here.period());
    let starts = problem.starts(class);
    let turn = call.random.below(starts.len());
    let mut best: Option<(i32, Spot)> = None;
    steps.count(1 + starts.len() / STARTS_PER_UNIT);
    for &start in starts[turn..].iter().chain(&starts[..turn]) {
        let start = usize::from(start);
        if start == here.period() {
            continue;
        }
        let people = steps.board().state().people(problem, course, start);
        let floor = if people > 0 { EJECTION_PRICE } else { 0 };
        if best.is_some_and(|(least, _)| floor > least) {
            continue;
        }
        let Some(ejections) = ejections(steps, call, class, (start, people), placed) else { continue };
        let spot = Spot::new(start, steps.board().room_for(class, start, call.random));
        let Some(change) = steps.evaluate(class, spot, i32::MAX) else { continue };
        let others = change.hard - (people - people_here);
        let score = ejections + others * problem.hard_weight + change.soft;
        if best.is_none_or(|(least, _)| score < least) {
            best = Some((score, spot));
        }
    }
    best.map(|(_, spot)| spot)
}

/// What it counts to eject those in the way; nothing where they are too many, or placed by this chain.
fn ejections(
    steps: &mut Steps<'_, '_>,
    call: &mut Call<'_>,
    class: usize,
    (start, people): (usize, i32),
    placed: &[usize],
) -> Option<i32> {
    if people == 0 {
        return Some(0);
    }
    steps.count(2);
    let problem = steps.board().problem();
    let found = &mut call.scratch.found;
    steps.board().in_the_way(class, start, found);
    let is_possible = found.len() <= WIDTH && !found.iter().any(|other| placed.contains(other));
    let price = |other: &usize| EJECTION_PRICE + call.burden.of_course(problem.course_of(*other));
    is_possible.then(|| found.iter().map(price).sum())
}

/// Somebody to leave the room class of a class that is in violation for want of a room.
fn roommate(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, class: usize, placed: &[usize]) -> Option<usize> {
    let (board, problem) = (steps.board(), steps.board().problem());
    let spot = board.state().spot(class)?;
    if board.state().price_of(problem, class).hard == 0 {
        return None;
    }
    let is_with = |other: &usize| {
        board.state().spot(*other).is_some_and(|at| at.room() == spot.room())
            && *other != class
            && !placed.contains(other)
    };
    let turn = call.random.below(problem.classes);
    let later = board.taught_in(spot.period()).filter(is_with).find(|other| *other >= turn);
    later.or_else(|| board.taught_in(spot.period()).find(is_with))
}
