//! Choosing the next action: a linear value for each, a soft maximum over the values, mixed with a fixed prior.
//!
//! It is a contextual bandit: no look-ahead, no network. See `learn.rs` for how the values come about.

use crate::guard::Guard;
use crate::learn::{Rewards, STEP, STEP_WARM, new_best};
use crate::policy_file::Known;
use crate::random::Random;
use crate::settings::Settings;
use crate::snapshot::{Loader, Misfit, Saver};

/// How actions are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Select {
    /// By the learned values, mixed with the fixed mix; they go on learning.
    Learn,
    /// By the learned values, as they were, mixed with the fixed mix.
    Frozen,
    /// The action that has made the most of its calls, whatever the search looks like; now and then any.
    Greedy,
    /// By the fixed mix alone.
    Prior,
    /// All alike.
    Uniform,
}

impl Select {
    /// Whether there is a policy, with values by what the search looks like.
    pub(crate) fn is_by_policy(self) -> bool {
        matches!(self, Self::Learn | Self::Frozen)
    }
}

/// Values further apart than this are clearly different to the soft maximum.
const SOFTNESS: f64 = 0.5;
/// How often the greedy selection takes any action.
const CURIOSITY: f64 = 0.3;

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
    /// The mix where the other one leaves nothing open.
    fallback: [f64; A],
    step: f64,
    weights: [[f64; F]; A],
    /// Since streams last learned from one another.
    updates: [u64; A],
    /// Before that, in all streams together.
    merged: [u64; A],
    rewards: Rewards,
    guard: Guard,
}

impl<const A: usize, const F: usize> Policy<A, F> {
    /// A policy that knows what the settings say that it does. `prior` is the mix that they ask for, `fallback` the one that there
    /// is without asking.
    pub(crate) fn new(settings: &Settings, prior: [f64; A], fallback: [f64; A]) -> Self {
        let known = settings.known.as_ref().filter(|_| settings.select.is_by_policy());
        let row = |row: usize| std::array::from_fn(|column| known.map_or(0.0, |known| known.weights[row][column]));
        Self {
            select: settings.select,
            prior,
            fallback,
            step: if known.is_some() { STEP_WARM } else { STEP },
            weights: std::array::from_fn(row),
            updates: [0; A],
            merged: [0; A],
            rewards: Rewards::default(),
            guard: Guard::default(),
        }
    }

    /// What it has learned, beside what the run began with; nothing where it does not learn.
    pub(crate) fn known(&self, before: Option<&Known>) -> Option<Known> {
        let had = |row: usize| before.map_or(0, |before| before.counts[row]);
        (self.select == Select::Learn).then(|| Known {
            weights: self.weights.iter().map(|row| row.to_vec()).collect(),
            counts: (0..A).map(|row| had(row) + self.merged[row] + self.updates[row]).collect(),
            sum: None,
            parent: before.and_then(|before| before.sum.clone()),
        })
    }

