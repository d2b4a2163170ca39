//! The reward of a macro-step.
//!
//! `sign(gain) · ln(1 + |gain|) / evaluations`, with half a point for a new best, in units of its own running mean. The
//! logarithm because penalties jump by orders of magnitude; signed, so that moving and moving back earns nothing; by counted
//! evaluations and never by time, so that a run repeats exactly.

use crate::policy::Outcome;
use crate::snapshot::{Loader, Misfit, Saver};

/// Step of the normalised least mean squares.
pub(crate) const STEP: f64 = 0.05;
/// The same of a policy that knows something already.
pub(crate) const STEP_WARM: f64 = 0.02;
/// What a new best adds to a reward, before it is divided by the evaluations.
const NEW_BEST: f64 = 0.5;
/// Weight of the newest reward in the running mean.
const MEAN_STEP: f64 = 0.01;
const MOST: f64 = 5.0;

/// Makes rewards comparable along the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rewards {
    mean: f64,
    seen: u64,
}

impl Rewards {
    /// Writes the running mean down.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { mean, seen } = self;
        saver.word(*seen);
        saver.real(*mean);
    }

    /// The running mean that another had.
    pub(crate) fn restore(loader: &mut Loader<'_>) -> Result<Self, Misfit> {
        Ok(Self { seen: loader.count()?, mean: loader.real_in(0.0..=f64::MAX, "rewards")? })
    }

    /// The reward of an outcome, in −5..=5.
    pub(crate) fn reward(&mut self, outcome: &Outcome) -> f64 {
        let raw = raw(outcome);
        self.seen += 1;
        // At first a plain mean, so that the first reward does not linger.
        let step = MEAN_STEP.max(1.0 / self.seen as f64);
        self.mean += step * (raw.abs() - self.mean);
        if self.mean > 0.0 { (raw / self.mean).clamp(-MOST, MOST) } else { 0.0 }
    }
}

/// What the greedy selection is paid: by what came below the best so far, however much work that took. Paid by the work, it would take to
/// whatever is cheap and undone by the next step.
pub(crate) fn new_best(outcome: &Outcome) -> f64 {
    libm::log(1.0 + outcome.new_best.max(0.0))
}

fn raw(outcome: &Outcome) -> f64 {
    let bonus = if outcome.new_best > 0.0 { NEW_BEST } else { 0.0 };
    let gain = libm::copysign(libm::log(1.0 + outcome.gain.abs()), outcome.gain);
    (gain + bonus) / outcome.evaluations.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(gain: f64, evaluations: u64) -> Outcome {
        Outcome { gain, new_best: 0.0, evaluations }
    }

    #[test]
    fn a_gain_is_paid_and_a_loss_is_charged() {
        assert!(raw(&outcome(5.0, 100)) > 0.0);
        assert!(raw(&outcome(-5.0, 100)) < 0.0);
        assert!(raw(&outcome(0.0, 100)).abs() < 1e-12);
        assert!((raw(&outcome(5.0, 100)) + raw(&outcome(-5.0, 100))).abs() < 1e-12);
    }

    #[test]
    fn work_lowers_a_reward_and_a_new_best_raises_it() {
        assert!(raw(&outcome(5.0, 1000)) < raw(&outcome(5.0, 100)));
        assert!(raw(&Outcome { gain: 5.0, new_best: 1.0, evaluations: 100 }) > raw(&outcome(5.0, 100)));
    }

    #[test]
    fn rewards_keep_to_their_range_over_orders_of_magnitude() {
        let mut rewards = Rewards::default();
        for gain in [1.0, 1e6, -3e5, 0.0, 2.0, -1.0, 1e9] {
            let reward = rewards.reward(&outcome(gain, 17));
            assert!((-MOST..=MOST).contains(&reward), "{reward}");
        }
    }
}
