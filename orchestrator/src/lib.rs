//! The orchestrator: plans a run, spawns a process for each job, watches thresholds, kills, restarts, and writes the story
//! down. It reads headers of artifacts and small messages; it never opens a payload and does not know what a room is.
//!
//! ```text
//! cli, config   what the user wants, checked once
//! store         every path of a run, and its lock
//! plan          the table of stages, the job graph, the shares of time
//! dispatch      step(state, event, now) → commands, pure; and the loop that feeds it
//! supervise     starting, hearing and ending one worker
//! watch         measuring memory          policy   what follows from it, pure
//! engine        which engine works in STAGE2A
//! history       what the journals of earlier runs say about memory
//! learning      the policy that STAGE3 begins with, and the one that it ends with
//! journal       what was done             report   the story, for people and for programs
//! run           from nothing to the end   resume   from what a dead run has left to the end
//! page          the process that writes the report   origin   what a run came from
//! notify        what systemd is told while it goes on
//! metrics       the last run in figures, for who watches many
//! manual        completions and pages for man, of the command line as it is
//! ```

pub mod cli;
pub mod clock;
pub mod config;
pub mod dispatch;
pub mod engine;
pub mod error;
mod fingerprint;
mod history;
pub mod journal;
mod learning;
mod manual;
mod metrics;
pub mod notify;
mod open_files;
mod origin;
mod page;
pub mod plan;
pub mod policy;
pub mod report;
mod resume;
mod run;
pub mod signal;
pub mod store;
pub mod supervise;
pub mod watch;

pub use config::{ConfigArgs, config};
pub use manual::{CompletionsArgs, ManArgs, completions, man};
pub use resume::resume;
pub use run::run;
