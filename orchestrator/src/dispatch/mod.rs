//! What happens next: a pure function from state, event and time to state and commands, and the loop that feeds it.
//!
//! ```text
//! event_loop ── event ──▶ State::step ── commands ──▶ event_loop
//!     step      what was said and by whom         launch   what may start now, and with what
//!     settle    what becomes of a job              retry    whether to try again
//!     ladder    more memory, or less work, after an out-of-memory
//!     guard     memory and time                    fact     what can be told of it all
//!     gpu       the device's day: chosen, watched, given back
//!     recall    what a run that was broken off had come to       recipe   what an output is made from, as one number
//! ```

mod arguments;
mod chronicle;
mod device_fact;
mod event;
mod event_loop;
mod fact;
mod gpu;
#[cfg(test)]
mod gpu_tests;
mod guard;
mod kill;
mod ladder;
#[cfg(test)]
mod ladder_tests;
mod launch;
mod recall;
#[cfg(test)]
mod recall_tests;
mod recipe;
mod records;
mod retry;
mod settle;
#[cfg(test)]
mod simulate;
mod state;
mod step;
#[cfg(test)]
mod step_tests;
mod sweeps;
#[cfg(test)]
mod testing;

pub use chronicle::Chronicle;
pub use device_fact::DeviceFact;
pub use event::{Command, Done, Event, Launch, Look, Sealed, Source};
pub use event_loop::{Conducted, Loop, conduct};
pub use fact::{Ending, Fact, Next, Who};
pub use kill::KillReason;
pub use recall::{Past, PastJob, Remains, works};
pub use recipe::Recipe;
pub use state::{Rules, State};
