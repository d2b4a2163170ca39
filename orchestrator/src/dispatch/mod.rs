//! What happens next: a pure function from state, event and time to state and commands, and the loop that feeds it.
//!
//! ```text
//! event_loop ── event ──▶ State::step ── commands ──▶ event_loop
//!     step      what was said and by whom         launch   what may start now, and with what
//!     settle    what becomes of a job              retry    whether to try again
//!     guard     memory and time                    fact     what can be told of it all
//! ```

mod chronicle;
mod event;
mod event_loop;
mod fact;
mod guard;
mod launch;
mod retry;
mod settle;
#[cfg(test)]
mod simulate;
mod state;
mod step;
#[cfg(test)]
mod step_tests;

pub use chronicle::Chronicle;
pub use event::{Command, Event, Launch, Look, Sealed, Source};
pub use event_loop::{Loop, conduct};
pub use fact::{Ending, Fact, KillReason, Next, Who};
pub use state::{Rules, State};
