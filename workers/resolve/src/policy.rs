//! Choosing the next action: a linear value for each, a soft maximum over the values, mixed with a fixed prior.
//!
//! It is a contextual bandit: no look-ahead, no network. See `learn.rs` for how the values come about.

use crate::guard::Guard;
use crate::learn::{Rewards, STEP};
use crate::random::Random;
use crate::snapshot::{Loader, Misfit, Saver};

/// How actions are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Select {
    /// By the learned values, mixed with the prior.
    Learn,
    /// By the prior alone.
    Prior,
    /// All alike.
    Uniform,
}

/// Values further apart than this are clearly different to the soft maximum.
const SOFTNESS: f64 = 0.5;

/// Whose choice an action was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chooser {
    /// The learned policy's.
    Policy,
    /// The fixed mix's.
    Prior,
}

/// The learned values of `A` actions, each a row, by `F` features; and what guards them.
#[derive(Clone, Debug)]
pub(crate) struct Policy<const A: usize, const F: usize> {
    select: Select,
    prior: [f64; A],
    weights: [[f64; F]; A],
    updates: [u64; A],
    rewards: Rewards,
    guard: Guard,
}

impl<const A: usize, const F: usize> Policy<A, F> {
    /// A policy that knows nothing yet but the fixed mix.
    pub(crate) fn new(select: Select, prior: [f64; A]) -> Self {
        Self {
            select,
            prior,
            weights: [[0.0; F]; A],
            updates: [0; A],
            rewards: Rewards::default(),
            guard: Guard::default(),
        }
    }

    /// Writes down all that was learned.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { select: _, prior: _, weights, updates, rewards, guard } = self;
        for weight in weights.as_flattened() {
            saver.real(*weight);
        }
        saver.words(*updates);
        rewards.save(saver);
        guard.save(saver);
    }

    /// Takes over all that another had learned.
    pub(crate) fn restore(&mut self, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        for weight in self.weights.as_flattened_mut() {
            *weight = loader.real()?;
        }
        for count in &mut self.updates {
            *count = loader.count()?;
        }
        self.rewards = Rewards::restore(loader)?;
        self.guard = Guard::restore(loader)?;
        Ok(())
    }

    /// Chooses the row of an action that is `open`.
    pub(crate) fn choose(&self, seen: &[f64; F], open: &[bool; A], random: &mut Random) -> (usize, Chooser) {
        let chooser = match self.select {
            Select::Learn if random.unit() < self.guard.policy_share() => Chooser::Policy,
            _ => Chooser::Prior,
        };
        let shares = match (chooser, self.select) {
            (Chooser::Policy, _) => self.soft_maximum(seen, open),
            (Chooser::Prior, Select::Uniform) => open.map(|open| if open { 1.0 } else { 0.0 }),
            (Chooser::Prior, _) => std::array::from_fn(|row| if open[row] { self.prior[row] } else { 0.0 }),
        };
        (random.by_weight(&shares), chooser)
    }

    fn value(&self, row: usize, seen: &[f64; F]) -> f64 {
        self.weights[row].iter().zip(seen).map(|(weight, feature)| weight * feature).sum()
    }

    fn soft_maximum(&self, seen: &[f64; F], open: &[bool; A]) -> [f64; A] {
        let values: [f64; A] = std::array::from_fn(|row| self.value(row, seen));
        let most = (0..A).filter(|row| open[*row]).map(|row| values[row]).fold(f64::NEG_INFINITY, f64::max);
        std::array::from_fn(|row| if open[row] { libm::exp((values[row] - most) / SOFTNESS) } else { 0.0 })
    }

    /// Learns from a macro-step: by how much the objective fell, whether it made a new best (and what that gained), at how
    /// many evaluations.
    pub(crate) fn learn(&mut self, row: usize, chooser: Chooser, seen: &[f64; F], outcome: &Outcome) {
        if self.select != Select::Learn {
            return;
        }
        self.guard.count(chooser, outcome);
        let reward = self.rewards.reward(outcome);
        let error = reward - self.value(row, seen);
        let norm: f64 = seen.iter().map(|feature| feature * feature).sum();
        for (weight, feature) in self.weights[row].iter_mut().zip(seen) {
            *weight += STEP * error * feature / norm;
        }
        self.updates[row] += 1;
    }

    /// Makes one policy of several that learned apart since they were equal: each row is averaged by the updates it had.
    pub(crate) fn merge(policies: &mut [&mut Self]) {
        let Some((first, _)) = policies.split_first() else { return };
        let mut weights = first.weights;
        for (row, merged) in weights.iter_mut().enumerate() {
            let updates: u64 = policies.iter().map(|policy| policy.updates[row]).sum();
            if updates > 0 {
                let share = |policy: &Self| policy.updates[row] as f64 / updates as f64;
                *merged = std::array::from_fn(|feature| {
                    policies.iter().map(|policy| share(policy) * policy.weights[row][feature]).sum()
                });
            }
        }
        for policy in policies {
            policy.weights = weights;
            policy.updates = [0; A];
        }
    }

    /// The share of choices that the learned policy has, and whether the guard has cut it.
    pub(crate) fn share(&self) -> Option<(f64, bool)> {
        (self.select == Select::Learn).then(|| (self.guard.policy_share(), self.guard.is_down()))
    }
}

