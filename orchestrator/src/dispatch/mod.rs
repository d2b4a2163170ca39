//! What happens next: a pure function from state, event and time to state and commands, and the loop that feeds it.

mod fact;

pub use fact::{Ending, Fact, KillReason, Next, Who};