    /// Writes down all that was learned.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { select: _, prior: _, fallback: _, step: _, weights, updates, merged, rewards, guard } = self;
        for weight in weights.as_flattened() {
            saver.real(*weight);
        }
        saver.words(*updates);
        saver.words(*merged);
        rewards.save(saver);
        guard.save(saver);
    }

    /// Takes over all that another had learned.
    pub(crate) fn restore(&mut self, loader: &mut Loader<'_>) -> Result<(), Misfit> {
        for weight in self.weights.as_flattened_mut() {
            *weight = loader.real()?;
        }
        for count in self.updates.iter_mut().chain(&mut self.merged) {
            *count = loader.count()?;
        }
        self.rewards = Rewards::restore(loader)?;
        self.guard = Guard::restore(loader)?;
        Ok(())
    }

    /// Chooses the row of an action that is open: for the mix, so much more often than another one of its share.
    pub(crate) fn choose(&self, seen: &[f64; F], openness: &[f64; A], random: &mut Random) -> (usize, Chooser) {
        let open = &openness.map(|openness| openness > 0.0);
        let chooser = match self.select {
            Select::Learn | Select::Frozen if random.unit() < self.guard.policy_share() => Chooser::Policy,
            Select::Greedy if random.unit() >= CURIOSITY => return (self.greediest(open), Chooser::Policy),
            _ => Chooser::Prior,
        };
        let shares = match (chooser, self.select) {
            (Chooser::Policy, _) => self.soft_maximum(seen, open),
            (Chooser::Prior, Select::Uniform | Select::Greedy) => open.map(|open| if open { 1.0 } else { 0.0 }),
            (Chooser::Prior, _) => self.mixed(openness),
        };
        (random.by_weight(&shares), chooser)
    }

    fn mixed(&self, openness: &[f64; A]) -> [f64; A] {
        let of = |mix: &[f64; A]| std::array::from_fn(|row| mix[row] * openness[row]);
        let shares: [f64; A] = of(&self.prior);
        if shares.iter().any(|share| *share > 0.0) { shares } else { of(&self.fallback) }
    }

    /// The first of those that have earned most. It sees nothing, so its values stand where the bias does.
    fn greediest(&self, open: &[bool; A]) -> usize {
        let better = |best: Option<usize>, row: usize| match best {
            Some(best) if self.weights[row][0] <= self.weights[best][0] => Some(best),
            _ => Some(row),
        };
        (0..A).filter(|row| open[*row]).fold(None, better).unwrap_or(0)
    }

    fn value(&self, row: usize, seen: &[f64; F]) -> f64 {
        self.weights[row].iter().zip(seen).map(|(weight, feature)| weight * feature).sum()
    }

    fn soft_maximum(&self, seen: &[f64; F], open: &[bool; A]) -> [f64; A] {
        let values: [f64; A] = std::array::from_fn(|row| self.value(row, seen));
        let mut shares = [0.0; A];
        soft_maximum(&values, open, &mut shares);
        shares
    }

    /// Learns from a macro-step: by how much the objective fell, whether it made a new best (and what that gained), at how
    /// many evaluations.
    pub(crate) fn learn(&mut self, row: usize, chooser: Chooser, seen: &[f64; F], outcome: &Outcome) {
        match self.select {
            Select::Prior | Select::Uniform => {}
            Select::Greedy => self.pay(row, new_best(outcome)),
            Select::Frozen => self.guard.count(chooser, outcome),
            Select::Learn => {
                self.guard.count(chooser, outcome);
                let reward = self.rewards.reward(outcome);
                let error = reward - self.value(row, seen);
                let norm: f64 = seen.iter().map(|feature| feature * feature).sum();
                for (weight, feature) in self.weights[row].iter_mut().zip(seen) {
                    *weight += self.step * error * feature / norm;
                }
                self.updates[row] += 1;
            }
        }
    }

    /// The value without a look at the search: a moving average, at first a plain one.
    fn pay(&mut self, row: usize, reward: f64) {
        self.updates[row] += 1;
        let step = self.step.max(1.0 / (self.updates[row] + self.merged[row]) as f64);
        self.weights[row][0] += step * (reward - self.weights[row][0]);
    }

    /// Makes one policy of several that learned apart since they were equal: each row is averaged by the updates it had.
    pub(crate) fn merge(policies: &mut [&mut Self]) {
        let Some((first, _)) = policies.split_first() else { return };
        let mut weights = first.weights;
        let mut all = first.merged;
        for (row, merged) in weights.iter_mut().enumerate() {
            let updates: u64 = policies.iter().map(|policy| policy.updates[row]).sum();
            all[row] += updates;
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
            policy.merged = all;
        }
    }

    /// The share of choices that the learned policy has, and whether the guard has cut it.
    pub(crate) fn share(&self) -> Option<(f64, bool)> {
        self.select.is_by_policy().then(|| (self.guard.policy_share(), self.guard.is_down()))
    }
}

