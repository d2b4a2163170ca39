//! Instructions that compare, choose and convert.

use super::assembler::{Assembler, LOCAL_WINDOW, SHARED_WINDOW};
use super::module::kind_of;
use super::operands::Operand;
use crate::code::{Binary, Comparison, Logic, Op, Preset, Type, Unary, Verdict, Width};

/// What the instruction does, or nothing if it is none of this family.
pub(crate) fn decode(assembler: &mut Assembler, parts: &[&str], operands: &[Operand]) -> Result<Option<Op>, String> {
    match (parts[0], operands) {
        ("setp", [_, _, _, ..]) => compare(assembler, &parts[1..], operands).map(Some),
        ("selp", [to, a, b, by]) => {
            let width = kind(parts)?.width();
            let by = assembler.flag_in(by)?;
            let to = assembler.output(width, to)?;
            Ok(Some(Op::Select { width, to, a: assembler.input(width, a)?, b: assembler.input(width, b)?, by }))
        }
        ("slct", [to, a, b, sign]) if parts.last() == Some(&"s32") => {
            let width = kind(&parts[..2])?.width();
            let to = assembler.output(width, to)?;
            let sign = assembler.input(Width::Word, sign)?;
            Ok(Some(Op::SelectSign { width, to, a: assembler.input(width, a)?, b: assembler.input(width, b)?, sign }))
        }
        ("cvt", [_, _]) => convert(assembler, &parts[1..], operands).map(Some),
        ("cvta", [_, _]) => to_window(assembler, &parts[1..], operands).map(Some),
        ("mov" | "not" | "and" | "or" | "xor", [_, _, ..]) if parts.last() == Some(&"pred") => {
            logic(assembler, parts[0], operands).map(Some)
        }
        _ => Ok(None),
    }
}

fn kind(parts: &[&str]) -> Result<Type, String> {
    parts.last().and_then(|last| kind_of(last)).ok_or_else(|| "this type is not supported".to_owned())
}

/// `setp.lt.and.u32 %p1|%p2, %r1, %r2, !%p3`
fn compare(assembler: &mut Assembler, parts: &[&str], operands: &[Operand]) -> Result<Op, String> {
    let kind = kind(parts)?;
    let (comparison, signed) = match parts[0] {
        "eq" => (Comparison::Equal, false),
        "ne" => (Comparison::Unequal, false),
        "lt" => (Comparison::Less, kind.signed),
        "le" => (Comparison::LessEqual, kind.signed),
        "gt" => (Comparison::Greater, kind.signed),
        "ge" => (Comparison::GreaterEqual, kind.signed),
        "lo" => (Comparison::Less, false),
        "ls" => (Comparison::LessEqual, false),
        "hi" => (Comparison::Greater, false),
        "hs" => (Comparison::GreaterEqual, false),
        other => return Err(format!("{other} is no comparison of integers")),
    };
    let join = match (parts, operands.get(3)) {
        ([_, _], None) => None,
        ([_, logic, _], Some(flag)) => Some((logic_of(logic)?, assembler.flag_in(flag)?)),
        _ => return Err("the operands do not fit the comparison".to_owned()),
    };
    let (flag, other) = match &operands[0] {
        Operand::Pair(flag, other) => (assembler.flag(flag)?, Some(assembler.flag(other)?)),
        flag => (assembler.flag_out(flag)?, None),
    };
    let width = kind.width();
    let a = assembler.input(width, &operands[1])?;
    let b = assembler.input(width, &operands[2])?;
    Ok(Op::Compare { width, signed, comparison, a, b, to: Verdict { flag, other, join } })
}

fn logic_of(name: &str) -> Result<Logic, String> {
    match name {
        "and" => Ok(Logic::And),
        "or" => Ok(Logic::Or),
        "xor" => Ok(Logic::Xor),
        other => Err(format!("{other} joins no flags")),
    }
}

fn logic(assembler: &mut Assembler, name: &str, operands: &[Operand]) -> Result<Op, String> {
    let to = assembler.flag_out(&operands[0])?;
    let mut a = assembler.flag_in(&operands[1])?;
    a.negated ^= name == "not";
    let b = operands.get(2).map_or(Ok(a), |b| assembler.flag_in(b))?;
    let op = if operands.len() == 2 { Logic::Or } else { logic_of(name)? };
    Ok(Op::Logic { op, to, a, b })
}

fn convert(assembler: &mut Assembler, parts: &[&str], operands: &[Operand]) -> Result<Op, String> {
    let saturate = parts[0] == "sat";
    let [into, from] = parts[usize::from(saturate)..] else {
        return Err("only conversions between integers are supported".to_owned());
    };
    let (into, from) = (kind(&[into])?, kind(&[from])?);
    let to = assembler.place_out(&operands[0])?.ok_or("a conversion needs a place for its result")?;
    let a = assembler.place_in(from.width(), &operands[1])?;
    Ok(Op::Convert { from, into, saturate, to, a })
}

/// Addresses of a space to generic ones, and back.
fn to_window(assembler: &mut Assembler, parts: &[&str], operands: &[Operand]) -> Result<Op, String> {
    let (is_back, space) = if parts[0] == "to" { (true, parts[1]) } else { (false, parts[0]) };
    let window = match space {
        "shared" => SHARED_WINDOW,
        "local" => LOCAL_WINDOW,
        "global" | "const" => 0,
        other => return Err(format!("addresses of {other} are not supported")),
    };
    let width = Width::Long;
    let to = assembler.output(width, &operands[0])?;
    let a = assembler.input(width, &operands[1])?;
    if window == 0 {
        return Ok(Op::Unary { width, op: Unary::Move, to, a });
    }
    let b = assembler.preset(width, Preset::Constant(window));
    Ok(Op::Binary { width, op: if is_back { Binary::Subtract } else { Binary::Add }, to, a, b })
}
