//! What plain annealing leaves of a campus: `cargo bench --bench annealing -- CAMPUS [SECONDS [SEED]]`.
//!
//! The baseline that the whole pipeline is held against: one chain on one core, moves in time only (a meeting to another start, in
//! its room class if that is free there, else in the first free one), geometric cooling over the given time from a start that is
//! filled greedily. It shares the counters of the search, so that the difference is the method's and not the program's.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it has measured")]

use std::path::Path;
use std::time::{Duration, Instant};

use search::campus::{Problem, State, seat};
use search::{Landscape, Motion, Philox, Spot, Thresholds, below};
use shared::model::{Timetable, cost};

/// As evolve has them for a campus.
const HARD_PRICE: i32 = 25;
const HOTTEST: f64 = 12.0;
const COLDEST: f64 = 0.1;
/// Proposals between two looks at the clock.
const CHUNK: u64 = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let Some(path) = words.first() else {
        println!("name a campus folder: cargo bench --bench annealing -- CAMPUS [SECONDS [SEED]]");
        return Ok(());
    };
    let seconds = words.get(1).map_or(Ok(300.0), |word| word.parse())?;
    let seed = words.get(2).map_or(Ok(1), |word| word.parse())?;
    let instance = load::load(Path::new(path), shared::model::campus::Weights::default())?.tables.instance()?;
    let problem = Problem::new(&instance, HARD_PRICE)?;
    let mut state = problem.state(&Timetable::unplaced(problem.classes));
    let (spots, proposals) = cooled(&problem, &mut state, Duration::from_secs_f64(seconds), seed);
    let found = cost::recount(&instance, &seat(&problem, &spots)).cost();
    println!(
        "plain annealing, {seconds} s, seed {seed}: {} hard, {} without a place, cost {} · {proposals} proposals",
        found.hard, found.unplaced, found.soft
    );
    Ok(())
}

/// The best that one chain comes through, and its proposals.
fn cooled(problem: &Problem, state: &mut State, time: Duration, seed: u64) -> (Vec<Spot>, u64) {
    let (random, from) = (Philox::new(seed, 0), Instant::now());
    let mut best = ((state.hard(), state.soft()), state.spots().to_vec());
    let mut counter = 0;
    loop {
        let progress = from.elapsed().as_secs_f64() / time.as_secs_f64();
        if progress >= 1.0 {
            return (best.1, counter);
        }
        let thresholds = Thresholds::new(HOTTEST * (COLDEST / HOTTEST).powf(progress));
        for _ in 0..CHUNK {
            counter += 1;
            if step(problem, state, random.block(counter), &thresholds) && (state.hard(), state.soft()) < best.0 {
                best.0 = (state.hard(), state.soft());
                best.1.copy_from_slice(problem.view(state).spots());
            }
        }
    }
}

/// Tries one meeting at another start.
fn step(problem: &Problem, state: &mut State, words: [u32; 4], thresholds: &Thresholds) -> bool {
    let class = problem.movable()[below(words[0], problem.movable().len())] as usize;
    let (starts, rooms) = (problem.starts(class), problem.room_classes(class));
    let Some(source) = state.spot(class) else { return false };
    let start = usize::from(starts[below(words[1], starts.len())]);
    if start == source.period() {
        return false;
    }
    let turn = below(words[3], rooms.len());
    let order = std::iter::once(source.room())
        .chain((0..rooms.len()).map(|step| usize::from(rooms[(turn + step) % rooms.len()])));
    let room = order.into_iter().find(|room| state.is_free(problem, class, start, *room)).unwrap_or(source.room());
    let target = Spot::new(start, room);
    let Some(change) = state.evaluate(problem, class, target, thresholds.limit(words[2])) else { return false };
    state.apply(problem, class, target, change);
    true
}
