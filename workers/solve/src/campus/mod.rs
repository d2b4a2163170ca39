//! STAGE2A for a campus.
//!
//! The same protocol as for an instance of the competition (guide, ledger, leases, guarded fragments), over the compiled campus
//! of `search`. There, clashes of students have a price even where they are hard violations: so whatever it counts as hard is
//! kept exactly, in every step, and students are made to clash less and less.
//!
//! ```text
//! ground    the compiled campus, pins, hard rules between courses
//! plan      a timetable in room classes, with the classes of each period
//! guide     greedy by freedom, ejection, descent: the first ledger
//! seat      from room classes to rooms
//! lease     cells for the jobs of a wave, a room's day at a time
//! piece     some courses that are free, all else fixed
//! lower     a piece as a model
//! job       a cluster, piece after piece; grow says which
//! repair    what the waves left without a place
//! commit    the guide or the fragments, and the next leases
//! ```

mod cliques;
mod commit;
mod ground;
mod grow;
mod guide;
mod job;
mod lease;
mod lower;
mod piece;
mod plan;
mod repair;
mod seat;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub(crate) use commit::work as commit;
pub(crate) use ground::is_no_worse;
pub(crate) use job::work as solve;
