//! Ruin and recreate: related classes are taken out and put back, the one that would lose most by waiting first.
//!
//! Regret insertion as in Ropke, Pisinger, "An adaptive large neighborhood search heuristic for the pickup and delivery
//! problem with time windows", Transportation Science 40, 2006; skipped places as in Christiaens, Vanden Berghe, "Slack
//! induction by string removals for vehicle routing problems", Transportation Science 54, 2020.

use search::Spot;

use super::{Call, Proposal, cheapest_free_room};
use crate::transaction::Transaction;

/// One place in so many is not looked at, so that the same ruin need not be rebuilt the same way.
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
    second_period: usize,
}

/// Takes `call.ruin_size` related classes out and puts them back.
pub(super) fn ruin(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let mut classes = std::mem::take(&mut call.scratch.classes);
    let mut offers = std::mem::take(&mut call.scratch.offers);
    relate(steps, call, &mut classes);
    for &class in &classes {
        steps.leave(class);
    }
    let complete = recreate(steps, call, &classes, &mut offers);
    call.scratch.classes = classes;
    call.scratch.offers = offers;
    if complete { Proposal::Whole } else { Proposal::Nothing }
}

/// Fills `classes` with the target and classes near it: of its course, of courses that share people with it, or taught at the
/// same time.
fn relate(steps: &Transaction<'_, '_>, call: &mut Call<'_>, classes: &mut Vec<usize>) {
    let view = steps.view();
    let grid = view.grid();
    classes.clear();
    classes.push(call.target);
    for _ in 0..4 * call.ruin_size {
        if classes.len() >= call.ruin_size {
            return;
        }
        let near = classes[call.random.below(classes.len())];
        let course = grid.course_of(near);
        let found = match call.random.below(8) {
            0 => Some(grid.classes_of(course)).map(|own| own.start + call.random.below(own.len())),
            1..=2 => view.class_in(Spot::new(view.spots()[near].period(), call.random.below(grid.rooms))),
            _ => a_neighbour(steps, call, course),
        };
        if let Some(class) = found
            && !classes.contains(&class)
        {
            classes.push(class);
        }
    }
}

fn a_neighbour(steps: &Transaction<'_, '_>, call: &mut Call<'_>, course: usize) -> Option<usize> {
    let grid = steps.view().grid();
    let neighbours = grid.neighbours(course);
    if neighbours.is_empty() {
        return None;
    }
    let own = grid.classes_of(usize::from(neighbours[call.random.below(neighbours.len())]));
    (!own.is_empty()).then(|| own.start + call.random.below(own.len()))
}

/// Puts the classes back, largest regret first; false when one has no place left.
fn recreate(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>, classes: &[usize], offers: &mut Vec<Offer>) -> bool {
    offers.clear();
    for &class in classes {
        let Some(offer) = offer(steps, call, class) else { return false };
        offers.push(offer);
    }
    loop {
        let regret = |offer: &Offer| (offer.second - offer.price, -offer.price);
        let Some(next) = (0..offers.len()).max_by_key(|index| regret(&offers[*index])) else { return true };
        let Offer { class, spot, .. } = offers.swap_remove(next);
        if !steps.enter(class, spot) {
            return false;
        }
        for waiting in offers.iter_mut() {
            if touches(steps, class, spot.period(), waiting) {
                let Some(offer) = offer(steps, call, waiting.class) else { return false };
                *waiting = offer;
            }
        }
    }
}

/// Whether an offer may have changed when `class` was put into `period`. For a class that shares nobody with it, only that
/// period has: one room less.
fn touches(steps: &Transaction<'_, '_>, class: usize, period: usize, offer: &Offer) -> bool {
    let grid = steps.view().grid();
    let (course, other) = (grid.course_of(class), grid.course_of(offer.class));
    course == other || grid.conflict(course, other) || offer.spot.period() == period || offer.second_period == period
}

/// The best place for a class that is out, and how much worse the best place in another period is.
fn offer(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>, class: usize) -> Option<Offer> {
    let grid = steps.view().grid();
    let course = grid.course_of(class);
    let periods = grid.periods_of(course);
    let start = call.random.below(grid.rooms);
    let turn = call.random.below(periods.len().max(1));
    let mut best: Option<Offer> = None;
    for &period in periods[turn..].iter().chain(&periods[..turn]) {
        let period = usize::from(period);
        if call.random.below(SKIPPED_ONE_IN) == 0 {
            continue;
        }
        let Some(entry) = steps.view().period_entry(course, period) else { continue };
        steps.count(1);
        let at_least = entry.weighted(grid.weights.hard);
        if best.is_some_and(|best| at_least >= best.second) {
            continue;
        }
        let Some((room_price, room)) = cheapest_free_room(steps, course, period, start) else { continue };
        let price = at_least + room_price;
        match &mut best {
            Some(best) if price >= best.price => {
                if price < best.second {
                    (best.second, best.second_period) = (price, period);
                }
            }
            _ => {
                let (second, second_period) =
                    best.map_or((price + ONLY_PLACE, usize::MAX), |best| (best.price, best.spot.period()));
                best = Some(Offer { class, spot: Spot::new(period, room), price, second, second_period });
            }
        }
    }
    best
}