/// Shares by value of the rows that are open; their sum is not one.
pub(crate) fn soft_maximum(values: &[f64], open: &[bool], shares: &mut [f64]) {
    let is_open = |row: &usize| open[*row];
    let most = (0..values.len()).filter(is_open).map(|row| values[row]).fold(f64::NEG_INFINITY, f64::max);
    for (row, share) in shares.iter_mut().enumerate() {
        *share = if open[row] { libm::exp((values[row] - most) / SOFTNESS) } else { 0.0 };
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
    use std::path::Path;

    use shared::wire::Stage;
    use shared::worker::WorkerArgs;

    use super::*;
    use crate::actions::{ACTIONS, prior};
    use crate::features::{FEATURES, Features};

    type Policy = super::Policy<ACTIONS, FEATURES>;

    fn new(select: Select) -> Policy {
        let args = WorkerArgs::new(Stage::Resolve, "resolve", 1, Path::new("."));
        let settings = Settings::read(&args, &crate::stream::SHAPE).expect("nothing is set");
        Policy::new(&Settings { select, ..settings }, prior(), prior())
    }

    const SEEN: Features = [1.0, 0.5, 0.0, 0.0, 1.0, 0.3, 0.0, 1.0, 0.2, 0.1, 0.1, 0.4, 0.9, 0.8];

    fn chosen(policy: &Policy, row: usize) -> usize {
        let mut random = Random::new(7, 0);
        let mut count = || usize::from(policy.choose(&SEEN, &[1.0; ACTIONS], &mut random).0 == row);
        (0..4000).map(|_| count()).sum()
    }

    #[test]
    fn what_pays_is_chosen_more_and_what_costs_less() {
        let mut policy = new(Select::Learn);
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
        for select in [Select::Prior, Select::Uniform, Select::Frozen] {
            let mut policy = new(select);
            let before = chosen(&policy, 3);
            let good = Outcome { gain: 20.0, new_best: 5.0, evaluations: 10 };
            (0..200).for_each(|_| policy.learn(3, Chooser::Prior, &SEEN, &good));
            assert_eq!(chosen(&policy, 3), before);
        }
    }

    #[test]
    fn the_greedy_selection_takes_what_has_paid_and_stays_curious() {
        let mut policy = new(Select::Greedy);
        let good = Outcome { gain: 0.0, new_best: 5.0, evaluations: 1000 };
        (0..20).for_each(|_| policy.learn(3, Chooser::Policy, &SEEN, &good));
        policy.learn(9, Chooser::Prior, &SEEN, &Outcome { new_best: 0.0, ..good });
        assert!(chosen(&policy, 3) > 2600, "{}", chosen(&policy, 3));
        assert!(chosen(&policy, 9) > 20, "{}", chosen(&policy, 9));
        assert_eq!(policy.known(None), None, "there is nothing to take along");
    }

    #[test]
    fn a_mix_without_anything_open_gives_way_to_ours() {
        let mut policy = new(Select::Prior);
        policy.prior = std::array::from_fn(|row| if row == 4 { 1.0 } else { 0.0 });
        assert_eq!(chosen(&policy, 4), 4000);
        let mut open = [1.0; ACTIONS];
        open[4] = 0.0;
        let mut random = Random::new(3, 0);
        assert!((0..200).all(|_| policy.choose(&SEEN, &open, &mut random).0 != 4));
    }

    #[test]
    fn what_costs_twice_as_much_is_called_half_as_often() {
        let mut policy = new(Select::Prior);
        policy.prior = std::array::from_fn(|row| if row == 4 || row == 7 { 1.0 } else { 0.0 });
        let openness = std::array::from_fn(|row| if row == 4 { 0.5 } else { 1.0 });
        let mut random = Random::new(3, 0);
        let mut count = || usize::from(policy.choose(&SEEN, &openness, &mut random).0 == 4);
        let calls: usize = (0..3000).map(|_| count()).sum();
        assert!((900..1100).contains(&calls), "{calls} of 3000");
    }

    #[test]
    fn closed_actions_are_never_chosen() {
        for select in [Select::Learn, Select::Frozen, Select::Greedy, Select::Prior, Select::Uniform] {
            let mut open = [1.0; ACTIONS];
            open[5] = 0.0;
            let mut random = Random::new(3, 0);
            let policy = new(select);
            assert!((0..2000).all(|_| policy.choose(&SEEN, &open, &mut random).0 != 5));
        }
    }

    #[test]
    fn merging_weighs_by_experience() {
        let mut wise = new(Select::Learn);
        let mut fresh = wise.clone();
        let good = Outcome { gain: 20.0, new_best: 0.0, evaluations: 1000 };
        (0..50).for_each(|_| wise.learn(2, Chooser::Policy, &SEEN, &good));
        let value = wise.value(2, &SEEN);
        Policy::merge(&mut [&mut wise, &mut fresh]);
        assert!((fresh.value(2, &SEEN) - value).abs() < 1e-12);
        assert_eq!(wise.weights, fresh.weights);
    }
}
