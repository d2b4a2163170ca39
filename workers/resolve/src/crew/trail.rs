//! The way of a stream: how far it has come, the best that it came through, how hot it is, and when it goes back.

use search::{Spot, Thresholds};
use shared::model::Cost;

use crate::accept::{Heat, Schedule, Turn};
use crate::snapshot::{Loader, Misfit, Saver};

/// How many classes ruin takes out, at least and at most.
const RUIN: (f64, f64) = (2.0, 12.0);
/// By how much ruin grows when it is accepted, and shrinks when it is not.
const RUIN_STEPS: (f64, f64) = (0.1, 0.02);
/// Stagnations without a new best before a stream returns to its best.
const STAGNATIONS: u32 = 12;

/// What streams have in common, whatever they search. Costs are hard violations, then soft cost.
#[derive(Debug)]
pub(crate) struct Trail {
    number: u64,
    evaluations: u64,
    best: (i32, i32),
    best_at: u64,
    best_spots: Vec<Spot>,
    stagnations: u32,
    schedule: Schedule,
    ruin_size: f64,
}

impl Trail {
    /// At the start of stream `number`, which is the best so far.
    pub(crate) fn new(number: u64, heat: Heat, cost: (i32, i32), spots: &[Spot]) -> Self {
        Self {
            number,
            evaluations: 0,
            best: cost,
            best_at: 0,
            best_spots: spots.to_vec(),
            stagnations: 0,
            schedule: Schedule::new(heat),
            ruin_size: f64::midpoint(RUIN.0, RUIN.1),
        }
    }

    /// Writes it down; the places of its best, which have a column of their own, too.
    pub(crate) fn save(&self, saver: &mut Saver) {
        let Self { number, evaluations, best: _, best_at, best_spots, stagnations, schedule, ruin_size } = self;
        saver.spots(best_spots);
        saver.words([*number, *evaluations, *best_at, u64::from(*stagnations)]);
        schedule.save(saver);
        saver.real(*ruin_size);
    }

    /// The trail that was written down, whose best, of that cost, was read already.
    pub(crate) fn restore(
        heat: Heat,
        cost: (i32, i32),
        spots: &[Spot],
        loader: &mut Loader<'_>,
    ) -> Result<Self, Misfit> {
        let mut trail = Self::new(loader.count()?, heat, cost, spots);
        trail.evaluations = loader.count()?;
        trail.best_at = loader.word_to(trail.evaluations, "evaluations")?;
        trail.stagnations = loader.word_to(u64::from(STAGNATIONS), "stagnations")? as u32;
        trail.schedule.restore(trail.evaluations, loader)?;
        trail.ruin_size = loader.real_in(RUIN.0..=RUIN.1, "ruin")?;
        Ok(trail)
    }

    /// The number of its stream.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Evaluations so far.
    pub(crate) fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// What the best so far costs.
    pub(crate) fn best(&self) -> (i32, i32) {
        self.best
    }

    /// The same as a cost: every class that can have a place has one.
    pub(crate) fn best_cost(&self) -> Cost {
        Cost { hard: self.best.0 as u64, unplaced: 0, soft: self.best.1 as u64 }
    }

    /// Where the classes are in the best so far.
    pub(crate) fn best_spots(&self) -> &[Spot] {
        &self.best_spots
    }

    /// Thresholds of the present temperature.
    pub(crate) fn thresholds(&self) -> &Thresholds {
        self.schedule.thresholds()
    }

    /// How many classes ruin takes out.
    pub(crate) fn ruin_size(&self) -> usize {
        self.ruin_size as usize
    }

    /// Of `total` evaluations, the share that is made, and the share since the last new best.
    pub(crate) fn shares(&self, total: u64) -> (f64, f64) {
        let share = |units: u64| units as f64 / total.max(1) as f64;
        (share(self.evaluations), share(self.evaluations - self.best_at))
    }

