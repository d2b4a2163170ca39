//! What a job's output is made from, as one number: of a job that is about to start, and of one that another start has done.
//! Equal keys are equal outputs.

use std::collections::BTreeMap;

use shared::wire::Stage;
use shared::worker::{CHECKPOINT, Ingredients, Setting};

use super::event::Source;
use super::state::State;
use crate::plan::{JobId, Work};
use crate::policy::Rung;

/// What the results of a run depend on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recipe {
    /// Sum of the instance file.
    pub instance: u128,
    /// Sum of the timetable before, where there is one.
    pub previous: Option<u128>,
    /// The seed.
    pub seed: u64,
    /// Counted work of each search.
    pub effort: Option<f64>,
    /// Settings that go to a worker as they were written.
    pub of_workers: Vec<(Stage, Setting)>,
    /// Sum of the policy that STAGE3 begins with, where it is a file.
    pub policy: Option<u128>,
    /// Sums of the programs that work in a stage's place.
    pub planted: BTreeMap<Stage, u128>,
}

impl State {
    /// The key of the output of a job whose inputs are there, by that recipe, with these rungs of the ladder taken.
    pub(super) fn key_by(&self, job: JobId, recipe: &Recipe, rungs: &[Rung]) -> u128 {
        let work = self.graph.work(job);
        let settings = self.settings(work, recipe, rungs);
        let content = |source: Source| match source {
            Source::Instance => recipe.instance,
            Source::Previous => recipe.previous.unwrap_or_default(),
            Source::Policy => recipe.policy.unwrap_or_default(),
            Source::Artifact(name) => self.contents.get(&name).copied().unwrap_or_default(),
        };
        let inputs = self.inputs(job).into_iter().filter(|(role, _)| *role != CHECKPOINT);
        let inputs: Vec<(&str, u128)> = inputs.map(|(role, source)| (role, content(source))).collect();
        let effort = recipe.effort.filter(|_| work.is_search());
        let (stage, planted) = (work.stage(), recipe.planted.get(&work.stage()).copied());
        let (job, seed) = (&work.name(), recipe.seed);
        Ingredients { stage, job, seed, effort, settings: &settings, planted, inputs: &inputs }.key().0
    }

    /// How many rungs a job had taken whose output has that key; nothing when no start of now would give that output.
    pub(super) fn rungs_of_key(&self, job: JobId, key: u128) -> Option<usize> {
        let rungs = self.rungs_of(job);
        (0..=rungs.len()).find(|taken| self.key_by(job, &self.rules.recipe, &rungs[..*taken]) == key)
    }

    /// What a worker is told of its work.
    pub(super) fn settings(&self, work: Work, recipe: &Recipe, rungs: &[Rung]) -> Vec<Setting> {
        let setting = |key: &str, value: String| Setting { key: key.to_owned(), value };
        let mut settings = match work {
            Work::Cluster { .. } => vec![setting("solve.memory", self.rules.solve_memory.0.to_string())],
            Work::Commit { wave, .. } => vec![setting("wave", wave.to_string())],
            Work::Solve { job, .. } => vec![setting("job", job.to_string())],
            Work::GpuWatch => vec![setting("gpu.watch_ms", self.rules.gpu.watch.as_millis().to_string())],
            _ => Vec::new(),
        };
        if let Work::Cluster { sweep: sweep @ 1.. } | Work::Solve { sweep: sweep @ 1.., .. } = work {
            settings.push(setting("sweep", sweep.to_string()));
        }
        if let Work::Cluster { sweep: sweep @ 1.. } = work {
            let failed =
                self.timetables.failed.iter().filter(|(of, _)| of + 1 == sweep).map(|(_, job)| job.to_string());
            let failed = failed.collect::<Vec<_>>().join(",");
            settings.extend((!failed.is_empty()).then(|| setting("failed", failed)));
        }
        let own = recipe.of_workers.iter().filter(|(stage, _)| *stage == work.stage());
        settings.extend(own.map(|(_, setting)| setting.clone()));
        // The last one of a key wins.
        settings.extend(rungs.iter().copied().filter_map(Rung::setting));
        settings
    }
}
