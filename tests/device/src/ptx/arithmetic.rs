//! Instructions that make numbers of numbers.

use super::assembler::Assembler;
use super::module::kind_of;
use super::operands::Operand;
use crate::code::{Binary, Count, Op, Place, Shift, Ternary, Triple, Type, Unary, Width};

/// What the instruction does, or nothing if it is none of this family.
pub(crate) fn decode(assembler: &mut Assembler, parts: &[&str], operands: &[Operand]) -> Result<Option<Op>, String> {
    let Some(kind) = parts.last().and_then(|last| kind_of(last)) else { return Ok(None) };
    let of = Of { assembler, kind, operands };
    match (parts, operands) {
        (["mov", _], [Operand::List(halves), _]) => of.unpack(halves).map(Some),
        (["mov", _], [_, Operand::List(halves)]) => of.pack(halves).map(Some),
        (["bfe", ..], [_, _, _, _]) => of.extract().map(Some),
        (["bfi", ..], [_, _, _, _, _]) => of.insert().map(Some),
        (["shl" | "shr", ..], [_, _, _]) => of.shift(parts[0]).map(Some),
        (["mul" | "mad", "wide", _], [_, _, _, ..]) => of.wide().map(Some),
        (_, [_, _]) => of.of_one(parts),
        (_, [_, _, _]) => of.of_two(parts),
        (_, [_, _, _, _]) => of.of_three(parts),
        (["lop3", "b32"], [_, _, _, _, Operand::Number(table)]) => of.ternary(Ternary::Logic(*table as u8)).map(Some),
        _ => Ok(None),
    }
}

/// An instruction with its type and its operands.
struct Of<'a> {
    assembler: &'a mut Assembler,
    kind: Type,
    operands: &'a [Operand],
}