    /// Counts the evaluations of a call, and takes over where it led to if that is a new best; whether it is.
    pub(crate) fn count(&mut self, evaluations: u64, led_to: Option<((i32, i32), &[Spot])>) -> bool {
        // A call that found nothing to look at costs something as well, or a stream could stand still for ever.
        self.evaluations += evaluations.max(1);
        let Some((cost, spots)) = led_to.filter(|(cost, _)| *cost < self.best) else { return false };
        self.adopt(cost, spots);
        self.stagnations = 0;
        true
    }

    /// Takes over a best, which is as good as found now.
    pub(crate) fn adopt(&mut self, cost: (i32, i32), spots: &[Spot]) {
        self.best = cost;
        self.best_at = self.evaluations;
        self.best_spots.copy_from_slice(spots);
    }

    /// Sets the temperature for where it stands, and says what to do.
    pub(crate) fn advance(&mut self, total: u64, is_repairing: bool) -> Turn {
        self.schedule.advance(self.evaluations, total, self.best_at, is_repairing)
    }

    /// Counts a stagnation; whether it is one too many, so that the stream has to go back to its best.
    pub(crate) fn stagnates(&mut self) -> bool {
        self.stagnations += 1;
        self.stagnations > STAGNATIONS
    }

    /// The stream stands at its best again.
    pub(crate) fn is_back(&mut self) {
        self.stagnations = 0;
    }

    /// Ruin was accepted, or was not.
    pub(crate) fn resize_ruin(&mut self, is_kept: bool) {
        let change = if is_kept { RUIN_STEPS.0 } else { -RUIN_STEPS.1 };
        self.ruin_size = (self.ruin_size + change).clamp(RUIN.0, RUIN.1);
    }
}

/// By how much the objective fell; while there are violations, they alone count.
pub(crate) fn fall(before: (i32, i32), after: (i32, i32), hard_weight: i32) -> f64 {
    if before.0 > 0 || after.0 > 0 {
        f64::from((before.0 - after.0) * hard_weight)
    } else {
        f64::from(before.1 - after.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail() -> Trail {
        let heat = Heat { repair: 2.0, start: 0.6, end: 0.2, cycle: 0.2 };
        Trail::new(3, heat, (2, 9), &[Spot::new(0, 0), Spot::new(1, 0)])
    }

    #[test]
    fn a_call_costs_something_and_only_what_is_better_is_a_best() {
        let (mut trail, spots) = (trail(), [Spot::new(1, 0), Spot::new(0, 0)]);
        assert!(!trail.count(0, None), "nothing was kept");
        assert!(!trail.count(4, Some(((2, 9), &spots))), "as good is not better");
        assert_eq!((trail.evaluations(), trail.best(), trail.shares(10)), (5, (2, 9), (0.5, 0.5)));
        assert!(trail.count(1, Some(((1, 30), &spots))), "violations count first");
        assert_eq!((trail.best(), trail.best_spots(), trail.shares(10)), ((1, 30), &spots[..], (0.6, 0.0)));
    }

    #[test]
    fn a_new_best_forgives_stagnations() {
        let mut trail = trail();
        let spots = trail.best_spots().to_vec();
        assert!((0..STAGNATIONS).all(|_| !trail.stagnates()));
        assert!(trail.count(1, Some(((0, 0), &spots))));
        assert!((0..STAGNATIONS).all(|_| !trail.stagnates()) && trail.stagnates());
        trail.is_back();
        assert!(!trail.stagnates());
    }

    #[test]
    fn ruin_stays_within_its_limits() {
        let mut trail = trail();
        (0..1_000).for_each(|_| trail.resize_ruin(true));
        assert_eq!(trail.ruin_size(), 12);
        (0..1_000).for_each(|_| trail.resize_ruin(false));
        assert_eq!(trail.ruin_size(), 2);
    }

    #[test]
    fn while_there_are_violations_they_alone_count() {
        assert_eq!((fall((2, 5), (1, 90), 10), fall((0, 9), (0, 5), 10)), (10.0, 4.0));
    }
}
