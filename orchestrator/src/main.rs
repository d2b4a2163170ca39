//! carillon
fn main() {}
