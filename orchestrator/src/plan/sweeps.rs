//! Whether STAGE2A makes another sweep over all clusters, and what each stage has brought. Pure.

use shared::model::Cost;
use shared::wire::Stage;

/// The part that a sweep has to take from what is wrong, or else from the cost, in hundredths: below it the next one would
/// mostly repeat it, and the searches behind STAGE2A do more with the time.
const GAIN_PERCENT: u64 = 5;

/// What a stage, or a sweep of STAGE2A, has made of the timetable: counted by `commit` and `audit`, never by whoever searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain {
    /// The stage.
    pub stage: Stage,
    /// The sweep, from 0, where it is STAGE2A.
    pub sweep: Option<u32>,
    /// What its input costs.
    pub before: Cost,
    /// What goes forward from it costs.
    pub after: Cost,
}

/// Whether a sweep has gained so much that another one is worth its time.
pub fn is_worth_another(before: Cost, after: Cost) -> bool {
    let gained = |before: u64, after: u64| before > after && (before - after) * 100 >= before * GAIN_PERCENT;
    // Nothing costs less than nothing.
    let is_left = after.violations() + after.soft > 0;
    is_left && (gained(before.violations(), after.violations()) || gained(before.soft, after.soft))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_that_gains_less_than_a_twentieth_is_the_last() {
        let of = |hard, unplaced, soft| Cost { hard, unplaced, soft };
        let table = [
            (of(818, 4, 900), of(369, 0, 800), true),
            (of(100, 0, 500), of(95, 0, 500), true),
            (of(100, 0, 500), of(96, 0, 480), false),
            // The price is looked at where nothing is wrong, or what is wrong stays.
            (of(0, 1, 500), of(0, 1, 475), true),
            (of(0, 0, 500), of(0, 0, 475), true),
            (of(0, 0, 500), of(0, 0, 476), false),
            (of(0, 0, 19), of(0, 0, 18), true),
            (of(0, 0, 500), of(0, 0, 500), false),
            // What places a class may cost something.
            (of(0, 2, 500), of(0, 1, 520), true),
            (of(0, 2, 500), of(0, 0, 0), false),
            (of(0, 0, 0), of(0, 0, 0), false),
        ];
        for (before, after, expected) in table {
            assert_eq!(is_worth_another(before, after), expected, "{before:?} {after:?}");
        }
    }
}
