//! Stage worker.
