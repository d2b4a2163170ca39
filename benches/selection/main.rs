//! What the selection of operators in STAGE3 is worth: the figures of `docs/learning.md`, and the policies that the program brings along.
//!
//! ```text
//! cargo bench --bench selection -- policies             trains them, and writes workers/resolve/policies/*.json
//! cargo bench --bench selection -- mix                  tunes a fixed mix on all families of campuses, and prints it
//! cargo bench --bench selection -- study BENCHMARKS     runs all arms; the rows go to standard output, the story to standard error
//! cargo bench --bench selection -- long BENCHMARKS      fewer arms and seeds on the campuses, with eight times the budget
//! python3 benches/selection/analyse.py ROWS.csv         the tables
//! ```
//!
//! Everything is counted, nothing is timed: each command prints the same bytes wherever it runs. The worker is the program itself,
//! alone, on sealed files of whole runs that ended before STAGE3, with STAGE2B (`full`) and without it (`skip`).
//!
//! **Fixed before anything was run.** Primary endpoint: violations (hard and unplaced) at 30 % of the budget, on campuses, as the
//! competition's starts have none; secondary: the final (violations, soft cost) at 100 %, compared in that order. Arms, on the same starts with
//! the same random streams: A0 without STAGE3, A1 uniform, A2 the best single operator, A3 the fixed mix of the program, A4 a tuned fixed mix, A5 greedy
//! without a look at the search, A6 learning from nothing, A7 learning from a policy, A8 the policy frozen, A9 learning from that
//! policy with its rows permuted. A2, A4 and the policies of A7 to A9 come from the same training starts with the same number of runs;
//! on campuses they are those of the other two families (leave one family out), in the competition's format generated instances only.
//!
//! `long` was added when the rows of `study` were known, to see whether what they say holds where there is more time: A3, A4, A6 and A7, trained
//! as before, with seeds of its own.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it has measured")]

mod arms;
mod curricula;
mod policies;
mod program;
mod starts;
mod study;
mod train;

use std::path::Path;
use std::process::ExitCode;

type Measured<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["policies"] => policies::write(),
        ["mix"] => policies::mix(),
        ["study", benchmarks] => study::study(Path::new(benchmarks), &study::WHOLE),
        ["long", benchmarks] => study::study(Path::new(benchmarks), &study::LONG),
        // What `cargo bench` without words would do takes too long to be a surprise.
        _ => {
            eprintln!("usage: cargo bench --bench selection -- policies | mix | study BENCHMARKS | long BENCHMARKS");
            return ExitCode::SUCCESS;
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}
