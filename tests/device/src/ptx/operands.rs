//! What an instruction is about: names, numbers, addresses, and lists of them; and which registers they mean.

use super::Refusal;
use super::assembler::{Assembler, Name};
use super::cursor::Cursor;
use super::lexer::Token;
use crate::code::{Address, Guard, Place, Preset, Register, Space, Special, Width};

/// As it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A register, a label or a variable, and how far behind it.
    Name(String, i64),
    /// `!%p1`.
    Opposite(String),
    Number(u64),
    /// `%r1|%p2`.
    Pair(String, String),
    /// `[%rd1+4]`; without a name, the number alone.
    Memory(Option<String>, i64),
    /// `{%r1, %r2}`.
    List(Vec<Operand>),
    /// `(param0, param1)`, of calls.
    Call,
}

/// All up to the semicolon.
pub(crate) fn operands(cursor: &mut Cursor) -> Result<Vec<Operand>, Refusal> {
    let mut found = Vec::new();
    while !cursor.passes(';') {
        found.push(operand(cursor)?);
        if !cursor.passes(',') {
            cursor.expect(';')?;
            break;
        }
    }
    Ok(found)
}

fn operand(cursor: &mut Cursor) -> Result<Operand, Refusal> {
    if cursor.passes('!') {
        return Ok(Operand::Opposite(cursor.word()?));
    }
    if cursor.passes('[') {
        let name = cursor.peek_word().map(str::to_owned);
        if name.is_some() {
            cursor.word()?;
        }
        let offset = offset(cursor)?;
        cursor.expect(']')?;
        return Ok(Operand::Memory(name, offset));
    }
    if cursor.passes('{') {
        return list(cursor, '}').map(Operand::List);
    }
    if cursor.passes('(') {
        return list(cursor, ')').map(|_| Operand::Call);
    }
    if cursor.peek_word().is_none() {
        return cursor.number().map(Operand::Number);
    }
    let name = cursor.word()?;
    if cursor.passes('|') {
        return Ok(Operand::Pair(name, cursor.word()?));
    }
    Ok(Operand::Name(name, offset(cursor)?))
}

fn list(cursor: &mut Cursor, end: char) -> Result<Vec<Operand>, Refusal> {
    let mut found = Vec::new();
    while !cursor.passes(end) {
        found.push(operand(cursor)?);
        cursor.passes(',');
    }
    Ok(found)
}

/// `+4`, `+-4`, `-4`, a number alone, or nothing.
fn offset(cursor: &mut Cursor) -> Result<i64, Refusal> {
    let is_there = cursor.passes('+') || matches!(cursor.peek(), Some(Token::Number(_) | Token::Mark('-')));
    if is_there { cursor.number().map(|number| number as i64) } else { Ok(0) }
}

impl Assembler {
    /// The register that an operand of this width is, or that holds it.
    pub(crate) fn input(&mut self, width: Width, operand: &Operand) -> Result<Register, String> {
        let place = self.place_in(width, operand)?;
        if place.width == width { Ok(place.index) } else { Err(format!("{operand:?} is no operand of this width")) }
    }

    /// The same, where any width will do; `width` is that of a number.
    pub(crate) fn place_in(&mut self, width: Width, operand: &Operand) -> Result<Place, String> {
        let constant = |assembler: &mut Self, number: u64| {
            let number = match width {
                Width::Short => u64::from(number as u16),
                Width::Word => u64::from(number as u32),
                Width::Long => number,
            };
            Place { width, index: assembler.preset(width, Preset::Constant(number)) }
        };
        match operand {
            Operand::Number(number) => Ok(constant(self, *number)),
            Operand::Name(name, offset) => match (self.find(name), special(name)) {
                (Some(Name::Register(place)), _) if *offset == 0 => Ok(place),
                (Some(Name::Address(address)), _) => Ok(constant(self, address.wrapping_add_signed(*offset))),
                (None, Some(special)) => Ok(Place { width, index: self.preset(width, Preset::Special(special)) }),
                (None, None) if name == "WARP_SZ" => Ok(constant(self, 32)),
                _ => Err(format!("{name} is not known here")),
            },
            other => Err(format!("{other:?} is no number")),
        }
    }

