//! The first and last acts that all workers share: arguments, parent-death signal, hello, heartbeat, orders, sealing, bye.
//!
//! A worker is a function from sealed inputs to sealed outputs: `fn(&Context) -> Result<Done, Failure>`. It knows neither who
//! runs beside it nor what a process id is; [`run`] does the rest.

mod args;
mod checkpoint;
mod context;
mod key;
mod relief;
mod run;
mod setting;
#[expect(unsafe_code, reason = "the C library offers no safe way to give free pages back")]
mod trim;

pub use args::{Budget, WorkerArgs};
pub use checkpoint::{CHECKPOINT, Checkpoints, checkpoint_name, checkpoint_number};
pub use context::{Context, Done};
pub use key::Ingredients;
pub use run::{ATTEMPT_VARIABLE, ENTRANCE_VARIABLE, RUN_ID_VARIABLE, run};
pub use setting::{Setting, SettingError};
