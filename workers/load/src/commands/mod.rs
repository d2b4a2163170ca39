//! Commands of the program that need no run: look at an instance, count a solution.

mod check;
#[cfg(test)]
mod naive_count;
mod summary;
mod verify;
mod violations;

pub use check::{CheckArgs, check};
pub use verify::{VerifyArgs, verify};
