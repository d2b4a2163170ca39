//! What a job needs: before its first attempt by its stage and the size of the instance, after an out-of-memory by what it
//! was seen to hold.

use std::collections::BTreeMap;
use std::str::FromStr;

use shared::bytes::{Bytes, BytesError};
use shared::wire::Stage;

/// How much memory a job wants. Its allotment is between the two, and once granted it is its kill line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// With less it is not started.
    pub least: Bytes,
    /// With more it would not do anything better.
    pub wish: Bytes,
}

/// One `--stage-memory STAGE=SIZE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageMemory {
    /// The stage.
    pub stage: Stage,
    /// The allotment of each of its jobs.
    pub size: Bytes,
}

/// Why a text is no [`StageMemory`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageMemoryError {
    /// There is no `=`.
    #[error("{0:?} is not STAGE=SIZE, such as solve=64M")]
    Form(String),
    /// There is no such stage.
    #[error("{0}")]
    Stage(String),
    /// The size is none.
    #[error(transparent)]
    Size(#[from] BytesError),
}

impl FromStr for StageMemory {
    type Err = StageMemoryError;

    fn from_str(text: &str) -> Result<Self, StageMemoryError> {
        let (stage, size) = text.split_once('=').ok_or_else(|| StageMemoryError::Form(text.to_owned()))?;
        Ok(Self { stage: stage.parse().map_err(StageMemoryError::Stage)?, size: size.parse()? })
    }
}

/// `(fixed MiB, bytes for each byte of the instance file)` at the least and as wished. A process of ours begins with some
/// 3 MiB; the models grow with the instance.
const fn formula(stage: Stage) -> [(u64, u64); 2] {
    match stage {
        Stage::Load | Stage::Commit => [(12, 8), (48, 40)],
        Stage::Cluster => [(16, 8), (64, 40)],
        Stage::Solve => [(24, 8), (64, 16)],
        Stage::Evolve => [(24, 8), (128, 80)],
        Stage::Resolve => [(16, 8), (96, 40)],
        Stage::Audit | Stage::Export | Stage::Report => [(8, 8), (32, 40)],
        // A driver that opens a device maps a lot into the host's memory.
        Stage::GpuProbe => [(16, 0), (512, 0)],
    }
}

/// What a job of that stage needs for an instance file of `instance` bytes. `overrides` win.
pub fn need_of(stage: Stage, instance: Bytes, overrides: &BTreeMap<Stage, Bytes>) -> Need {
    if let Some(&size) = overrides.get(&stage) {
        return Need { least: size, wish: size };
    }
    let [least, wish] = formula(stage).map(|(fixed, each)| Bytes::mib(fixed) + Bytes(instance.0.saturating_mul(each)));
    Need { least, wish }
}

/// What a driver holds of the host's memory for a worker that works on a device, at the least and as wished: 50 MiB were measured, on an H100
/// with version 580.
const DRIVER: (Bytes, Bytes) = (Bytes::mib(96), Bytes::mib(256));
/// What whoever watches a device may hold: it opens no context, and held 16 MiB there.
const WATCHING: Bytes = Bytes::mib(64);

/// The same of a job that works on a device.
pub fn with_device(need: Need) -> Need {
    let (least, wish) = DRIVER;
    Need { least: need.least + least, wish: need.wish + wish }
}

/// The same of a job that watches one, for as long as another one works there.
pub fn watching(need: Need) -> Need {
    Need { wish: need.wish.min(WATCHING).max(need.least), ..need }
}

/// What a job of STAGE2A needs that is predicted to hold `predicted` bytes: a quarter more at the least, because a
/// prediction is one. `overrides` win.
pub fn need_of_solve(predicted: Bytes, overrides: &BTreeMap<Stage, Bytes>) -> Need {
    if let Some(&size) = overrides.get(&Stage::Solve) {
        return Need { least: size, wish: size };
    }
    Need { least: predicted.percent(125), wish: predicted.percent(200) + Bytes::mib(8) }
}

