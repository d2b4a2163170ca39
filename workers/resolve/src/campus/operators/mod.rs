//! The operators for a campus: each rearranges the timetable around one class, with bounded work.
//!
//! An operator proposes; it neither accepts nor undoes. What it returns says how its steps are to be judged. Nearly all of the
//! work is to look where a class could start: what people make of every start is in a table, so that only the few good ones
//! are evaluated whole.

mod chain;
mod kempe;
mod place;
mod ruin;
mod swap;
mod tabu;
#[cfg(test)]
mod tests;
mod walk;

use search::Thresholds;

use super::burden::Burden;
use super::steps::Steps;
use crate::operators::Proposal;
use crate::random::Random;

/// One kind of rearrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// A stretch of single random proposals.
    Walk,
    /// Classes in violation go where they violate least, again and again, and not back.
    Tabu,
    /// A class takes a place, those who stood in its way take others, and so on.
    Chain,
    /// A component of the conflict graph between two times changes sides.
    Kempe,
    /// Two classes of one length change places.
    Swap,
    /// Related classes are taken out and put back, the one with most to lose first.
    Ruin,
}

impl Operator {
    /// All of them, in the order of the policy's rows.
    pub(crate) const ALL: [Self; 6] = [Self::Walk, Self::Tabu, Self::Chain, Self::Kempe, Self::Swap, Self::Ruin];

    /// Its name in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Tabu => "tabu",
            Self::Chain => "chain",
            Self::Kempe => "kempe",
            Self::Swap => "swap",
            Self::Ruin => "ruin",
        }
    }

    /// Proposes a rearrangement around the target of `call`.
    pub(crate) fn propose(self, steps: &mut Steps<'_, '_>, call: &mut Call<'_>) -> Proposal {
        match self {
            Self::Walk => walk::walk(steps, call),
            Self::Tabu => tabu::tabu(steps, call),
            Self::Chain => chain::chain(steps, call),
            Self::Kempe => kempe::kempe(steps, call),
            Self::Swap => swap::swap(steps, call),
            Self::Ruin => ruin::ruin(steps, call),
        }
    }
}

/// What an operator is called with.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    /// The class to work around. It has a place.
    pub(crate) target: usize,
    /// The largest worsening that will be accepted.
    pub(crate) limit: i32,
    /// The change that would make a new best; a walk stops to look back there.
    pub(crate) record: i32,
    /// How many classes ruin takes out.
    pub(crate) ruin_size: usize,
    /// Thresholds of the current temperature, for single steps.
    pub(crate) thresholds: &'c Thresholds,
    /// How hard it has been to place each course.
    pub(crate) burden: &'c mut Burden,
    /// Random numbers.
    pub(crate) random: &'c mut Random,
    /// Buffers.
    pub(crate) scratch: &'c mut Scratch,
}

/// Buffers that operators use, kept between calls.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    classes: Vec<usize>,
    others: Vec<usize>,
    found: Vec<usize>,
    sides: Vec<bool>,
    tabu: tabu::List,
    offers: Vec<ruin::Offer>,
}

impl Scratch {
    /// Gives its memory back.
    pub(crate) fn shrink(&mut self) {
        *self = Self::default();
    }
}
