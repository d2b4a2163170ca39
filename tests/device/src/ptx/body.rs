//! A kernel: its parameters, its declarations, and its statements one after the other.

use super::assembler::{Assembler, Name};
use super::cursor::Cursor;
use super::lexer::Token;
use super::module::{kind_of, variable};
use super::operands::operands;
use super::{Refusal, arithmetic, choice, memory, together};
use crate::code::{Guard, Instruction, Kernel, Op, Register, Width};

/// Registers of one file: their numbers must fit.
const REGISTERS_MAX: u32 = Register::MAX as u32;

/// A kernel, from behind `.entry` to its last brace. It knows the names from outside.
pub(crate) fn kernel(cursor: &mut Cursor, globals: &Assembler) -> Result<Kernel, Refusal> {
    let line = cursor.line();
    let mut assembler = globals.clone();
    let name = cursor.word()?;
    assembler.open_scope();
    parameters(cursor, &mut assembler)?;
    let mut threads_max = 1024;
    while !cursor.passes('{') {
        let directive = cursor.word()?;
        let mut numbers = Vec::new();
        while matches!(cursor.peek(), Some(Token::Number(_))) {
            numbers.push(cursor.number()?);
            cursor.passes(',');
        }
        if matches!(directive.as_str(), ".maxntid" | ".reqntid") {
            threads_max = numbers.iter().product::<u64>() as u32;
        }
    }
    statements(cursor, &mut assembler)?;
    finish(assembler, name, threads_max).map_err(|why| Refusal::new(line, why))
}

fn parameters(cursor: &mut Cursor, assembler: &mut Assembler) -> Result<(), Refusal> {
    if !cursor.passes('(') {
        return Ok(());
    }
    while !cursor.passes(')') {
        let (mut alignment, mut bytes) = (None, 0);
        let name = loop {
            let word = cursor.word()?;
            match word.as_str() {
                // `.ptr .global .align 4` says something about what the pointer points to.
                ".ptr" => {
                    while cursor.peek_word().is_some_and(|word| word.starts_with('.')) {
                        if cursor.word()? == ".align" {
                            cursor.number()?;
                        }
                    }
                }
                ".align" => alignment = Some(cursor.number()?),
                _ => match kind_of(word.trim_start_matches('.')) {
                    Some(kind) if word.starts_with('.') => bytes = u64::from(kind.bytes),
                    _ if word.starts_with('.') => {}
                    _ => break word,
                },
            }
        };
        let alignment = alignment.unwrap_or(bytes);
        if cursor.passes('[') {
            bytes *= cursor.number()?;
            cursor.expect(']')?;
        }
        assembler.declare_parameter(name, alignment.max(1), bytes);
        cursor.passes(',');
    }
    Ok(())
}

/// Everything up to the closing brace, with the blocks inside.
fn statements(cursor: &mut Cursor, assembler: &mut Assembler) -> Result<(), Refusal> {
    assembler.open_scope();
    loop {
        if cursor.passes('}') {
            break;
        }
        if cursor.passes('{') {
            statements(cursor, assembler)?;
            continue;
        }
        if cursor.passes(';') {
            continue;
        }
        let line = cursor.line();
        let guard = guard(cursor, assembler)?;
        let word = cursor.word()?;
        if cursor.passes(':') {
            let at = assembler.code.len() as u32;
            if cursor.passes_word(".branchtargets") {
                targets(cursor, assembler, word)?;
            } else {
                assembler.labels.insert(word, at);
            }
        } else if word.starts_with('.') {
            declaration(cursor, assembler, word)?;
        } else {
            let operands = operands(cursor)?;
            let parts: Vec<&str> = word.split('.').collect();
            let op =
                decode(assembler, &parts, &operands).map_err(|why| Refusal::new(line, format!("`{word}`: {why}")))?;
            assembler.code.push(Instruction { op, guard, line });
        }
    }
    assembler.close_scope();
    Ok(())
}

fn decode(assembler: &mut Assembler, parts: &[&str], operands: &[super::operands::Operand]) -> Result<Op, String> {
    for family in [arithmetic::decode, choice::decode, memory::decode, together::decode] {
        if let Some(op) = family(assembler, parts, operands)? {
            return Ok(op);
        }
    }
    Err("this instruction is not supported".to_owned())
}

