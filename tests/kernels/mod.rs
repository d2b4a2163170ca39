//! The kernels as they are shipped, run by the card of `tests/device`: they compute what the processor computes, bit for bit, in
//! whatever order lanes run; and kernels that do not are found out.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use shared::artifact::ArtifactKey;
use shared::model::InstanceTables;

use crate::harness::card::Card;
use crate::harness::{benchmarks, example, root};

mod campuses;
mod instances;
mod mutants;

/// Orders of lanes: the one that never changes, and seven drawn ones.
const SEEDS: std::ops::Range<u64> = 0..8;

/// Small instances that both engines work on.
const INSTANCES: u64 = 20;

/// Shared memory in which no state finds room.
const SCARCE: u32 = 64;

/// Instructions of a block after which it is said not to end: several times as many as any of these takes, and as any that faults are looked for in.
const INSTRUCTIONS_MAX: &str = "20000000";
const INSTRUCTIONS_OF_A_MUTANT: &str = "3000000";

/// A card, and what runs on it.
struct Bench {
    card: Card,
}

/// What the two engines are asked to do.
#[derive(Clone, Copy)]
struct Trial<'a> {
    instance: &'a Path,
    /// The text of the kernels, where it is not the one that is shipped.
    kernels: Option<&'a Path>,
    /// The order of lanes.
    order: u64,
    /// Bytes of shared memory that a block may have, where it is not what a card has today.
    shared: Option<u32>,
    proposals: u32,
    population: u32,
}

impl Bench {
    fn new() -> Self {
        Self { card: Card::new() }
    }

    /// Seals an instance in the folder of the card.
    fn sealed(&self, name: &str, tables: &InstanceTables) -> PathBuf {
        let at = |ending: &str| self.card.path().join(format!("{name}.{ending}"));
        tables.artifact(ArtifactKey(0)).seal(&at("partial"), &at("art")).expect("there is room for a small file");
        at("art")
    }

    /// Lets both engines do the same, and compares what they hold after each step. It says what shape the kernels had; an error
    /// says where they part, or what the card has seen.
    fn run(&self, trial: &Trial<'_>) -> Result<String, String> {
        let output = self.command(trial).output().expect("it starts");
        let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(told(&output.stdout)) } else { Err(told(&output.stderr)) }
    }

    fn command(&self, trial: &Trial<'_>) -> Command {
        let Trial { instance, kernels, order, shared, proposals, population } = trial;
        let limit = if kernels.is_some() { INSTRUCTIONS_OF_A_MUTANT } else { INSTRUCTIONS_MAX };
        let mut command = Command::new(example("engines", "-p evolve --example engines"));
        command.arg("equal").arg(format!("instance={}", instance.display()));
        command.arg(format!("proposals={proposals}")).arg(format!("population={population}"));
        if let Some(kernels) = kernels {
            command.arg(format!("kernels={}", kernels.display()));
        }
        command.env("LD_LIBRARY_PATH", self.card.library()).env_remove("CUDA_VISIBLE_DEVICES");
        command.env("FAKE_GPU_SEED", order.to_string()).env("FAKE_GPU_LIMIT", limit);
        if let Some(bytes) = shared {
            command.env("FAKE_GPU_SHARED", bytes.to_string());
        }
        command
    }
}

