//! Commands of the program that need no run: look at an instance, count a solution.

mod check;
mod summary;
mod verify;
mod violations;

pub use check::{CheckArgs, check};
pub use verify::{VerifyArgs, verify};
