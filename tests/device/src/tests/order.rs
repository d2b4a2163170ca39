//! Races: what is in order and what is not.

use super::{FaultKind, SEEDS, Trial};

const SHARED: &str = ".shared .align 4 .b8 plain[512];";

/// Each lane writes its number, and reads that of the next one.
fn neighbours(between: &str) -> String {
    format!(
        "mul.wide.u32 %rd2, %r1, 4; st.shared.u32 [%rd2], %r1; {between}
        add.s32 %r2, %r1, 1; and.b32 %r2, %r2, 31; mul.wide.u32 %rd2, %r2, 4; ld.shared.u32 %r0, [%rd2];"
    )
}

/// The kind of what went wrong, for each seed.
fn outcomes(trial: &Trial<'_>) -> Vec<Option<FaultKind>> {
    SEEDS.map(|seed| trial.run(seed).err().map(|fault| fault.kind)).collect()
}

fn races(outside: &str, statements: &str, threads: u32, blocks: u32) {
    let trial = Trial { outside, threads, blocks, ..Trial::of(statements) };
    let outcomes = outcomes(&trial);
    assert!(outcomes.iter().all(|outcome| *outcome == Some(FaultKind::Race)), "{outcomes:?}: {statements}");
}

fn is_in_order(outside: &str, statements: &str, threads: u32) {
    let trial = Trial { outside, threads, ..Trial::of(statements) };
    let outcomes = outcomes(&trial);
    assert!(outcomes.iter().all(Option::is_none), "{outcomes:?}: {statements}");
}

/// A barrier between a write and a read of another lane is needed, and a vote or a shuffle is none.
#[test]
fn a_missing_barrier_is_found() {
    is_in_order(SHARED, &neighbours("bar.warp.sync -1;"), 32);
    is_in_order(SHARED, &neighbours("bar.sync 0;"), 32);
    races(SHARED, &neighbours(""), 32, 1);
    races(SHARED, &neighbours("mov.pred %p2, -1; vote.sync.ballot.b32 %r5, %p2, -1;"), 32, 1);
    races(SHARED, &neighbours("shfl.sync.idx.b32 %r5|%p2, %r1, 0, 31, -1;"), 32, 1);
}

/// So is one between a read and a write.
#[test]
fn a_write_waits_for_reads() {
    let shifted = |between: &str| {
        format!(
            "mul.wide.u32 %rd2, %r1, 4; st.shared.u32 [%rd2], %r1; bar.warp.sync -1;
            add.s32 %r2, %r1, 1; and.b32 %r2, %r2, 31; mul.wide.u32 %rd3, %r2, 4; ld.shared.u32 %r0, [%rd3]; {between}
            st.shared.u32 [%rd2], %r0;"
        )
    };
    is_in_order(SHARED, &shifted("bar.warp.sync -1;"), 32);
    races(SHARED, &shifted(""), 32, 1);
}

/// Two lanes that write to one byte are a race, even with the same number; two that write to neighbours are none.
#[test]
fn two_writers_of_a_byte() {
    races(SHARED, "mov.u32 %r2, 1; st.shared.u8 [plain], %r2;", 32, 1);
    is_in_order(SHARED, "cvt.u64.u32 %rd2, %r1; st.shared.u8 [%rd2], %r1;", 32);
    races("", "st.global.u32 [%rd1+512], 1;", 32, 1);
}

/// A barrier of one warp orders nothing between warps.
#[test]
fn warps_need_a_barrier_of_their_block() {
    let far = |between: &str| {
        format!(
            "mul.wide.u32 %rd2, %r1, 4; st.shared.u32 [%rd2], %r1; {between}
            xor.b32 %r2, %r1, 32; mul.wide.u32 %rd2, %r2, 4; ld.shared.u32 %r0, [%rd2];"
        )
    };
    is_in_order(SHARED, &far("bar.sync 0;"), 64);
    races(SHARED, &far("bar.warp.sync -1;"), 64, 1);
}

/// Blocks are in no order with each other, and what many add to is fine as long as nobody reads it beside.
#[test]
fn blocks_are_in_no_order() {
    // Every block writes its results to the same places.
    races("", "", 32, 2);
    let sum = "add.s64 %rd3, %rd1, 512; atom.global.add.u32 %r0, [%rd3], 1; exit;";
    let trial = Trial { blocks: 3, ..Trial::of(sum) };
    assert_eq!(outcomes(&trial), [None; 6]);
    races("", "add.s64 %rd3, %rd1, 512; atom.global.add.u32 %r0, [%rd3], 1; ld.global.u32 %r0, [%rd3]; exit;", 32, 2);
}

/// A kernel that lacks a barrier gives the right answer in the one order that lanes are mostly run in, and wrong ones in others: so the dice are
/// worth something even where no notes are kept.
#[test]
fn dice_find_other_orders() {
    // Updates that cannot be torn apart are no race, but this one wants its lanes to come in pairs.
    let pairs = "setp.eq.s32 %p1, %r1, 0; @%p1 st.shared.u32 [plain], 0; bar.warp.sync -1;
        atom.shared.add.u32 %r2, [plain], 1; atom.shared.add.u32 %r3, [plain], 0; mov.u32 %r0, %r3;";
    let trial = Trial { outside: SHARED, ..Trial::of(pairs) };
    let together = |seed| trial.run(seed).unwrap().iter().all(|(word, _)| *word == 32);
    assert!(together(0));
    assert!((1..6).any(|seed| !together(seed)));
}

/// The same seed gives the same order.
#[test]
fn dice_fall_as_they_fell() {
    let order = "add.s64 %rd3, %rd1, 512; setp.eq.s32 %p1, %r1, 0; @%p1 st.global.u32 [%rd3], 0; bar.warp.sync -1; atom.global.add.u32 %r0, [%rd3], 1;";
    let trial = Trial::of(order);
    for seed in SEEDS {
        assert_eq!(trial.run(seed), trial.run(seed), "seed {seed}");
    }
    assert!((2..6).any(|seed| trial.run(seed) != trial.run(1)));
}
