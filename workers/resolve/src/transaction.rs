//! Steps that are made for good or not at all.
//!
//! An operator changes the timetable through a [`Transaction`], which logs each step with its exact change. Whoever called
//! the operator looks at the sum and keeps the steps or takes all of them back; then the state is as it was, bit for bit.

use search::{Change, Spot, View};

use crate::emphasis::Emphasis;

/// Counter units for a step that is made, where one evaluation of a relocation is one unit.
const STEP_UNITS: u64 = 4;

/// One step, as it is needed to take it back.
#[derive(Clone, Copy, Debug)]
enum Step {
    Relocated { class: usize, from: Spot, change: Change, extra: i32 },
    Left { class: usize, from: Spot, extra: i32 },
    Entered { class: usize, extra: i32 },
}

/// The memory of the log, kept between transactions.
#[derive(Debug, Default)]
pub(crate) struct Log(Vec<Step>);

impl Log {
    /// Gives its memory back.
    pub(crate) fn shrink(&mut self) {
        self.0 = Vec::new();
    }
}

/// A series of steps on a view.
#[derive(Debug)]
pub(crate) struct Transaction<'t, 'v> {
    view: &'t mut View<'v>,
    log: &'t mut Log,
    emphasis: &'t Emphasis,
    change: Change,
    extra: i32,
    evaluations: u64,
}

impl<'t, 'v> Transaction<'t, 'v> {
    /// A transaction without steps.
    pub(crate) fn new(view: &'t mut View<'v>, log: &'t mut Log, emphasis: &'t Emphasis) -> Self {
        log.0.clear();
        Self { view, log, emphasis, change: Change::default(), extra: 0, evaluations: 0 }
    }

    /// The timetable as it is now.
    pub(crate) fn view(&self) -> &View<'v> {
        self.view
    }

    /// What hard violations weigh at present.
    pub(crate) fn emphasis(&self) -> &'t Emphasis {
        self.emphasis
    }

    /// What all steps changed.
    pub(crate) fn change(&self) -> Change {
        self.change
    }

    /// What all steps changed, weighted: the number that acceptance looks at.
    pub(crate) fn worth(&self) -> i32 {
        self.change.weighted(self.view.grid().weights.hard) + self.extra
    }

    /// Evaluations and steps so far, in units of one evaluation.
    #[cfg(test)]
    pub(crate) fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Adds work that an operator did itself.
    #[inline]
    pub(crate) fn count(&mut self, units: usize) {
        self.evaluations += units as u64;
    }

    /// The number of steps so far, to return to with [`Transaction::undo_to`].
    pub(crate) fn mark(&self) -> usize {
        self.log.0.len()
    }

    /// What relocating a class would change; see [`View::evaluate`].
    #[inline]
    pub(crate) fn evaluate(&mut self, class: usize, target: Spot, limit: i32) -> Option<Change> {
        self.evaluations += 1;
        self.view.evaluate(class, target, limit)
    }

    /// Relocates a class; `change` is what [`Transaction::evaluate`] said.
    pub(crate) fn relocate(&mut self, class: usize, target: Spot, change: Change) {
        let from = self.view.spots()[class];
        let partner = self.view.class_in(target);
        let before = self.emphasised(class) + partner.map_or(0, |other| self.emphasised(other));
        self.view.apply(class, target, change);
        let after = self.emphasised(class) + partner.map_or(0, |other| self.emphasised(other));
        self.log(change, after - before, |extra| Step::Relocated { class, from, change, extra });
    }

    /// Takes a class out.
    pub(crate) fn leave(&mut self, class: usize) {
        let from = self.view.spots()[class];
        let before = self.emphasised(class);
        let change = self.view.leave(class);
        self.log(change, -before, |extra| Step::Left { class, from, extra });
    }

    /// Puts a class that is out into a free cell; false, and nothing is done, when that is no legal step.
    pub(crate) fn enter(&mut self, class: usize, target: Spot) -> bool {
        let Some(change) = self.view.enter(class, target) else { return false };
        let after = self.emphasised(class);
        self.log(change, after, |extra| Step::Entered { class, extra });
        true
    }

    fn emphasised(&self, class: usize) -> i32 {
        self.emphasis.of_class(self.view, class)
    }

    fn log(&mut self, change: Change, extra: i32, step: impl FnOnce(i32) -> Step) {
        self.evaluations += STEP_UNITS;
        self.change.hard += change.hard;
        self.change.soft += change.soft;
        self.extra += extra;
        self.log.0.push(step(extra));
    }

    /// Takes back all steps since `mark`.
    pub(crate) fn undo_to(&mut self, mark: usize) {
        while self.log.0.len() > mark {
            let Some(step) = self.log.0.pop() else { return };
            let (change, extra) = self.reverse(step);
            self.change.hard += change.hard;
            self.change.soft += change.soft;
            self.extra -= extra;
        }
    }

    fn reverse(&mut self, step: Step) -> (Change, i32) {
        match step {
            Step::Relocated { class, from, change, extra } => {
                let back = Change { hard: -change.hard, soft: -change.soft };
                self.view.apply(class, from, back);
                (back, extra)
            }
            Step::Left { class, from, extra } => {
                (self.view.enter(class, from).expect("the class was there before"), extra)
            }
            Step::Entered { class, extra } => (self.view.leave(class), extra),
        }
    }

    /// Takes back everything. Returns the evaluations made.
    pub(crate) fn undo(mut self) -> u64 {
        self.undo_to(0);
        self.evaluations
    }

    /// Keeps everything. Returns the evaluations made.
    pub(crate) fn commit(self) -> u64 {
        self.evaluations
    }
}
