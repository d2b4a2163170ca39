//! What a process did on the card, for tests that ask for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::run::Work;

/// Counts since the process began.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) allocations: u64,
    pub(super) frees: u64,
    /// The most bytes at once.
    pub(super) bytes_most: u64,
    kernels: BTreeMap<String, (u64, Work)>,
}

impl Counts {
    pub(super) fn launched(&mut self, kernel: &str, work: Work) {
        let (launches, sum) = self.kernels.entry(kernel.to_owned()).or_default();
        *launches += 1;
        sum.instructions += work.instructions;
        sum.wavefronts += work.wavefronts;
    }

    /// Writes them, a name and a number a line.
    pub(super) fn write(&self, file: &Path) {
        let mut text = format!(
            "allocations {}\nfrees {}\nallocated-bytes-most {}\n",
            self.allocations, self.frees, self.bytes_most
        );
        for (kernel, (launches, work)) in &self.kernels {
            let Work { instructions, wavefronts } = work;
            let lines = [("launches", launches), ("instructions", instructions), ("wavefronts", wavefronts)];
            for (name, number) in lines {
                writeln!(text, "{kernel}.{name} {number}").expect("text takes all");
            }
        }
        fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}
