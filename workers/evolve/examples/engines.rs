//! The two engines side by side, for tests and for whoever has a device.
//!
//! ```text
//! engines equal instance=PATH [device=ID] [kernels=PATH] [seed=N] [population=N] [proposals=N] [rounds=N]
//! engines speed instance=PATH [device=ID] [kernels=PATH] [seed=N] [population=N] [milliseconds=N]
//! ```
//!
//! `equal` makes the same calls to both and compares every state, cost and counter after each; it ends with 1 and says where
//! they part, if they do. `speed` prints proposals a second at three temperatures. PATH is a sealed `instance.art`.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use evolve::engine::{CpuEngine, Cross, CudaEngine, Device, Engine, Site};
use search::{Grid, Landscape, Motion, Philox, Spot, Thresholds, Weights, campus};
use shared::model::{Instance, Timetable};

/// Decisions of this program draw from a stream that no individual uses.
const DECISIONS: u64 = 1 << 41;
/// From a melt to frost, and back.
const TEMPERATURES: [f64; 6] = [12.0, 2.0, 1.0, 0.5, 0.15, 4.0];

/// What a hard violation weighs, as in a search that begins with some.
const CAMPUS_HARD: i32 = 25;
const GRID_HARD: i32 = 200;

type Trouble = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.first().map(String::as_str) {
        Some("equal") => Given(&words).run(true),
        Some("speed") => Given(&words).run(false),
        _ => Err("either equal or speed was expected".into()),
    };
    match done {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("engines: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was said behind the first word.
struct Given<'a>(&'a [String]);

impl Given<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    fn number(&self, name: &str, otherwise: u64) -> Result<u64, Trouble> {
        self.text(name).map_or(Ok(otherwise), |text| Ok(text.parse()?))
    }

    /// Compares the engines, or takes the time of one, with the instance compiled as the search does it.
    fn run(&self, is_equal: bool) -> Result<String, Trouble> {
        let path = self.text("instance").ok_or("instance=PATH is missing")?;
        let instance = Instance::open(Path::new(path))?;
        if instance.campus().is_some() {
            let campus = campus::Problem::new(&instance, CAMPUS_HARD)?;
            return if is_equal { equal(&campus, self) } else { speed(&campus, self) };
        }
        let grid = Grid::new(&instance, Weights::ud2(GRID_HARD))?;
        if is_equal { equal(&grid, self) } else { speed(&grid, self) }
    }

    fn device(&self) -> Result<Device, Trouble> {
        let id = self.text("device");
        let device = Device::open(id)?;
        let Some(path) = self.text("kernels") else { return Ok(device) };
        Ok(device.with_kernels(std::fs::read_to_string(path)?))
    }
}

fn start<L: Landscape>(landscape: &L) -> Vec<Spot> {
    let mut state = landscape.state(&Timetable::unplaced(landscape.classes()));
    landscape.view(&mut state).spots().to_vec()
}

fn equal<L: Landscape>(landscape: &L, given: &Given<'_>) -> Result<String, Trouble> {
    let seed = given.number("seed", 1)?;
    let (population, proposals) = (given.number("population", 6)? as usize, given.number("proposals", 1_000)?);
    let rounds = given.number("rounds", TEMPERATURES.len() as u64)? as usize;
    let spots = start(landscape);
    let state = landscape.state_of(&spots).ok_or("the start has no state")?;
    let mut cpu = CpuEngine::new(landscape, &state, population, seed);
    let site = Site::new(landscape, given.device()?)?;
    let shape = format!("{site:?}");
    let mut cuda = site.populate(&spots, population, seed)?;
    same("the start", &mut cpu, &mut cuda)?;
    let decisions = Philox::new(seed, DECISIONS);
    for round in 0..rounds {
        let thresholds = Thresholds::new(TEMPERATURES[round % TEMPERATURES.len()]);
        let tallies = (cpu.anneal(&thresholds, proposals)?, cuda.anneal(&thresholds, proposals)?);
        if tallies.0 != tallies.1 {
            return Err(
                format!("round {round}: {:?} on the processor, {:?} on the device", tallies.0, tallies.1).into()
            );
        }
        same(&format!("annealing {round}"), &mut cpu, &mut cuda)?;
        let sources = sources(population, decisions, round as u64);
        cpu.gather(&sources)?;
        cuda.gather(&sources)?;
        same(&format!("gathering {round}"), &mut cpu, &mut cuda)?;
        let crosses = crosses(landscape, &sources, decisions, round as u64);
        cpu.cross(&crosses)?;
        cuda.cross(&crosses)?;
        same(&format!("crossing {round}"), &mut cpu, &mut cuda)?;
    }
    end(landscape, &mut cpu, &mut cuda, proposals)?;
    Ok(format!("equal: {shape}, {population} individuals, {rounds} rounds of {proposals} proposals"))
}

