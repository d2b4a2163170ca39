//! What two processes of a run must agree on, byte for byte; and nothing else.
//!
//! Three kinds of things live here: the **model** (what a timetable is and what it costs), the **artifacts** (how it lies in
//! a sealed file that others map), and the **wire** (the few small messages between the orchestrator and a worker), with the
//! first and last acts that every worker shares (`worker`). Beside them lies how files are replaced (`file`). Nothing here searches,
//! spawns or decides.

pub mod artifact;
pub mod bytes;
pub mod codec;
pub mod exit;
pub mod file;
pub mod ids;
pub mod model;
pub mod wire;
pub mod worker;
