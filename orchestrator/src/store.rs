//! Every path of a run.
