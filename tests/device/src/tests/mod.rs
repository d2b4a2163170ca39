//! Small texts with known answers, one family of instructions after the other, and kernels that do what they must not do.

use crate::{DeviceMemory, Fault, FaultKind, Launch, Refusal, Work, launch, read};

mod arithmetic;
mod choices;
mod faults;
mod memory;
mod order;
mod reading;
mod together;

/// The orders of lanes in which everything is run that has one answer.
const SEEDS: std::ops::Range<u64> = 0..6;

const REGISTERS: &str = ".reg .pred %p<10>; .reg .b16 %rs<10>; .reg .b32 %r<40>; .reg .b64 %rd<40>;";

/// A text with one kernel, of these statements. `%r1` is the lane and `%rd1` the parameter; at the end each thread writes `%r0` and `%rd0` to its
/// place behind it.
fn text(outside: &str, statements: &str) -> String {
    format!(
        "
        .version 8.0
        .target sm_75
        .address_size 64
        {outside}
        .visible .entry test(.param .u64 test_param_0) {{
            {REGISTERS}
            mov.u32 %r1, %tid.x;
            mov.u32 %r0, 0;
            mov.u64 %rd0, 0;
            ld.param.u64 %rd1, [test_param_0];
            {statements}
            mul.wide.u32 %rd39, %r1, 16;
            add.s64 %rd39, %rd39, %rd1;
            st.global.u64 [%rd39], %rd0;
            st.global.u32 [%rd39+8], %r0;
            ret;
        }}"
    )
}

/// How a kernel is run.
struct Trial<'a> {
    outside: &'a str,
    statements: &'a str,
    threads: u32,
    blocks: u32,
    shared_bytes: u32,
}

impl<'a> Trial<'a> {
    fn of(statements: &'a str) -> Self {
        Self { outside: "", statements, threads: 32, blocks: 1, shared_bytes: 0 }
    }

    fn read(&self, memory: &mut DeviceMemory) -> Result<crate::Module, Refusal> {
        read(&text(self.outside, self.statements), &mut |bytes, alignment| memory.place(bytes.to_vec(), alignment))
    }

    /// What each thread left in `%r0` and `%rd0`.
    fn run(&self, seed: u64) -> Result<Vec<(u32, u64)>, Fault> {
        self.run_counting(seed).map(|(results, _)| results)
    }

    fn run_counting(&self, seed: u64) -> Result<(Vec<(u32, u64)>, Work), Fault> {
        let mut memory = DeviceMemory::default();
        let module = self.read(&mut memory).unwrap_or_else(|refusal| panic!("{refusal}: {}", self.statements));
        // Behind the results is room for whatever the statements want.
        let bytes = u64::from(self.threads) * 16 + 256;
        let at = memory.allocate(bytes);
        let launched = launch(
            &Launch {
                kernel: &module.kernels["test"],
                grid: [self.blocks, 1, 1],
                block: [self.threads, 1, 1],
                shared_bytes: self.shared_bytes,
                parameters: at.to_le_bytes().to_vec(),
                seed,
                counts_wavefronts: true,
                instructions_max: 10_000,
            },
            &mut memory,
        )?;
        let bytes = memory.bytes(at, u64::from(self.threads) * 16).expect("it was allocated");
        let result = |bytes: &[u8]| {
            let (long, word) = bytes[..12].split_at(8);
            (u32::from_le_bytes(word.try_into().unwrap()), u64::from_le_bytes(long.try_into().unwrap()))
        };
        Ok((bytes.chunks_exact(16).map(result).collect(), launched))
    }

    /// The kind of its fault, which it has to have.
    fn fault(&self, seed: u64) -> Fault {
        match self.run(seed) {
            Err(fault) => fault,
            Ok(results) => panic!("seed {seed}: no fault but {results:?} of {}", self.statements),
        }
    }
}

/// All lanes leave in `%r0` what `expected` says of each, in any order.
fn leaves(statements: &str, expected: impl Fn(u32) -> u32) {
    for seed in SEEDS {
        let results = Trial::of(statements).run(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        for (lane, (word, _)) in (0..).zip(results) {
            assert_eq!(word, expected(lane), "lane {lane}, seed {seed}: {statements}");
        }
    }
}

/// The same of `%rd0`.
fn leaves_long(statements: &str, expected: impl Fn(u64) -> u64) {
    for seed in SEEDS {
        let results = Trial::of(statements).run(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        for (lane, (_, long)) in (0..).zip(results) {
            assert_eq!(long, expected(lane), "lane {lane}, seed {seed}: {statements}");
        }
    }
}
