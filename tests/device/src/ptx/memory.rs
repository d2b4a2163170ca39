//! Instructions that read and write memory.

use super::assembler::Assembler;
use super::module::kind_of;
use super::operands::Operand;
use crate::code::{Elements, Op, Place, Space, Type, Update, Width};

/// What the instruction does, or nothing if it is none of this family.
pub(crate) fn decode(assembler: &mut Assembler, parts: &[&str], operands: &[Operand]) -> Result<Option<Op>, String> {
    match (parts[0], operands) {
        ("ld" | "ldu", [to, address]) => {
            let kind = kind(parts)?;
            let address = assembler.address(space(parts), address)?;
            let to = elements(assembler, parts, kind, to, |assembler, one| {
                let place = assembler.place_out(one)?;
                Ok(place.unwrap_or_else(|| assembler.new_register(kind.width())))
            })?;
            Ok(Some(Op::Load { address, to }))
        }
        ("st", [address, from]) => {
            let kind = kind(parts)?;
            let address = assembler.address(space(parts), address)?;
            let from = elements(assembler, parts, kind, from, |assembler, one| assembler.place_in(kind.width(), one))?;
            Ok(Some(Op::Store { address, from }))
        }
        ("atom", [to, address, a, rest @ ..]) => atomic(assembler, parts, Some(to), address, a, rest.first()).map(Some),
        ("red", [address, a]) => atomic(assembler, parts, None, address, a, None).map(Some),
        ("prefetch" | "prefetchu" | "discard" | "applypriority", _) => Ok(Some(Op::Nothing)),
        _ => Ok(None),
    }
}

fn kind(parts: &[&str]) -> Result<Type, String> {
    match parts.last() {
        Some(&"f32") => Ok(Type { bytes: 4, signed: false }),
        Some(&"f64") => Ok(Type { bytes: 8, signed: false }),
        last => last.and_then(|last| kind_of(last)).ok_or_else(|| "this type is not supported".to_owned()),
    }
}

/// Constants lie in the memory of the device like everything else.
fn space(parts: &[&str]) -> Space {
    let found = parts.iter().find_map(|part| match *part {
        "global" | "const" => Some(Space::Global),
        "param" => Some(Space::Parameter),
        "local" => Some(Space::Local),
        _ => part.starts_with("shared").then_some(Space::Shared),
    });
    found.unwrap_or(Space::Generic)
}

fn elements(
    assembler: &mut Assembler,
    parts: &[&str],
    kind: Type,
    operand: &Operand,
    place: impl Fn(&mut Assembler, &Operand) -> Result<Place, String>,
) -> Result<Elements, String> {
    let count = match parts.iter().find(|part| part.starts_with('v') && part.len() == 2) {
        Some(&"v2") => 2,
        Some(&"v4") => 4,
        _ => 1,
    };
    let of_list;
    let ones = match operand {
        Operand::List(ones) => ones,
        one => {
            of_list = vec![one.clone()];
            &of_list
        }
    };
    if ones.len() != count {
        return Err(format!("{} registers stand where {count} belong", ones.len()));
    }
    let mut places = [Place { width: Width::Word, index: 0 }; 4];
    for (to, one) in places.iter_mut().zip(ones) {
        *to = place(assembler, one)?;
        if width_bytes(to.width) < kind.bytes {
            return Err(format!("{one:?} is too narrow"));
        }
    }
    Ok(Elements { places, count: count as u8, kind })
}

fn width_bytes(width: Width) -> u8 {
    match width {
        Width::Short => 2,
        Width::Word => 4,
        Width::Long => 8,
    }
}

fn atomic(
    assembler: &mut Assembler,
    parts: &[&str],
    to: Option<&Operand>,
    address: &Operand,
    a: &Operand,
    b: Option<&Operand>,
) -> Result<Op, String> {
    let kind = kind(parts)?;
    let update = parts.iter().find_map(|part| update(part, kind.signed)).ok_or("this update is not supported")?;
    let to = to.map(|to| assembler.place_out(to)).transpose()?.flatten();
    let address = assembler.address(space(parts), address)?;
    let a = assembler.place_in(kind.width(), a)?;
    let b = b.map_or(Ok(a), |b| assembler.place_in(kind.width(), b))?;
    Ok(Op::Atomic { update, address, kind, to, a, b })
}

pub(crate) fn update(name: &str, signed: bool) -> Option<Update> {
    Some(match name {
        "add" => Update::Add,
        "min" if signed => Update::MinimumSigned,
        "min" => Update::Minimum,
        "max" if signed => Update::MaximumSigned,
        "max" => Update::Maximum,
        "and" => Update::And,
        "or" => Update::Or,
        "xor" => Update::Xor,
        "exch" => Update::Exchange,
        "cas" => Update::CompareExchange,
        "inc" => Update::Increment,
        "dec" => Update::Decrement,
        _ => return None,
    })
}
