//! Runs what makes numbers of numbers, for all lanes of a group at once: the loops are over lanes, inside of the choice.

use super::files::{ALL, Files, LANES, Lane, each};
use crate::code::{
    Binary, Comparison, Count, Logic, Op, Place, Register, Shift, Ternary, Triple, Type, Unary, Verdict, Width,
};

/// Runs one piece of code with a name for the type of a width.
macro_rules! by_width {
    ($width:expr, $lane:ident => $run:expr) => {
        match $width {
            Width::Short => {
                type $lane = u16;
                $run
            }
            Width::Word => {
                type $lane = u32;
                $run
            }
            Width::Long => {
                type $lane = u64;
                $run
            }
        }
    };
}

/// Runs the instruction; false if it is none of these.
pub(crate) fn run(files: &mut Files, op: &Op, lanes: u32) -> bool {
    match *op {
        Op::Unary { width, op, to, a } => by_width!(width, T => unary::<T>(files, op, lanes, [to, a])),
        Op::Binary { width, op, to, a, b } => by_width!(width, T => binary::<T>(files, op, lanes, [to, a, b])),
        Op::Ternary { width, op, to, a, b, c } => by_width!(width, T => ternary::<T>(files, op, lanes, [to, a, b, c])),
        Op::Triple { op, to, a, b, c } => triple(files, op, lanes, [to, a, b, c]),
        Op::Shift { width, op, to, a, by } => by_width!(width, T => shift::<T>(files, op, lanes, [to, a, by])),
        Op::Wide { width, signed, to, a, b, plus } => wide(files, width, signed, lanes, [to, a, b], plus),
        Op::Count { width, op, to, a } => by_width!(width, T => count::<T>(files, op, lanes, [to, a])),
        Op::Extract { width, signed, to, a, position, length } => {
            by_width!(width, T => extract::<T>(files, signed, lanes, [to, a, position, length]));
        }
        Op::Insert { width, to, a, b, position, length } => {
            by_width!(width, T => insert::<T>(files, lanes, [to, a, b, position, length]));
        }
        Op::Compare { width, signed, comparison, a, b, to } => {
            let verdict = by_width!(width, T => compare::<T>(files, comparison, signed, [a, b]));
            judge(files, lanes, verdict, &to);
        }
        Op::Select { width, to, a, b, by } => {
            let chosen = files.flagged(by, lanes);
            by_width!(width, T => select::<T>(files, lanes, chosen, [to, a, b]));
        }
        Op::SelectSign { width, to, a, b, sign } => {
            let chosen = each(lanes)
                .fold(0, |chosen, lane| chosen | u32::from(files.words[usize::from(sign)][lane] as i32 >= 0) << lane);
            by_width!(width, T => select::<T>(files, lanes, chosen, [to, a, b]));
        }
        Op::Convert { from, into, saturate, to, a } => convert(files, lanes, [from, into], saturate, [to, a]),
        Op::Pack { to, low, high } => pack(files, lanes, to, low, high),
        Op::Unpack { low, high, a } => unpack(files, lanes, low, high, a),
        Op::Logic { op, to, a, b } => {
            let (a, b) = (files.flagged(a, lanes), files.flagged(b, lanes));
            files.set_flag(to, lanes, joined(op, a, b));
        }
        _ => return false,
    }
    true
}

/// Sets a register for these lanes to what `f` says of each.
fn set<T: Lane>(to: &mut [T; LANES], lanes: u32, f: impl Fn(usize) -> T) {
    if lanes == ALL {
        for (lane, to) in to.iter_mut().enumerate() {
            *to = f(lane);
        }
    } else {
        for lane in each(lanes) {
            to[lane] = f(lane);
        }
    }
}

fn one<T: Lane>(files: &mut Files, lanes: u32, [to, a]: [Register; 2], f: impl Fn(T) -> T) {
    let file = T::file(files);
    let a = file[usize::from(a)];
    set(&mut file[usize::from(to)], lanes, |lane| f(a[lane]));
}

