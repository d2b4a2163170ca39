//! The floor under the learned policy: it keeps its share only while it earns no less than the fixed mix.
//!
//! Both kinds of choices are watched over windows of decisions. A policy that brings less than 0.8 of the prior's new-best gain
//! per evaluation in three windows running loses most of its share, and gets it back when it catches up.

use crate::policy::{Chooser, Outcome};
use crate::snapshot::{Loader, Misfit, Saver};

/// The share of a policy that is in good standing.
pub(crate) const SHARE: f64 = 0.7;
const SHARE_DOWN: f64 = 0.3;
/// Decisions of a window.
const WINDOW: u32 = 200;
const FLOOR: f64 = 0.8;
const BAD_WINDOWS: u32 = 3;

#[derive(Clone, Copy, Debug, Default)]
struct Account {
    gain: f64,
    evaluations: u64,
}

impl Account {
    fn save(self, saver: &mut Saver) {
        let Self { gain, evaluations } = self;
        saver.word(evaluations);
        saver.real(gain);
    }

    fn restore(loader: &mut Loader<'_>) -> Result<Self, Misfit> {
        Ok(Self { evaluations: loader.count()?, gain: loader.real()? })
    }

    fn rate(self) -> f64 {
        self.gain / self.evaluations.max(1) as f64
    }
}

/// Watches one policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    policy: Account,
    prior: Account,
    decisions: u32,
    bad: u32,
    down: bool,
}

impl Guard {
    /// Writes the open window down, and what the closed ones led to.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { policy, prior, decisions, bad, down } = self;
        policy.save(saver);
        prior.save(saver);
        saver.word(u64::from(*decisions));
        saver.word(u64::from(*bad));
        saver.word(u64::from(*down));
    }

    /// A guard that goes on watching where another left off.
    pub(crate) fn restore(loader: &mut Loader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            policy: Account::restore(loader)?,
            prior: Account::restore(loader)?,
            decisions: loader.word_to(u64::from(WINDOW) - 1, "windows")? as u32,
            bad: loader.word_to(u64::from(u32::MAX) / 2, "windows")? as u32,
            down: loader.flag()?,
        })
    }

    /// The share of choices that the policy may make.
    pub(crate) fn policy_share(&self) -> f64 {
        if self.down { SHARE_DOWN } else { SHARE }
    }

    /// Whether the policy has lost its share.
    pub(crate) fn is_down(&self) -> bool {
        self.down
    }

    /// Counts what a choice brought.
    pub(crate) fn count(&mut self, chooser: Chooser, outcome: &Outcome) {
        let account = match chooser {
            Chooser::Policy => &mut self.policy,
            Chooser::Prior => &mut self.prior,
        };
        account.gain += outcome.new_best;
        account.evaluations += outcome.evaluations;
        self.decisions += 1;
        if self.decisions == WINDOW {
            self.close();
        }
    }

    /// A window without any gain says nothing and is not counted.
    fn close(&mut self) {
        let (policy, prior) = (self.policy.rate(), self.prior.rate());
        if policy > 0.0 || prior > 0.0 {
            self.bad = if policy < FLOOR * prior { self.bad + 1 } else { 0 };
            self.down = self.bad >= BAD_WINDOWS;
        }
        (self.policy, self.prior, self.decisions) = (Account::default(), Account::default(), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One window in which both choosers make half of the decisions.
    fn window(guard: &mut Guard, policy: f64, prior: f64) {
        for decision in 0..WINDOW {
            let (chooser, new_best) =
                if decision % 2 == 0 { (Chooser::Policy, policy) } else { (Chooser::Prior, prior) };
            guard.count(chooser, &Outcome { gain: 0.0, new_best, evaluations: 10 });
        }
    }

    #[test]
    fn three_bad_windows_cost_the_share_and_a_good_one_returns_it() {
        let mut guard = Guard::default();
        window(&mut guard, 1.0, 2.0);
        window(&mut guard, 1.0, 2.0);
        assert!(!guard.is_down());
        window(&mut guard, 1.0, 2.0);
        assert!(guard.is_down() && guard.policy_share() < 0.5);
        window(&mut guard, 0.0, 0.0);
        assert!(guard.is_down(), "an empty window says nothing");
        window(&mut guard, 2.0, 2.0);
        assert!(!guard.is_down());
    }

    #[test]
    fn windows_that_are_good_enough_do_not_count() {
        let mut guard = Guard::default();
        (0..10).for_each(|_| window(&mut guard, 0.85, 1.0));
        assert!(!guard.is_down());
        window(&mut guard, 0.1, 1.0);
        window(&mut guard, 0.1, 1.0);
        window(&mut guard, 1.0, 1.0);
        window(&mut guard, 0.1, 1.0);
        assert!(!guard.is_down(), "bad windows must follow one another");
    }
}
