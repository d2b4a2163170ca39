//! How many proposals a second one core makes: `cargo bench --bench proposals -- INSTANCE…` (without one, the college).
//!
//! The work is fixed (seed, proposals, temperatures), the time is measured. Proposals are counted as the field does: evaluated,
//! or dropped early as illegal or too bad. Numbers of one run can be compared with one another, not with another machine's.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it has measured")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use search::{Annealer, Grid, Landscape, Philox, Thresholds, Weights, campus};
use shared::model::Timetable;

/// As in a run whose start is feasible: nothing that breaks a hard constraint passes.
const HARD_WEIGHT: i32 = 1_000;
const WARM_UP: u64 = 5_000_000;
const PROPOSALS: u64 = 20_000_000;
/// Hot, where much is accepted, to cold, where next to nothing is.
const TEMPERATURES: [f64; 3] = [2.0, 0.5, 0.15];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let named: Vec<PathBuf> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).map(PathBuf::from).collect();
    let college = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/college.ctt");
    let instances = if named.is_empty() { vec![college] } else { named };
    println!(
        "{:<24}{:>10}{:>10}{:>10}{:>10}   M proposals/s on one core",
        "instance", "T=2", "T=0.5", "T=0.15", "mean"
    );
    for path in instances {
        let instance = load::load(&path, shared::model::campus::Weights::default())?.tables.instance()?;
        let seconds = match instance.campus() {
            Some(_) => measured(&campus::Problem::new(&instance, HARD_WEIGHT)?),
            None => measured(&Grid::new(&instance, Weights::ud2(HARD_WEIGHT))?),
        };
        let rate = |seconds: f64| PROPOSALS as f64 / seconds / 1e6;
        let mean = rate(seconds.iter().sum::<f64>() / seconds.len() as f64);
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        print!("{name:<24}");
        for seconds in seconds {
            print!("{:>10.1}", rate(seconds));
        }
        println!("{mean:>10.1}");
    }
    Ok(())
}

/// Seconds at each temperature.
fn measured<L: Landscape>(landscape: &L) -> [f64; TEMPERATURES.len()] {
    let mut state = landscape.state(&Timetable::unplaced(landscape.classes()));
    let mut view = landscape.view(&mut state);
    let mut annealer = Annealer::new(Philox::new(1, 0), &view);
    annealer.anneal(&mut view, &Thresholds::new(8.0), WARM_UP);
    TEMPERATURES.map(|temperature| {
        let thresholds = Thresholds::new(temperature);
        annealer.anneal(&mut view, &thresholds, WARM_UP);
        let from = Instant::now();
        annealer.anneal(&mut view, &thresholds, PROPOSALS);
        from.elapsed().as_secs_f64()
    })
}
