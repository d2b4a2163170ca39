//! Answers to what people ask about a timetable: why an event is where it is, or nowhere (`carillon explain`), and where else it could
//! be (`carillon where`). It reads what a run has written, changes nothing, and is no stage: no orchestrator starts it.
//!
//! ```text
//! case     the run that is asked about: instance, timetable, and the rows of the user's own files
//! ground   what two courses have in common, who is away when: the same questions for both kinds of instance
//! funnel   from all places of the week to those that are left, and who takes them
//! scales   what a place of a class costs, by the recount of the audit
//! options  the free places of a class, weighed
//! ```
//!
//! It knows the readers of `load`, for only they know in which row of which file something stands.

mod case;
mod commands;
mod error;
mod funnel;
mod ground;
mod options;
mod rows;
mod scales;
mod week;

pub use commands::{ExplainArgs, WhereArgs, explain, where_else};
pub use error::ExplainError;
