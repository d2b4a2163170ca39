//! Instructions as they are run: operands are places in register files, labels are places in the code.
//!
//! Each warp has four register files: shorts, words and longs of 16, 32 and 64 bits for each of its lanes, and flags, of
//! which one is a bit for each lane. Constants, special registers and addresses of variables are registers like any
//! other, filled when a warp begins: so an operand is never anything but a place.

/// A place in the register file that the instruction means.
pub(crate) type Register = u16;

/// Which of the three files of numbers an operand is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    Short,
    Word,
    Long,
}

/// A register with its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) width: Width,
    pub(crate) index: Register,
}

/// A number as memory and conversions know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    /// 1, 2, 4 or 8.
    pub(crate) bytes: u8,
    pub(crate) signed: bool,
}

impl Type {
    /// The narrowest file that holds it.
    pub(crate) fn width(self) -> Width {
        match self.bytes {
            1 | 2 => Width::Short,
            4 => Width::Word,
            _ => Width::Long,
        }
    }

    /// The number whose low bits these are, as 64 bits.
    pub(crate) fn extend(self, bits: u64) -> u64 {
        let unused = 64 - u32::from(self.bytes) * 8;
        if self.signed { (((bits << unused) as i64) >> unused) as u64 } else { (bits << unused) >> unused }
    }
}

