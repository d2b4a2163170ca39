//! Numbers of numbers.

use super::{leaves, leaves_long};

/// Sums and products, of 16, 32 and 64 bits, wrap around, and high halves are those of the exact product.
#[test]
fn sums_and_products() {
    leaves("add.u32 %r0, %r1, -1;", |lane| lane.wrapping_sub(1));
    leaves("sub.s32 %r0, 5, %r1;", |lane| 5_u32.wrapping_sub(lane));
    leaves("mul.lo.s32 %r0, %r1, -1640531527;", |lane| lane.wrapping_mul(0x9E37_79B9));
    leaves("mul.hi.u32 %r0, %r1, -1;", |lane| lane.saturating_sub(1));
    leaves("mul.hi.s32 %r0, %r1, -1;", |lane| if lane == 0 { 0 } else { u32::MAX });
    leaves("mad.lo.s32 %r0, %r1, 3, 7;", |lane| 3 * lane + 7);
    leaves("mad.hi.u32 %r0, %r1, -2147483648, 1;", |lane| lane / 2 + 1);
    leaves("cvt.u16.u32 %rs1, %r1; mul.lo.s16 %rs2, %rs1, 4099; cvt.u32.u16 %r0, %rs2;", |lane| {
        u32::from((lane as u16).wrapping_mul(4099))
    });
    leaves("cvt.u16.u32 %rs1, %r1; sub.s16 %rs2, %rs1, 3; cvt.s32.s16 %r0, %rs2;", |lane| lane.wrapping_sub(3));
    leaves("cvt.u16.u32 %rs1, %r1; mul.wide.u16 %r0, %rs1, -13107;", |lane| lane * 52429);
    leaves("cvt.u16.u32 %rs1, %r1; mul.wide.s16 %r0, %rs1, -5;", |lane| lane.wrapping_mul(5).wrapping_neg());
    leaves_long("mul.wide.u32 %rd0, %r1, -845247145;", |lane| lane * 3_449_720_151);
    leaves_long("mul.wide.s32 %rd0, %r1, -3;", |lane| (lane * 3).wrapping_neg());
    leaves_long("mad.wide.u32 %rd0, %r1, -1, 9;", |lane| lane * 0xFFFF_FFFF + 9);
    leaves_long("cvt.u64.u32 %rd2, %r1; mul.hi.u64 %rd0, %rd2, -1;", |lane| lane.saturating_sub(1));
    leaves_long("cvt.u64.u32 %rd2, %r1; mad.lo.s64 %rd0, %rd2, -7, 1;", |lane| 1_u64.wrapping_sub(7 * lane));
}

/// Quotients are cut towards zero, remainders have the sign of the dividend, and by zero there is some result and no crash.
#[test]
fn quotients() {
    leaves("add.s32 %r2, %r1, -16; div.s32 %r0, %r2, 3;", |lane| ((lane as i32 - 16) / 3) as u32);
    leaves("add.s32 %r2, %r1, -16; rem.s32 %r0, %r2, 3;", |lane| ((lane as i32 - 16) % 3) as u32);
    leaves("div.u32 %r0, -1, %r1;", |lane| u32::MAX.checked_div(lane).unwrap_or(u32::MAX));
    leaves("rem.u32 %r0, 100, 7;", |_| 2);
    leaves("div.s32 %r0, -2147483648, -1;", |_| 0x8000_0000);
    leaves_long("add.u32 %r2, %r1, 1; cvt.u64.u32 %rd2, %r2; div.u64 %rd0, -1, %rd2;", |lane| u64::MAX / (lane + 1));
    leaves_long("rem.s64 %rd0, -100, 7;", |_| (-2_i64) as u64);
}

/// Bits are joined, turned around and counted.
#[test]
fn bits() {
    leaves("and.b32 %r0, %r1, 5;", |lane| lane & 5);
    leaves("or.b32 %r0, %r1, 8;", |lane| lane | 8);
    leaves("xor.b32 %r0, %r1, -1;", |lane| !lane);
    leaves("not.b32 %r0, %r1;", |lane| !lane);
    leaves("cnot.b32 %r0, %r1;", |lane| u32::from(lane == 0));
    leaves("lop3.b32 %r0, %r1, 12, 10, 0xE8;", |lane| (lane & 0xC) | (lane & 0xA) | 8);
    leaves("brev.b32 %r0, %r1;", u32::reverse_bits);
    leaves("popc.b32 %r0, %r1;", u32::count_ones);
    leaves("clz.b32 %r0, %r1;", u32::leading_zeros);
    leaves("bfind.u32 %r0, %r1;", |lane| lane.checked_ilog2().unwrap_or(u32::MAX));
    leaves("bfind.shiftamt.u32 %r0, %r1;", |lane| if lane == 0 { u32::MAX } else { lane.leading_zeros() });
    leaves("not.b32 %r2, %r1; bfind.s32 %r0, %r2;", |lane| lane.checked_ilog2().unwrap_or(u32::MAX));
    leaves("cvt.u64.u32 %rd2, %r1; shl.b64 %rd2, %rd2, 32; popc.b64 %r0, %rd2;", u32::count_ones);
    leaves("cvt.u64.u32 %rd2, %r1; clz.b64 %r0, %rd2;", |lane| 32 + lane.leading_zeros());
    leaves_long("cvt.u64.u32 %rd2, %r1; brev.b64 %rd0, %rd2;", u64::reverse_bits);
}