/// What a macro-step came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// By how much the objective fell; while there were violations, only they count.
    pub(crate) gain: f64,
    /// By how much it came below the best so far.
    pub(crate) new_best: f64,
    /// Evaluations it took.
    pub(crate) evaluations: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::{ACTIONS, prior};
    use crate::features::{FEATURES, Features};

    type Policy = super::Policy<ACTIONS, FEATURES>;

    const SEEN: Features = [1.0, 0.5, 0.0, 0.0, 1.0, 0.3, 0.0, 1.0, 0.2, 0.1, 0.1, 0.4, 0.9, 0.8];

    fn chosen(policy: &Policy, row: usize) -> usize {
        let mut random = Random::new(7, 0);
        let mut count = || usize::from(policy.choose(&SEEN, &[true; ACTIONS], &mut random).0 == row);
        (0..4000).map(|_| count()).sum()
    }

    #[test]
    fn what_pays_is_chosen_more_and_what_costs_less() {
        let mut policy = Policy::new(Select::Learn, prior());
        let before = (chosen(&policy, 3), chosen(&policy, 9));
        for _ in 0..200 {
            let good = Outcome { gain: 20.0, new_best: 0.0, evaluations: 1000 };
            let bad = Outcome { gain: -20.0, new_best: 0.0, evaluations: 1000 };
            policy.learn(3, Chooser::Policy, &SEEN, &good);
            policy.learn(9, Chooser::Policy, &SEEN, &bad);
        }
        assert!(policy.value(3, &SEEN) > 0.5 && policy.value(9, &SEEN) < -0.5);
        assert!(chosen(&policy, 3) > 2 * before.0 && chosen(&policy, 9) < before.1);
    }

    #[test]
    fn only_learning_learns() {
        for select in [Select::Prior, Select::Uniform] {
            let mut policy = Policy::new(select, prior());
            let before = chosen(&policy, 3);
            let good = Outcome { gain: 20.0, new_best: 5.0, evaluations: 10 };
            (0..200).for_each(|_| policy.learn(3, Chooser::Prior, &SEEN, &good));
            assert_eq!(chosen(&policy, 3), before);
        }
    }

    #[test]
    fn closed_actions_are_never_chosen() {
        for select in [Select::Learn, Select::Prior, Select::Uniform] {
            let mut open = [true; ACTIONS];
            open[5] = false;
            let mut random = Random::new(3, 0);
            let policy = Policy::new(select, prior());
            assert!((0..2000).all(|_| policy.choose(&SEEN, &open, &mut random).0 != 5));
        }
    }

    #[test]
    fn merging_weighs_by_experience() {
        let mut wise = Policy::new(Select::Learn, prior());
        let mut fresh = wise.clone();
        let good = Outcome { gain: 20.0, new_best: 0.0, evaluations: 1000 };
        (0..50).for_each(|_| wise.learn(2, Chooser::Policy, &SEEN, &good));
        let value = wise.value(2, &SEEN);
        Policy::merge(&mut [&mut wise, &mut fresh]);
        assert!((fresh.value(2, &SEEN) - value).abs() < 1e-12);
        assert_eq!(wise.weights, fresh.weights);
    }
}
