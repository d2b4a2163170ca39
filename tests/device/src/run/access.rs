//! Runs what reads and writes memory, one lane after the other, and asks of each access whether it may be.

use super::files::{Files, LANES, each};
use super::world::World;
use crate::code::{Address, Elements, Op, Space, Type, Update, Width};
use crate::fault::{FaultKind, Wrong};
use crate::memory::{Witness, name};
use crate::ptx::{LOCAL_WINDOW, SHARED_WINDOW};

/// The lanes of a warp as memory sees them.
#[derive(Debug)]
pub(crate) struct Lanes {
    /// The first one's number in its block.
    pub(crate) first: u32,
    /// The last barrier that each took part in.
    pub(crate) epochs: [u64; LANES],
    /// Each lane's own memory, one after the other.
    pub(crate) local: Vec<u8>,
}

/// How an access is noted.
#[derive(Clone, Copy)]
enum Manner {
    Read,
    Write,
    Update,
}

/// Runs the instruction for these lanes.
pub(crate) fn run(files: &mut Files, own: &mut Lanes, world: &mut World<'_>, op: &Op, lanes: u32) -> Result<(), Wrong> {
    match op {
        Op::Load { address, to } => {
            count_wavefronts(files, world, address, lanes);
            each(lanes).try_for_each(|lane| load(files, own, world, lane, address, to))
        }
        Op::Store { address, from } => {
            count_wavefronts(files, world, address, lanes);
            each(lanes).try_for_each(|lane| store(files, own, world, lane, address, from))
        }
        Op::Atomic { update, address, kind, to, a, b } => each(lanes).try_for_each(|lane| {
            let (a, b) = (files.get(*a, lane), files.get(*b, lane));
            let old = atomic(files, own, world, lane, (*update, *kind), address, [a, b])?;
            if let Some(to) = to {
                files.set(*to, lane, old);
            }
            Ok(())
        }),
        _ => Ok(()),
    }
}

fn load(
    files: &mut Files,
    own: &mut Lanes,
    world: &mut World<'_>,
    lane: usize,
    address: &Address,
    to: &Elements,
) -> Result<(), Wrong> {
    let size = usize::from(to.kind.bytes);
    if to.count == 1 {
        let number = number_of(touch(files, own, world, lane, address, size, Manner::Read)?);
        files.set(to.places[0], lane, to.kind.extend(number));
        return Ok(());
    }
    let bytes = touch(files, own, world, lane, address, size * usize::from(to.count), Manner::Read)?;
    let mut numbers = [0; 4];
    for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(size)) {
        *number = to.kind.extend(number_of(bytes));
    }
    for (place, number) in to.places.iter().zip(numbers).take(usize::from(to.count)) {
        files.set(*place, lane, number);
    }
    Ok(())
}

fn store(
    files: &mut Files,
    own: &mut Lanes,
    world: &mut World<'_>,
    lane: usize,
    address: &Address,
    from: &Elements,
) -> Result<(), Wrong> {
    let size = usize::from(from.kind.bytes);
    let bytes = touch(files, own, world, lane, address, size * usize::from(from.count), Manner::Write)?;
    for (bytes, place) in bytes.chunks_exact_mut(size).zip(from.places) {
        put(bytes, files.get(place, lane));
    }
    Ok(())
}

fn atomic(
    files: &Files,
    own: &mut Lanes,
    world: &mut World<'_>,
    lane: usize,
    (update, kind): (Update, Type),
    address: &Address,
    [a, b]: [u64; 2],
) -> Result<u64, Wrong> {
    let bytes = touch(files, own, world, lane, address, usize::from(kind.bytes), Manner::Update)?;
    let old = number_of(bytes);
    put(bytes, updated(update, kind, old, [a, b]));
    Ok(kind.extend(old))
}

/// What stands in memory after an update.
pub(crate) fn updated(update: Update, kind: Type, old: u64, [a, b]: [u64; 2]) -> u64 {
    let plain = |number: u64| Type { signed: false, ..kind }.extend(number);
    let signed = |number: u64| Type { signed: true, ..kind }.extend(number) as i64;
    let (old, a, b) = (plain(old), plain(a), plain(b));
    match update {
        Update::Add => old.wrapping_add(a),
        Update::Minimum => old.min(a),
        Update::Maximum => old.max(a),
        Update::MinimumSigned => signed(old).min(signed(a)) as u64,
        Update::MaximumSigned => signed(old).max(signed(a)) as u64,
        Update::And => old & a,
        Update::Or => old | a,
        Update::Xor => old ^ a,
        Update::Exchange => a,
        Update::CompareExchange => {
            if old == a {
                b
            } else {
                old
            }
        }
        Update::Increment => {
            if old >= a {
                0
            } else {
                old + 1
            }
        }
        Update::Decrement => {
            if old == 0 || old > a {
                a
            } else {
                old - 1
            }
        }
    }
}

