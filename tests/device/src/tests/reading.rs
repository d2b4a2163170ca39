//! What is read, and what is refused.

use super::{Trial, text};
use crate::{DeviceMemory, read};

fn refusal(text: &str) -> crate::Refusal {
    let mut memory = DeviceMemory::default();
    match read(text, &mut |bytes, alignment| memory.place(bytes.to_vec(), alignment)) {
        Err(refusal) => refusal,
        Ok(_) => panic!("it was not refused: {text}"),
    }
}

/// What is not known is refused with its line, and a text for newer drivers says that it is one.
#[test]
fn what_is_not_known_is_refused() {
    let cases = [
        ("ex2.approx.f32 %r0, %r1;", "this instruction is not supported"),
        ("add.sat.s32 %r0, %r1, 1;", "this instruction is not supported"),
        ("bra $nowhere;", "there is no label $nowhere"),
        ("add.s32 %r99, %r1, 1;", "%r99 is no register"),
        ("mov.u32 %r0, %clock;", "%clock is not known here"),
        ("add.s32 %r0, %rd1, 1;", "is no operand of this width"),
        ("ld.global.u64 %r0, [%rd1];", "is too narrow"),
    ];
    for (statement, why) in cases {
        let text = text("", &format!("\n{statement}\n"));
        let refusal = refusal(&text);
        assert!(refusal.why.contains(why), "{refusal}");
        let line = text.lines().position(|line| line == statement).unwrap() as u32 + 1;
        assert!(refusal.line == line || statement.starts_with("bra"), "{refusal} where line {line} is meant");
    }
    assert!(refusal(".version 8.4\n.target sm_90\n").is_too_new);
}

/// Names of an inner block end with it, comments are none, and lines of other files are left out.
#[test]
fn blocks_have_names_of_their_own() {
    let statements = "{ .reg .b32 %r1; mov.u32 %r1, 5; /* %r1 is
        another one */ mov.u32 %r0, %r1; } // and gone
        .loc 1 2 3
        add.s32 %r0, %r0, %r1;";
    let results = Trial::of(statements).run(0).unwrap();
    assert!(results.iter().zip(0..).all(|((word, _), lane)| *word == 5 + lane), "{results:?}");
}

/// Structures are passed by value, and variables are found by their names.
#[test]
fn parameters_and_variables_have_places() {
    let outside = ".global .align 8 .b8 table[24]; .visible .entry other(.param .u32 a, .param .align 8 .b8 b[24], .param .u8 c, .param .u64 .ptr .global .align 4 d)
        .maxntid 64, 2, 1
        { ret; }";
    let mut memory = DeviceMemory::default();
    let module = Trial { outside, ..Trial::of("") }.read(&mut memory).unwrap();
    assert_eq!(module.kernels["other"].parameters, [(0, 4), (8, 24), (32, 1), (40, 8)]);
    assert_eq!(module.kernels["other"].threads_max, 128);
    assert_eq!(module.variables["table"].1, 24);
}
