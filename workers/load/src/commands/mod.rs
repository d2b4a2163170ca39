//! Commands of the program that search nothing: look at an instance, count a solution, make an instance or convert one, write a
//! timetable as calendars and as a workbook.

mod calendar;
mod check;
mod convert;
mod folder;
mod generate;
mod init;
#[cfg(test)]
mod naive_count;
mod summary;
mod verify;
mod violations;
mod workbook;

pub use calendar::{CalendarArgs, calendar};
pub use check::{CheckArgs, check};
pub use convert::{ConvertArgs, convert};
pub use generate::{CampusArgs, GenerateArgs, GenerateKind, generate};
pub use init::{Example, InitArgs, init};
pub use verify::{VerifyArgs, verify};
pub use workbook::{WorkbookArgs, workbook};
