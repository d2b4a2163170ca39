//! Answers to what people ask about a timetable: why an event is where it is, or nowhere (`carillon explain`), and where else it could
//! be (`carillon where`). It reads what a run has written, changes nothing, and is no stage: no orchestrator starts it.
//!
//! ```text
//! case     the run that is asked about: instance, timetable, and the rows of the user's own files
//! ground   what two courses have in common, who is away when: the same questions for both kinds of instance
//! funnel   from all places of the week to those that are left, and who takes them
//! scales   what a place of a class costs, by the recount of the audit
//! options  the free places of a class, weighed
//! demand   what a user demands, one thing for each row that a person can point at
//! puzzle   some events as a model, in which each demand may be given up
//! conflict a few demands that stand against each other      remedy   which of them to give up, tried
//! seat     from starts to a timetable with rooms
//! ```
//!
//! It knows the readers of `load`, for only they know in which row of which file something stands, and the engine of `solve`.

mod case;
mod commands;
mod conflict;
mod demand;
mod error;
mod funnel;
mod ground;
mod options;
mod puzzle;
mod remedy;
mod rows;
mod scales;
mod seat;
#[cfg(test)]
mod soundness;
mod week;

pub use commands::{ExplainArgs, WhereArgs, explain, where_else};
pub use error::ExplainError;