    /// The register that a result of this width goes to.
    pub(crate) fn output(&mut self, width: Width, operand: &Operand) -> Result<Register, String> {
        let place = self.place_out(operand)?;
        match place {
            Some(place) if place.width == width => Ok(place.index),
            Some(_) => Err(format!("{operand:?} has not the width of the result")),
            None => Ok(self.new_register(width).index),
        }
    }

    /// The register that a result of any width goes to, or nothing for `_`.
    pub(crate) fn place_out(&mut self, operand: &Operand) -> Result<Option<Place>, String> {
        match operand {
            Operand::Name(name, 0) if name == "_" => Ok(None),
            Operand::Name(name, 0) => match self.find(name) {
                Some(Name::Register(place)) => Ok(Some(place)),
                _ => Err(format!("{name} is no register")),
            },
            other => Err(format!("{other:?} is no register")),
        }
    }

    pub(crate) fn flag_in(&mut self, operand: &Operand) -> Result<Guard, String> {
        match operand {
            Operand::Number(number) => Ok(Guard { flag: self.always(), negated: *number == 0 }),
            Operand::Name(name, 0) => self.flag(name).map(|flag| Guard { flag, negated: false }),
            Operand::Opposite(name) => self.flag(name).map(|flag| Guard { flag, negated: true }),
            other => Err(format!("{other:?} is no flag")),
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<Register, String> {
        match self.find(name) {
            Some(Name::Flag(flag)) => Ok(flag),
            None if name == "_" => Ok(self.new_flag()),
            _ => Err(format!("{name} is no flag")),
        }
    }

    pub(crate) fn flag_out(&mut self, operand: &Operand) -> Result<Register, String> {
        match operand {
            Operand::Name(name, 0) => self.flag(name),
            other => Err(format!("{other:?} is no flag")),
        }
    }

    pub(crate) fn address(&mut self, space: Space, operand: &Operand) -> Result<Address, String> {
        let Operand::Memory(name, offset) = operand else { return Err(format!("{operand:?} is no address")) };
        let base = match name {
            Some(name) => self.place_in(Width::Long, &Operand::Name(name.clone(), 0))?,
            None => self.place_in(Width::Long, &Operand::Number(0))?,
        };
        let offset = i32::try_from(*offset).map_err(|_| "this is too far from its base".to_owned())?;
        Ok(Address { space, base, offset })
    }
}

fn special(name: &str) -> Option<Special> {
    let axis = |name: &str| ["x", "y", "z"].iter().position(|axis| *axis == name).map(|axis| axis as u8);
    if let Some((register, of)) = name.strip_prefix('%')?.split_once('.') {
        return Some(match register {
            "tid" => Special::Thread(axis(of)?),
            "ctaid" => Special::Block(axis(of)?),
            "ntid" => Special::BlockSize(axis(of)?),
            "nctaid" => Special::GridSize(axis(of)?),
            _ => return None,
        });
    }
    Some(match name {
        "%laneid" => Special::Lane,
        "%warpid" => Special::WarpInBlock,
        "%nwarpid" => Special::WarpsOfBlock,
        "%lanemask_eq" => Special::MaskEqual,
        "%lanemask_lt" => Special::MaskLess,
        "%lanemask_le" => Special::MaskLessEqual,
        "%lanemask_gt" => Special::MaskGreater,
        "%lanemask_ge" => Special::MaskGreaterEqual,
        "%dynamic_smem_size" => Special::DynamicSharedSize,
        "%total_smem_size" => Special::TotalSharedSize,
        _ => return None,
    })
}
