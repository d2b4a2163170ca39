//! What is run, and what comes out of it when nothing happens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::harness::mutation::Chance;
use crate::harness::{Run, college};

/// An instance with the settings that decide about its timetable, and the number of threads, which does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Task {
    instance: Instance,
    effort: &'static str,
    seed: usize,
    /// Small enough to be one of the settings, or as much as there is.
    memory: Option<&'static str>,
    threads: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Instance {
    College,
    Overfull,
    Two,
}

impl Task {
    /// Any.
    pub(super) fn drawn(chance: &mut Chance) -> Self {
        Self {
            instance: [Instance::College, Instance::Overfull, Instance::Two][chance.below(3)],
            effort: ["0.01", "0.02", "0.05"][chance.below(3)],
            seed: chance.below(2),
            memory: [None, Some("512M")][chance.below(2)],
            threads: 1 + chance.below(2),
        }
    }

    /// A run of it that has not started.
    pub(super) fn run(&self) -> Run {
        let run = match self.instance {
            Instance::College => Run::of(&college()),
            Instance::Overfull => Run::of_overfull_college(),
            Instance::Two => Run::of_two_colleges(),
        };
        let run = run.flag("--effort", self.effort).flag("--seed", self.seed.to_string());
        let run = run.flag("--threads", self.threads.to_string()).flag("--set", "checkpoint.every=50ms");
        match self.memory {
            Some(memory) => run.flag("--memory", memory),
            None => run,
        }
    }

    /// The same on any number of threads.
    fn on_one_thread(self) -> Self {
        Self { threads: 1, ..self }
    }
}

/// The timetables of undisturbed runs, each made when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Undisturbed(Mutex<BTreeMap<Task, Arc<str>>>);

impl Undisturbed {
    /// The timetable of a task that nothing happens to.
    pub(super) fn of(&self, task: &Task) -> String {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let made = || {
            let run = task.on_one_thread().run().finish();
            run.expect(&[0]).leaves_nothing();
            assert_eq!(run.result()["reproducible"].as_bool(), Some(true), "nothing happened\n{}", run.told());
            Arc::from(run.read("solution.sol"))
        };
        known.entry(task.on_one_thread()).or_insert_with(made).to_string()
    }
}
