//! The actions of the policy for a campus: an operator, while violations are repaired or while there are none. Two rows for each
//! operator, for what is good for the one is not for the other.

use super::operators::Operator;
use crate::mix::Mix;

/// Number of actions.
pub(crate) const ACTIONS: usize = 2 * Operator::ALL.len();

/// The operator of a row.
pub(crate) fn operator(row: usize) -> Operator {
    Operator::ALL[row / 2]
}

/// The rows that may be chosen from.
pub(crate) fn open(is_repairing: bool) -> [bool; ACTIONS] {
    std::array::from_fn(|row| is_repairing_row(row) == is_repairing && prior_of(row) > 0.0)
}

const fn is_repairing_row(row: usize) -> bool {
    row.is_multiple_of(2)
}

/// The fixed mix, by row. Tuned by hand on a generated university whose rooms are two thirds full: from 232 violations, ruin made
/// two thirds of the new bests at half of the work, and what single proposals loosen was missed where they were left out.
pub(crate) fn prior() -> [f64; ACTIONS] {
    std::array::from_fn(prior_of)
}

/// The mix that a user has named, by row.
pub(crate) fn mixed(mix: &Mix) -> [f64; ACTIONS] {
    std::array::from_fn(|row| mix.weight(operator(row).name()))
}

fn prior_of(row: usize) -> f64 {
    let (repairing, polishing) = match operator(row) {
        Operator::Walk => (0.15, 0.4),
        Operator::Tabu => (0.01, 0.0),
        Operator::Chain => (0.14, 0.0),
        Operator::Kempe | Operator::Swap => (0.1, 0.1),
        Operator::Ruin => (0.5, 0.4),
    };
    if is_repairing_row(row) { repairing } else { polishing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_mixes_are_distributions_over_their_open_rows() {
        for is_repairing in [true, false] {
            let open = open(is_repairing);
            let sum: f64 = prior().iter().zip(open).filter(|(_, open)| *open).map(|(share, _)| share).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        }
    }
}
