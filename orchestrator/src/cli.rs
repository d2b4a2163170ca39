//! What the user may say on the command line: types only.
