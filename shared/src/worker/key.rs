//! The key of an output: one number for everything that it depends on. Whoever is about to start a worker computes it, and the
//! worker seals it into the header; so an output with the key that another start would give is the output of that start.
//!
//! Threads, memory, time and paths are not part of a key: they must not change the result. Time may; what it has cut is said
//! to be cut.

use xxhash_rust::xxh3::Xxh3;

use super::Setting;
use crate::artifact::{ArtifactKey, FORMAT_VERSION};
use crate::wire::Stage;

/// The version that keys begin with: what another version makes is another thing.
const PROGRAM: &str = concat!("carillon ", env!("CARGO_PKG_VERSION"));

/// What an output is made from.
#[derive(Clone, Copy, Debug)]
pub struct Ingredients<'a> {
    /// The stage.
    pub stage: Stage,
    /// The job.
    pub job: &'a str,
    /// The seed.
    pub seed: u64,
    /// Counted work.
    pub effort: Option<f64>,
    /// Settings of the worker.
    pub settings: &'a [Setting],
    /// Sum of the program that works in the stage's place, if it is not our own.
    pub planted: Option<u128>,
    /// Role and content of each input.
    pub inputs: &'a [(&'a str, u128)],
}

impl Ingredients<'_> {
    /// The key.
    pub fn key(&self) -> ArtifactKey {
        let mut sum = Xxh3::new();
        let mut part = |bytes: &[u8]| {
            sum.update(&(bytes.len() as u64).to_le_bytes());
            sum.update(bytes);
        };
        part(PROGRAM.as_bytes());
        part(&FORMAT_VERSION.to_le_bytes());
        part(self.stage.name().as_bytes());
        part(self.job.as_bytes());
        if is_random(self.stage) {
            part(&self.seed.to_le_bytes());
        }
        part(&self.effort.unwrap_or_default().to_bits().to_le_bytes());
        for setting in self.settings {
            part(setting.key.as_bytes());
            part(setting.value.as_bytes());
        }
        part(&self.planted.unwrap_or_default().to_le_bytes());
        for (role, content) in self.inputs {
            part(role.as_bytes());
            part(&content.to_le_bytes());
        }
        ArtifactKey(sum.digest128())
    }
}

/// Whether a stage draws lots.
fn is_random(stage: Stage) -> bool {
    match stage {
        // The guide of a campus, which commit makes, does.
        Stage::Cluster | Stage::Commit | Stage::Solve | Stage::Evolve | Stage::Resolve => true,
        Stage::Load | Stage::Audit | Stage::Export | Stage::GpuProbe | Stage::Report => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Ingredients<'static> = Ingredients {
        stage: Stage::Evolve,
        job: "evolve",
        seed: 1,
        effort: Some(1.0),
        settings: &[],
        planted: None,
        inputs: &[("instance", 5), ("timetable", 6)],
    };

    #[test]
    fn whatever_changes_the_result_changes_the_key() {
        let setting = [Setting { key: "evolve.population".to_owned(), value: "4".to_owned() }];
        let other = [Setting { key: "evolve.population".to_owned(), value: "5".to_owned() }];
        let all = [
            OF,
            Ingredients { stage: Stage::Resolve, ..OF },
            Ingredients { job: "evolve.2", ..OF },
            Ingredients { seed: 2, ..OF },
            Ingredients { effort: Some(2.0), ..OF },
            Ingredients { effort: None, ..OF },
            Ingredients { settings: &setting, ..OF },
            Ingredients { settings: &other, ..OF },
            Ingredients { planted: Some(7), ..OF },
            Ingredients { inputs: &[("instance", 5), ("timetable", 7)], ..OF },
            Ingredients { inputs: &[("instance", 5)], ..OF },
            Ingredients { inputs: &[("timetable", 5), ("instance", 6)], ..OF },
        ];
        let keys: std::collections::BTreeSet<u128> = all.iter().map(|ingredients| ingredients.key().0).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn who_draws_no_lots_has_no_seed() {
        let of = |stage, seed| Ingredients { stage, seed, ..OF }.key();
        for stage in [Stage::Load, Stage::Audit, Stage::Export] {
            assert_eq!(of(stage, 1), of(stage, 2), "{stage}");
        }
        for stage in [Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Resolve] {
            assert_ne!(of(stage, 1), of(stage, 2), "{stage}");
        }
    }
}
