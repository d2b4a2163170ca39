//! Commands of the program that search nothing: look at an instance, count a solution, make an instance, write calendars of a run.

mod calendar;
mod check;
mod folder;
mod generate;
mod init;
#[cfg(test)]
mod naive_count;
mod summary;
mod verify;
mod violations;

pub use calendar::{CalendarArgs, calendar};
pub use check::{CheckArgs, check};
pub use generate::{CampusArgs, GenerateArgs, GenerateKind, generate};
pub use init::{Example, InitArgs, init};
pub use verify::{VerifyArgs, verify};
