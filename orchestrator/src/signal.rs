//! The signals that end a run.

use std::io;

use shared::exit::Exit;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Who interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// Control-C.
    Int,
    /// The machine or a scheduler.
    Term,
    /// The terminal is closed.
    Hangup,
}

impl Interrupt {
    /// The exit code of a run that this ended.
    pub fn exit(self) -> Exit {
        match self {
            Self::Int => Exit::Interrupted,
            Self::Term => Exit::Terminated,
            Self::Hangup => Exit::Hangup,
        }
    }

    /// Its number.
    pub fn number(self) -> i32 {
        match self {
            Self::Int => SignalKind::interrupt().as_raw_value(),
            Self::Term => SignalKind::terminate().as_raw_value(),
            Self::Hangup => SignalKind::hangup().as_raw_value(),
        }
    }

    /// Its name, as `kill -l` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "SIGINT",
            Self::Term => "SIGTERM",
            Self::Hangup => "SIGHUP",
        }
    }
}

/// Listens for all of them.
#[derive(Debug)]
pub struct Interrupts {
    int: Signal,
    term: Signal,
    hangup: Signal,
}

impl Interrupts {
    /// Starts to listen; from now on none of them ends this process by itself.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Interrupt {
        tokio::select! {
            _ = self.int.recv() => Interrupt::Int,
            _ = self.term.recv() => Interrupt::Term,
            _ = self.hangup.recv() => Interrupt::Hangup,
        }
    }
}
