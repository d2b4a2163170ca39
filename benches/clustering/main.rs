//! What clustering and STAGE2A are worth beside what others do: `cargo bench --bench clustering` prints the tables of
//! `docs/clustering.md`. `-- SECTION…` measures only these.
//!
//! Everything is measured in a process of its own: the benchmark starts itself, the program, and the tools of `peers.py` and
//! `anchor.rs` as far as they are here. Times are CPU times of one machine in one hour: rows of one table can be compared, tables
//! of two machines cannot.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it has measured")]

mod graphs;
mod louvain;
mod memory;
mod naive;
mod program;
mod stage;
mod tools;

use std::process::ExitCode;

type Measured = Result<(), Box<dyn std::error::Error>>;
type Section = (&'static str, fn() -> Measured);

/// The sections, in the order in which they are printed.
const SECTIONS: [Section; 6] = [
    ("communities", louvain::communities),
    ("threads", louvain::threads),
    ("capped", louvain::capped),
    ("stage", stage::stage),
    ("naive", naive::naive),
    ("memory", memory::memory),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        Some("worker") => return memory::work(),
        Some("ours") => return tools::ours(&words[1..]),
        _ => {}
    }
    let is_wanted = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    for (name, measure) in SECTIONS {
        if is_wanted(name)
            && let Err(error) = measure()
        {
            println!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
