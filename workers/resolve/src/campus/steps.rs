//! Steps on a board that are made for good or not at all.

use search::{Change, Spot};

use super::board::Board;

/// Counter units for a step that is made, where one evaluation is one unit.
const STEP_UNITS: u64 = 4;

/// One step, as it is needed to take it back.
#[derive(Clone, Copy, Debug)]
enum Step {
    Moved { class: usize, from: Spot, change: Change },
    Left { class: usize, from: Spot },
    Entered { class: usize },
}

/// The memory of the log, kept between series of steps.
#[derive(Debug, Default)]
pub(crate) struct Log(Vec<Step>);

impl Log {
    /// Gives its memory back.
    pub(crate) fn shrink(&mut self) {
        self.0 = Vec::new();
    }
}

/// A series of steps.
#[derive(Debug)]
pub(crate) struct Steps<'t, 'g> {
    board: &'t mut Board<'g>,
    log: &'t mut Log,
    change: Change,
    evaluations: u64,
}

impl<'t, 'g> Steps<'t, 'g> {
    /// No steps yet.
    pub(crate) fn new(board: &'t mut Board<'g>, log: &'t mut Log) -> Self {
        log.0.clear();
        Self { board, log, change: Change::default(), evaluations: 0 }
    }

    /// The timetable as it is now.
    pub(crate) fn board(&self) -> &Board<'g> {
        self.board
    }

    /// The same, for what it finds out about itself.
    pub(crate) fn board_mut(&mut self) -> &mut Board<'g> {
        self.board
    }

    /// What all steps changed.
    pub(crate) fn change(&self) -> Change {
        self.change
    }

    /// What all steps changed, weighted.
    pub(crate) fn worth(&self) -> i32 {
        self.change.weighted(self.board.problem().hard_weight)
    }

    /// Adds work that an operator did itself.
    #[inline]
    pub(crate) fn count(&mut self, units: usize) {
        self.evaluations += units as u64;
    }

    /// Work so far, in units of one evaluation.
    pub(crate) fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// The number of steps so far, to return to with [`Steps::undo_to`].
    pub(crate) fn mark(&self) -> usize {
        self.log.0.len()
    }

    /// What moving a class would change, unless that is more than `limit`.
    #[inline]
    pub(crate) fn evaluate(&mut self, class: usize, target: Spot, limit: i32) -> Option<Change> {
        self.evaluations += 1;
        self.board.state().evaluate(self.board.problem(), class, target, limit)
    }

    /// Moves a class; `change` is what [`Steps::evaluate`] said.
    pub(crate) fn relocate(&mut self, class: usize, target: Spot, change: Change) {
        if let Some(from) = self.board.state().spot(class) {
            self.board.relocate(class, target, change);
            self.log(change, Step::Moved { class, from, change });
        }
    }

    /// Moves a class, whatever that changes.
    pub(crate) fn push(&mut self, class: usize, target: Spot) {
        if let Some(change) = self.evaluate(class, target, i32::MAX) {
            self.relocate(class, target, change);
        }
    }

    /// Takes a class out.
    pub(crate) fn leave(&mut self, class: usize) {
        if let Some(from) = self.board.state().spot(class) {
            let change = self.board.leave(class);
            self.log(change, Step::Left { class, from });
        }
    }

    /// Puts a class that is out back in.
    pub(crate) fn enter(&mut self, class: usize, spot: Spot) {
        let change = self.board.enter(class, spot);
        self.log(change, Step::Entered { class });
    }

    fn log(&mut self, change: Change, step: Step) {
        self.evaluations += STEP_UNITS;
        self.change.hard += change.hard;
        self.change.soft += change.soft;
        self.log.0.push(step);
    }

    /// Takes back all steps since `mark`.
    pub(crate) fn undo_to(&mut self, mark: usize) {
        while self.log.0.len() > mark {
            let Some(step) = self.log.0.pop() else { return };
            let change = self.reverse(step);
            self.change.hard += change.hard;
            self.change.soft += change.soft;
        }
    }

    fn reverse(&mut self, step: Step) -> Change {
        match step {
            Step::Moved { class, from, change } => {
                let back = Change { hard: -change.hard, soft: -change.soft };
                self.board.relocate(class, from, back);
                back
            }
            Step::Left { class, from } => self.board.enter(class, from),
            Step::Entered { class } => self.board.leave(class),
        }
    }
}
