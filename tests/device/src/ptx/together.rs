//! Instructions about where a lane goes on, and those that lanes take part in together.

use super::assembler::Assembler;
use super::memory::update;
use super::module::kind_of;
use super::operands::Operand;
use crate::code::{Meeting, Op, Shuffle, Vote, Width};

/// What the instruction does, or nothing if it is none of this family.
pub(crate) fn decode(assembler: &mut Assembler, parts: &[&str], operands: &[Operand]) -> Result<Option<Op>, String> {
    let meeting = |meeting, members| Ok(Some(Op::Meet { meeting, members }));
    match (parts, operands) {
        (["bra", ..], [Operand::Name(label, 0)]) => {
            // The place is filled in when all labels are known.
            let at = assembler.code.len() as u32;
            assembler.wanted.push((label.clone(), at));
            Ok(Some(Op::Branch { to: u32::MAX }))
        }
        (["brx", "idx", ..], [index, Operand::Name(table, 0)]) => {
            let number = assembler.wanted_tables.len() as u32;
            assembler.wanted_tables.push((table.clone(), number));
            Ok(Some(Op::Switch { table: number, index: assembler.input(Width::Word, index)? }))
        }
        (["ret" | "exit", ..], []) => Ok(Some(Op::Exit)),
        (["trap" | "brkpt"], []) => Ok(Some(Op::Trap)),
        // Lanes run one instruction after the other: what each writes is seen at once, and there is nothing to wait for.
        (["membar" | "fence" | "nanosleep", ..], _) => Ok(Some(Op::Nothing)),
        (["bar" | "barrier", "warp", "sync"], [members]) => {
            meeting(Meeting::Barrier, assembler.input(Width::Word, members)?)
        }
        (["bar" | "barrier", "sync", ..] | ["barrier", "cta", "sync", ..], [barrier]) => {
            Ok(Some(Op::BlockBarrier { barrier: assembler.input(Width::Word, barrier)? }))
        }
        (["activemask", "b32"], [to]) => Ok(Some(Op::Active { to: assembler.output(Width::Word, to)? })),
        (["vote", "sync", mode, _], [to, by, members]) => {
            let by = assembler.flag_in(by)?;
            let members = assembler.input(Width::Word, members)?;
            let vote = match *mode {
                "ballot" => return meeting(Meeting::Ballot { to: assembler.output(Width::Word, to)?, by }, members),
                "all" => Vote::All,
                "any" => Vote::Any,
                "uni" => Vote::Uniform,
                other => return Err(format!("{other} is no vote")),
            };
            meeting(Meeting::Vote { vote, to: assembler.flag_out(to)?, by }, members)
        }
        (["shfl", "sync", mode, "b32"], [to, a, b, clamp, members]) => {
            let shuffle = match *mode {
                "up" => Shuffle::Up,
                "down" => Shuffle::Down,
                "bfly" => Shuffle::Butterfly,
                "idx" => Shuffle::Index,
                other => return Err(format!("{other} is no shuffle")),
            };
            let (to, flag) = with_flag(assembler, to)?;
            let mut word = |operand| assembler.input(Width::Word, operand);
            let shuffled = Meeting::Shuffle { shuffle, to, flag, a: word(a)?, b: word(b)?, clamp: word(clamp)? };
            meeting(shuffled, word(members)?)
        }
        (["match", mode, "sync", kind], [to, a, members]) => {
            let width = kind_of(kind).ok_or("this type is not supported")?.width();
            let (to, flag) = with_flag(assembler, to)?;
            let a = assembler.input(width, a)?;
            let matched = match *mode {
                "any" => Meeting::MatchAny { width, to, a },
                _ => Meeting::MatchAll { width, to, flag, a },
            };
            meeting(matched, assembler.input(Width::Word, members)?)
        }
        (["redux", "sync", name, kind], [to, a, members]) => {
            let signed = kind_of(kind).ok_or("this type is not supported")?.signed;
            let update = update(name, signed).ok_or("this is not supported")?;
            let to = assembler.output(Width::Word, to)?;
            let a = assembler.input(Width::Word, a)?;
            meeting(Meeting::Reduce { update, to, a }, assembler.input(Width::Word, members)?)
        }
        _ => Ok(None),
    }
}

/// `%r1|%p1`, or the register alone.
fn with_flag(assembler: &mut Assembler, operand: &Operand) -> Result<(u16, Option<u16>), String> {
    match operand {
        Operand::Pair(to, flag) => {
            let to = assembler.output(Width::Word, &Operand::Name(to.clone(), 0))?;
            Ok((to, Some(assembler.flag(flag)?)))
        }
        to => Ok((assembler.output(Width::Word, to)?, None)),
    }
}
