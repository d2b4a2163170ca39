//! Kernels that do what they must not do, and are stopped.

use super::{FaultKind, SEEDS, Trial};

fn fails(trial: &Trial<'_>, kind: FaultKind, words: &str) {
    for seed in SEEDS {
        let fault = trial.fault(seed);
        assert_eq!(fault.kind, kind, "seed {seed}: {fault}");
        assert!(fault.to_string().contains(words), "seed {seed}: {fault}");
    }
}

/// A step out of memory is caught, whichever memory it is, and so is an address between two numbers.
#[test]
fn memory_that_is_not_there() {
    let kind = FaultKind::IllegalAddress;
    fails(&Trial::of("ld.global.u32 %r0, [%rd1+768];"), kind, "768 bytes behind the start of an allocation of 768");
    fails(&Trial::of("ld.global.u32 %r0, [%rd1+-4];"), kind, "4 bytes at");
    fails(&Trial::of("st.global.u64 [0], %rd1;"), kind, "nothing is allocated there or before");
    let shared = Trial { shared_bytes: 64, ..Trial::of("ld.shared.u32 %r0, [64];") };
    fails(&shared, kind, "the launch has 64 bytes of shared memory");
    fails(&Trial::of(".local .align 4 .b8 depot[8]; ld.local.u32 %r0, [depot+8];"), kind, "there are 8 bytes");
    fails(&Trial::of("ld.param.u32 %r0, [test_param_0+8];"), kind, "there are 8 bytes");
    fails(&Trial::of("ld.global.u32 %r0, [%rd1+2];"), FaultKind::Misaligned, "no multiple of the 4 bytes");
    fails(&Trial::of("ld.global.v4.u32 {%r0, %r2, %r3, %r4}, [%rd1+8];"), FaultKind::Misaligned, "of the 16 bytes");
}

/// The fault says where: the line of the text, and the lane.
#[test]
fn faults_have_a_place() {
    let fault = Trial::of("setp.eq.s32 %p1, %r1, 9;\n@%p1 ld.global.u32 %r0, [%rd1+800];").fault(0);
    let text = super::text("", "setp.eq.s32 %p1, %r1, 9;\n@%p1 ld.global.u32 %r0, [%rd1+800];");
    let line = text.lines().position(|line| line.contains("+800")).unwrap() as u32 + 1;
    assert_eq!((fault.line, fault.thread, fault.kernel.as_str()), (line, 9, "test"));
}

/// Lanes that wait for others that never come are found, and so are lanes that disagree on who takes part.
#[test]
fn lanes_that_wait_for_ever() {
    let kind = FaultKind::Deadlock;
    let apart = "setp.lt.u32 %p1, %r1, 9; mov.pred %p2, -1; @%p1 bra $other;
        vote.sync.ballot.b32 %r0, %p2, -1; bra $end;
        $other: vote.sync.ballot.b32 %r0, %p2, -1;
        $end:";
    fails(&Trial::of(apart), kind, "which wait elsewhere");
    let barrier = "setp.lt.u32 %p1, %r1, 9; @%p1 bar.sync 0; @!%p1 bar.sync 1;";
    fails(&Trial::of(barrier), kind, "different barriers");
    let warps = Trial { threads: 64, ..Trial::of("shr.u32 %r2, %r1, 5; bar.sync %r2;") };
    fails(&warps, kind, "warps wait at different barriers");
    let mixed = "setp.lt.u32 %p1, %r1, 9; @%p1 bar.sync 0; @!%p1 bar.warp.sync -1;";
    fails(&Trial::of(mixed), kind, "wait");
    let strangers = "mov.pred %p2, -1; vote.sync.ballot.b32 %r0, %p2, 0xFFFF;";
    fails(&Trial::of(strangers), FaultKind::Divergent, "where others do");
    fails(&Trial::of("$again: bra $again;"), FaultKind::Endless, "has run for as long");
    fails(&Trial::of("trap;"), FaultKind::Trap, "given up");
}

/// Lanes that have ended are not waited for.
#[test]
fn the_ended_are_not_waited_for() {
    let half = "setp.lt.u32 %p1, %r1, 16; @%p1 exit; mov.pred %p2, -1; vote.sync.ballot.b32 %r0, %p2, -1; bar.sync 0;";
    for seed in SEEDS {
        let results = Trial::of(half).run(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        assert!(results[16..].iter().all(|(word, _)| *word == 0xFFFF_0000), "seed {seed}");
    }
}