impl Of<'_> {
    fn width(&self) -> Width {
        self.kind.width()
    }

    fn of_one(self, parts: &[&str]) -> Result<Option<Op>, String> {
        let signed = self.kind.signed;
        let unary = match parts[0] {
            "mov" => Unary::Move,
            "not" => Unary::Not,
            "neg" => Unary::Negate,
            "abs" => Unary::Absolute,
            "brev" => Unary::Reverse,
            "cnot" => Unary::IsZero,
            "popc" => return self.count(Count::Ones).map(Some),
            "clz" => return self.count(Count::LeadingZeros).map(Some),
            "bfind" => {
                let count = match (parts[1], signed) {
                    ("shiftamt", false) => Count::Distance,
                    ("shiftamt", true) => Count::DistanceSigned,
                    (_, false) => Count::Highest,
                    (_, true) => Count::HighestSigned,
                };
                return self.count(count).map(Some);
            }
            _ => return Ok(None),
        };
        let width = self.width();
        let to = self.assembler.output(width, &self.operands[0])?;
        let a = self.assembler.input(width, &self.operands[1])?;
        Ok(Some(Op::Unary { width, op: unary, to, a }))
    }

    fn count(self, op: Count) -> Result<Op, String> {
        let width = self.width();
        let to = self.assembler.output(Width::Word, &self.operands[0])?;
        Ok(Op::Count { width, op, to, a: self.assembler.input(width, &self.operands[1])? })
    }

    fn of_two(self, parts: &[&str]) -> Result<Option<Op>, String> {
        let by_sign = |unsigned, signed| if self.kind.signed { signed } else { unsigned };
        let op = match parts {
            // Carries and saturation have other names behind the dot, and are not known.
            ["add", _] => Binary::Add,
            ["sub", _] => Binary::Subtract,
            ["mul", "lo", _] => Binary::MultiplyLow,
            ["mul", "hi", _] => by_sign(Binary::MultiplyHigh, Binary::MultiplyHighSigned),
            ["div", _] => by_sign(Binary::Divide, Binary::DivideSigned),
            ["rem", _] => by_sign(Binary::Remainder, Binary::RemainderSigned),
            ["min", _] => by_sign(Binary::Minimum, Binary::MinimumSigned),
            ["max", _] => by_sign(Binary::Maximum, Binary::MaximumSigned),
            ["and", _] => Binary::And,
            ["or", _] => Binary::Or,
            ["xor", _] => Binary::Xor,
            _ => return Ok(None),
        };
        let width = self.width();
        let to = self.assembler.output(width, &self.operands[0])?;
        let a = self.assembler.input(width, &self.operands[1])?;
        let b = self.assembler.input(width, &self.operands[2])?;
        Ok(Some(Op::Binary { width, op, to, a, b }))
    }

    fn of_three(self, parts: &[&str]) -> Result<Option<Op>, String> {
        let signed = self.kind.signed;
        let triple = match parts {
            ["mad", "lo", _] => return self.ternary(Ternary::MultiplyAddLow).map(Some),
            ["mad", "hi", _] if signed => return self.ternary(Ternary::MultiplyAddHighSigned).map(Some),
            ["mad", "hi", _] => return self.ternary(Ternary::MultiplyAddHigh).map(Some),
            ["sad", _] if signed => return self.ternary(Ternary::DistanceSigned).map(Some),
            ["sad", _] => return self.ternary(Ternary::Distance).map(Some),
            ["prmt", "b32"] => Triple::Permute,
            ["shf", "l", "wrap", "b32"] => Triple::FunnelLeftWrap,
            ["shf", "l", "clamp", "b32"] => Triple::FunnelLeftClamp,
            ["shf", "r", "wrap", "b32"] => Triple::FunnelRightWrap,
            ["shf", "r", "clamp", "b32"] => Triple::FunnelRightClamp,
            ["dp4a", "u32", "u32"] => Triple::DotUnsigned,
            ["dp4a", "s32", "s32"] => Triple::DotSigned,
            _ => return Ok(None),
        };
        let to = self.assembler.output(Width::Word, &self.operands[0])?;
        let mut word = |index: usize| self.assembler.input(Width::Word, &self.operands[index]);
        Ok(Some(Op::Triple { op: triple, to, a: word(1)?, b: word(2)?, c: word(3)? }))
    }

    fn ternary(self, op: Ternary) -> Result<Op, String> {
        let width = self.width();
        let to = self.assembler.output(width, &self.operands[0])?;
        let mut number = |index: usize| self.assembler.input(width, &self.operands[index]);
        Ok(Op::Ternary { width, op, to, a: number(1)?, b: number(2)?, c: number(3)? })
    }

    fn shift(self, name: &str) -> Result<Op, String> {
        let width = self.width();
        let op = match (name, self.kind.signed) {
            ("shl", _) => Shift::Left,
            (_, false) => Shift::Right,
            (_, true) => Shift::RightSigned,
        };
        let to = self.assembler.output(width, &self.operands[0])?;
        let a = self.assembler.input(width, &self.operands[1])?;
        Ok(Op::Shift { width, op, to, a, by: self.assembler.input(Width::Word, &self.operands[2])? })
    }

    fn wide(self) -> Result<Op, String> {
        let width = self.width();
        let double = match width {
            Width::Short => Width::Word,
            Width::Word => Width::Long,
            Width::Long => return Err("there is nothing wider".to_owned()),
        };
        let to = self.assembler.output(double, &self.operands[0])?;
        let a = self.assembler.input(width, &self.operands[1])?;
        let b = self.assembler.input(width, &self.operands[2])?;
        let plus = self.operands.get(3).map(|plus| self.assembler.input(double, plus)).transpose()?;
        Ok(Op::Wide { width, signed: self.kind.signed, to, a, b, plus })
    }

    fn extract(self) -> Result<Op, String> {
        let width = self.width();
        let to = self.assembler.output(width, &self.operands[0])?;
        let a = self.assembler.input(width, &self.operands[1])?;
        let position = self.assembler.input(Width::Word, &self.operands[2])?;
        let length = self.assembler.input(Width::Word, &self.operands[3])?;
        Ok(Op::Extract { width, signed: self.kind.signed, to, a, position, length })
    }

    fn insert(self) -> Result<Op, String> {
        let width = self.width();
        let to = self.assembler.output(width, &self.operands[0])?;
        let a = self.assembler.input(width, &self.operands[1])?;
        let b = self.assembler.input(width, &self.operands[2])?;
        let position = self.assembler.input(Width::Word, &self.operands[3])?;
        let length = self.assembler.input(Width::Word, &self.operands[4])?;
        Ok(Op::Insert { width, to, a, b, position, length })
    }

    /// The width of one of two halves.
    fn half(&self) -> Result<Width, String> {
        match self.width() {
            Width::Long => Ok(Width::Word),
            Width::Word => Ok(Width::Short),
            Width::Short => Err("bytes have no registers".to_owned()),
        }
    }

    fn unpack(self, halves: &[Operand]) -> Result<Op, String> {
        let half = self.half()?;
        let width = self.width();
        let [low, high] = halves else { return Err("only halves are supported".to_owned()) };
        let low = self.assembler.output(half, low)?;
        let high = self.assembler.output(half, high)?;
        let index = self.assembler.input(width, &self.operands[1])?;
        Ok(Op::Unpack { low, high, a: Place { width, index } })
    }

    fn pack(self, halves: &[Operand]) -> Result<Op, String> {
        let half = self.half()?;
        let width = self.width();
        let [low, high] = halves else { return Err("only halves are supported".to_owned()) };
        let low = self.assembler.input(half, low)?;
        let high = self.assembler.input(half, high)?;
        let index = self.assembler.output(width, &self.operands[0])?;
        Ok(Op::Pack { to: Place { width, index }, low, high })
    }
}
