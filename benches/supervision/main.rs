//! What supervision costs and how tightly it holds: `cargo bench --bench supervision` prints the tables of
//! `docs/supervision.md`. `-- SECTION…` measures only these, `-- --peers PYTHON` sets what others do beside it (see `peers.py`).
//!
//! Runs are made with the real program; the workers that leak, hold and sleep are this benchmark itself, planted with
//! `--worker-program`. Times are of one machine in one hour: rows of one table can be compared, tables of two machines cannot.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it has measured")]

mod cycles;
mod holder;
mod overhead;
mod relief;
mod runs;

use std::process::{Command, ExitCode};

type Measured = Result<(), Box<dyn std::error::Error>>;
type Section = (&'static str, fn() -> Measured);

/// The sections, in the order in which they are printed.
const SECTIONS: [Section; 7] = [
    ("overshoot", runs::overshoot),
    ("release", runs::release),
    ("restart", runs::restart),
    ("relief", relief::relief),
    ("overhead", overhead::overhead),
    ("sampler", cycles::spawn_and_sampler),
    ("cycles", cycles::cycles),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        Some("worker") => return holder::work(),
        Some("leak") => return holder::leak_alone(&words[1..]),
        Some("sleep") => return holder::sleep(),
        Some("--peers") => return peers(words.get(1).map_or("python3", String::as_str)),
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

/// What others do about the same leak, as far as they are installed here.
fn peers(python: &str) -> ExitCode {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/supervision/peers.py");
    let leak = std::env::current_exe().expect("a running program has a path");
    let ended = Command::new(python).arg(script).arg(leak).status();
    if ended.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The median of some figures; zero of none.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The largest of some figures; zero of none.
fn most(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}
