//! Commands of the program that need no run: look at an instance, count a solution, make an instance.

mod check;
mod folder;
mod generate;
mod init;
#[cfg(test)]
mod naive_count;
mod summary;
mod verify;
mod violations;

pub use check::{CheckArgs, check};
pub use generate::{CampusArgs, GenerateArgs, GenerateKind, generate};
pub use init::{Example, InitArgs, init};
pub use verify::{VerifyArgs, verify};
