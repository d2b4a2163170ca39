//! The small messages between the orchestrator and a worker. Data never goes this way: it crosses in sealed artifacts.
//!
//! ```text
//! orchestrator                                worker
//!   opens a one-shot server, spawns ───────────▶ connects, sends the two channel ends (Hail)
//!                                  ◀─────────── Hello
//!   Relieve, Stop                  ───────────▶ at any time
//!                                  ◀─────────── Beat, Incumbent, Note, Relieved, DeviceMemory, Counted at any time
//!                                  ◀─────────── Published (the output is sealed) or Failed
//!   measures the tree, then Bye    ───────────▶ exits
//! ```
//!
//! A frame is one coded record (see [`crate::codec`]) of at most 64 KiB. The two sides are the same binary, so the protocol
//! version only guards against a foreign program planted with `--worker-program`: the handshake refuses, it never guesses.
//! A worker whose order channel ends exits at once; an orchestrator whose report channel ends waits for the process to be reaped.

mod channel;
mod message;

pub use channel::{Connection, Listener, OrderSender, ReportReceiver, WireError, call_below, connect, release};
pub use message::{
    Device, DeviceProcess, Failure, FailureKind, Order, PROTOCOL_VERSION, Report, Stage, TEXT_BYTES_MAX,
};