/// Both shrink, are written down, are made anew of what the other has written, and go on.
fn end<L: Landscape>(
    landscape: &L,
    cpu: &mut CpuEngine<'_, L>,
    cuda: &mut CudaEngine<'_, L>,
    proposals: u64,
) -> Result<(), Trouble> {
    let half: Vec<usize> = (0..cpu.size().div_ceil(2)).collect();
    cpu.gather(&half)?;
    cuda.gather(&half)?;
    same("shrinking", cpu, cuda)?;
    let (of_cpu, of_cuda) = (cpu.snapshot()?, cuda.snapshot()?);
    cpu.restore(&of_cuda)?;
    cuda.restore(&of_cpu)?;
    same("restoring", cpu, cuda)?;
    let thresholds = Thresholds::new(0.7);
    cpu.anneal(&thresholds, proposals)?;
    cuda.anneal(&thresholds, proposals)?;
    same("going on", cpu, cuda)?;
    let best = landscape.state_of(cuda.best().1).ok_or("the best has no state")?;
    if landscape.cost_of(&best) == cuda.best().0 {
        Ok(())
    } else {
        Err("the best does not cost what is said of it".into())
    }
}

/// Whether both hold the same population; also counts the device's costs again from its places.
fn same<L: Landscape>(when: &str, cpu: &mut CpuEngine<'_, L>, cuda: &mut CudaEngine<'_, L>) -> Result<(), Trouble> {
    let (costs, of_cuda) = (cpu.standings()?, cuda.standings()?);
    if let Some(individual) = (0..costs.len()).find(|individual| of_cuda.get(*individual) != costs.get(*individual)) {
        let (cpu, cuda) = (costs[individual], of_cuda.get(individual));
        return Err(
            format!("{when}: individual {individual} costs {cpu:?} on the processor, {cuda:?} on the device").into()
        );
    }
    if cpu.best() != cuda.best() {
        return Err(format!("{when}: the best are {:?} and {:?}", cpu.best().0, cuda.best().0).into());
    }
    let (of_cpu, of_cuda) = (cpu.snapshot()?, cuda.snapshot()?);
    if of_cpu == of_cuda { Ok(()) } else { Err(format!("{when}: the populations differ").into()) }
}

/// Some individuals take the places of others, as after a step of temperature.
fn sources(population: usize, decisions: Philox, round: u64) -> Vec<usize> {
    let mut sources: Vec<usize> = (0..population).collect();
    for place in 1..population {
        let words = decisions.block(round << 20 | place as u64);
        let source = search::below(words[0], place);
        if words[1].is_multiple_of(3) && sources[source] == source {
            sources[place] = source;
        }
    }
    // A source keeps its place.
    (0..population)
        .map(|place| if sources[sources[place]] == sources[place] { sources[place] } else { place })
        .collect()
}

fn crosses<L: Landscape>(landscape: &L, sources: &[usize], decisions: Philox, round: u64) -> Vec<Cross> {
    let children = (0..sources.len()).filter(|place| sources[*place] != *place);
    children
        .map(|child| {
            let counter = 1 << 60 | round << 20 | child as u64;
            let other = search::below(decisions.block(counter)[3], sources.len());
            Cross { child, other, courses: landscape.connected_courses(decisions, counter, 4) }
        })
        .filter(|cross| cross.other != cross.child)
        .collect()
}

fn speed<L: Landscape>(landscape: &L, given: &Given<'_>) -> Result<String, Trouble> {
    let time = Duration::from_millis(given.number("milliseconds", 1_000)?);
    let spots = start(landscape);
    let site = Site::new(landscape, given.device()?)?;
    let shape = format!("{site:?}");
    let size = given.number("population", site.resident() as u64)? as usize;
    let mut cuda = site.populate(&spots, size, given.number("seed", 1)?)?;
    let mut told = vec![format!("{shape}, {size} individuals, {} bytes", cuda.bytes())];
    for temperature in [2.0, 0.5, 0.15] {
        let thresholds = Thresholds::new(temperature);
        cuda.anneal(&thresholds, 50_000)?;
        let (from, mut proposed, mut accepted) = (Instant::now(), 0, 0);
        while from.elapsed() < time {
            let tally = cuda.anneal(&thresholds, 20_000)?;
            proposed += tally.proposed;
            accepted += tally.accepted;
        }
        let rate = proposed as f64 / from.elapsed().as_secs_f64() / 1e9;
        let share = accepted as f64 * 100.0 / proposed as f64;
        told.push(format!("T={temperature}: {rate:.3} G proposals/s, {share:.2} % accepted"));
    }
    Ok(told.join("; "))
}