/// The most that one job of STAGE2A may be predicted to hold (`solve.memory`), so that `at_once` of them fit `budget`.
pub fn solve_memory(budget: Bytes, at_once: u32) -> Bytes {
    Bytes(budget.0 / u64::from(at_once.max(1))).percent(80)
}

/// What the next attempt needs after one was killed at its allotment, or nothing when `most` (all that the budget can ever
/// give) is no real improvement: then the job has to become smaller. Only an out-of-memory makes a job larger.
pub fn after_out_of_memory(allotment: Bytes, peak: Bytes, most: Bytes) -> Option<Need> {
    let wish = allotment.percent(200).max(peak.percent(150)).min(most);
    let least = allotment.percent(125).max(peak.percent(110)).min(wish);
    (wish >= allotment.percent(125)).then_some(Need { least, wish })
}

#[cfg(test)]
mod tests {
    use super::*;

    const M: fn(u64) -> Bytes = Bytes::mib;

    #[test]
    fn every_stage_of_a_large_instance_fits_a_small_budget() {
        // 2,300 lectures are a file of at most 2 MiB; 256 MiB of capacity leave 70 % less orchestrator and margin.
        let budget = M(256).percent(70).less(M(20 + 4));
        for stage in Stage::ALL {
            let need = need_of(stage, M(2), &BTreeMap::new());
            assert!(need.least <= budget && need.least <= need.wish, "{stage}: {need:?}");
        }
    }

    #[test]
    fn overrides_are_exact() {
        let overrides = BTreeMap::from([(Stage::Solve, M(64)), (Stage::Evolve, M(5))]);
        assert_eq!(need_of(Stage::Evolve, M(2), &overrides), Need { least: M(5), wish: M(5) });
        assert_eq!(need_of_solve(M(40), &overrides), Need { least: M(64), wish: M(64) });
        assert_eq!(need_of_solve(M(40), &BTreeMap::new()), Need { least: M(50), wish: M(88) });
    }

    #[test]
    fn as_many_jobs_as_asked_for_fit_the_budget() {
        for (budget, at_once) in [(167, 2), (167, 1), (1000, 7), (3, 0)] {
            let predicted = solve_memory(M(budget), at_once);
            let least = need_of_solve(predicted, &BTreeMap::new()).least;
            assert!(least.0 * u64::from(at_once) <= M(budget).0, "{budget}");
            assert!(least.0 * u64::from(at_once.max(1)) >= M(budget).0 * 99 / 100, "{budget}");
        }
    }

    #[test]
    fn only_real_growth_is_tried_after_an_out_of_memory() {
        let table = [
            (40, 41, 1000, Some((50, 80))),
            (40, 100, 1000, Some((110, 150))),
            (40, 41, 60, Some((50, 60))),
            (40, 41, 50, Some((50, 50))),
            (40, 41, 49, None),
            (40, 41, 0, None),
        ];
        for (allotment, peak, most, expected) in table {
            let expected = expected.map(|(least, wish)| Need { least: M(least), wish: M(wish) });
            assert_eq!(after_out_of_memory(M(allotment), M(peak), M(most)), expected, "{allotment} {peak} {most}");
        }
    }

    #[test]
    fn stage_memory_is_read_by_either_name() {
        let of = |text: &str| text.parse::<StageMemory>();
        assert_eq!(of("solve=64M"), Ok(StageMemory { stage: Stage::Solve, size: M(64) }));
        assert_eq!(of("STAGE2B=1G"), Ok(StageMemory { stage: Stage::Evolve, size: M(1024) }));
        assert_eq!(of("solve").unwrap_err().to_string(), "\"solve\" is not STAGE=SIZE, such as solve=64M");
        assert!(of("cook=64M").unwrap_err().to_string().starts_with("\"cook\" is no stage: there are load,"));
        assert!(of("solve=lots").is_err());
    }
}
