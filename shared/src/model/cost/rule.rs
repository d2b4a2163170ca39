//! Every rule that is counted, by name, and the table of counts.

use crate::codec::{Decode, Encode};
use crate::model::Cost;

/// Which rules an instance is under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Formulation {
    /// UD2 of the curriculum-based competition.
    #[default]
    Ud2,
    /// The campus folder.
    Campus,
}

/// One thing that is counted. The soft ones are counted with their weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Rule {
    /// UD2: classes missing, surplus, or in a period where their course already has one.
    Lectures,
    /// UD2: pairs of courses that share a teacher or curriculum and a period, for each such period.
    Conflicts,
    /// UD2: classes in a period in which their course may not be taught.
    Availability,
    /// UD2: classes beyond the first in one room and period.
    RoomOccupancy,
    /// UD2: students without a seat.
    RoomCapacity,
    /// UD2: missing working days.
    MinimumWorkingDays,
    /// UD2: isolated classes.
    CurriculumCompactness,
    /// UD2: additional rooms.
    RoomStability,
    /// H1: meetings without a place.
    Unplaced,
    /// H2: events beyond the first in one room and period.
    RoomClash,
    /// H3: events of a teacher beyond the first in one period.
    TeacherClash,
    /// H4: pairs of events of related groups in one period.
    GroupClash,
    /// H5: events of a student beyond the first in one period.
    StudentClash,
    /// H6: meetings in a room with too few seats.
    RoomTooSmall,
    /// H7: meetings in a room without a feature that they need.
    FeatureMissing,
    /// H8: meetings in a room that is not one of those allowed.
    RoomNotAllowed,
    /// H9: periods of meetings in which the room is not available.
    RoomUnavailable,
    /// H9: periods of meetings in which a teacher is not available, for each such teacher.
    TeacherUnavailable,
    /// H9: periods of meetings in which a related group is not available.
    GroupUnavailable,
    /// H10: meetings that reach beyond their day.
    OutsideTheDay,
    /// H11: meetings of an event beyond the most of a day.
    TooManyADay,
    /// H12: periods of a teacher beyond the most of a day.
    TeacherOverloaded,
    /// H13: pins that do not hold.
    PinMoved,
    /// H14: pairs of events that break a hard rule.
    RuleBroken,
    /// H5 where it is a cost.
    StudentClashPriced,
    /// S1: missing days.
    MinDays,
    /// S2: isolated meetings of groups.
    Isolated,
    /// S3: additional rooms.
    Rooms,
    /// S4: periods in which somebody would rather not.
    SoftUnavailable,
    /// S5: gaps in the days of students.
    Gaps,
    /// S6: seats wasted beyond half of the room.
    Seats,
    /// S7: meetings in the last period of the day.
    LastPeriod,
    /// S8: pairs of events that break a soft rule.
    SoftRule,
}

/// Name, formulation and hardness of each rule, in the order of [`Rule`].
const TABLE: [(Rule, &str, Formulation, bool); 33] = {
    use Formulation::{Campus, Ud2};
    [
        (Rule::Lectures, "Lectures", Ud2, true),
        (Rule::Conflicts, "Conflicts", Ud2, true),
        (Rule::Availability, "Availability", Ud2, true),
        (Rule::RoomOccupancy, "RoomOccupancy", Ud2, true),
        (Rule::RoomCapacity, "RoomCapacity", Ud2, false),
        (Rule::MinimumWorkingDays, "MinimumWorkingDays", Ud2, false),
        (Rule::CurriculumCompactness, "CurriculumCompactness", Ud2, false),
        (Rule::RoomStability, "RoomStability", Ud2, false),
        (Rule::Unplaced, "H1 unplaced", Campus, true),
        (Rule::RoomClash, "H2 room clash", Campus, true),
        (Rule::TeacherClash, "H3 teacher clash", Campus, true),
        (Rule::GroupClash, "H4 group clash", Campus, true),
        (Rule::StudentClash, "H5 student clash", Campus, true),
        (Rule::RoomTooSmall, "H6 room too small", Campus, true),
        (Rule::FeatureMissing, "H7 feature missing", Campus, true),
        (Rule::RoomNotAllowed, "H8 room not allowed", Campus, true),
        (Rule::RoomUnavailable, "H9 room unavailable", Campus, true),
        (Rule::TeacherUnavailable, "H9 teacher unavailable", Campus, true),
        (Rule::GroupUnavailable, "H9 group unavailable", Campus, true),
        (Rule::OutsideTheDay, "H10 outside the day", Campus, true),
        (Rule::TooManyADay, "H11 too many a day", Campus, true),
        (Rule::TeacherOverloaded, "H12 teacher overloaded", Campus, true),
        (Rule::PinMoved, "H13 pin moved", Campus, true),
        (Rule::RuleBroken, "H14 rule broken", Campus, true),
        (Rule::StudentClashPriced, "S0 student clash", Campus, false),
        (Rule::MinDays, "S1 days missing", Campus, false),
        (Rule::Isolated, "S2 isolated meeting", Campus, false),
        (Rule::Rooms, "S3 rooms beyond one", Campus, false),
        (Rule::SoftUnavailable, "S4 unwelcome period", Campus, false),
        (Rule::Gaps, "S5 student gap", Campus, false),
        (Rule::Seats, "S6 seats wasted", Campus, false),
        (Rule::LastPeriod, "S7 last period", Campus, false),
        (Rule::SoftRule, "S8 soft rule broken", Campus, false),
    ]
};

