//! How an attempt ended: judged from what the kernel says, what the worker said last, and what we did to it.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use shared::exit::Exit;
use shared::wire::{Failure, FailureKind};

/// How a process ended, by the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// By itself, with that code.
    Code(i32),
    /// By that signal.
    Signal(i32),
}

impl From<ExitStatus> for Death {
    fn from(status: ExitStatus) -> Self {
        match status.signal() {
            Some(signal) => Self::Signal(signal),
            None => Self::Code(status.code().unwrap_or_default()),
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(out, "exit {code}"),
            Self::Signal(signal) => match nix::sys::signal::Signal::try_from(*signal) {
                Ok(signal) => write!(out, "{signal}"),
                Err(_) => write!(out, "signal {signal}"),
            },
        }
    }
}

/// How an attempt ended. A bad end is no error of the orchestrator: it is what the next decision is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It published, what it published is sound, and it is gone.
    Sealed,
    /// It held more than its allotment, or says that it ran out.
    OomAllotment,
    /// It was the victim of an emergency of the host.
    OomHost,
    /// It died, or said what is not so.
    Crash {
        /// How, by the kernel.
        death: Death,
        /// Its last words or ours, where there are any.
        words: String,
    },
    /// Its device is missing, broken or taken away.
    Device {
        /// Its last words or ours, where there are any.
        words: String,
    },
    /// It said nothing for too long, or did not end when its time was over.
    Hang,
    /// It refuses the input.
    BadInput,
    /// There is no such input.
    NoInput,
    /// It proved that there is no solution.
    Infeasible,
    /// The disk is full, or reading or writing failed.
    Io {
        /// Which file, what the system said.
        words: String,
    },
    /// It never lived: the system has no room for another process, thread or channel.
    NotStarted {
        /// What the system said.
        words: String,
    },
    /// It was killed and does not end: it is stuck in the kernel.
    Unkillable,
    /// It ended because it was told to.
    Cancelled,
}

impl Outcome {
    /// One word for it, as `attempts.tsv` and `events.jsonl` have it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::OomAllotment => "oom_allotment",
            Self::OomHost => "oom_host",
            Self::Crash { .. } => "crash",
            Self::Device { .. } => "device",
            Self::Hang => "hang",
            Self::BadInput => "bad_input",
            Self::NoInput => "no_input",
            Self::Infeasible => "infeasible",
            Self::Io { .. } => "io",
            Self::NotStarted { .. } => "not_started",
            Self::Unkillable => "unkillable",
            Self::Cancelled => "cancelled",
        }
    }

    /// Judges a worker that published nothing and that we did not kill.
    pub fn of_silence(death: Death, last_word: Option<&Failure>, was_stopped: bool) -> Self {
        let words = last_word.map(|failure| failure.message.clone()).unwrap_or_default();
        match last_word.map(|failure| failure.kind) {
            Some(FailureKind::BadInput) => Self::BadInput,
            Some(FailureKind::NoInput) => Self::NoInput,
            Some(FailureKind::Infeasible) => Self::Infeasible,
            Some(FailureKind::Memory) => Self::OomAllotment,
            Some(FailureKind::Io | FailureKind::DiskFull) => Self::Io { words },
            Some(FailureKind::Stopped) if was_stopped => Self::Cancelled,
            Some(FailureKind::Device) => Self::Device { words },
            Some(FailureKind::Bug | FailureKind::Stopped) => Self::Crash { death, words },
            None => Self::of_code(death, was_stopped),
        }
    }

    /// A worker that did not get to say anything may still have told by its exit code.
    fn of_code(death: Death, was_stopped: bool) -> Self {
        let is = |exit: Exit| death == Death::Code(exit.code().into());
        if is(Exit::BadInput) {
            Self::BadInput
        } else if is(Exit::NoInput) {
            Self::NoInput
        } else if is(Exit::Infeasible) {
            Self::Infeasible
        } else if is(Exit::NoDevice) {
            Self::Device { words: String::new() }
        } else if is(Exit::OutOfMemory) {
            Self::OomAllotment
        } else if is(Exit::Io) {
            Self::Io { words: String::new() }
        } else if is(Exit::Locked) && was_stopped {
            Self::Cancelled
        } else {
            Self::Crash { death, words: String::new() }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dash = |words: &str| if words.is_empty() { String::new() } else { format!(": {words}") };
        match self {
            Self::Sealed => out.write_str("sealed its output"),
            Self::OomAllotment => out.write_str("ran out of its allotment of memory"),
            Self::OomHost => out.write_str("was ended because the host was running out of memory"),
            Self::Crash { death, words } => write!(out, "crashed ({death}){}", dash(words)),
            Self::Device { words } => write!(out, "could not use its device{}", dash(words)),
            Self::Hang => out.write_str("hung"),
            Self::BadInput => out.write_str("refused its input"),
            Self::NoInput => out.write_str("found no input"),
            Self::Infeasible => out.write_str("proved that there is no solution"),
            Self::Io { words } => write!(out, "could not read or write{}", dash(words)),
            Self::NotStarted { words } => write!(out, "could not be started{}", dash(words)),
            Self::Unkillable => out.write_str("was killed and does not end"),
            Self::Cancelled => out.write_str("was cancelled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_wins_over_the_exit_code() {
        let word = |kind| Some(Failure::new(kind, "so it is"));
        let crash = |words: &str| Outcome::Crash { death: Death::Code(70), words: words.to_owned() };
        let table = [
            (word(FailureKind::BadInput), false, Outcome::BadInput),
            (word(FailureKind::NoInput), false, Outcome::NoInput),
            (word(FailureKind::Infeasible), false, Outcome::Infeasible),
            (word(FailureKind::Memory), false, Outcome::OomAllotment),
            (word(FailureKind::Device), false, Outcome::Device { words: "so it is".to_owned() }),
            (word(FailureKind::DiskFull), false, Outcome::Io { words: "so it is".to_owned() }),
            (word(FailureKind::Stopped), true, Outcome::Cancelled),
            (word(FailureKind::Stopped), false, crash("so it is")),
            (word(FailureKind::Bug), false, crash("so it is")),
            (None, false, crash("")),
        ];
        for (last_word, was_stopped, expected) in table {
            assert_eq!(
                Outcome::of_silence(Death::Code(70), last_word.as_ref(), was_stopped),
                expected,
                "{last_word:?}"
            );
        }
    }

    #[test]
    fn a_silent_worker_tells_by_its_code() {
        let judged = |death| Outcome::of_silence(death, None, true);
        assert_eq!(judged(Death::Code(65)), Outcome::BadInput);
        assert_eq!(judged(Death::Code(71)), Outcome::OomAllotment);
        assert_eq!(judged(Death::Code(75)), Outcome::Cancelled);
        assert_eq!(judged(Death::Signal(11)).to_string(), "crashed (SIGSEGV)");
        assert_eq!(judged(Death::Code(0)).name(), "crash", "an end without a word is none, whatever the code");
    }
}
