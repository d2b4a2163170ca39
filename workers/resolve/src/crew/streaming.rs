//! What a crew asks of its streams: the seam between searching side by side and what is searched.

use search::{Landscape, Spot};

use super::Trail;
use crate::accept::Turn;
use crate::policy_file::Known;
use crate::settings::Settings;
use crate::snapshot::{Loader, Misfit, Saver};

/// A timetable in motion, with its own random numbers and the best that it came through.
pub(crate) trait Streaming<'g>: Send + Sized {
    /// What is searched.
    type Landscape: Landscape + 'g;

    /// Evaluations of one unit of effort, per class.
    const EVALUATIONS_PER_CLASS: f64;

    /// Stream number `number` from a start.
    fn new(
        landscape: &'g Self::Landscape,
        start: &<Self::Landscape as Landscape>::State,
        settings: &Settings,
        number: u64,
    ) -> Self;

    /// The stream that wrote itself down; `start` and `settings` are those that it was made from.
    fn restore(
        landscape: &'g Self::Landscape,
        start: &<Self::Landscape as Landscape>::State,
        settings: &Settings,
        loader: &mut Loader<'_>,
    ) -> Result<Self, Misfit>;

    /// Writes down everything that its further way depends on, between macro-steps.
    fn save(&mut self, saver: &mut Saver);

    /// What it searches.
    fn landscape(&self) -> &'g Self::Landscape;

    /// How far it has come.
    fn trail(&self) -> &Trail;

    /// The same, to go on.
    fn trail_mut(&mut self) -> &mut Trail;

    /// Whether there are violations in the timetable as it is.
    fn is_broken(&self) -> bool;

    /// One choice of the policy, and what is called for it; `total` evaluations are planned.
    fn macro_step(&mut self, total: u64);

    /// Goes back to the best.
    fn return_to_best(&mut self);

    /// Makes a repair that stagnates look elsewhere.
    fn shift(&mut self);

    /// Works until `until` evaluations are made of the `total` that are planned, or, after at least one macro-step, `pause`
    /// says so. Whoever calls again goes on as if there had been no pause.
    fn run(&mut self, until: u64, total: u64, pause: &(impl Fn() -> bool + Sync)) {
        while !self.has_reached(until) {
            self.macro_step(total);
            let is_repairing = self.is_broken();
            match self.trail_mut().advance(total, is_repairing) {
                Turn::On => {}
                Turn::Reheat => self.return_to_best(),
                Turn::Shift if self.trail_mut().stagnates() => self.return_to_best(),
                Turn::Shift => self.shift(),
            }
            if pause() {
                return;
            }
        }
    }

    /// Whether there is nothing to do before `until` evaluations are made.
    fn has_reached(&self, until: u64) -> bool {
        let (hard, soft) = self.trail().best();
        self.trail().evaluations() >= until || hard == 0 && soft <= self.landscape().bound()
    }

    /// Takes over another stream's best as the point to return to.
    fn adopt(&mut self, best: (i32, i32), spots: &[Spot]) {
        self.trail_mut().adopt(best, spots);
        if best.0 == 0 && self.is_broken() {
            self.return_to_best();
        }
    }

    /// Gives back the memory of buffers, which grow again when they are needed.
    fn shrink(&mut self);

    /// Makes one policy of what the streams learned apart.
    fn learn_together(streams: &mut [Self]);

    /// What its policy knows, beside what the run began with, if it learns.
    fn known(&self, before: Option<&Known>) -> Option<Known>;

    /// The share of choices that the learned policy has, if there is one, and whether the guard has cut it.
    fn policy_share(&self) -> Option<(f64, bool)>;

    /// What each operator did, by its name; the same operators for each stream.
    fn uses(&self) -> impl Iterator<Item = (&'static str, Use)>;
}

/// What a call is thought to cost before there was one.
const PRICE_GUESSED: u64 = 100;

/// What an operator did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Use {
    pub(crate) calls: u64,
    pub(crate) accepted: u64,
    pub(crate) evaluations: u64,
    pub(crate) records: u64,
}

impl Use {
    /// Counts a call.
    pub(crate) fn count(&mut self, evaluations: u64, is_kept: bool, is_record: bool) {
        self.calls += 1;
        self.evaluations += evaluations;
        self.accepted += u64::from(is_kept);
        self.records += u64::from(is_record);
    }

    /// Evaluations of a call, about.
    pub(crate) fn price(&self) -> f64 {
        (self.evaluations + PRICE_GUESSED) as f64 / (self.calls + 1) as f64
    }

    /// Writes the counts down.
    pub(crate) fn save(self, saver: &mut Saver) {
        let Self { calls, accepted, evaluations, records } = self;
        saver.words([calls, accepted, evaluations, records]);
    }

    /// The counts that were written down.
    pub(crate) fn restore(loader: &mut Loader<'_>) -> Result<Self, Misfit> {
        Ok(Self {
            calls: loader.count()?,
            accepted: loader.count()?,
            evaluations: loader.count()?,
            records: loader.count()?,
        })
    }
}
