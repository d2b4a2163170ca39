//! Comparisons, choices and conversions.

use super::{Trial, leaves, leaves_long};

/// Sets `%r0` where `%p1` is set.
const TOLD: &str = "selp.u32 %r0, 1, 0, %p1;";

/// All comparisons, with and without sign.
#[test]
fn comparisons() {
    let middle = 16_i32;
    type Holds = fn(i32, i32) -> bool;
    let cases: [(&str, Holds); 6] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b),
        ("lt", |a, b| a < b),
        ("le", |a, b| a <= b),
        ("gt", |a, b| a > b),
        ("ge", |a, b| a >= b),
    ];
    for (name, holds) in cases {
        let signed = format!("add.s32 %r2, %r1, -16; setp.{name}.s32 %p1, %r2, -3; {TOLD}");
        leaves(&signed, |lane| u32::from(holds(lane as i32 - middle, -3)));
        let unsigned = format!("setp.{name}.u32 %p1, %r1, 16; {TOLD}");
        leaves(&unsigned, |lane| u32::from(holds(lane as i32, middle)));
        let long = format!("cvt.s64.s32 %rd2, %r1; setp.{name}.s64 %p1, %rd2, 16; {TOLD}");
        leaves(&long, |lane| u32::from(holds(lane as i32, middle)));
        let short = format!("cvt.u16.u32 %rs2, %r1; setp.{name}.s16 %p1, %rs2, 16; {TOLD}");
        leaves(&short, |lane| u32::from(holds(lane as i32, middle)));
    }
    leaves(&format!("add.s32 %r2, %r1, -16; setp.lo.u32 %p1, %r2, 5; {TOLD}"), |lane| {
        u32::from((16..21).contains(&lane))
    });
}

/// A comparison is joined with a flag, and gives its opposite, too.
#[test]
fn comparisons_are_joined_with_flags() {
    let odd = "and.b32 %r2, %r1, 1; setp.eq.s32 %p2, %r2, 1;";
    leaves(&format!("{odd} setp.lt.and.u32 %p1, %r1, 9, %p2; {TOLD}"), |lane| u32::from(lane < 9 && lane % 2 == 1));
    leaves(&format!("{odd} setp.lt.or.u32 %p1, %r1, 9, !%p2; {TOLD}"), |lane| u32::from(lane < 9 || lane % 2 == 0));
    leaves(&format!("{odd} setp.lt.xor.u32 %p1, %r1, 9, %p2; {TOLD}"), |lane| u32::from((lane < 9) ^ (lane % 2 == 1)));
    leaves(&format!("{odd} setp.lt.and.u32 %p3|%p1, %r1, 9, %p2; {TOLD}"), |lane| {
        u32::from(lane >= 9 && lane % 2 == 1)
    });
}

/// Flags are joined, turned around, and set.
#[test]
fn flags() {
    let two = "setp.lt.u32 %p2, %r1, 20; setp.gt.u32 %p3, %r1, 10;";
    leaves(&format!("{two} and.pred %p1, %p2, %p3; {TOLD}"), |lane| u32::from(lane < 20 && lane > 10));
    leaves(&format!("{two} or.pred %p1, %p2, %p3; {TOLD}"), |_| 1);
    leaves(&format!("{two} xor.pred %p1, %p2, %p3; {TOLD}"), |lane| u32::from((lane < 20) ^ (lane > 10)));
    leaves(&format!("{two} not.pred %p1, %p2; {TOLD}"), |lane| u32::from(lane >= 20));
    leaves(&format!("mov.pred %p1, 0; {TOLD}"), |_| 0);
    leaves(&format!("mov.pred %p1, -1; {TOLD}"), |_| 1);
}

/// The smaller, the larger, and one of two by a flag or a sign; what stands under a flag is done by the lanes that have it.
#[test]
fn choices() {
    leaves("min.s32 %r0, %r1, -4;", |_| (-4_i32) as u32);
    leaves("min.u32 %r0, %r1, -4;", |lane| lane);
    leaves("max.s32 %r0, %r1, 10;", |lane| lane.max(10));
    leaves_long("cvt.u64.u32 %rd2, %r1; max.u64 %rd0, %rd2, 10;", |lane| lane.max(10));
    leaves("add.s32 %r2, %r1, -9; slct.u32.s32 %r0, 1, 2, %r2;", |lane| if lane >= 9 { 1 } else { 2 });
    leaves("setp.lt.u32 %p1, %r1, 9; @%p1 mov.u32 %r0, 5; @!%p1 mov.u32 %r0, 6;", |lane| if lane < 9 { 5 } else { 6 });
}

/// Narrow numbers are extended as their type says, wide ones are cut off, or kept within what there is room for.
#[test]
fn conversions() {
    let negative = "add.s32 %r2, %r1, -16;";
    leaves(&format!("{negative} cvt.u32.u8 %r0, %r2;"), |lane| lane.wrapping_sub(16) & 0xFF);
    leaves(&format!("{negative} cvt.s32.s8 %r0, %r2;"), |lane| lane.wrapping_sub(16));
    leaves(&format!("{negative} cvt.s8.s32 %r0, %r2;"), |lane| lane.wrapping_sub(16));
    leaves(&format!("{negative} cvt.sat.u8.s32 %r0, %r2;"), |lane| lane.saturating_sub(16));
    leaves("mul.lo.s32 %r2, %r1, 40; cvt.sat.s8.s32 %r0, %r2;", |lane| (40 * lane).min(127));
    leaves_long(&format!("{negative} cvt.s64.s32 %rd0, %r2;"), |lane| lane.wrapping_sub(16));
    leaves_long(&format!("{negative} cvt.u64.u32 %rd0, %r2;"), |lane| lane.wrapping_sub(16) & 0xFFFF_FFFF);
    leaves("mov.u64 %rd2, 0x1234567890ABCDEF; cvt.u32.u64 %r0, %rd2;", |_| 0x90AB_CDEF);
    leaves("mov.u64 %rd2, -1; cvt.u16.u64 %rs1, %rd2; cvt.u32.u16 %r0, %rs1;", |_| 0xFFFF);
}

/// Loops end at different times for different lanes, and tables of targets send each lane its way.
#[test]
fn lanes_part_and_meet_again() {
    let triangle = "mov.u32 %r2, %r1;
        $again: setp.eq.s32 %p1, %r2, 0; @%p1 bra $done;
        add.s32 %r0, %r0, %r2; add.s32 %r2, %r2, -1; bra.uni $again;
        $done:";
    leaves(triangle, |lane| lane * (lane + 1) / 2);
    let table = "rem.u32 %r2, %r1, 3;
        $ways: .branchtargets $a, $b, $c;
        brx.idx %r2, $ways;
        $a: mov.u32 %r0, 10; bra $end;
        $b: mov.u32 %r0, 11; bra $end;
        $c: mov.u32 %r0, 12;
        $end:";
    leaves(table, |lane| 10 + lane % 3);
    let (_, work) = Trial::of(triangle).run_counting(0).unwrap();
    assert!(work.instructions < 250, "lanes that part are to run together again: {work:?}");
}
