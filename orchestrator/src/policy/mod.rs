//! What is decided about memory: pure functions over plain numbers.
