//! The actions of the policy: an operator with a way to choose its target.

use crate::mix::Mix;
use crate::operators::Operator;
use crate::target::Selector;

/// Number of actions.
pub(crate) const ACTIONS: usize = Operator::ALL.len() * Selector::ALL.len();

/// One row of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Action(usize);

impl Action {
    /// The action of that row.
    pub(crate) fn new(row: usize) -> Self {
        debug_assert!(row < ACTIONS, "rows are counted");
        Self(row)
    }

    /// What it does.
    pub(crate) fn operator(self) -> Operator {
        Operator::ALL[self.0 / Selector::ALL.len()]
    }

    /// Where it does it.
    pub(crate) fn selector(self) -> Selector {
        Selector::ALL[self.0 % Selector::ALL.len()]
    }
}

/// The part of the work that the fixed mix gives each operator: tuned on annealed drafts of instances of 280 to 2,300 classes. Where
/// courses have many classes, what they pay for their rooms is most of what an annealer leaves over, and gathering removes it.
const fn prior_of(operator: Operator) -> f64 {
    match operator {
        Operator::Walk | Operator::BestMove => 0.03,
        Operator::Swap | Operator::PeriodRooms => 0.02,
        Operator::Kempe | Operator::Ruin => 0.1,
        Operator::Ejection => 0.2,
        Operator::CourseRoom => 0.5,
    }
}

/// How often the fixed mix takes each selector. The worst classes alone are too few to work on: the rest must move for them.
const fn prior_share(selector: Selector) -> f64 {
    match selector {
        Selector::Troubled => 0.8,
        Selector::Worst => 0.2,
    }
}

/// The fixed mix, by row.
pub(crate) fn prior() -> [f64; ACTIONS] {
    std::array::from_fn(|row| {
        let action = Action::new(row);
        prior_of(action.operator()) * prior_share(action.selector())
    })
}

/// The mix that a user has named, by row.
pub(crate) fn mixed(mix: &Mix) -> [f64; ACTIONS] {
    std::array::from_fn(|row| {
        let action = Action::new(row);
        mix.weight(action.operator().name()) * prior_share(action.selector())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_is_a_distribution_and_leaves_no_action_out() {
        assert!((prior().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(prior().iter().all(|share| *share > 0.0));
    }

    #[test]
    fn rows_are_pairs_of_operator_and_selector() {
        let pairs: Vec<_> =
            (0..ACTIONS).map(|row| (Action::new(row).operator(), Action::new(row).selector())).collect();
        for (row, pair) in pairs.iter().enumerate() {
            assert!(!pairs[..row].contains(pair));
        }
    }
}
