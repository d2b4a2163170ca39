//! A child adopts the places of a connected set of courses from another parent.
//!
//! Only relocations and exchanges are used, so cells stay exclusive and the counters stay exact; plain crossover of period
//! tables would destroy both.

use search::{Grid, Philox, Spot, View, below};

/// The courses that are exchanged: grown from a random course along conflicts until `most` are found. Ascending.
pub(crate) fn connected_courses(grid: &Grid, random: Philox, counter: u64, most: usize) -> Vec<u16> {
    let words = random.block(counter);
    let mut found = vec![below(words[0], grid.courses) as u16];
    let size = 1 + below(words[1], most.max(1));
    let mut next = 0;
    while next < found.len() && found.len() < size {
        let neighbours = grid.neighbours(usize::from(found[next]));
        let turn = below(words[2], neighbours.len().max(1));
        for &course in neighbours[turn..].iter().chain(&neighbours[..turn]) {
            if found.len() < size && !found.contains(&course) {
                found.push(course);
            }
        }
        next += 1;
    }
    found.sort_unstable();
    found
}

/// Puts the classes of `courses` where `lent` has them, as far as that is a legal step.
pub(crate) fn adopt(view: &mut View<'_>, lent: &[Spot], courses: &[u16]) {
    let grid = view.grid();
    for course in courses {
        for class in grid.classes_of(usize::from(*course)) {
            let target = lent[class];
            if view.spots()[class] != target
                && let Some(change) = view.evaluate(class, target, i32::MAX)
            {
                view.apply(class, target, change);
            }
        }
    }
}
