//! The cost of a timetable, and its count in the slow, obvious way.
//!
//! This count shares nothing with the incremental one of the search: `audit` and `export` use it to check what the search
//! claims. What is counted, and by which name, stands in `rule.rs`; how, in a file for each formulation.

mod bound;
mod campus;
mod curriculum;
mod rule;

use std::cmp::Ordering;

use crate::codec::{Decode, Encode};
use crate::ids::{ClassId, CourseId, Id};
use crate::model::{Homes, Instance, Placement, Timetable};

pub use bound::{bound, is_optimal};
pub use campus::{Meeting, recount_meetings};
pub use curriculum::{
    CURRICULUM_COMPACTNESS_WEIGHT, Lecture, MIN_WORKING_DAYS_WEIGHT, ROOM_CAPACITY_WEIGHT, ROOM_STABILITY_WEIGHT,
    recount_lectures,
};
pub use rule::{Changes, Components, Formulation, Rule};

/// What a timetable costs. Lower is better; violations (hard and unplaced together) count before anything soft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Cost {
    /// Hard violations among what is placed.
    pub hard: u64,
    /// Classes without a place.
    pub unplaced: u64,
    /// Weighted soft cost.
    pub soft: u64,
}

impl Cost {
    /// Hard violations, missing classes included.
    pub fn violations(self) -> u64 {
        self.hard + self.unplaced
    }

    /// Whether everything is placed without a violation.
    pub fn is_feasible(self) -> bool {
        self.violations() == 0
    }
}

impl PartialOrd for Cost {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cost {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.violations(), self.soft, self.hard).cmp(&(other.violations(), other.soft, other.hard))
    }
}

/// Counts all components of a timetable, which may be partial; and, where there was a timetable before, what the search pays for
/// what is not where it was.
pub fn recount(instance: &Instance, timetable: &Timetable) -> Components {
    let counted = by_rules(instance, timetable);
    match instance.homes() {
        Some(homes) => counted.with_price(price_of_changes(instance, homes, timetable)),
        None => counted,
    }
}

fn price_of_changes(instance: &Instance, homes: Homes<'_>, timetable: &Timetable) -> u64 {
    let price = |(course, at): (&CourseId, &Option<Placement>)| at.map_or(0, |at| homes.price_at(*course, at));
    instance.class_courses().iter().zip(timetable.placements()).map(price).map(u64::from).sum()
}

fn by_rules(instance: &Instance, timetable: &Timetable) -> Components {
    let placed = (0..instance.class_count()).filter_map(|index| {
        let at = timetable.get(ClassId::new(index))?;
        Some((index, instance.class_courses()[index], at))
    });
    if let Some(campus) = instance.campus() {
        let meetings = placed.map(|(class, course, at)| Meeting::of(instance, class, course, at));
        return recount_meetings(instance, &campus, &meetings.collect::<Vec<_>>());
    }
    let lectures = placed.map(|(_, course, at)| Lecture { course, period: at.period, room: at.room });
    recount_lectures(instance, &lectures.collect::<Vec<_>>())
}
