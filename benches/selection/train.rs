//! What is found on the training starts, each with the same number of runs: the best operator alone, a tuned mix, and a policy.

use std::fs;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use super::Measured;
use super::arms::Arm;
use super::curricula::Draws;
use super::program::{Worth, learned, resolve};
use super::starts::Start;

/// Runs that each of them may make.
const RUNS: usize = 200;
/// Runs for a mix that is to be shipped.
const RUNS_TO_SHIP: usize = 1600;
/// Mixes that tuning begins with; half of them survive each round, which has twice as many runs for each.
const MIXES: usize = 40;

/// What training has come to.
#[derive(Clone, Debug)]
pub(crate) struct Trained {
    /// The best operator alone, as a mix.
    pub(crate) single: String,
    /// The tuned mix; empty where that of the program is better than all that were tried.
    pub(crate) mix: String,
    /// The policy.
    pub(crate) policy: PathBuf,
    /// The same with its rows permuted.
    pub(crate) placebo: PathBuf,
}

/// Operators of a search, as mixes name them.
pub(crate) fn operators(family: &str) -> &'static [&'static str] {
    match family {
        "generated" | "competition" => &["walk", "move", "swap", "kempe", "eject", "match", "gather", "ruin"],
        _ => &["walk", "tabu", "chain", "kempe", "swap", "ruin"],
    }
}

/// Trains on `starts` in a folder of its own, with that effort for each run.
pub(crate) fn train(folder: &Path, starts: &[Start], effort: f64) -> Measured<Trained> {
    fs::create_dir_all(folder)?;
    let operators = operators(starts[0].family);
    let alone: Vec<String> = operators.iter().map(|operator| format!("{operator}:1")).collect();
    let trained = Trained {
        single: halved(folder, starts, (effort, RUNS), alone)?,
        mix: halved(folder, starts, (effort, RUNS), mixes(operators))?,
        policy: policy(folder, starts, effort)?,
        placebo: folder.join("placebo.json"),
    };
    fs::write(&trained.placebo, permuted(&fs::read_to_string(&trained.policy)?)?)?;
    eprintln!("{}: alone {}, mix {}", folder.display(), trained.single, trained.mix);
    Ok(trained)
}

/// A mix that is tuned with more care, to be shipped.
pub(crate) fn tuned(folder: &Path, starts: &[Start], effort: f64) -> Measured<String> {
    halved(folder, starts, (effort, RUNS_TO_SHIP), mixes(operators(starts[0].family)))
}

/// The mix of the program, all alike, and others at random: small weights more often than large ones.
fn mixes(operators: &[&str]) -> Vec<String> {
    let mut draws = Draws::new(4);
    let uniform = operators.iter().map(|operator| format!("{operator}:1")).collect::<Vec<_>>().join(",");
    let mut mixes = vec![String::new(), uniform];
    mixes.extend((2..MIXES).map(|_| {
        let weights = operators.iter().map(|operator| format!("{operator}:{}", 1 << draws.below(7)));
        weights.collect::<Vec<_>>().join(",")
    }));
    mixes
}

/// Successive halving: ranks are summed over starts and seeds, which all that are left share.
fn halved(folder: &Path, starts: &[Start], (effort, runs): (f64, usize), mut left: Vec<String>) -> Measured<String> {
    let rounds = left.len().ilog2() as usize + 1;
    let (mut seed, mut at) = (5_000, 0);
    while left.len() > 1 {
        let blocks = (runs / rounds / left.len()).max(2);
        let mut ranks = vec![0; left.len()];
        for _ in 0..blocks {
            (seed, at) = (seed + 1, at + 1);
            let start = &starts[at % starts.len()];
            let worth = |mix: &String| resolve(folder, start, &Arm::mix("tuned", mix), (seed, effort));
            let found = left.iter().map(worth).collect::<Measured<Vec<Worth>>>()?;
            for (rank, own) in ranks.iter_mut().zip(&found) {
                *rank += found.iter().map(|other| u32::from(other < own) + u32::from(other <= own)).sum::<u32>();
            }
        }
        let mut order: Vec<usize> = (0..left.len()).collect();
        order.sort_by_key(|index| (ranks[*index], *index));
        order.truncate(left.len().div_ceil(2));
        left = order.into_iter().map(|index| left[index].clone()).collect();
    }
    Ok(left.remove(0))
}

/// A policy that has learned from one run after the other.
pub(crate) fn policy(folder: &Path, starts: &[Start], effort: f64) -> Measured<PathBuf> {
    let path = folder.join("learned.json");
    let mut arm = Arm::of("training", &["resolve.select=learn", "resolve.policy=none"]);
    for run in 0..RUNS {
        resolve(folder, &starts[run % starts.len()], &arm, (7_000 + run as u64, effort))?;
        if let Some(text) = learned(folder) {
            fs::write(&path, text)?;
            arm = Arm::by("training", "resolve.select=learn", &path);
        }
    }
    Ok(path)
}

/// The same policy with its rows, which are actions, one further. Its check is made anew, as the format says.
fn permuted(text: &str) -> Measured<String> {
    let mut policy: serde_json::Value = serde_json::from_str(text)?;
    policy["weights"].as_array_mut().ok_or("a policy without weights")?.rotate_right(3);
    let of = |key: &str| policy[key].clone();
    let keys = ["kind", "schema", "program", "features", "actions", "parent", "counts", "weights"];
    let content = serde_json::to_string(&keys.map(of))?;
    policy["check"] = format!("xxh3:{:032x}", xxh3_128(content.as_bytes())).into();
    Ok(policy.to_string())
}
