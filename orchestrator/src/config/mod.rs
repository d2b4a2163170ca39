//! What the user wants, checked once.
