//! The register files of a warp, and the arithmetic of one lane.

use std::ops::{BitAnd, BitOr, BitXor, Not};

use crate::code::{Kernel, Place, Width};

/// Lanes of a warp.
pub(crate) const LANES: usize = 32;

/// All lanes.
pub(crate) const ALL: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) shorts: Vec<[u16; LANES]>,
    pub(crate) words: Vec<[u32; LANES]>,
    pub(crate) longs: Vec<[u64; LANES]>,
    /// A bit for each lane.
    pub(crate) flags: Vec<u32>,
}

impl Files {
    pub(crate) fn new(kernel: &Kernel) -> Self {
        let count = |count: u32| count as usize;
        Self {
            shorts: vec![[0xCDCD; LANES]; count(kernel.shorts)],
            words: vec![[0xCDCD_CDCD; LANES]; count(kernel.words)],
            longs: vec![[0xCDCD_CDCD_CDCD_CDCD; LANES]; count(kernel.longs)],
            flags: vec![0; count(kernel.flags)],
        }
    }

    pub(crate) fn get(&self, place: Place, lane: usize) -> u64 {
        let index = usize::from(place.index);
        match place.width {
            Width::Short => u64::from(self.shorts[index][lane]),
            Width::Word => u64::from(self.words[index][lane]),
            Width::Long => self.longs[index][lane],
        }
    }

    /// What is too wide for the register is cut off.
    pub(crate) fn set(&mut self, place: Place, lane: usize, bits: u64) {
        let index = usize::from(place.index);
        match place.width {
            Width::Short => self.shorts[index][lane] = bits as u16,
            Width::Word => self.words[index][lane] = bits as u32,
            Width::Long => self.longs[index][lane] = bits,
        }
    }

    /// The lanes of `lanes` whose flag is set.
    pub(crate) fn flagged(&self, guard: crate::code::Guard, lanes: u32) -> u32 {
        let flag = self.flags[usize::from(guard.flag)];
        lanes & if guard.negated { !flag } else { flag }
    }

    /// Sets a flag for some lanes, and leaves it to the others.
    pub(crate) fn set_flag(&mut self, flag: u16, lanes: u32, value: u32) {
        let flag = &mut self.flags[usize::from(flag)];
        *flag = (*flag & !lanes) | (value & lanes);
    }
}

/// The numbers of lanes, lowest first.
pub(crate) fn each(mut lanes: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = lanes.trailing_zeros();
        lanes &= lanes.wrapping_sub(1);
        (lane < 32).then_some(lane as usize)
    })
}

/// A number as one lane has it.
pub(crate) trait Lane:
    Copy + Ord + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self> + Not<Output = Self>
{
    type Signed: Copy + Ord;
    const BITS: u32;
    const ZERO: Self;
    fn file(files: &mut Files) -> &mut Vec<[Self; LANES]>;
    /// The low bits.
    fn of(bits: u64) -> Self;
    fn bits(self) -> u64;
    fn signed(self) -> Self::Signed;
    fn extended(self) -> i64;
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    fn high(self, other: Self) -> Self;
    fn high_signed(self, other: Self) -> Self;
    fn left(self, by: u32) -> Self;
    fn right(self, by: u32) -> Self;
    fn right_signed(self, by: u32) -> Self;
    /// By zero: all ones, as on a card, where the result is said to be anything.
    fn divide(self, other: Self) -> Self {
        Self::of(self.bits().checked_div(other.bits()).unwrap_or(u64::MAX))
    }
    fn remainder(self, other: Self) -> Self {
        Self::of(self.bits().checked_rem(other.bits()).unwrap_or(u64::MAX))
    }
    fn divide_signed(self, other: Self) -> Self {
        let (a, b) = (self.extended(), other.extended());
        Self::of(if b == 0 { u64::MAX } else { a.wrapping_div(b) as u64 })
    }
    fn remainder_signed(self, other: Self) -> Self {
        let (a, b) = (self.extended(), other.extended());
        Self::of(if b == 0 { u64::MAX } else { a.wrapping_rem(b) as u64 })
    }
}

macro_rules! lane {
    ($unsigned:ident, $signed:ident, $double:ident, $double_signed:ident, $file:ident) => {
        impl Lane for $unsigned {
            type Signed = $signed;
            const BITS: u32 = $unsigned::BITS;
            const ZERO: Self = 0;
            fn file(files: &mut Files) -> &mut Vec<[Self; LANES]> {
                &mut files.$file
            }
            fn of(bits: u64) -> Self {
                bits as Self
            }
            fn bits(self) -> u64 {
                u64::from(self)
            }
            fn signed(self) -> $signed {
                self as $signed
            }
            fn extended(self) -> i64 {
                i64::from(self as $signed)
            }
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            fn subtract(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            fn multiply(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn high(self, other: Self) -> Self {
                (($double::from(self) * $double::from(other)) >> Self::BITS) as Self
            }
            fn high_signed(self, other: Self) -> Self {
                (($double_signed::from(self as $signed) * $double_signed::from(other as $signed)) >> Self::BITS) as Self
            }
            fn left(self, by: u32) -> Self {
                if by < Self::BITS { self << by } else { 0 }
            }
            fn right(self, by: u32) -> Self {
                if by < Self::BITS { self >> by } else { 0 }
            }
            fn right_signed(self, by: u32) -> Self {
                ((self as $signed) >> by.min(Self::BITS - 1)) as Self
            }
        }
    };
}

lane!(u16, i16, u32, i32, shorts);
lane!(u32, i32, u64, i64, words);
lane!(u64, i64, u128, i128, longs);
