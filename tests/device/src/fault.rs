//! What a kernel did wrong, and where.

use std::fmt;

/// What kind of wrong it is: a driver has a number for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Memory that is not there.
    IllegalAddress,
    /// An address that is no multiple of the size.
    Misaligned,
    /// Two lanes, the same byte, one of them writes, and nothing orders them.
    Race,
    /// Lanes wait for others that never come.
    Deadlock,
    /// More instructions than anything takes that ends.
    Endless,
    /// Lanes meet that may not.
    Divergent,
    /// The kernel gave up by itself.
    Trap,
}

/// A fault with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// Where: the kernel, and the line of its text.
    pub kernel: String,
    /// Of the text, counted from 1.
    pub line: u32,
    /// Who: the block, counted along x, then y, then z.
    pub block: u64,
    /// And the thread in it.
    pub thread: u32,
    /// The rest, in words.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, kernel, line, block, thread, why } = self;
        write!(formatter, "{kind:?} in {kernel}, line {line}, block {block}, thread {thread}: {why}")
    }
}

/// A fault that does not know its place yet, but for the lane.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) kind: FaultKind,
    pub(crate) lane: u32,
    /// Where it is not the instruction that is running.
    pub(crate) at: Option<u32>,
    pub(crate) why: String,
}

impl Wrong {
    pub(crate) fn new(kind: FaultKind, lane: u32, why: impl Into<String>) -> Self {
        Self { kind, lane, at: None, why: why.into() }
    }
}