fn two<T: Lane>(files: &mut Files, lanes: u32, [to, a, b]: [Register; 3], f: impl Fn(T, T) -> T) {
    let file = T::file(files);
    let (a, b) = (file[usize::from(a)], file[usize::from(b)]);
    set(&mut file[usize::from(to)], lanes, |lane| f(a[lane], b[lane]));
}

fn three<T: Lane>(files: &mut Files, lanes: u32, [to, a, b, c]: [Register; 4], f: impl Fn(T, T, T) -> T) {
    let file = T::file(files);
    let (a, b, c) = (file[usize::from(a)], file[usize::from(b)], file[usize::from(c)]);
    set(&mut file[usize::from(to)], lanes, |lane| f(a[lane], b[lane], c[lane]));
}

fn unary<T: Lane>(files: &mut Files, op: Unary, lanes: u32, at: [Register; 2]) {
    match op {
        Unary::Move => one::<T>(files, lanes, at, |a| a),
        Unary::Not => one::<T>(files, lanes, at, |a| !a),
        Unary::Negate => one::<T>(files, lanes, at, |a| T::ZERO.subtract(a)),
        Unary::Absolute => one::<T>(files, lanes, at, |a| if a.extended() < 0 { T::ZERO.subtract(a) } else { a }),
        Unary::Reverse => one::<T>(files, lanes, at, |a| T::of(a.bits().reverse_bits() >> (64 - T::BITS))),
        Unary::IsZero => one::<T>(files, lanes, at, |a| T::of(u64::from(a == T::ZERO))),
    }
}

fn binary<T: Lane>(files: &mut Files, op: Binary, lanes: u32, at: [Register; 3]) {
    let by_sign = |a: T, b: T, is_first: bool| if is_first { a } else { b };
    match op {
        Binary::Add => two(files, lanes, at, T::add),
        Binary::Subtract => two(files, lanes, at, T::subtract),
        Binary::MultiplyLow => two(files, lanes, at, T::multiply),
        Binary::MultiplyHigh => two(files, lanes, at, T::high),
        Binary::MultiplyHighSigned => two(files, lanes, at, T::high_signed),
        Binary::Divide => two(files, lanes, at, T::divide),
        Binary::DivideSigned => two(files, lanes, at, T::divide_signed),
        Binary::Remainder => two(files, lanes, at, T::remainder),
        Binary::RemainderSigned => two(files, lanes, at, T::remainder_signed),
        Binary::Minimum => two(files, lanes, at, |a: T, b| a.min(b)),
        Binary::MinimumSigned => two(files, lanes, at, |a: T, b: T| by_sign(a, b, a.signed() <= b.signed())),
        Binary::Maximum => two(files, lanes, at, |a: T, b| a.max(b)),
        Binary::MaximumSigned => two(files, lanes, at, |a: T, b: T| by_sign(a, b, a.signed() >= b.signed())),
        Binary::And => two(files, lanes, at, |a: T, b| a & b),
        Binary::Or => two(files, lanes, at, |a: T, b| a | b),
        Binary::Xor => two(files, lanes, at, |a: T, b| a ^ b),
    }
}

fn ternary<T: Lane>(files: &mut Files, op: Ternary, lanes: u32, at: [Register; 4]) {
    match op {
        Ternary::MultiplyAddLow => three(files, lanes, at, |a: T, b, c| a.multiply(b).add(c)),
        Ternary::MultiplyAddHigh => three(files, lanes, at, |a: T, b, c| a.high(b).add(c)),
        Ternary::MultiplyAddHighSigned => three(files, lanes, at, |a: T, b, c| a.high_signed(b).add(c)),
        Ternary::Distance => three(files, lanes, at, |a: T, b, c| a.max(b).subtract(a.min(b)).add(c)),
        Ternary::DistanceSigned => three(files, lanes, at, |a: T, b, c| {
            let distance = if a.signed() < b.signed() { b.subtract(a) } else { a.subtract(b) };
            distance.add(c)
        }),
        Ternary::Logic(table) => three(files, lanes, at, |a: T, b, c| {
            (0..8).filter(|row| table >> row & 1 == 1).fold(T::ZERO, |bits, row| {
                let of = |number: T, is_set: bool| if is_set { number } else { !number };
                bits | (of(a, row & 4 != 0) & of(b, row & 2 != 0) & of(c, row & 1 != 0))
            })
        }),
    }
}

