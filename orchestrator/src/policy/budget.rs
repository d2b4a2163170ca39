//! Promise 7: Σ allotments + orchestrator + artifacts on tmpfs + margin stays within 70 % of the capacity, and within the
//! stage's threshold less five points of the host, after what others use. This is what sets how many jobs run at once.

use shared::bytes::Bytes;
use shared::wire::Stage;

use super::{Need, Thresholds};

/// Who holds how much at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// What the pipeline may count on.
    pub capacity: Bytes,
    /// The host's memory.
    pub host_limit: Bytes,
    /// What everybody together uses of it.
    pub host_used: Bytes,
    /// The orchestrator's private memory.
    pub orchestrator: Bytes,
    /// Artifacts that live in memory.
    pub tmpfs: Bytes,
    /// The charges of all live workers.
    pub charges: Bytes,
    /// The allotments of workers that were killed and do not end: nobody else gets them.
    pub kept: Bytes,
}

impl Situation {
    /// The charge of the whole pipeline.
    pub fn pipeline(&self) -> Bytes {
        self.charges + self.fixed()
    }

    /// What others use of the host.
    pub fn others(&self) -> Bytes {
        self.host_used.less(self.pipeline())
    }

    /// What the pipeline holds besides its workers.
    pub fn fixed(&self) -> Bytes {
        self.orchestrator + self.tmpfs
    }

    /// Whether the host is used by at least so many hundredths.
    pub fn is_host_at(&self, percent: u64) -> bool {
        at_least(self.host_used, self.host_limit, percent)
    }

    /// Whether others alone use at least so many hundredths of the host: then nothing that we give up would help.
    pub fn are_others_at(&self, percent: u64) -> bool {
        at_least(self.others(), self.host_limit, percent)
    }
}

/// Whether `part` is at least so many hundredths of `whole`; nothing is a share of nothing.
pub(super) fn at_least(part: Bytes, whole: Bytes, percent: u64) -> bool {
    whole.0 > 0 && u128::from(part.0) * 100 >= u128::from(whole.0) * u128::from(percent)
}

/// The most that all allotments together may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// By our own capacity.
    pub by_capacity: Bytes,
    /// By the host, after what others use.
    pub by_host: Bytes,
}

impl Budget {
    /// The budget of jobs of `stage` in that situation.
    pub fn new(thresholds: &Thresholds, stage: Stage, situation: &Situation) -> Self {
        let fixed = situation.fixed() + situation.kept + thresholds.margin;
        let host = situation.host_limit.percent(thresholds.admission(stage));
        Self {
            by_capacity: situation.capacity.percent(thresholds.pipeline).less(fixed),
            by_host: host.less(situation.others()).less(fixed),
        }
    }

    /// The lesser of both.
    pub fn bytes(self) -> Bytes {
        self.by_capacity.min(self.by_host)
    }
}

/// Whether a job may start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may, with this allotment.
    Granted(Bytes),
    /// Not before one of our own workers is reaped.
    Busy,
    /// Not before others give memory back.
    Pressure,
    /// Never, with this capacity.
    CannotFit {
        /// What it needs at the least.
        least: Bytes,
        /// The most that there can be.
        most: Bytes,
        /// The capacity with which it would fit.
        capacity: Bytes,
    },
}

/// Decides about the first of `queue`; the rest are those that could run beside it, as many as there are threads for.
/// `held` is the sum of the allotments of all workers that are not reaped.
///
/// Each gets what it wishes if the others of the queue still find what they need at the least; so two jobs that fit together
/// run together.
pub fn admit(budget: Budget, held: Bytes, thresholds: &Thresholds, situation: &Situation, queue: &[Need]) -> Admission {
    let Some((need, rest)) = queue.split_first() else { return Admission::Busy };
    let free = budget.bytes().less(held);
    if need.least <= free {
        let mut spare = free.less(need.least);
        for next in rest {
            if next.least > spare {
                break;
            }
            spare = spare.less(next.least);
        }
        return Admission::Granted(need.wish.max(need.least).min(need.least + spare));
    }
    if need.least > budget.by_capacity {
        let fixed = need.least + situation.fixed() + situation.kept + thresholds.margin;
        let capacity = Bytes((u128::from(fixed.0) * 100).div_ceil(u128::from(thresholds.pipeline.max(1))) as u64);
        return Admission::CannotFit { least: need.least, most: budget.by_capacity, capacity };
    }
    if held > Bytes(0) { Admission::Busy } else { Admission::Pressure }
}