fn number_of(bytes: &[u8]) -> u64 {
    match *bytes {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => unreachable!("numbers have 1, 2, 4 or 8 bytes"),
    }
}

fn put(bytes: &mut [u8], number: u64) {
    let length = bytes.len();
    bytes.copy_from_slice(&number.to_le_bytes()[..length]);
}

/// Where a lane looks.
fn target(files: &Files, address: &Address, lane: usize) -> u64 {
    let base = match address.base.width {
        Width::Long => files.longs[usize::from(address.base.index)][lane],
        _ => files.get(address.base, lane),
    };
    base.wrapping_add_signed(i64::from(address.offset))
}

/// The bytes of an access, once it has been found to be allowed, and noted.
fn touch<'a>(
    files: &Files,
    own: &'a mut Lanes,
    world: &'a mut World<'_>,
    lane: usize,
    address: &Address,
    length: usize,
    manner: Manner,
) -> Result<&'a mut [u8], Wrong> {
    let mut at = target(files, address, lane);
    let mut space = address.space;
    if space == Space::Generic {
        (space, at) = match at {
            LOCAL_WINDOW.. => (Space::Local, at - LOCAL_WINDOW),
            SHARED_WINDOW.. => (Space::Shared, at - SHARED_WINDOW),
            _ => (Space::Global, at),
        };
    }
    let wrong = |kind: FaultKind, why: String| Wrong::new(kind, lane as u32, why);
    // All sizes are powers of two.
    if at & (length as u64 - 1) != 0 {
        let why = format!("{at:#x} is no multiple of the {length} bytes that are touched there");
        return Err(wrong(FaultKind::Misaligned, why));
    }
    let witness = world.witness(own, lane, space);
    let outside = |why: String| wrong(FaultKind::IllegalAddress, format!("{length} bytes at {at:#x}: {why}"));
    let region = match space {
        Space::Shared => {
            let size = world.shared.bytes.len();
            let offset = world.shared.offset(at, length as u64);
            let offset = offset.ok_or_else(|| outside(format!("the launch has {size} bytes of shared memory")))?;
            (&mut world.shared, offset)
        }
        Space::Local | Space::Parameter => {
            let (memory, start, size) = match space {
                Space::Local => (&mut own.local, lane * world.local_bytes, world.local_bytes),
                _ => (&mut world.parameters, 0, usize::MAX),
            };
            let size = size.min(memory.len());
            let is_inside = at.checked_add(length as u64).is_some_and(|end| end <= size as u64);
            return if is_inside {
                Ok(&mut memory[start + at as usize..][..length])
            } else {
                Err(outside(format!("there are {size} bytes")))
            };
        }
        Space::Global | Space::Generic => {
            let Some(found) = world.memory.find(at, length as u64) else {
                return Err(outside(world.memory.describe(at)));
            };
            (world.memory.at(found.0), found.1)
        }
    };
    let (region, offset) = region;
    let note = match manner {
        Manner::Read => region.shadow.read(offset, length, &witness),
        Manner::Write => region.shadow.write(offset, length, &witness),
        Manner::Update => region.shadow.update(offset, length, &witness),
    };
    note.map_err(|other| {
        wrong(
            FaultKind::Race,
            format!("{length} bytes at {at:#x} of {space:?} memory are touched out of order with {}", name(other)),
        )
    })?;
    Ok(&mut region.bytes[offset..offset + length])
}

/// How many times the banks of shared memory are asked for one instruction: once for each further word of the same bank.
fn count_wavefronts(files: &Files, world: &mut World<'_>, address: &Address, lanes: u32) {
    if !world.counts_wavefronts || address.space != Space::Shared {
        return;
    }
    let mut words: Vec<u64> = each(lanes).map(|lane| target(files, address, lane) / 4).collect();
    words.sort_unstable();
    words.dedup();
    let mut banks = [0; LANES];
    for word in words {
        banks[word as usize % LANES] += 1;
    }
    world.work.wavefronts += banks.into_iter().max().unwrap_or(0);
}

impl World<'_> {
    fn witness(&self, own: &Lanes, lane: usize, space: Space) -> Witness {
        let launch = if space == Space::Shared { self.begin } else { self.launch };
        Witness::new(u64::from(own.first) + lane as u64, own.epochs[lane], [self.barrier, self.begin, launch])
    }
}
