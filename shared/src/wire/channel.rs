//! How it is said: two ipc-channel byte channels, opened through a one-shot server.

use std::path::Path;

use ipc_channel::IpcError;
use ipc_channel::ipc::{IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcSender, bytes_channel};
use serde::{Deserialize, Serialize};

use super::{Order, Report, message};
use crate::codec;

/// Why a message could not be sent or received.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The other side is gone.
    #[error("talk to a process that is gone")]
    Gone,
    /// The channel could not be opened.
    #[error("open a channel: {0}")]
    Open(String),
    /// The other side sent what is no message of this protocol.
    #[error("understand a message: {0}")]
    Garbled(String),
}

/// The first thing that goes through the one-shot server: the ends that the orchestrator keeps.
#[derive(Serialize, Deserialize)]
enum Hail {
    Worker {
        orders: IpcBytesSender,
        reports: IpcBytesReceiver,
    },
    /// Sent by the orchestrator to itself, to free an `accept` whose worker died before it called.
    Released,
}

/// Lets every later [`Listener`] of this process lie in that folder, and not in the temporary folder. Only the first call counts.
pub fn call_below(folder: &Path) {
    // ipc-channel makes a folder for each, wherever `tempfile` makes them: there is no other way to tell it where.
    let _ = tempfile::env::override_temp_dir(folder);
}

/// The orchestrator's side before a worker has called.
pub struct Listener {
    server: IpcOneShotServer<Hail>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Listener")
    }
}

impl Listener {
    /// A listener, and the name by which a worker calls it.
    ///
    /// # Errors
    /// When the system has no more sockets or no room for one.
    pub fn open() -> Result<(Self, String), WireError> {
        let (server, name) = IpcOneShotServer::new().map_err(|error| WireError::Open(error.to_string()))?;
        Ok((Self { server }, name))
    }

    /// Waits for the worker to call. **Blocks for ever if it never does**: wait on a thread of its own, and call [`release`]
    /// when the worker has died; then this returns [`WireError::Gone`].
    ///
    /// # Errors
    /// When the worker is gone or what called is no worker.
    pub fn accept(self) -> Result<(OrderSender, ReportReceiver), WireError> {
        match self.server.accept() {
            Ok((_, Hail::Worker { orders, reports })) => Ok((OrderSender(orders), ReportReceiver(reports))),
            Ok((_, Hail::Released)) => Err(WireError::Gone),
            Err(error) => Err(WireError::Garbled(error.to_string())),
        }
    }
}

/// Frees the thread that waits in [`Listener::accept`] for a worker that will never call.
pub fn release(name: &str) {
    // The socket is gone once somebody has called. Calling it then would cost a file descriptor for good: ipc-channel 0.23.1
    // does not close its end when a call fails (servo/ipc-channel, src/platform/unix/mod.rs, `OsIpcSender::connect`).
    if !Path::new(name).exists() {
        return;
    }
    if let Ok(sender) = IpcSender::connect(name.to_owned()) {
        // An error means that somebody else has called by now, and then nobody waits any more.
        let _ = sender.send(Hail::Released);
    }
}

/// Sends orders to one worker.
#[derive(Debug, Clone)]
pub struct OrderSender(IpcBytesSender);

impl OrderSender {
    /// Sends one order.
    ///
    /// # Errors
    /// When the worker is gone.
    pub fn send(&self, order: Order) -> Result<(), WireError> {
        let frame = codec::encode(&order).map_err(|error| WireError::Garbled(error.to_string()))?;
        self.0.send(&frame).map_err(|_| WireError::Gone)
    }
}

/// Receives the reports of one worker.
#[derive(Debug)]
pub struct ReportReceiver(IpcBytesReceiver);

impl ReportReceiver {
    /// Waits for the next report.
    ///
    /// # Errors
    /// [`WireError::Gone`] when the worker has closed its end, [`WireError::Garbled`] when it talks nonsense.
    pub fn receive(&self) -> Result<Report, WireError> {
        let frame = self.0.recv().map_err(gone_or_garbled)?;
        codec::decode(&frame).map_err(|error| WireError::Garbled(error.to_string()))
    }
}

fn gone_or_garbled(error: IpcError) -> WireError {
    match error {
        IpcError::Disconnected => WireError::Gone,
        other => WireError::Garbled(other.to_string()),
    }
}

/// The worker's side.
#[derive(Debug)]
pub struct Connection {
    reports: IpcBytesSender,
    orders: Option<IpcBytesReceiver>,
}

/// Calls the orchestrator that listens under `name`.
///
/// # Errors
/// When nobody listens there.
pub fn connect(name: &str) -> Result<Connection, WireError> {
    let open = |error: &dyn std::fmt::Display| WireError::Open(error.to_string());
    let caller = IpcSender::connect(name.to_owned()).map_err(|error| open(&error))?;
    let (order_sender, orders) = bytes_channel().map_err(|error| open(&error))?;
    let (reports, report_receiver) = bytes_channel().map_err(|error| open(&error))?;
    caller.send(Hail::Worker { orders: order_sender, reports: report_receiver }).map_err(|error| open(&error))?;
    Ok(Connection { reports, orders: Some(orders) })
}

impl Connection {
    /// Sends one report; free text in it is cut to what a message may carry.
    ///
    /// # Errors
    /// When the orchestrator is gone.
    pub fn send(&self, report: Report) -> Result<(), WireError> {
        let report = match report {
            Report::Note { text } => Report::Note { text: message::cut(text) },
            Report::Relieved { pass, what } => Report::Relieved { pass, what: message::cut(what) },
            other => other,
        };
        let frame = codec::encode(&report).map_err(|error| WireError::Garbled(error.to_string()))?;
        self.reports.send(&frame).map_err(|_| WireError::Gone)
    }

    /// Takes the receiving end for a thread of its own; `handle` gets each order. Returns when the orchestrator is gone.
    pub fn listen(&mut self) -> impl FnOnce(&mut dyn FnMut(Order)) + Send + 'static {
        let orders = self.orders.take().expect("listen is called once");
        move |handle| {
            while let Ok(frame) = orders.recv() {
                if let Ok(order) = codec::decode(&frame) {
                    handle(order);
                }
            }
        }
    }
}
