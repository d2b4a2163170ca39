//! Loads, stores and what cannot be torn apart.

use super::{SEEDS, Trial, leaves, leaves_long};

/// Where the statements have room of their own: behind the results of 32 lanes.
const ROOM: &str = "add.s64 %rd2, %rd1, 512;";

/// Bytes, halves and words are stored as their low parts and come back with or without sign; several lie beside each other.
#[test]
fn numbers_of_all_sizes() {
    let own = "mul.wide.u32 %rd3, %r1, 16; add.s64 %rd3, %rd3, %rd1; add.s32 %r2, %r1, 240;";
    leaves(&format!("{own} st.global.u8 [%rd3+4], %r2; ld.global.u8 %r0, [%rd3+4];"), |lane| (lane + 240) & 0xFF);
    leaves(&format!("{own} st.global.u8 [%rd3+4], %r2; ld.global.s8 %r0, [%rd3+4];"), |lane| {
        i32::from((lane + 240) as u8 as i8) as u32
    });
    leaves(&format!("{own} st.global.u16 [%rd3+2], -2; ld.global.nc.s16 %r0, [%rd3+2];"), |_| (-2_i32) as u32);
    leaves(&format!("{own} st.global.v2.u32 [%rd3], {{%r1, 9}}; ld.global.u32 %r0, [%rd3+4];"), |_| 9);
    leaves(
        &format!(
            "{own} st.global.v4.u32 [%rd3], {{5, 6, 7, %r1}}; ld.global.v4.u32 {{_, _, %r5, %r6}}, [%rd3]; add.s32 %r0, %r5, %r6;"
        ),
        |lane| lane + 7,
    );
    leaves_long(&format!("{own} st.global.u64 [%rd3+8], -2; ld.global.u64 %rd0, [%rd3+8];"), |_| u64::MAX - 1);
}

/// Each lane has memory of its own, shared memory is for all, and both are found by generic addresses, too.
#[test]
fn spaces() {
    let outside = ".shared .align 4 .b8 plain[128]; .extern .shared .align 16 .b8 more[];
        .const .align 4 .b32 table[3] = {7, 8, -9}; .global .align 1 .b8 bytes[4] = {1, 2, 3};";
    let cases = [
        (
            ".local .align 4 .b8 depot[8]; mov.u64 %rd2, depot; st.local.u32 [%rd2+4], %r1; ld.local.u32 %r0, [%rd2+4];",
            0,
        ),
        (
            ".local .align 4 .b8 depot[8]; mov.u64 %rd2, depot; st.local.u32 [%rd2+4], %r1; cvta.local.u64 %rd3, %rd2; ld.u32 %r0, [%rd3+4];",
            0,
        ),
        (
            "mul.wide.u32 %rd2, %r1, 4; mov.u64 %rd3, plain; add.s64 %rd2, %rd2, %rd3; st.shared.u32 [%rd2], %r1; ld.shared.u32 %r0, [%rd2];",
            0,
        ),
        (
            "mul.wide.u32 %rd2, %r1, 4; mov.u64 %rd3, more; add.s64 %rd2, %rd2, %rd3; st.shared.u32 [%rd2], %r1; cvta.shared.u64 %rd4, %rd2; ld.u32 %r0, [%rd4];",
            128,
        ),
        (
            "ld.const.u32 %r2, [table+8]; ld.global.u8 %r3, [bytes+1]; add.s32 %r0, %r2, 7; add.s32 %r0, %r0, %r3; add.s32 %r0, %r0, %r1;",
            0,
        ),
    ];
    for (statements, shared_bytes) in cases {
        for seed in SEEDS {
            let trial = Trial { outside, shared_bytes, ..Trial::of(statements) };
            let results = trial.run(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
            assert!(
                results.iter().zip(0..).all(|((word, _), lane)| *word == lane),
                "seed {seed}: {statements}: {results:?}"
            );
        }
    }
}

/// What nobody has written to is full of poison, so that nobody takes it for zero.
#[test]
fn fresh_memory_is_poisoned() {
    leaves(&format!("{ROOM} ld.global.u32 %r0, [%rd2];"), |_| 0xCDCD_CDCD);
    let trial = Trial { outside: ".shared .align 4 .b8 plain[4];", ..Trial::of("ld.shared.u32 %r0, [plain];") };
    assert!(trial.run(0).unwrap().iter().all(|(word, _)| *word == 0xA5A5_A5A5));
}

/// Lanes that change the same number at once lose nothing.
#[test]
fn updates_of_one_number() {
    let at = |update: &str| format!("{ROOM} bar.warp.sync -1; {update} bar.warp.sync -1; ld.global.u32 %r0, [%rd2];");
    let first = "setp.eq.s32 %p1, %r1, 0; @%p1 st.global.u32 [%rd2], 100; bar.warp.sync -1;";
    let cases = [
        ("red.global.add.u32 [%rd2], %r1;", 100 + 31 * 16),
        ("atom.global.add.u32 %r2, [%rd2], 1;", 132),
        ("red.global.max.u32 [%rd2], %r1;", 100),
        ("atom.global.min.s32 %r2, [%rd2], %r1;", 0),
        ("atom.global.or.b32 %r2, [%rd2], %r1;", 127),
        ("atom.global.and.b32 %r2, [%rd2], 68;", 68),
        ("atom.global.inc.u32 %r2, [%rd2], 109;", 22),
        ("atom.global.cas.b32 %r2, [%rd2], 100, 5;", 5),
        ("atom.global.exch.b32 %r2, [%rd2], 3;", 3),
    ];
    for (update, expected) in cases {
        leaves(&at(&format!("{first} {update}")), |_| expected);
    }
    let shared = "setp.eq.s32 %p1, %r1, 0; @%p1 st.shared.u32 [plain], 0; bar.warp.sync -1;
        atom.shared.add.u32 %r2, [plain], 2; bar.warp.sync -1; ld.shared.u32 %r0, [plain];";
    let trial = Trial { outside: ".shared .align 4 .b8 plain[4];", ..Trial::of(shared) };
    for seed in SEEDS {
        assert!(trial.run(seed).unwrap().iter().all(|(word, _)| *word == 64), "seed {seed}");
    }
}

/// Words of the same bank are asked for one after the other, the same word once.
#[test]
fn wavefronts_are_counted() {
    let outside = ".shared .align 4 .b8 plain[4096];";
    for (stride, expected) in [(0, 1), (4, 1), (8, 2), (128, 32)] {
        let statements = format!("mul.wide.u32 %rd2, %r1, {stride}; ld.shared.u32 %r0, [%rd2];");
        let (_, work) = Trial { outside, ..Trial::of(&statements) }.run_counting(0).unwrap();
        assert_eq!(work.wavefronts, expected, "a stride of {stride} bytes");
    }
}
