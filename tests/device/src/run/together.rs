//! Runs what the lanes of a warp do together, once all are there.

use super::access::updated;
use super::files::{Files, Lane, each};
use crate::code::{Guard, Meeting, Register, Shuffle, Type, Update, Vote, Width};

/// What a lane gets from one that takes no part: it may be anything, and so it is nothing that anybody expects.
const ANYTHING: u32 = 0xCDCD_CDCD;

/// Runs a meeting of these lanes; a barrier is none of its business.
pub(crate) fn run(files: &mut Files, meeting: &Meeting, lanes: u32) {
    match *meeting {
        Meeting::Barrier => {}
        Meeting::Vote { vote, to, by } => {
            let votes = files.flagged(by, lanes);
            let outcome = match vote {
                Vote::All => votes == lanes,
                Vote::Any => votes != 0,
                Vote::Uniform => votes == lanes || votes == 0,
            };
            files.set_flag(to, lanes, if outcome { lanes } else { 0 });
        }
        Meeting::Ballot { to, by } => ballot(files, lanes, to, by),
        Meeting::Shuffle { shuffle, to, flag, a, b, clamp } => {
            let is_inside = exchange(files, lanes, shuffle, [to, a, b, clamp]);
            if let Some(flag) = flag {
                files.set_flag(flag, lanes, is_inside);
            }
        }
        Meeting::MatchAny { width, to, a } => {
            for lane in each(lanes) {
                files.words[usize::from(to)][lane] = equal(files, width, a, lane, lanes);
            }
        }
        Meeting::MatchAll { width, to, flag, a } => {
            let first = lanes.trailing_zeros() as usize;
            let are_equal = equal(files, width, a, first, lanes) == lanes;
            for lane in each(lanes) {
                files.words[usize::from(to)][lane] = if are_equal { lanes } else { 0 };
            }
            if let Some(flag) = flag {
                files.set_flag(flag, lanes, if are_equal { lanes } else { 0 });
            }
        }
        Meeting::Reduce { update, to, a } => reduce(files, lanes, update, to, a),
    }
}

fn ballot(files: &mut Files, lanes: u32, to: Register, by: Guard) {
    let votes = files.flagged(by, lanes);
    let to = &mut files.words[usize::from(to)];
    for lane in each(lanes) {
        to[lane] = votes;
    }
}

/// The lanes of `lanes` whose number is the one of this lane.
fn equal(files: &mut Files, width: Width, a: Register, lane: usize, lanes: u32) -> u32 {
    fn of<T: Lane>(files: &mut Files, a: Register, lane: usize, lanes: u32) -> u32 {
        let numbers = &T::file(files)[usize::from(a)];
        each(lanes).filter(|other| numbers[*other] == numbers[lane]).fold(0, |equal, other| equal | 1 << other)
    }
    match width {
        Width::Short => of::<u16>(files, a, lane, lanes),
        Width::Word => of::<u32>(files, a, lane, lanes),
        Width::Long => of::<u64>(files, a, lane, lanes),
    }
}

/// Gives each lane the number of another one; the lanes whose other one lay inside of their segment.
fn exchange(files: &mut Files, lanes: u32, shuffle: Shuffle, [to, a, b, clamp]: [Register; 4]) -> u32 {
    let [a, b, clamp] = [a, b, clamp].map(|register| files.words[usize::from(register)]);
    let mut inside = 0;
    for lane in each(lanes) {
        let (from, is_inside) = source(shuffle, lane as u32, b[lane] & 31, clamp[lane]);
        inside |= u32::from(is_inside) << lane;
        files.words[usize::from(to)][lane] = if lanes >> from & 1 == 1 { a[from as usize] } else { ANYTHING };
    }
    inside
}

/// From which lane, and whether it lies inside of the segment: PTX ISA, `shfl.sync`.
fn source(shuffle: Shuffle, lane: u32, b: u32, clamp: u32) -> (u32, bool) {
    let (limit, segment) = (clamp & 31, (clamp >> 8) & 31);
    let highest = (lane & segment) | (limit & !segment);
    let lowest = lane & segment;
    let (from, is_inside) = match shuffle {
        Shuffle::Up => (lane.wrapping_sub(b), lane as i32 - b as i32 >= highest as i32),
        Shuffle::Down => (lane + b, lane + b <= highest),
        Shuffle::Butterfly => (lane ^ b, (lane ^ b) <= highest),
        Shuffle::Index => {
            let from = lowest | (b & !segment);
            (from, from <= highest)
        }
    };
    if is_inside { (from & 31, true) } else { (lane, false) }
}

fn reduce(files: &mut Files, lanes: u32, update: Update, to: Register, a: Register) {
    let numbers = files.words[usize::from(a)];
    let kind = Type { bytes: 4, signed: false };
    let together = |sum: u64, lane: usize| updated(update, kind, sum, [u64::from(numbers[lane]); 2]);
    let first = lanes.trailing_zeros() as usize;
    let reduced = each(lanes).skip(1).fold(u64::from(numbers[first]), together);
    for lane in each(lanes) {
        files.words[usize::from(to)][lane] = reduced as u32;
    }
}
