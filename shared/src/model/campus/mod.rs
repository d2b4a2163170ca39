//! What a campus has beyond courses, rooms and teachers: students, groups, classes of several periods, features, pins, rules.
//!
//! The campus folder's words map to the model's like this:
//!
//! ```text
//! event            Course: its meetings are its classes, `per_week` of them
//! course           Subject: a student enrols in it, and attends every course (event) of it
//! meeting          Class; its placement says the period in which it starts
//! group, part_of   Group and its parents
//! ```
//!
//! [`CampusTables`] are the rows as `load` collects them, [`Campus`] is the view over the sealed columns. An instance of the
//! competition has neither.

mod tables;
#[cfg(test)]
pub(crate) mod testing;
mod view;

pub use tables::{Blocked, CampusTables, EventRow, GroupRow, Pin, Relation, RuleRow, Weights, Who};
pub(super) use view::is_sound;
pub use view::{Campus, Kin, RuleView};
