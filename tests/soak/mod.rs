//! Hours of bad luck, drawn from a seed: workers and orchestrators die at any moment, memory leaks, disks are full, files are
//! damaged between two sittings. Each run is resumed until it is done; then its timetable is compared with that of the run
//! that nothing happened to.
//!
//! ```text
//! task      what is run, and what comes out of it undisturbed
//! trouble   what happens to it
//! ```
//!
//! `CARILLON_SOAK_RUNS` and `CARILLON_SOAK_SEED` say how many and which: run number 7 from seed 1 is run number 1 from seed 7.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, thread};

use task::{Task, Undisturbed};
use trouble::{Happened, Life};

use crate::harness::mutation::Chance;
use crate::harness::run::Finished;

mod task;
mod trouble;

/// Runs where nothing else is said.
const RUNS: u64 = 500;
/// Sittings with trouble; from then on the run is left in peace.
const SITTINGS_TROUBLED: u32 = 4;
/// A run that is left in peace is done at once.
const SITTINGS_MAX: u32 = SITTINGS_TROUBLED + 3;

#[test]
#[ignore = "it takes a quarter of an hour: CONTRIBUTING.md says how it is run"]
fn whatever_happens_to_a_run_its_timetable_is_right() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("it is a number"));
    let (runs, first) = (number("CARILLON_SOAK_RUNS").unwrap_or(RUNS), number("CARILLON_SOAK_SEED").unwrap_or(1));
    let next = AtomicU64::new(first);
    let tally = Mutex::new(Tally::default());
    let undisturbed = Undisturbed::default();
    let take_turns = || {
        while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < first + runs) {
            let lived = panic::catch_unwind(AssertUnwindSafe(|| live_through(seed, &undisturbed)));
            tally.lock().expect("nobody panics with it").count(seed, lived.ok());
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(take_turns);
        }
    });
    let tally = tally.into_inner().expect("nobody panics with it");
    println!("soak: {runs} runs from seed {first}: {}", tally.summary());
    assert!(tally.failed.is_empty(), "one at a time: CARILLON_SOAK_RUNS=1 CARILLON_SOAK_SEED=… {:?}", tally.failed);
}

/// What has come of all runs.
#[derive(Debug, Default)]
struct Tally {
    happened: BTreeMap<&'static str, u32>,
    reproducible: u32,
    explained: u32,
    failed: Vec<u64>,
}

impl Tally {
    fn count(&mut self, seed: u64, lived: Option<(bool, Vec<Happened>)>) {
        let Some((is_reproducible, happened)) = lived else {
            self.failed.push(seed);
            return;
        };
        *if is_reproducible { &mut self.reproducible } else { &mut self.explained } += 1;
        for what in happened {
            *self.happened.entry(what.name()).or_default() += 1;
        }
    }

    fn summary(&self) -> String {
        let happened: Vec<String> = self.happened.iter().map(|(name, count)| format!("{count} × {name}")).collect();
        let Self { reproducible, explained, failed, .. } = self;
        let failed = failed.len();
        format!(
            "{reproducible} ended as if nothing had been, {explained} otherwise and said why, {failed} failed ({})",
            happened.join(", ")
        )
    }
}

/// One run from its first start to its end. Returns whether it was the same as undisturbed, and what had happened to it.
fn live_through(seed: u64, undisturbed: &Undisturbed) -> (bool, Vec<Happened>) {
    let mut chance = Chance::new(seed);
    let task = Task::drawn(&mut chance);
    let mut life = Life::of(task, chance);
    let mut sitting = life.first();
    for number in 1..=SITTINGS_MAX {
        let run = life.live(sitting, number <= SITTINGS_TROUBLED);
        let what = format!("seed {seed}, sitting {number}: {task:?}, {:?}", life.happened());
        assert!(life.may_end_so(run.code()), "{what}: exit {}\n{}", run.code(), run.told());
        assert!(!run.told().contains("panicked at"), "{what}: the orchestrator panicked\n{}", run.told());
        let _shown = ShownByAPanic(format!("{what}: exit {}\n{}", run.code(), run.told()));
        // What a dead run has left goes when it is taken up: not by a call that could not even do that.
        let was_taken_up = run.code() >= 0 && (![65, 73, 74].contains(&run.code()) || !life.was_killed());
        if was_taken_up {
            run.leaves_nothing();
        } else if life.workers_die_with_their_parent() {
            run.leaves_nobody();
        }
        if let Some(is_reproducible) = verdict(&run, &task, undisturbed, &what) {
            return (is_reproducible, life.happened().to_vec());
        }
        sitting = life.again(run, number < SITTINGS_TROUBLED);
    }
    panic!("seed {seed}: {task:?}, {:?}: it is never done", life.happened());
}

/// What is worth knowing when something behind this panics.
struct ShownByAPanic(String);

impl Drop for ShownByAPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("{}", self.0);
        }
    }
}

/// What a run has come to, if it is done: whether it is the same as undisturbed.
fn verdict(run: &Finished, task: &Task, undisturbed: &Undisturbed, what: &str) -> Option<bool> {
    if ![0, 3].contains(&run.code()) {
        return None;
    }
    let judgement = run.judgement();
    let result = run.result();
    assert_eq!(judgement.violations(), 0, "{what}: {judgement:?}\n{}", run.told());
    assert_eq!(result["cost"].as_u64(), Some(judgement.cost()), "{what}\n{}", run.told());
    assert_eq!(result["exit_code"].as_i64(), Some(run.code().into()), "{what}");
    let unfinished = unfinished(run);
    assert!(unfinished.is_empty(), "{what}: {unfinished:?} is left");
    let is_reproducible = result["reproducible"].as_bool().expect("it says whether it is");
    if is_reproducible {
        assert!(run.read("solution.sol") == undisturbed.of(task), "{what}: another timetable\n{}", run.read("run.log"));
    } else {
        assert!(result["irreproducible_because"].is_string(), "{what}: it does not say why\n{result}");
    }
    Some(is_reproducible)
}

/// What should not be there when a run is done: what is neither sealed nor removed, and links to what has been removed. (What an
/// attempt has not sealed stays in its folder.)
fn unfinished(run: &Finished) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(run.path("")).expect("it can be read").map(|entry| entry.expect("it can be read").path());
    let is_partial = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "partial");
    entries.filter(|path| is_partial(path) || path.is_symlink()).collect()
}