fn triple(files: &mut Files, op: Triple, lanes: u32, at: [Register; 4]) {
    let both = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
    match op {
        Triple::Permute => three(files, lanes, at, permute),
        Triple::FunnelLeftWrap => three(files, lanes, at, |a, b, c| ((both(a, b) << (c & 31)) >> 32) as u32),
        Triple::FunnelLeftClamp => three(files, lanes, at, |a, b, c: u32| ((both(a, b) << c.min(32)) >> 32) as u32),
        Triple::FunnelRightWrap => three(files, lanes, at, |a, b, c| (both(a, b) >> (c & 31)) as u32),
        Triple::FunnelRightClamp => three(files, lanes, at, |a, b, c: u32| (both(a, b) >> c.min(32)) as u32),
        Triple::DotUnsigned => three(files, lanes, at, |a: u32, b: u32, c: u32| {
            let products = a.to_le_bytes().into_iter().zip(b.to_le_bytes()).map(|(a, b)| u32::from(a) * u32::from(b));
            c.wrapping_add(products.sum())
        }),
        Triple::DotSigned => three(files, lanes, at, |a: u32, b: u32, c: u32| {
            let signed = |byte: u8| i32::from(byte as i8);
            let products = a.to_le_bytes().into_iter().zip(b.to_le_bytes()).map(|(a, b)| signed(a) * signed(b));
            c.wrapping_add(products.sum::<i32>() as u32)
        }),
    }
}

/// Each four bits choose a byte of the eight; the highest of them asks for its sign instead.
fn permute(a: u32, b: u32, choice: u32) -> u32 {
    let bytes = (u64::from(b) << 32 | u64::from(a)).to_le_bytes();
    let chosen = |at: u32| {
        let choice = choice >> (4 * at);
        let byte = bytes[(choice & 7) as usize];
        if choice & 8 == 0 { byte } else { ((byte as i8) >> 7) as u8 }
    };
    u32::from_le_bytes([chosen(0), chosen(1), chosen(2), chosen(3)])
}

fn shift<T: Lane>(files: &mut Files, op: Shift, lanes: u32, [to, a, by]: [Register; 3]) {
    let by = files.words[usize::from(by)];
    let file = T::file(files);
    let a = file[usize::from(a)];
    let to = &mut file[usize::from(to)];
    match op {
        Shift::Left => set(to, lanes, |lane| a[lane].left(by[lane])),
        Shift::Right => set(to, lanes, |lane| a[lane].right(by[lane])),
        Shift::RightSigned => set(to, lanes, |lane| a[lane].right_signed(by[lane])),
    }
}

fn wide(files: &mut Files, width: Width, signed: bool, lanes: u32, [to, a, b]: [Register; 3], plus: Option<Register>) {
    let (a, b) = (usize::from(a), usize::from(b));
    let to = usize::from(to);
    if width == Width::Short {
        let (a, b) = (files.shorts[a], files.shorts[b]);
        let plus = plus.map_or([0; LANES], |plus| files.words[usize::from(plus)]);
        set(&mut files.words[to], lanes, |lane| {
            let product =
                if signed { a[lane].extended() * b[lane].extended() } else { (a[lane].bits() * b[lane].bits()) as i64 };
            (product as u32).wrapping_add(plus[lane])
        });
        return;
    }
    let (a, b) = (files.words[a], files.words[b]);
    let plus = plus.map_or([0; LANES], |plus| files.longs[usize::from(plus)]);
    let to = &mut files.longs[to];
    if signed {
        set(to, lanes, |lane| ((a[lane].extended() * b[lane].extended()) as u64).wrapping_add(plus[lane]));
    } else {
        set(to, lanes, |lane| (a[lane].bits() * b[lane].bits()).wrapping_add(plus[lane]));
    }
}

