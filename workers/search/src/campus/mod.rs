//! The campus in motion: a compiled campus ([`Problem`]), one [`State`] for each timetable, moves of a meeting.
//!
//! A campus is searched in another form than an instance of the competition: its classes have lengths and several teachers, its
//! students are counted in pairs of courses, and its rooms are too many to be chosen one by one. Rooms that suit the same
//! courses at the same times are one *room class*; the search only counts how many meetings a class holds in each period, and
//! [`seat`] deals out the rooms at the end. So here the room of a [`Spot`](crate::Spot) is a room class.
//!
//! ```text
//! load      [E][P]  for each course and period: students, teachers and groups it shares with what is there
//! held      [K][P]  for each room class and period: meetings there
//! busy      [G][P]  for each lowest group and period: meetings there, and meetings that start there
//! taught    [T][D]  for each teacher with a limit and day: periods
//! ```
//!
//! What a meeting costs where it is, all others left as they are, is its *marginal*; a move costs the marginal there less the
//! marginal here.

mod arcs;
mod evaluate;
mod groups;
mod landscape;
mod problem;
mod proposal;
mod room_classes;
mod rules;
mod seat;
mod start;
mod state;
mod tables;

pub use landscape::CampusView;
pub use problem::Problem;
pub use seat::seat;
pub use state::State;
pub use tables::{Couple, Tables};
