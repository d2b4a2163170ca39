//! The tables of a compiled campus as they are, for whoever carries them to a device.

use shared::model::campus::{Relation, Weights};

use super::problem::Problem;
use crate::change::Change;
use crate::homes::Homes;

/// What a [`Problem`] holds, beside what its other functions say.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// What is counted, and at which price.
    pub weights: Weights,
    /// What a timetable without any class costs.
    pub empty_price: i32,
    /// Whether any two courses cost something soft in a common period.
    pub is_any_soft: bool,
    /// Course: consecutive periods of each of its classes.
    pub lengths: &'a [u8],
    /// Course: people.
    pub sizes: &'a [u32],
    /// Course × period: what the course costs when it starts there, whatever the others do.
    pub start_prices: &'a [Change],
    /// Course: most classes a day.
    pub max_per_day: &'a [u16],
    /// Course: least days.
    pub min_days: &'a [u16],
    /// Course: most soft cost that a move may save besides what it finds in periods.
    pub soft_gain: &'a [i32],
    /// Course: teachers with a limit, by their number among those.
    pub limited: &'a [Vec<u32>],
    /// Limited teacher: most periods a day.
    pub limits: &'a [u16],
    /// Course: lowest groups.
    pub groups: &'a [Vec<u32>],
    /// Number of lowest groups.
    pub group_count: usize,
    /// Room class × period: rooms that are available.
    pub available: &'a [u16],
    /// Room class × period: what a room costs that would rather not be used.
    pub unwelcome: &'a [u16],
    /// Room class: seats.
    pub seats: &'a [u32],
    /// Where courses were before, by room classes.
    pub homes: &'a Homes,
}

/// Two courses that a rule couples, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Couple {
    /// The two.
    pub courses: [u32; 2],
    /// The rule.
    pub relation: Relation,
    /// What it costs when they break it.
    pub price: Change,
}

impl Problem {
    /// Its tables.
    pub fn tables(&self) -> Tables<'_> {
        Tables {
            weights: self.weights,
            empty_price: self.empty_price,
            is_any_soft: self.arcs.is_any_soft(),
            lengths: &self.length,
            sizes: &self.sizes,
            start_prices: &self.start_price,
            max_per_day: &self.max_per_day,
            min_days: &self.min_days,
            soft_gain: &self.soft_gain,
            limited: &self.limited,
            limits: &self.limits,
            groups: &self.groups,
            group_count: self.group_count,
            available: &self.rooms.available,
            unwelcome: &self.rooms.unwelcome,
            seats: &self.rooms.seats,
            homes: &self.homes,
        }
    }

    /// The couples that a course is one of.
    pub fn couples(&self, course: usize) -> impl Iterator<Item = Couple> {
        self.pairs.of(course).map(|pair| Couple {
            courses: [pair.first, pair.second],
            relation: pair.relation,
            price: pair.price,
        })
    }
}