#[cfg(test)]
mod tests {
    use super::*;

    const M: fn(u64) -> Bytes = Bytes::mib;

    /// A 1000 MiB capacity on a 4000 MiB host.
    fn situation(others: u64, charges: u64) -> Situation {
        Situation {
            kept: Bytes(0),
            capacity: M(1000),
            host_limit: M(4000),
            host_used: M(others + charges + 30),
            orchestrator: M(10),
            tmpfs: M(20),
            charges: M(charges),
        }
    }

    #[test]
    fn the_budget_is_the_lesser_of_capacity_and_host() {
        let thresholds = Thresholds::default();
        let of = |stage, others, charges| Budget::new(&thresholds, stage, &situation(others, charges));
        // 70 % of 1000, less 30 of our own, less a margin of 4.
        assert_eq!(of(Stage::Solve, 0, 0).by_capacity, M(666));
        // 70 % of 4000 in STAGE2A, 75 % in STAGE3; what workers hold is theirs, not others'.
        for charges in [0, 500] {
            assert_eq!(of(Stage::Solve, 2600, charges).by_host, M(2800 - 2600 - 34));
            assert_eq!(of(Stage::Resolve, 2600, charges).by_host, M(3000 - 2600 - 34));
        }
        assert_eq!(of(Stage::Solve, 2600, 0).bytes(), M(166));
        assert_eq!(of(Stage::Solve, 3500, 0).bytes(), Bytes(0));
    }

    #[test]
    fn jobs_run_together_when_their_least_fits() {
        let thresholds = Thresholds::default();
        let need = Need { least: M(30), wish: M(50) };
        let admitted = |free, held, queue: &[Need]| {
            let budget = Budget { by_capacity: M(free), by_host: M(2000) };
            admit(budget, M(held), &thresholds, &situation(0, 0), queue)
        };
        let table = [
            (200, 0, 1, Admission::Granted(M(50))),
            (200, 0, 2, Admission::Granted(M(50))),
            (70, 0, 2, Admission::Granted(M(40))),
            (70, 40, 1, Admission::Granted(M(30))),
            (59, 0, 2, Admission::Granted(M(50))),
            (70, 41, 1, Admission::Busy),
            (29, 0, 1, Admission::CannotFit { least: M(30), most: M(29), capacity: Bytes(95_869_806) }),
        ];
        for (free, held, waiting, expected) in table {
            assert_eq!(
                admitted(free, held, &vec![need; waiting]),
                expected,
                "{free} free, {held} held, {waiting} wait"
            );
        }
        assert_eq!(admitted(200, 0, &[]), Admission::Busy);
    }

    #[test]
    fn what_only_others_forbid_is_pressure_and_the_capacity_that_would_do_does() {
        let thresholds = Thresholds::default();
        let need = [Need { least: M(30), wish: M(50) }];
        let crowded = situation(2780, 0);
        let budget = Budget::new(&thresholds, Stage::Solve, &crowded);
        assert_eq!(admit(budget, Bytes(0), &thresholds, &crowded, &need), Admission::Pressure);
        let mut small = Situation { capacity: M(90), ..situation(0, 0) };
        let budget = Budget::new(&thresholds, Stage::Solve, &small);
        let Admission::CannotFit { capacity, .. } = admit(budget, Bytes(0), &thresholds, &small, &need) else {
            panic!("63 MiB less 34 is below 30");
        };
        small.capacity = capacity;
        let budget = Budget::new(&thresholds, Stage::Solve, &small);
        assert_eq!(admit(budget, Bytes(0), &thresholds, &small, &need), Admission::Granted(M(30)));
    }
}
