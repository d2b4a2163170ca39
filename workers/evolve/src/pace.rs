//! How many proposals a step gets: a counted share, or what fits the time that is left.

use std::time::Duration;

/// Deals out the work of a stage. Positions run from 0 to 1 over the whole stage, pilot included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// So many proposals for each individual in all. Repeats exactly.
    Counted { total: u64 },
    /// All that fits this time, measured from the start of the attempt, which begins at the position `begun`: not at 0 where
    /// it goes on with another attempt's work.
    Timed { total: Duration, begun: f64 },
}

/// What is known while the work goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Time since the start.
    pub(crate) elapsed: Duration,
    /// Proposals made by each individual so far.
    pub(crate) proposals: u64,
    /// Proposals for each individual and second, lately.
    pub(crate) rate: f64,
}

impl Pace {
    /// Proposals for each individual from now until `position`.
    pub(crate) fn until(self, position: f64, progress: Progress) -> u64 {
        match self {
            Self::Counted { total } => ((total as f64 * position) as u64).saturating_sub(progress.proposals),
            Self::Timed { total, begun } => {
                let share = ((position - begun) / (1.0 - begun)).clamp(0.0, 1.0);
                let left = total.mul_f64(share).saturating_sub(progress.elapsed);
                (left.as_secs_f64() * progress.rate) as u64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_work_adds_up_and_ignores_the_clock() {
        let pace = Pace::Counted { total: 1_000 };
        let mut proposals = 0;
        for step in 1..=7 {
            let progress = Progress { elapsed: Duration::from_secs(step), proposals, rate: step as f64 };
            proposals += pace.until(step as f64 / 7.0, progress);
        }
        assert_eq!(proposals, 1_000);
    }

    #[test]
    fn timed_work_follows_the_rate_and_ends_in_time() {
        let pace = Pace::Timed { total: Duration::from_secs(10), begun: 0.0 };
        let at = |elapsed| Progress { elapsed: Duration::from_secs(elapsed), proposals: 0, rate: 100.0 };
        assert_eq!(pace.until(0.5, at(3)), 200);
        assert_eq!(pace.until(0.5, at(6)), 0);
    }

    #[test]
    fn an_attempt_that_goes_on_spreads_its_own_time_over_what_is_left() {
        let pace = Pace::Timed { total: Duration::from_secs(10), begun: 0.5 };
        let at = |elapsed| Progress { elapsed: Duration::from_secs(elapsed), proposals: 5_000, rate: 100.0 };
        assert_eq!(pace.until(0.75, at(0)), 500);
        assert_eq!(pace.until(1.0, at(8)), 200);
        assert_eq!(pace.until(0.5, at(0)), 0);
    }
}
