//! Reads PTX, the text that NVIDIA's compilers write and its drivers take: the integer part of version 8.0.
//!
//! What this does not know it refuses, with the line. It does not check what a compiler guarantees, such as that a number
//! is never taken for a flag, further than it must to run the text.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::code::Kernel;

mod arithmetic;
mod assembler;
mod body;
mod choice;
mod cursor;
mod lexer;
mod memory;
mod module;
mod operands;
mod together;

pub(crate) use assembler::{LOCAL_WINDOW, SHARED_WINDOW};

/// Why a text cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Of the text, counted from 1.
    pub line: u32,
    /// In words.
    pub why: String,
    /// Written for drivers newer than the one that is played.
    pub is_too_new: bool,
}

impl Refusal {
    pub(crate) fn new(line: u32, why: impl Into<String>) -> Self {
        Self { line, why: why.into(), is_too_new: false }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.why)
    }
}

/// A text that was read.
#[derive(Debug, Default)]
pub struct Module {
    /// By name.
    pub kernels: HashMap<String, Arc<Kernel>>,
    /// Address and size of each variable in device memory.
    pub variables: HashMap<String, (u64, u64)>,
}

/// Finds a place in device memory for a variable with these bytes, at a multiple of the second number.
pub type Placing<'a> = dyn FnMut(&[u8], u64) -> u64 + 'a;

/// Reads a text; its variables are placed on the way.
///
/// # Errors
///
/// If there is anything in it that this does not know.
pub fn read(text: &str, place: &mut Placing<'_>) -> Result<Module, Refusal> {
    module::read(cursor::Cursor::new(lexer::tokens(text)?), place)
}