/// A flag, or its opposite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard {
    pub(crate) flag: Register,
    pub(crate) negated: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Unary {
    Move,
    Not,
    Negate,
    Absolute,
    Reverse,
    IsZero,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Binary {
    Add,
    Subtract,
    MultiplyLow,
    MultiplyHigh,
    MultiplyHighSigned,
    Divide,
    DivideSigned,
    Remainder,
    RemainderSigned,
    Minimum,
    MinimumSigned,
    Maximum,
    MaximumSigned,
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Ternary {
    MultiplyAddLow,
    MultiplyAddHigh,
    MultiplyAddHighSigned,
    /// The distance of the first two, and the third.
    Distance,
    DistanceSigned,
    /// Any function of three bits: the number is its table.
    Logic(u8),
}

/// What knows only words.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Triple {
    /// Four bytes of eight.
    Permute,
    FunnelLeftWrap,
    FunnelLeftClamp,
    FunnelRightWrap,
    FunnelRightClamp,
    /// Four products of bytes.
    DotUnsigned,
    DotSigned,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Shift {
    Left,
    Right,
    RightSigned,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    Ones,
    LeadingZeros,
    /// The place of the highest bit that is no sign.
    Highest,
    HighestSigned,
    /// How far to shift it to the top.
    Distance,
    DistanceSigned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Logic {
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Generic,
    Global,
    Shared,
    Local,
    Parameter,
}

/// Where a lane looks: a register and a distance from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    pub(crate) space: Space,
    pub(crate) base: Place,
    pub(crate) offset: i32,
}

/// One number, or two or four beside each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements {
    pub(crate) places: [Place; 4],
    pub(crate) count: u8,
    pub(crate) kind: Type,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Update {
    Add,
    Minimum,
    MinimumSigned,
    Maximum,
    MaximumSigned,
    And,
    Or,
    Xor,
    Exchange,
    CompareExchange,
    Increment,
    Decrement,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Vote {
    All,
    Any,
    Uniform,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Shuffle {
    Up,
    Down,
    Butterfly,
    Index,
}

/// What the lanes of a warp do together, once all that take part have arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meeting {
    Barrier,
    Vote { vote: Vote, to: Register, by: Guard },
    Ballot { to: Register, by: Guard },
    Shuffle { shuffle: Shuffle, to: Register, flag: Option<Register>, a: Register, b: Register, clamp: Register },
    MatchAny { width: Width, to: Register, a: Register },
    MatchAll { width: Width, to: Register, flag: Option<Register>, a: Register },
    Reduce { update: Update, to: Register, a: Register },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Unary {
        width: Width,
        op: Unary,
        to: Register,
        a: Register,
    },
    Binary {
        width: Width,
        op: Binary,
        to: Register,
        a: Register,
        b: Register,
    },
    Ternary {
        width: Width,
        op: Ternary,
        to: Register,
        a: Register,
        b: Register,
        c: Register,
    },
    Triple {
        op: Triple,
        to: Register,
        a: Register,
        b: Register,
        c: Register,
    },
    Shift {
        width: Width,
        op: Shift,
        to: Register,
        a: Register,
        by: Register,
    },
    /// A product of twice the width, and perhaps a sum.
    Wide {
        width: Width,
        signed: bool,
        to: Register,
        a: Register,
        b: Register,
        plus: Option<Register>,
    },
    Count {
        width: Width,
        op: Count,
        to: Register,
        a: Register,
    },
    Extract {
        width: Width,
        signed: bool,
        to: Register,
        a: Register,
        position: Register,
        length: Register,
    },
    Insert {
        width: Width,
        to: Register,
        a: Register,
        b: Register,
        position: Register,
        length: Register,
    },
    Compare {
        width: Width,
        signed: bool,
        comparison: Comparison,
        a: Register,
        b: Register,
        to: Verdict,
    },
    Select {
        width: Width,
        to: Register,
        a: Register,
        b: Register,
        by: Guard,
    },
    SelectSign {
        width: Width,
        to: Register,
        a: Register,
        b: Register,
        sign: Register,
    },
    Convert {
        from: Type,
        into: Type,
        saturate: bool,
        to: Place,
        a: Place,
    },
    /// Halves to a whole.
    Pack {
        to: Place,
        low: Register,
        high: Register,
    },
    /// A whole to its halves.
    Unpack {
        low: Register,
        high: Register,
        a: Place,
    },
    Logic {
        op: Logic,
        to: Register,
        a: Guard,
        b: Guard,
    },
    Load {
        address: Address,
        to: Elements,
    },
    Store {
        address: Address,
        from: Elements,
    },
    Atomic {
        update: Update,
        address: Address,
        kind: Type,
        to: Option<Place>,
        a: Place,
        b: Place,
    },
    Meet {
        meeting: Meeting,
        members: Register,
    },
    Active {
        to: Register,
    },
    BlockBarrier {
        barrier: Register,
    },
    Branch {
        to: u32,
    },
    /// To the entry of a table that the register names.
    Switch {
        table: u32,
        index: Register,
    },
    Nothing,
    Exit,
    Trap,
}

/// Where the outcome of a comparison goes, and what it is joined with before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) flag: Register,
    /// Gets the opposite.
    pub(crate) other: Option<Register>,
    pub(crate) join: Option<(Logic, Guard)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub(crate) op: Op,
    /// Lanes without this flag pass by.
    pub(crate) guard: Option<Guard>,
    /// Of the text, for whoever reads about a fault.
    pub(crate) line: u32,
}

/// What a register holds before the first instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Preset {
    Constant(u64),
    Special(Special),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Special {
    /// Of the thread in its block, by axis.
    Thread(u8),
    Block(u8),
    BlockSize(u8),
    GridSize(u8),
    Lane,
    WarpInBlock,
    WarpsOfBlock,
    MaskEqual,
    MaskLess,
    MaskLessEqual,
    MaskGreater,
    MaskGreaterEqual,
    DynamicSharedSize,
    TotalSharedSize,
}

/// A function that can be launched.
#[derive(Debug)]
pub struct Kernel {
    pub(crate) name: String,
    pub(crate) code: Vec<Instruction>,
    pub(crate) tables: Vec<Vec<u32>>,
    /// How many registers of each file.
    pub(crate) shorts: u32,
    pub(crate) words: u32,
    pub(crate) longs: u32,
    pub(crate) flags: u32,
    pub(crate) presets: Vec<(Place, Preset)>,
    /// Flags that are set from the beginning.
    pub(crate) set_flags: Vec<Register>,
    /// Place and size of each parameter.
    pub(crate) parameters: Vec<(u32, u32)>,
    pub(crate) shared_bytes: u32,
    pub(crate) local_bytes: u32,
    /// From its launch bounds; 1024 where it has none.
    pub(crate) threads_max: u32,
}