impl Rule {
    /// The name that people read: that of the competition, or the campus folder's number with a word or two.
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }
}

/// The cost by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Components {
    formulation: Formulation,
    counts: Counts,
    /// Of the hard counts, those that are classes without a place.
    unplaced: u64,
    /// What changes to the timetable before cost the search; no rule, and no part of the cost.
    price: u64,
    /// What these changes are, where somebody has counted them.
    changes: Option<Changes>,
    /// What no timetable can cost less than, where somebody has counted it.
    bound: Option<u64>,
}

/// How a timetable differs from the one before, in meetings. Those of one event are alike: as many as both timetables have are
/// compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Changes {
    /// Meetings that the timetable before had, and that the instance still has.
    pub compared: u64,
    /// Of these: those in another period.
    pub period: u64,
    /// Those in their period, in another room.
    pub room: u64,
    /// Those that have no place any more.
    pub unplaced: u64,
    /// Meetings that the timetable before had not.
    pub added: u64,
    /// Meetings that the instance has no more.
    pub gone: u64,
}

impl Changes {
    /// Meetings that are not where they were.
    pub const fn moved(self) -> u64 {
        self.period + self.room + self.unplaced
    }
}

/// A count for each rule. In a box, because messages and events carry it, and of its own, because an array of this length has
/// no default.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Counts(Box<[u64; TABLE.len()]>);

impl Default for Counts {
    fn default() -> Self {
        Self(Box::new([0; TABLE.len()]))
    }
}

impl Components {
    /// Nothing counted yet.
    pub fn new(formulation: Formulation) -> Self {
        Self { formulation, ..Self::default() }
    }

    /// The same with `count` more of a rule.
    #[must_use]
    pub fn with(mut self, rule: Rule, count: u64) -> Self {
        self.add(rule, count);
        self
    }

    /// The same with `count` of the hard counts told to be classes without a place.
    #[must_use]
    pub fn with_unplaced(mut self, count: u64) -> Self {
        self.add_unplaced(count);
        self
    }

    /// The same with what changes to the timetable before cost the search.
    #[must_use]
    pub fn with_price(mut self, price: u64) -> Self {
        self.price = price;
        self
    }

    /// The same with the changes that were counted.
    #[must_use]
    pub fn with_changes(mut self, changes: Option<Changes>) -> Self {
        self.changes = changes;
        self
    }

    /// The same with what no timetable of the instance can cost less than.
    #[must_use]
    pub fn with_bound(mut self, bound: u64) -> Self {
        self.bound = Some(bound);
        self
    }

    /// Counts `count` more of a rule, weighted if it is soft.
    pub fn add(&mut self, rule: Rule, count: u64) {
        self.counts.0[rule as usize] += count;
    }

    /// Tells that `count` more of the hard counts are classes without a place.
    pub fn add_unplaced(&mut self, count: u64) {
        self.unplaced += count;
    }

    /// What was counted of a rule.
    pub fn get(&self, rule: Rule) -> u64 {
        self.counts.0[rule as usize]
    }

    /// Classes without a place.
    pub fn unplaced(&self) -> u64 {
        self.unplaced
    }

    /// What has become of the places of the timetable before, where somebody has counted it.
    pub fn changes(&self) -> Option<Changes> {
        self.changes
    }

    /// What no timetable of the instance can cost less than, where somebody has counted it.
    pub fn bound(&self) -> Option<u64> {
        self.bound
    }

    /// Whether it is known that no timetable costs less.
    pub fn is_optimal(&self) -> bool {
        let cost = self.cost();
        cost.is_feasible() && self.bound.is_some_and(|bound| cost.soft <= bound)
    }

    /// Which rules were counted.
    pub fn formulation(&self) -> Formulation {
        self.formulation
    }

    /// Names and counts of the hard rules of the formulation.
    pub fn hard(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.named(true)
    }

    /// Names and weighted counts of its soft rules.
    pub fn soft(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.named(false)
    }

    fn named(&self, hard: bool) -> impl Iterator<Item = (&'static str, u64)> {
        let is_meant = move |row: &&(Rule, &str, Formulation, bool)| row.2 == self.formulation && row.3 == hard;
        TABLE.iter().filter(is_meant).map(|(rule, name, ..)| (*name, self.get(*rule)))
    }

    /// What a search makes less of: the cost, and the price of what is not where it was. Without a timetable before, the cost.
    pub fn priced(&self) -> Cost {
        let cost = self.cost();
        Cost { soft: cost.soft + self.price, ..cost }
    }

    /// The sums, by the rules alone.
    pub fn cost(&self) -> Cost {
        let hard: u64 = self.hard().map(|(_, count)| count).sum();
        Cost { hard: hard - self.unplaced, unplaced: self.unplaced, soft: self.soft().map(|(_, count)| count).sum() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_rules() {
        assert!(TABLE.iter().enumerate().all(|(index, (rule, ..))| *rule as usize == index));
    }

    #[test]
    fn what_is_missing_is_told_from_what_is_wrong() {
        let counted = Components::new(Formulation::Campus).with(Rule::Unplaced, 3).with_unplaced(3);
        let counted = counted.with(Rule::RoomClash, 2).with(Rule::MinDays, 5).with(Rule::Lectures, 9);
        assert_eq!(counted.cost(), Cost { hard: 2, unplaced: 3, soft: 5 }, "rules of another formulation do not count");
        assert_eq!(counted.hard().next(), Some(("H1 unplaced", 3)));
    }
}
