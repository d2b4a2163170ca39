//! The signals that end a run.
