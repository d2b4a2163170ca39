//! STAGE1 for a campus: whom its courses share instead of teachers and curricula, and what its jobs hold.
//!
//! Two graphs. The *conflict graph* says what a cut would cost, and is what is clustered; students make most of it. The
//! *coupling* says which courses must not be moved side by side: those with a common teacher, related groups or a hard rule.
//! Students couple softly: two jobs of a wave may hurt them, and the guard of `commit` then refuses the later one.

mod conflict;
mod coupling;
mod size;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub(crate) use conflict::conflict_graph;
pub(crate) use coupling::{coupling, rigid_pairs};
pub(crate) use size::CampusPredictor;
