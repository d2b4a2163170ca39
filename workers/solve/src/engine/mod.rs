//! What an engine is asked and what it answers. Each engine has a file of its own that alone knows its library.

mod pumpkin;

pub(crate) use pumpkin::Pumpkin;

use crate::meter::Meter;
use crate::model::Var;

/// One question about a model: is there a solution with an objective of at most `at_most` in which the `fixed` Booleans are 1?
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'q> {
    /// Largest objective that is of interest.
    pub(crate) at_most: Option<i64>,
    /// Booleans that must be 1, for this question only.
    pub(crate) fixed: &'q [Var],
}

/// What an engine found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A solution: a value for each variable of the model.
    Solution(Vec<u32>),
    /// There is none.
    Impossible,
    /// The work given did not suffice.
    Unknown,
}

/// A solver of one model. It may keep what it learns from one question to the next.
pub(crate) trait Engine {
    /// Values to try first, one for each variable of the model.
    fn prefer(&mut self, values: &[u32]);

    /// Answers a question, with no more work than the meter allows.
    fn ask(&mut self, question: Question, meter: &mut Meter) -> Answer;
}
