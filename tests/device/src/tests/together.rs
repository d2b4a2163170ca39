//! What lanes do together.

use super::{SEEDS, Trial, leaves};

/// All lanes learn how each has voted.
#[test]
fn votes() {
    let odd = "and.b32 %r2, %r1, 1; setp.eq.s32 %p2, %r2, 1;";
    leaves(&format!("{odd} vote.sync.ballot.b32 %r0, %p2, -1;"), |_| 0xAAAA_AAAA);
    leaves(&format!("{odd} vote.sync.ballot.b32 %r0, !%p2, -1;"), |_| 0x5555_5555);
    leaves(&format!("{odd} vote.sync.any.pred %p1, %p2, -1; selp.u32 %r0, 1, 0, %p1;"), |_| 1);
    leaves(&format!("{odd} vote.sync.all.pred %p1, %p2, -1; selp.u32 %r0, 1, 0, %p1;"), |_| 0);
    leaves(&format!("{odd} vote.sync.uni.pred %p1, %p2, -1; selp.u32 %r0, 1, 0, %p1;"), |_| 0);
}

/// A part of the lanes votes on its own, wherever the others are.
#[test]
fn some_lanes_vote() {
    let half = "setp.lt.u32 %p1, %r1, 16; mov.pred %p2, -1; @!%p1 bra $other;
        vote.sync.ballot.b32 %r0, %p2, 0xFFFF; bra $end;
        $other: vote.sync.ballot.b32 %r0, %p2, 0xFFFF0000; activemask.b32 %r3;
        $end:";
    leaves(half, |lane| if lane < 16 { 0xFFFF } else { 0xFFFF_0000 });
}

/// Lanes take numbers from others: by name, from above and below, across; outside of the segment they keep their own and are told so.
#[test]
fn shuffles() {
    let number = "add.s32 %r2, %r1, 100;";
    leaves(&format!("{number} shfl.sync.idx.b32 %r0|%p1, %r2, 7, 31, -1;"), |_| 107);
    leaves(&format!("{number} xor.b32 %r3, %r1, 5; shfl.sync.idx.b32 %r0|%p1, %r2, %r3, 31, -1;"), |lane| {
        100 + (lane ^ 5)
    });
    leaves(&format!("{number} shfl.sync.up.b32 %r0|%p1, %r2, 3, 0, -1;"), |lane| {
        100 + if lane < 3 { lane } else { lane - 3 }
    });
    leaves(&format!("{number} shfl.sync.down.b32 %r0|%p1, %r2, 3, 31, -1;"), |lane| {
        100 + if lane > 28 { lane } else { lane + 3 }
    });
    leaves(&format!("{number} shfl.sync.bfly.b32 %r0|%p1, %r2, 16, 31, -1;"), |lane| 100 + (lane ^ 16));
    // Segments of eight lanes: the mask of the segment stands above the clamp.
    let eighths = (24 << 8) | 7;
    leaves(&format!("{number} shfl.sync.idx.b32 %r0|%p1, %r2, 2, {eighths}, -1;"), |lane| 100 + lane / 8 * 8 + 2);
    leaves(&format!("{number} shfl.sync.down.b32 %r5|%p1, %r2, 3, {eighths}, -1; selp.u32 %r0, 1, 0, %p1;"), |lane| {
        u32::from(lane % 8 + 3 < 8)
    });
    leaves(&format!("{number} shfl.sync.up.b32 %r5|%p1, %r2, 3, {}, -1; selp.u32 %r0, 1, 0, %p1;", 24 << 8), |lane| {
        u32::from(lane % 8 >= 3)
    });
}

/// A sum over the warp by halves, as kernels make it.
#[test]
fn sums_over_the_warp() {
    let half = |by: u32| format!("shfl.sync.bfly.b32 %r2|%p1, %r0, {by}, 31, -1; add.s32 %r0, %r0, %r2;");
    let halves: String = [16, 8, 4, 2, 1].map(half).concat();
    leaves(&format!("mov.u32 %r0, %r1; {halves}"), |_| 31 * 16);
    leaves("redux.sync.add.u32 %r0, %r1, -1;", |_| 31 * 16);
    leaves("redux.sync.max.s32 %r0, %r1, -1;", |_| 31);
    leaves("add.s32 %r2, %r1, -9; redux.sync.min.s32 %r0, %r2, -1;", |_| (-9_i32) as u32);
}

/// Lanes find those with the same number.
#[test]
fn matches() {
    leaves("and.b32 %r2, %r1, 3; match.any.sync.b32 %r0, %r2, -1;", |lane| 0x1111_1111 << (lane & 3));
    leaves("mov.u32 %r2, 5; match.all.sync.b32 %r0|%p1, %r2, -1;", |_| u32::MAX);
    leaves("match.all.sync.b32 %r0|%p1, %r1, -1;", |_| 0);
}

/// Each lane knows its place among the others.
#[test]
fn places() {
    leaves("mov.u32 %r0, %laneid;", |lane| lane);
    leaves("mov.u32 %r0, %lanemask_lt;", |lane| (1 << lane) - 1);
    leaves("mov.u32 %r0, %lanemask_ge;", |lane| u32::MAX << lane);
    leaves("mov.u32 %r0, %lanemask_gt;", |lane| u32::MAX.checked_shl(lane + 1).unwrap_or(0));
    leaves("mov.u32 %r0, %ntid.x;", |_| 32);
}

/// Threads of several warps see what the others wrote before a barrier of the block, and blocks know their numbers.
#[test]
fn warps_of_a_block_meet() {
    let outside = ".shared .align 4 .b8 plain[400];";
    let reversed = "mul.wide.u32 %rd2, %r1, 4; st.shared.u32 [%rd2], %r1; bar.sync 0;
        sub.s32 %r2, 99, %r1; mul.wide.u32 %rd2, %r2, 4; ld.shared.u32 %r0, [%rd2];";
    for seed in SEEDS {
        let trial = Trial { outside, threads: 100, ..Trial::of(reversed) };
        let results = trial.run(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        assert!(results.iter().zip(0..).all(|((word, _), thread)| *word == 99 - thread), "seed {seed}: {results:?}");
    }
}
