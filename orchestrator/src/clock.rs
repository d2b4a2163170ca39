//! The time of a run.