/// `@%p1` or `@!%p1`.
fn guard(cursor: &mut Cursor, assembler: &mut Assembler) -> Result<Option<Guard>, Refusal> {
    if !cursor.passes('@') {
        return Ok(None);
    }
    let negated = cursor.passes('!');
    let name = cursor.word()?;
    match assembler.find(&name) {
        Some(Name::Flag(flag)) => Ok(Some(Guard { flag, negated })),
        _ => Err(cursor.refuse(format!("{name} is no flag"))),
    }
}

fn declaration(cursor: &mut Cursor, assembler: &mut Assembler, word: String) -> Result<(), Refusal> {
    match word.as_str() {
        ".reg" => registers(cursor, assembler),
        ".shared" => {
            let variable = variable(cursor, word)?;
            assembler.declare_shared(&variable);
            Ok(())
        }
        ".local" => {
            let variable = variable(cursor, word)?;
            assembler.declare_local(&variable);
            Ok(())
        }
        ".loc" => {
            cursor.skip_line();
            Ok(())
        }
        ".pragma" => {
            cursor.take()?;
            cursor.expect(';')
        }
        // Of calls, which are refused where they stand.
        ".param" => variable(cursor, word).map(|_| ()),
        _ => Err(cursor.refuse(format!("{word} is not known inside of functions"))),
    }
}

/// `.reg .b32 %r<149>, %other;`
fn registers(cursor: &mut Cursor, assembler: &mut Assembler) -> Result<(), Refusal> {
    let kind = cursor.word()?;
    let width = match kind.as_str() {
        ".pred" => None,
        ".f32" => Some(Width::Word),
        ".f64" => Some(Width::Long),
        _ => Some(kind_of(&kind[1..]).ok_or_else(|| cursor.refuse(format!("{kind} is no type")))?.width()),
    };
    loop {
        let name = cursor.word()?;
        let mut names = vec![name.clone()];
        if cursor.passes('<') {
            let count = cursor.number()?;
            cursor.expect('>')?;
            names = (0..count).map(|index| format!("{name}{index}")).collect();
        }
        for name in names {
            let meaning = match width {
                Some(width) => Name::Register(assembler.new_register(width)),
                None => Name::Flag(assembler.new_flag()),
            };
            assembler.name(name, meaning);
        }
        if !cursor.passes(',') {
            return cursor.expect(';');
        }
    }
}

fn targets(cursor: &mut Cursor, assembler: &mut Assembler, name: String) -> Result<(), Refusal> {
    let mut labels = vec![cursor.word()?];
    while cursor.passes(',') {
        labels.push(cursor.word()?);
    }
    assembler.tables.insert(name, labels);
    cursor.expect(';')
}

/// Puts places where labels stood.
fn finish(mut assembler: Assembler, name: String, threads_max: u32) -> Result<Kernel, String> {
    let [shorts, words, longs, flags] = assembler.registers();
    if [shorts, words, longs, flags].iter().any(|count| *count > REGISTERS_MAX) {
        return Err(format!("{name} has more than {REGISTERS_MAX} registers of a kind"));
    }
    let line = assembler.code.last().map_or(0, |last| last.line);
    assembler.code.push(Instruction { op: Op::Exit, guard: None, line });
    let labels = assembler.labels.clone();
    let place = |label: &String| labels.get(label).copied().ok_or(format!("there is no label {label}"));
    let table = |name: &String| {
        let labels = assembler.tables.get(name).ok_or(format!("there is no table {name}"))?;
        labels.iter().map(place).collect::<Result<Vec<u32>, String>>()
    };
    let tables = assembler.wanted_tables.iter().map(|(name, _)| table(name)).collect::<Result<Vec<_>, _>>()?;
    let mut code = std::mem::take(&mut assembler.code);
    for (label, at) in &assembler.wanted {
        let to = place(label)?;
        code[*at as usize].op = Op::Branch { to };
    }
    Ok(Kernel {
        code,
        tables,
        shorts,
        words,
        longs,
        flags,
        presets: assembler.presets(),
        set_flags: assembler.set_flags(),
        shared_bytes: assembler.dynamic_shared_at() as u32,
        local_bytes: assembler.local_bytes as u32,
        parameters: assembler.parameters,
        name,
        threads_max,
    })
}