/// A shift by the width or more leaves nothing, or the sign.
#[test]
fn shifts() {
    let by = |lane: u32| 2 * lane;
    leaves("shl.b32 %r2, %r1, 1; shl.b32 %r0, -1, %r2;", |lane| u32::MAX.checked_shl(by(lane)).unwrap_or(0));
    leaves("shl.b32 %r2, %r1, 1; shr.u32 %r0, -1, %r2;", |lane| u32::MAX.checked_shr(by(lane)).unwrap_or(0));
    leaves("shl.b32 %r2, %r1, 1; shr.s32 %r0, -256, %r2;", |lane| (-256_i32 >> by(lane).min(31)) as u32);
    leaves("mov.u16 %rs1, -1; shl.b16 %rs2, %rs1, %r1; cvt.u32.u16 %r0, %rs2;", |lane| {
        u32::from(u16::MAX.checked_shl(lane).unwrap_or(0))
    });
    let by = |lane: u64| (3 * lane) as u32;
    leaves_long("mul.lo.s32 %r2, %r1, 3; shr.u64 %rd0, -1, %r2;", |lane| u64::MAX.checked_shr(by(lane)).unwrap_or(0));
    leaves_long("mul.lo.s32 %r2, %r1, 3; shr.s64 %rd0, -1024, %r2;", |lane| (-1024_i64 >> by(lane).min(63)) as u64);
    leaves_long("shl.b64 %rd0, 1, 64;", |_| 0);
}

/// Two words shifted as one: by the count modulo 32, or by 32 at most.
#[test]
fn funnels() {
    let both = 0x1234_5678_9ABC_DEF0_u64;
    let words = "mov.u32 %r2, 0x9ABCDEF0; mov.u32 %r3, 0x12345678; shl.b32 %r4, %r1, 1;";
    leaves(&format!("{words} shf.l.wrap.b32 %r0, %r2, %r3, %r4;"), |lane| ((both << (2 * lane % 32)) >> 32) as u32);
    leaves(&format!("{words} shf.r.wrap.b32 %r0, %r2, %r3, %r4;"), |lane| (both >> (2 * lane % 32)) as u32);
    leaves(&format!("{words} shf.l.clamp.b32 %r0, %r2, %r3, %r4;"), |lane| ((both << (2 * lane).min(32)) >> 32) as u32);
    leaves(&format!("{words} shf.r.clamp.b32 %r0, %r2, %r3, %r4;"), |lane| (both >> (2 * lane).min(32)) as u32);
}

/// Fields are taken out, with and without sign, put in, and cut off where the number ends.
#[test]
fn fields() {
    leaves("bfe.u32 %r0, 0xABCD1234, %r1, 8;", |lane| (0xABCD_1234_u32 >> lane) & 0xFF);
    leaves("bfe.s32 %r0, 0xABCD1234, 8, %r1;", |lane| match lane {
        0 => 0,
        _ => (((0xABCD_1234_u64 as i32 >> 8) << (32 - lane)) >> (32 - lane)) as u32,
    });
    leaves("bfe.s32 %r0, -2147483648, 28, 8;", |_| (-8_i32) as u32);
    leaves("bfe.u32 %r0, -1, 28, 8;", |_| 0xF);
    leaves("bfi.b32 %r0, -1, 0, %r1, 4;", |lane| 0xF_u32 << lane);
    leaves("bfi.b32 %r0, 0, -1, 4, 40;", |_| 0xF);
    leaves_long("bfe.u64 %rd0, -1, %r1, 40;", |lane| (u64::MAX >> lane) & 0xFF_FFFF_FFFF);
    leaves_long("bfi.b64 %rd0, %rd0, -1, 8, %r1;", |lane| !(((1 << lane) - 1) << 8));
}

/// Bytes are chosen, with their signs; bytes are multiplied four at a time; distances are summed.
#[test]
fn bytes() {
    leaves("prmt.b32 %r0, 0x33221100, 0x77665544, 0x7350;", |_| 0x7733_5500);
    leaves("prmt.b32 %r0, 0x800000FF, 0, 0xBA98;", |_| 0xFF00_00FF);
    leaves("dp4a.u32.u32 %r0, 0x01FF0203, 0x02020202, 1;", |_| 2 * (1 + 255 + 2 + 3) + 1);
    leaves("dp4a.s32.s32 %r0, 0x01FF0203, 0x02020202, 1;", |_| 2 * (2 + 3) + 1);
    leaves("sad.u32 %r0, %r1, 10, 100;", |lane| lane.abs_diff(10) + 100);
    leaves("sad.s32 %r0, %r1, -10, 100;", |lane| lane + 110);
    leaves("abs.s32 %r0, -7;", |_| 7);
    leaves("neg.s32 %r0, %r1;", u32::wrapping_neg);
}

/// Halves are put together and taken apart.
#[test]
fn halves() {
    leaves_long("mov.b64 %rd0, {%r1, 7};", |lane| (7 << 32) | lane);
    leaves("mov.b64 {%r2, %r0}, 0x0000000500000006;", |_| 5);
    leaves("cvt.u16.u32 %rs1, %r1; mov.b32 %r0, {%rs1, 2};", |lane| (2 << 16) | lane);
    leaves("mov.b32 {%rs1, %rs2}, 0x00050006; cvt.u32.u16 %r0, %rs1;", |_| 6);
}
