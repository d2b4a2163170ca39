//! What stands outside of the functions: versions, variables, and where functions begin.

use std::sync::Arc;

use super::assembler::{Assembler, Name};
use super::cursor::Cursor;
use super::lexer::Token;
use super::{Module, Placing, Refusal, body};
use crate::code::Type;

/// The newest version of the text that a driver of CUDA 12.2 takes, which is the one that is played.
const VERSION_MAX: (u64, u64) = (8, 2);

/// A variable of a text.
pub(crate) struct Variable {
    pub(crate) space: String,
    pub(crate) name: String,
    pub(crate) alignment: u64,
    /// None where the launch decides.
    pub(crate) bytes: Option<u64>,
    initial: Vec<u8>,
}

pub(crate) fn read(mut cursor: Cursor, place: &mut Placing<'_>) -> Result<Module, Refusal> {
    let mut module = Module::default();
    let mut globals = Assembler::default();
    while cursor.peek().is_some() {
        let line = cursor.line();
        let word = cursor.word()?;
        match word.as_str() {
            ".version" => version(&mut cursor)?,
            ".target" | ".address_size" | ".file" | ".loc" => {
                while cursor.peek().is_some() && cursor.line() == line {
                    cursor.take()?;
                }
            }
            ".visible" | ".extern" | ".weak" | ".common" => {}
            ".section" => {
                cursor.word()?;
                cursor.expect('{')?;
                cursor.skip_block()?;
            }
            ".entry" => {
                let kernel = body::kernel(&mut cursor, &globals)?;
                module.kernels.insert(kernel.name.clone(), Arc::new(kernel));
            }
            ".func" => skip_function(&mut cursor)?,
            ".global" | ".const" | ".shared" => {
                let variable = variable(&mut cursor, word)?;
                declare(variable, &mut module, &mut globals, place);
            }
            other => return Err(Refusal::new(line, format!("{other:?} is not known outside of functions"))),
        }
    }
    Ok(module)
}

fn version(cursor: &mut Cursor) -> Result<(), Refusal> {
    let line = cursor.line();
    let major = cursor.number()?;
    let minor = cursor.word()?.trim_start_matches('.').parse().unwrap_or(u64::MAX);
    if (major, minor) > VERSION_MAX {
        let why = format!("version {major}.{minor} of the text is newer than the driver");
        return Err(Refusal { is_too_new: true, ..Refusal::new(line, why) });
    }
    Ok(())
}

/// Functions that kernels call are not run: the compiler puts small ones where they are called.
fn skip_function(cursor: &mut Cursor) -> Result<(), Refusal> {
    loop {
        match cursor.take()? {
            Token::Mark(';') => return Ok(()),
            Token::Mark('{') => return cursor.skip_block(),
            _ => {}
        }
    }
}

fn declare(variable: Variable, module: &mut Module, globals: &mut Assembler, place: &mut Placing<'_>) {
    if variable.space == ".shared" {
        globals.declare_shared(&variable);
        return;
    }
    let bytes = variable.bytes.unwrap_or(0);
    let mut initial = variable.initial;
    initial.resize(bytes as usize, 0);
    let address = place(&initial, variable.alignment);
    module.variables.insert(variable.name.clone(), (address, bytes));
    globals.name(variable.name, Name::Address(address));
}

/// A variable, from behind its space to its semicolon.
pub(crate) fn variable(cursor: &mut Cursor, space: String) -> Result<Variable, Refusal> {
    let mut alignment = None;
    let mut elements = 1;
    let kind = loop {
        let word = cursor.word()?;
        match word.as_str() {
            ".align" => alignment = Some(cursor.number()?),
            ".v2" => elements = 2,
            ".v4" => elements = 4,
            kind => {
                break kind_of(kind.trim_start_matches('.'))
                    .ok_or_else(|| cursor.refuse(format!("{word} is no type")))?;
            }
        }
    };
    let name = cursor.word()?;
    let mut count = Some(elements);
    while cursor.passes('[') {
        if cursor.passes(']') {
            count = None;
        } else {
            let length = cursor.number()?;
            count = count.map(|count| count * length);
            cursor.expect(']')?;
        }
    }
    let mut initial = Vec::new();
    if cursor.passes('=') {
        initialiser(cursor, kind, &mut initial)?;
    }
    cursor.expect(';')?;
    let bytes = count.map(|count| count * u64::from(kind.bytes));
    Ok(Variable { space, name, alignment: alignment.unwrap_or(u64::from(kind.bytes)), bytes, initial })
}

fn initialiser(cursor: &mut Cursor, kind: Type, bytes: &mut Vec<u8>) -> Result<(), Refusal> {
    if !cursor.passes('{') {
        let number = cursor.number()?;
        bytes.extend_from_slice(&number.to_le_bytes()[..usize::from(kind.bytes)]);
        return Ok(());
    }
    while !cursor.passes('}') {
        initialiser(cursor, kind, bytes)?;
        cursor.passes(',');
    }
    Ok(())
}

/// The type with this name, if it is one of integers.
pub(crate) fn kind_of(name: &str) -> Option<Type> {
    let (letter, bits) = name.split_at_checked(1)?;
    let bytes = match bits {
        "8" => 1,
        "16" => 2,
        "32" => 4,
        "64" => 8,
        _ => return None,
    };
    matches!(letter, "u" | "s" | "b").then_some(Type { bytes, signed: letter == "s" })
}