fn count<T: Lane>(files: &mut Files, op: Count, lanes: u32, [to, a]: [Register; 2]) {
    let a = T::file(files)[usize::from(a)];
    let unused = 64 - T::BITS;
    // A number with its sign taken away: the highest bit that differs from the sign.
    let unsigned = |a: T| T::of(if a.extended() < 0 { !a.extended() as u64 } else { a.bits() });
    let zeros = |a: T| a.bits().leading_zeros() - unused;
    let highest = |a: T| if a == T::ZERO { u32::MAX } else { T::BITS - 1 - zeros(a) };
    let distance = |a: T| if a == T::ZERO { u32::MAX } else { zeros(a) };
    let to = &mut files.words[usize::from(to)];
    match op {
        Count::Ones => set(to, lanes, |lane| a[lane].bits().count_ones()),
        Count::LeadingZeros => set(to, lanes, |lane| zeros(a[lane])),
        Count::Highest => set(to, lanes, |lane| highest(a[lane])),
        Count::HighestSigned => set(to, lanes, |lane| highest(unsigned(a[lane]))),
        Count::Distance => set(to, lanes, |lane| distance(a[lane])),
        Count::DistanceSigned => set(to, lanes, |lane| distance(unsigned(a[lane]))),
    }
}

fn extract<T: Lane>(files: &mut Files, signed: bool, lanes: u32, [to, a, position, length]: [Register; 4]) {
    let (position, length) = (files.words[usize::from(position)], files.words[usize::from(length)]);
    let file = T::file(files);
    let a = file[usize::from(a)];
    set(&mut file[usize::from(to)], lanes, |lane| {
        let (position, length) = (position[lane] & 0xFF, length[lane] & 0xFF);
        // The sign of a field that reaches beyond the number is the number's own.
        let top = position.wrapping_add(length).saturating_sub(1).min(T::BITS - 1);
        let is_negative = signed && length > 0 && a[lane].bits() >> top & 1 == 1;
        let mask = T::of(1).left(length).subtract(T::of(1));
        let field = a[lane].right(position) & mask;
        let present = mask & !T::ZERO.subtract(T::of(1)).left(T::BITS.saturating_sub(position));
        if is_negative { field | !(present) } else { field }
    });
}

fn insert<T: Lane>(files: &mut Files, lanes: u32, [to, a, b, position, length]: [Register; 5]) {
    let (position, length) = (files.words[usize::from(position)], files.words[usize::from(length)]);
    let file = T::file(files);
    let (a, b) = (file[usize::from(a)], file[usize::from(b)]);
    set(&mut file[usize::from(to)], lanes, |lane| {
        let (position, length) = (position[lane] & 0xFF, length[lane] & 0xFF);
        let mask = T::of(1).left(length).subtract(T::of(1)).left(position);
        (b[lane] & !mask) | (a[lane].left(position) & mask)
    });
}

/// A bit for each lane of which `f` holds.
fn bits(f: impl Fn(usize) -> bool) -> u32 {
    (0..LANES).fold(0, |bits, lane| bits | u32::from(f(lane)) << lane)
}

