//! An ejection chain: the target takes the place where least stands in its way, what stood there takes the next place, and
//! so on until nothing is left over or the chain is too long.
//!
//! The recursive swapping of FET (Lalescu, "FET's timetabling algorithm", 2007), as a loop: depth at most 14, those already
//! placed are not ejected again, the place with the least weighted conflicts first.

use search::Spot;

use super::{Call, Proposal, ROOMS_PER_UNIT, cheapest_free_room};
use crate::transaction::Transaction;

/// The most classes that one chain places.
const DEPTH: usize = 14;
/// How many classes may be ejected for one: while repairing, and while polishing.
const WIDTHS: (usize, usize) = (3, 1);
/// What ejecting a class counts in the choice of a place: while repairing, and while polishing.
const EJECTION_PRICES: (i32, i32) = (25, 2);
/// Classes that are out can bring so much gain each by their return; a chain that is further above the limit is given up.
const HOPE: i32 = 12;
const VICTIMS_MOST: usize = 4;

/// A place for the class in hand, and who has to leave for it.
#[derive(Clone, Copy, Debug)]
struct Place {
    score: i32,
    spot: Spot,
    victims: [usize; VICTIMS_MOST],
    ejected: usize,
}

/// Runs one chain from the target.
pub(super) fn ejection(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
    let mut hand = std::mem::take(&mut call.scratch.classes);
    let mut placed = std::mem::take(&mut call.scratch.others);
    hand.clear();
    placed.clear();
    hand.push(call.target);
    steps.leave(call.target);
    let complete = chain(steps, call, &mut hand, &mut placed);
    call.scratch.classes = hand;
    call.scratch.others = placed;
    if complete { Proposal::Whole } else { Proposal::Nothing }
}

/// Places what is in hand until nothing is left; false when the chain is too long or has nowhere to go.
fn chain(steps: &mut Transaction<'_, '_>, call: &mut Call<'_>, hand: &mut Vec<usize>, placed: &mut Vec<usize>) -> bool {
    for _ in 0..DEPTH {
        let Some(class) = hand.pop() else { return true };
        let Some(place) = find_place(steps, call, class, hand.is_empty(), placed) else { return false };
        for &victim in &place.victims[..place.ejected] {
            steps.leave(victim);
            hand.push(victim);
        }
        if !steps.enter(class, place.spot) || (!call.repairing && hopeless(steps, call, hand.len())) {
            return false;
        }
        placed.push(class);
    }
    hand.is_empty()
}

fn hopeless(steps: &Transaction<'_, '_>, call: &Call<'_>, out: usize) -> bool {
    steps.worth() > call.limit.saturating_add(HOPE * out as i32)
}

/// The place with the least score for a class that is out. While polishing, the last class in hand ends the chain as soon as
/// its place makes the whole acceptable; a place that ejects nobody and is not acceptable is no way on.
fn find_place(
    steps: &mut Transaction<'_, '_>,
    call: &mut Call<'_>,
    class: usize,
    last: bool,
    placed: &[usize],
) -> Option<Place> {
    let grid = steps.view().grid();
    let course = grid.course_of(class);
    let (width, price) = if call.repairing { (WIDTHS.0, EJECTION_PRICES.0) } else { (WIDTHS.1, EJECTION_PRICES.1) };
    let left = steps.view().spots()[class].period();
    let start = call.random.below(grid.rooms);
    let periods = grid.periods_of(course);
    let mut best: Option<Place> = None;
    let turn = call.random.below(periods.len().max(1));
    for &period in periods[turn..].iter().chain(&periods[..turn]) {
        let period = usize::from(period);
        let Some(entry) = steps.view().period_entry(course, period) else { continue };
        steps.count(1);
        let conflicts = entry.hard as usize;
        let floor = entry.soft + price * entry.hard;
        if period == left || conflicts > width || best.is_some_and(|best| best.score <= floor) {
            continue;
        }
        let Some(mut victims) = conflicting(steps, course, period, (conflicts, price), placed) else { continue };
        victims.score += entry.soft;
        let free = cheapest_free_room(steps, course, period, start);
        if let Some(place) = victims.in_best_room(steps, free, course) {
            let ends = place.ejected == 0;
            let barred = ends && last && !call.repairing && steps.worth() + place.score > call.limit;
            if !barred && best.is_none_or(|best| place.score < best.score) {
                best = Some(place);
            }
        }
        if conflicts < width
            && let Some(place) = victims.instead_of_occupant(steps, course, placed, (start, price))
            && best.is_none_or(|best| place.score < best.score)
        {
            best = Some(place);
        }
    }
    best
}

/// The classes that conflict with `course` in `period`, with their ejection scored; `None` when one of them was placed by
/// this chain.
fn conflicting(
    steps: &mut Transaction<'_, '_>,
    course: usize,
    period: usize,
    (conflicts, price): (usize, i32),
    placed: &[usize],
) -> Option<Place> {
    let mut found = Place { score: 0, spot: Spot::new(period, 0), victims: [0; VICTIMS_MOST], ejected: 0 };
    if conflicts == 0 {
        return Some(found);
    }
    let rooms = steps.view().grid().rooms;
    steps.count(rooms / ROOMS_PER_UNIT);
    let view = steps.view();
    for class in (0..rooms).filter_map(|room| view.class_in(Spot::new(period, room))) {
        let other = view.grid().course_of(class);
        if !view.grid().conflict(course, other) {
            continue;
        }
        if placed.contains(&class) || found.ejected == VICTIMS_MOST {
            return None;
        }
        found.victims[found.ejected] = class;
        found.ejected += 1;
        found.score += price + steps.emphasis().of_course(other) / 4;
    }
    Some(found)
}

impl Place {
    /// This place in the cheapest of the free room and the rooms that its victims leave.
    fn in_best_room(mut self, steps: &Transaction<'_, '_>, free: Option<(i32, usize)>, course: usize) -> Option<Self> {
        let view = steps.view();
        let vacated = self.victims[..self.ejected].iter().map(|victim| {
            let room = view.spots()[*victim].room();
            (view.room_entry(course, Spot::new(self.spot.period(), room)), room)
        });
        let (price, room) = vacated.chain(free).min()?;
        self.spot = Spot::new(self.spot.period(), room);
        self.score += price;
        Some(self)
    }

    /// This place in the cheapest taken room, whose class has to leave as well.
    fn instead_of_occupant(
        mut self,
        steps: &mut Transaction<'_, '_>,
        course: usize,
        placed: &[usize],
        (start, price): (usize, i32),
    ) -> Option<Self> {
        let period = self.spot.period();
        let rooms = steps.view().grid().rooms;
        steps.count(rooms / ROOMS_PER_UNIT);
        let view = steps.view();
        let mut best: Option<(i32, usize, usize)> = None;
        for room in (start..rooms).chain(0..start) {
            let spot = Spot::new(period, room);
            let Some(class) = view.class_in(spot) else { continue };
            let cost = view.room_entry(course, spot);
            let cheaper = best.is_none_or(|(least, ..)| cost < least);
            if cheaper && !placed.contains(&class) && !self.victims[..self.ejected].contains(&class) {
                best = Some((cost, room, class));
            }
        }
        let (cost, room, class) = best?;
        self.spot = Spot::new(period, room);
        self.victims[self.ejected] = class;
        self.ejected += 1;
        self.score += cost + price;
        Some(self)
    }
}
