//! The timetable in motion: a compiled instance ([`Grid`]), one flat state blob for each timetable ([`State`]) with all the
//! counters that make a change of cost cheap, moves, and annealing.
//!
//! Used by `solve`, `evolve` and `resolve`. Nothing here reads files, threads or clocks; the slow recount of
//! `shared::model::cost` shares no line with it and is what its numbers are checked against.

mod anneal;
pub mod campus;
mod change;
mod grid;
mod homes;
mod layout;
mod motion;
mod penalty;
mod philox;
mod removal;
mod spot;
mod start;
mod state;
mod view;

pub use anneal::{Annealer, Tally, Thresholds};
pub use change::{Change, Relocation};
pub use grid::{Grid, GridError, Weights};
pub use homes::Homes;
pub use motion::{Form, Landscape, Motion};
pub use philox::{Philox, below};
pub use spot::Spot;
pub use state::State;
pub use view::View;