/// Does something with each item, on all cores; what came of each, in the order of the items.
fn each<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let (next, done) = (Mutex::new(0..items.len()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let index = next.lock().expect("nobody has panicked").next();
                    let Some(index) = index else { break };
                    let result = f(&items[index]);
                    done.lock().expect("nobody has panicked").push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody has panicked");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The engines agree in all trials, and kernels of all these shapes had a part in it.
fn assert_equal(bench: &Bench, trials: &[(String, Trial<'_>)], shapes: &[&str]) {
    let outcomes = each(trials, |(_, trial)| bench.run(trial));
    let parted = trials
        .iter()
        .zip(&outcomes)
        .filter_map(|((name, _), outcome)| outcome.as_ref().err().map(|told| format!("{name}: {told}")));
    let parted: Vec<String> = parted.collect();
    assert!(parted.is_empty(), "{} of {}:\n{}", parted.len(), trials.len(), parted.join("\n"));
    for shape in shapes {
        let has_part = |told: &String| told.contains(&format!("Site({shape},"));
        assert!(outcomes.iter().flatten().any(has_part), "no trial was for {shape}: {outcomes:?}");
    }
}

/// Small instances of many shapes and the college, in eight orders of lanes: all states, costs and counters are those of the processor, and
/// the card sees nothing that it objects to.
#[test]
fn a_device_computes_what_the_processor_does() {
    let bench = Bench::new();
    let mut sealed: Vec<(String, PathBuf)> = (0..INSTANCES)
        .map(|seed| {
            let name = format!("random{seed}");
            let path = bench.sealed(&name, &instances::random(seed));
            (name, path)
        })
        .collect();
    let college = bench.sealed("college", &instances::of_the_college());
    sealed.push(("college".to_owned(), college));
    let trials: Vec<(String, Trial<'_>)> = sealed
        .iter()
        .flat_map(|(name, instance)| {
            let trial = |order| Trial { instance, kernels: None, order, shared: None, proposals: 200, population: 6 };
            SEEDS.map(move |order| (format!("{name}, order {order}"), trial(order)))
        })
        .collect();
    assert_equal(&bench, &trials, &["narrow", "wide"]);
}

/// The same of two instances of the competition, where this machine has them.
#[test]
fn a_device_computes_what_the_processor_does_for_the_competition() {
    let Some(folder) = benchmarks() else { return };
    let bench = Bench::new();
    let sealed = ["comp01", "comp07"].map(|name| {
        let tables = instances::of_a_file(&folder.join("cbctt/instances").join(format!("{name}.ctt")));
        bench.sealed(name, &tables)
    });
    let trials: Vec<(String, Trial<'_>)> = sealed
        .iter()
        .flat_map(|instance| {
            let trial = |order| Trial { instance, kernels: None, order, shared: None, proposals: 500, population: 3 };
            (0..2).map(move |order| (format!("{}, order {order}", instance.display()), trial(order)))
        })
        .collect();
    assert_equal(&bench, &trials, &["narrow"]);
}

/// The same of small campuses of many shapes, each in two orders of lanes, with its states in shared memory and on a card that has too
/// little of it.
#[test]
fn a_device_computes_what_the_processor_does_for_campuses() {
    let bench = Bench::new();
    let sealed: Vec<PathBuf> =
        (0..INSTANCES).map(|seed| bench.sealed(&format!("campus{seed}"), &campuses::random(seed))).collect();
    let trials: Vec<(String, Trial<'_>)> = (0..INSTANCES)
        .zip(&sealed)
        .flat_map(|(seed, instance)| {
            let trial = |(order, shared)| {
                let trial = Trial { instance, kernels: None, order, shared, proposals: 150, population: 6 };
                (format!("campus{seed}, order {order}, shared memory {shared:?}"), trial)
            };
            [(0, None), (1 + seed % 7, None), (seed % 8, Some(SCARCE))].map(trial)
        })
        .collect();
    assert_equal(&bench, &trials, &["shared", "narrow", "wide"]);
}

/// What a proposal costs a warp on the college, from the hottest to the coldest: counted, so that it is the same on every machine.
/// Whoever makes it dearer by a tenth hears of it here; whoever makes it cheaper lowers the bounds.
#[test]
fn a_proposal_is_as_cheap_as_it_was() {
    let bench = Bench::new();
    let instance = bench.sealed("college", &instances::of_the_college());
    let (proposals, population) = (2_000, 6);
    let trial = Trial { instance: &instance, kernels: None, order: 0, shared: None, proposals, population };
    let counts = bench.card.path().join("counts");
    let output = bench.command(&trial).env("FAKE_GPU_COUNT", &counts).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counts = fs::read_to_string(counts).expect("the card has counted");
    let count = |name: &str| -> u32 {
        let line = counts.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in\n{counts}")).parse().expect("it is a number")
    };
    // Six rounds of all, and one of the half that is left in the end.
    let made = f64::from(6 * population * proposals + population / 2 * proposals);
    let each = |name: &str| f64::from(count(name)) / made;
    let (instructions, wavefronts) = (each("anneal_narrow.instructions"), each("anneal_narrow.wavefronts"));
    assert!(instructions <= 92.0, "{instructions} instructions");
    assert!(wavefronts <= 5.3, "{wavefronts} waves of shared memory");
    assert_eq!(count("allocations"), 1, "the arena is taken once");
}

/// A text of kernels as it is shipped.
fn shipped(name: &str) -> PathBuf {
    root().join("workers/evolve/kernels").join(name)
}
