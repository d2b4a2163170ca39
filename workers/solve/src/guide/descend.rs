//! A short descent: each lecture moves to its cheapest open period, for a few rounds.

use crate::sketch::Sketch;

/// Rounds over all lectures.
const ROUNDS: usize = 3;

/// Moves single lectures while that lowers the soft cost.
pub(crate) fn improve(mut sketch: Sketch<'_>) -> Sketch<'_> {
    for _ in 0..ROUNDS {
        let mut improved = false;
        for course in 0..sketch.rules().courses() {
            for period in 0..sketch.rules().periods {
                if sketch.is_taught(course, period) {
                    improved |= move_lecture(&mut sketch, course, period);
                }
            }
        }
        if !improved {
            break;
        }
    }
    sketch
}

/// Moves one lecture to the cheapest open period; says whether that lowered the cost.
fn move_lecture(sketch: &mut Sketch, course: usize, period: usize) -> bool {
    sketch.remove(course, period);
    let open = (0..sketch.rules().periods).filter(|other| sketch.is_open(course, *other));
    let price = |other: usize| (sketch.price(course, other), usize::from(other != period), other);
    let best = open.map(price).min().expect("the period that it left is open");
    sketch.add(course, best.2);
    best.2 != period
}
