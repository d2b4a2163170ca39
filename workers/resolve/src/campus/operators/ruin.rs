//! Ruin and recreate: related classes are taken out and put back, the one that would lose most by waiting first.
//!
//! Regret insertion as in Ropke, Pisinger, "An adaptive large neighborhood search heuristic for the pickup and delivery
//! problem with time windows", Transportation Science 40, 2006; skipped places as in Christiaens, Vanden Berghe, "Slack
//! induction by string removals for vehicle routing problems", Transportation Science 54, 2020.

use search::Spot;

use super::place::STARTS_PER_UNIT;
use super::{Call, Proposal};
use crate::campus::steps::Steps;

/// One start in so many is not looked at, so that the same ruin need not be rebuilt the same way.
const SKIPPED_ONE_IN: usize = 20;
/// The regret of a class that has one place only.
const ONLY_PLACE: i32 = 1 << 20;

/// The best place of a class that is out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    class: usize,
    spot: Spot,
    price: i32,
    second: i32,
}

/// Takes `call.ruin_size` related classes out and puts them back.
pub(super) fn ruin(steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let mut classes = std::mem::take(&mut call.scratch.classes);
    let mut offers = std::mem::take(&mut call.scratch.offers);
    relate(steps, call, &mut classes);
    for &class in &classes {
        steps.leave(class);
    }
    let is_complete = recreate(steps, call, &classes, &mut offers);
    call.scratch.classes = classes;
    call.scratch.offers = offers;
    if is_complete { Proposal::Whole } else { Proposal::Nothing }
}

/// Fills `classes` with the target and classes near it: of its course and those that rules couple with it, or in its way
/// somewhere.
fn relate(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, classes: &mut Vec<usize>) {
    let problem = steps.board().problem();
    classes.clear();
    classes.push(call.target);
    for _ in 0..3 * call.ruin_size {
        if classes.len() >= call.ruin_size {
            return;
        }
        let near = classes[call.random.below(classes.len())];
        let course = problem.course_of(near);
        steps.count(2);
        let found = &mut call.scratch.found;
        if call.random.below(6) == 0 {
            found.clear();
            found.extend(std::iter::once(course).chain(problem.ruled(course)).flat_map(|own| problem.classes_of(own)));
        } else {
            let starts = problem.starts(near);
            let start = usize::from(starts[call.random.below(starts.len())]);
            steps.board().in_the_way(near, start, found);
        }
        found.retain(|class| !classes.contains(class) && steps.board().state().spot(*class).is_some());
        if !found.is_empty() {
            classes.push(found[call.random.below(found.len())]);
        }
    }
}

/// Puts the classes back, largest regret first; false when one has no place left.
fn recreate(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, classes: &[usize], offers: &mut Vec<Offer>) -> bool {
    offers.clear();
    for &class in classes {
        let Some(offer) = offer(steps, call, class) else { return false };
        offers.push(offer);
    }
    loop {
        let regret = |offer: &Offer| (offer.second - offer.price, -offer.price);
        let Some(next) = (0..offers.len()).max_by_key(|index| regret(&offers[*index])) else { return true };
        let Offer { class, spot, .. } = offers.swap_remove(next);
        steps.enter(class, spot);
        for waiting in offers.iter_mut() {
            if touches(steps, class, spot, waiting) {
                let Some(offer) = offer(steps, call, waiting.class) else { return false };
                *waiting = offer;
            }
        }
    }
}

/// Whether an offer may have changed much when `class` was put at `spot`.
fn touches(steps: &Steps<'_, '_>, class: usize, spot: Spot, offer: &Offer) -> bool {
    let problem = steps.board().problem();
    let (course, other) = (problem.course_of(class), problem.course_of(offer.class));
    course == other
        || offer.spot.period().abs_diff(spot.period()) < problem.length(course).max(problem.length(other))
        || problem.shared(course, other) != search::Change::default()
}

/// The best place for a class that is out, and how much worse the best at another start is.
fn offer(steps: &mut Steps<'_, '_>, call: &mut Call<'_>, class: usize) -> Option<Offer> {
    let problem = steps.board().problem();
    let (course, weight) = (problem.course_of(class), problem.hard_weight);
    let starts = problem.starts(class);
    let turn = call.random.below(starts.len());
    let mut best: Option<Offer> = None;
    steps.count(1 + starts.len() / STARTS_PER_UNIT);
    for &start in starts[turn..].iter().chain(&starts[..turn]) {
        let start = usize::from(start);
        let people = steps.board().state().people(problem, course, start);
        let is_skipped = best.is_some() && call.random.below(SKIPPED_ONE_IN) == 0;
        if is_skipped || best.is_some_and(|best| people * weight >= best.second) {
            continue;
        }
        let spot = Spot::new(start, steps.board().room_for(class, start, call.random));
        steps.count(1);
        let price = steps.board().state().marginal(problem, class, spot).weighted(weight);
        match &mut best {
            Some(best) if price >= best.price => best.second = best.second.min(price),
            _ => {
                let second = best.map_or(price + ONLY_PLACE, |best| best.price);
                best = Some(Offer { class, spot, price, second });
            }
        }
    }
    best
}
