//! The operators: each rearranges the timetable around one class, through a transaction, with bounded work.
//!
//! An operator proposes; it neither accepts nor undoes. What it returns says how its steps are to be judged.

mod best_move;
mod course_room;
mod ejection;
mod kempe;
mod period_rooms;
mod ruin;
mod seat;
mod swap;
#[cfg(test)]
mod tests;
mod walk;

use search::Thresholds;

use crate::random::Random;
use crate::transaction::Transaction;

/// How the steps of an operator are to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proposal {
    /// There is nothing to keep; the steps may leave classes out.
    Nothing,
    /// All steps together, by what they are worth.
    Whole,
    /// Each step was accepted on its own already.
    Settled,
}

/// One kind of rearrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// A stretch of single random proposals.
    Walk,
    /// The best place for one class, among all periods and rooms.
    BestMove,
    /// The best class to change places with, in a few periods.
    Swap,
    /// A component of the conflict graph between two periods changes sides.
    Kempe,
    /// A class takes a place, what was there takes another, and so on.
    Ejection,
    /// The rooms of one period, matched anew.
    PeriodRooms,
    /// One room for all classes of a course.
    CourseRoom,
    /// Related classes are taken out and put back, the one with most to lose first.
    Ruin,
}

impl Operator {
    /// All of them, in the order of the policy's rows.
    pub(crate) const ALL: [Self; 8] = [
        Self::Walk,
        Self::BestMove,
        Self::Swap,
        Self::Kempe,
        Self::Ejection,
        Self::PeriodRooms,
        Self::CourseRoom,
        Self::Ruin,
    ];

    /// Its name in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::BestMove => "move",
            Self::Swap => "swap",
            Self::Kempe => "kempe",
            Self::Ejection => "eject",
            Self::PeriodRooms => "match",
            Self::CourseRoom => "gather",
            Self::Ruin => "ruin",
        }
    }

    /// Proposes a rearrangement around the target of `call`.
    pub(crate) fn propose(self, steps: &mut Transaction<'_, '_>, call: &mut Call<'_>) -> Proposal {
        match self {
            Self::Walk => walk::walk(steps, call),
            Self::BestMove => best_move::best_move(steps, call),
            Self::Swap => swap::swap(steps, call),
            Self::Kempe => kempe::kempe(steps, call),
            Self::Ejection => ejection::ejection(steps, call),
            Self::PeriodRooms => period_rooms::period_rooms(steps, call),
            Self::CourseRoom => course_room::course_room(steps, call),
            Self::Ruin => ruin::ruin(steps, call),
        }
    }
}

/// What an operator is called with.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    /// The class to work around.
    pub(crate) target: usize,
    /// The largest worsening that will be accepted.
    pub(crate) limit: i32,
    /// The change that would make a new best; a walk stops to look back there.
    pub(crate) record: i32,
    /// Whether hard violations are being repaired; otherwise none may be made.
    pub(crate) repairing: bool,
    /// How many classes ruin takes out.
    pub(crate) ruin_size: usize,
    /// Thresholds of the current temperature, for single steps.
    pub(crate) thresholds: &'c Thresholds,
    /// Random numbers.
    pub(crate) random: &'c mut Random,
    /// Buffers.
    pub(crate) scratch: &'c mut Scratch,
}

impl Call<'_> {
    /// The limit for evaluations. While violations are repaired their weights are not those that an evaluation knows, so
    /// nothing is dropped early.
    fn early_limit(&self) -> i32 {
        if self.repairing { i32::MAX / 4 } else { self.limit }
    }
}

/// Buffers that operators use, kept between calls.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    classes: Vec<usize>,
    others: Vec<usize>,
    matching: seat::Matching,
    offers: Vec<ruin::Offer>,
}

impl Scratch {
    /// Gives its memory back.
    pub(crate) fn shrink(&mut self) {
        *self = Self::default();
    }
}

/// The cheapest free room of a period for a course that is not there, with its price. The scan starts anywhere, so that equal
/// rooms share the work.
fn cheapest_free_room(
    steps: &mut Transaction<'_, '_>,
    course: usize,
    period: usize,
    start: usize,
) -> Option<(i32, usize)> {
    let view = steps.view();
    let rooms = view.grid().rooms;
    let mut best: Option<(i32, usize)> = None;
    for room in (start..rooms).chain(0..start) {
        let spot = search::Spot::new(period, room);
        if view.class_in(spot).is_some() {
            continue;
        }
        let price = view.room_entry(course, spot);
        if best.is_none_or(|(least, _)| price < least) {
            best = Some((price, room));
            if price == 0 {
                break;
            }
        }
    }
    steps.count(1 + rooms / ROOMS_PER_UNIT);
    best
}

/// Looking at so many rooms costs about as much as one evaluation.
const ROOMS_PER_UNIT: usize = 16;