/// A bit for each lane, whether it is one of the group or not.
fn compare<T: Lane>(files: &mut Files, comparison: Comparison, signed: bool, [a, b]: [Register; 2]) -> u32 {
    let file = T::file(files);
    let (a, b) = (&file[usize::from(a)], &file[usize::from(b)]);
    match (comparison, signed) {
        (Comparison::Equal, _) => bits(|lane| a[lane] == b[lane]),
        (Comparison::Unequal, _) => bits(|lane| a[lane] != b[lane]),
        (Comparison::Less, false) => bits(|lane| a[lane] < b[lane]),
        (Comparison::LessEqual, false) => bits(|lane| a[lane] <= b[lane]),
        (Comparison::Greater, false) => bits(|lane| a[lane] > b[lane]),
        (Comparison::GreaterEqual, false) => bits(|lane| a[lane] >= b[lane]),
        (Comparison::Less, true) => bits(|lane| a[lane].signed() < b[lane].signed()),
        (Comparison::LessEqual, true) => bits(|lane| a[lane].signed() <= b[lane].signed()),
        (Comparison::Greater, true) => bits(|lane| a[lane].signed() > b[lane].signed()),
        (Comparison::GreaterEqual, true) => bits(|lane| a[lane].signed() >= b[lane].signed()),
    }
}

fn judge(files: &mut Files, lanes: u32, verdict: u32, to: &Verdict) {
    let with = |files: &Files, verdict: u32| match to.join {
        Some((logic, guard)) => joined(logic, verdict & lanes, files.flagged(guard, lanes)),
        None => verdict,
    };
    let (flag, other) = (with(files, verdict), with(files, !verdict));
    files.set_flag(to.flag, lanes, flag);
    if let Some(to) = to.other {
        files.set_flag(to, lanes, other);
    }
}

fn joined(logic: Logic, a: u32, b: u32) -> u32 {
    match logic {
        Logic::And => a & b,
        Logic::Or => a | b,
        Logic::Xor => a ^ b,
    }
}

fn select<T: Lane>(files: &mut Files, lanes: u32, chosen: u32, [to, a, b]: [Register; 3]) {
    let file = T::file(files);
    let (a, b) = (file[usize::from(a)], file[usize::from(b)]);
    set(&mut file[usize::from(to)], lanes, |lane| if chosen >> lane & 1 == 1 { a[lane] } else { b[lane] });
}

fn convert(files: &mut Files, lanes: u32, [from, into]: [Type; 2], saturate: bool, [to, a]: [Place; 2]) {
    let clamp = |number: u64| {
        let bits = u32::from(into.bytes) * 8;
        let (low, high) =
            if into.signed { (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1) } else { (0, (1_i128 << bits) - 1) };
        let number = if from.signed { i128::from(number as i64) } else { i128::from(number) };
        number.clamp(low, high) as u64
    };
    let from_place = by_width!(a.width, T => T::file(files)[usize::from(a.index)].map(Lane::bits));
    let new = |lane: usize| {
        let number = from.extend(from_place[lane]);
        if saturate { clamp(number) } else { into.extend(number) }
    };
    by_width!(to.width, T => set(&mut T::file(files)[usize::from(to.index)], lanes, |lane| T::of(new(lane))));
}

fn pack(files: &mut Files, lanes: u32, to: Place, low: Register, high: Register) {
    let (low, high) = (usize::from(low), usize::from(high));
    if to.width == Width::Long {
        let (low, high) = (files.words[low], files.words[high]);
        let to = &mut files.longs[usize::from(to.index)];
        set(to, lanes, |lane| u64::from(high[lane]) << 32 | u64::from(low[lane]));
    } else {
        let (low, high) = (files.shorts[low], files.shorts[high]);
        let to = &mut files.words[usize::from(to.index)];
        set(to, lanes, |lane| u32::from(high[lane]) << 16 | u32::from(low[lane]));
    }
}

fn unpack(files: &mut Files, lanes: u32, low: Register, high: Register, a: Place) {
    let (low, high) = (usize::from(low), usize::from(high));
    if a.width == Width::Long {
        let a = files.longs[usize::from(a.index)];
        set(&mut files.words[low], lanes, |lane| a[lane] as u32);
        set(&mut files.words[high], lanes, |lane| (a[lane] >> 32) as u32);
    } else {
        let a = files.words[usize::from(a.index)];
        set(&mut files.shorts[low], lanes, |lane| a[lane] as u16);
        set(&mut files.shorts[high], lanes, |lane| (a[lane] >> 16) as u16);
    }
}
