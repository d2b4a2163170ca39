//! What is to be done, in which order, with how much time.
