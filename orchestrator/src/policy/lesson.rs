//! What earlier runs have taught about memory: a job begins with an allotment that was enough, instead of dying first. Lessons
//! only ever raise what a job gets; they never change what it does.

use std::collections::BTreeMap;

use shared::bytes::Bytes;
use shared::wire::Stage;

use super::Need;

/// What a job of that peak needs at the least: a tenth more, as after an out-of-memory.
const OVER_PEAK_PERCENT: u64 = 110;
/// A job that was at most so much larger than one of now teaches about it too: instances change a little from week to week.
const ABOUT_AS_LARGE_PERCENT: u64 = 125;

/// One attempt of an earlier run that was enough, or ran out of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Its stage.
    pub stage: Stage,
    /// The name of its job.
    pub job: String,
    /// How large the job was: in STAGE2A what it was predicted to hold, elsewhere the instance file.
    pub size: Bytes,
    /// What it was given.
    pub allotment: Bytes,
    /// The most that it was seen to hold.
    pub peak: Bytes,
    /// Whether it sealed its output; otherwise it ran out of memory.
    pub was_enough: bool,
}

/// What one job has taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// How large the job was.
    pub size: Bytes,
    /// What was enough for it.
    pub enough: Bytes,
    /// Whether an attempt with less had run out of memory.
    pub after_death: bool,
    /// The run that it was in.
    pub run: String,
}

/// The lessons of all stages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lessons {
    /// By ascending size; none stands behind one of which more was enough.
    of: BTreeMap<Stage, Vec<Lesson>>,
}

impl Lessons {
    /// Adds what a run teaches whose attempts were these, each job's in their order.
    pub fn learn(&mut self, run: &str, trials: &[Trial]) {
        let mut jobs: BTreeMap<&str, Vec<&Trial>> = BTreeMap::new();
        for trial in trials {
            jobs.entry(&trial.job).or_default().push(trial);
        }
        for trials in jobs.values() {
            if let Some((stage, lesson)) = lesson_of(run, trials) {
                self.add(stage, lesson);
            }
        }
    }

    /// What is known of a job of that stage and size.
    pub fn of(&self, stage: Stage, size: Bytes) -> Option<&Lesson> {
        let lessons = self.of.get(&stage)?;
        let comparable = lessons.partition_point(|lesson| lesson.size <= size.percent(ABOUT_AS_LARGE_PERCENT));
        lessons[..comparable].last()
    }

    fn add(&mut self, stage: Stage, lesson: Lesson) {
        let lessons = self.of.entry(stage).or_default();
        if lessons.iter().any(|known| known.size <= lesson.size && known.enough >= lesson.enough) {
            return;
        }
        lessons.retain(|known| known.size < lesson.size || known.enough > lesson.enough);
        let at = lessons.partition_point(|known| known.size < lesson.size);
        lessons.insert(at, lesson);
    }
}

/// What the attempts at one job teach, if its last one was enough.
fn lesson_of(run: &str, trials: &[&Trial]) -> Option<(Stage, Lesson)> {
    let last = trials.last().filter(|last| last.was_enough)?;
    let died = trials.iter().filter(|trial| !trial.was_enough).map(|trial| trial.allotment).max();
    let by_peak = last.peak.percent(OVER_PEAK_PERCENT);
    let enough = match died {
        None => by_peak,
        // It was not more memory that helped: the job was made smaller.
        Some(died) if died >= last.allotment => return None,
        Some(_) => last.allotment.max(by_peak),
    };
    let lesson = Lesson { size: last.size, enough, after_death: died.is_some(), run: run.to_owned() };
    Some((last.stage, lesson))
}

/// The need of a job of which that much was enough before. `most` is all that the budget can ever give: a lesson keeps no job
/// from being tried with that.
pub fn informed(need: Need, enough: Bytes, most: Bytes) -> Need {
    let least = need.least.max(enough.min(most));
    Need { least, wish: need.wish.max(least) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const M: fn(u64) -> Bytes = Bytes::mib;

    /// Allotment, peak, whether it was enough.
    type Attempt = (u64, u64, bool);

    /// Attempts at one job of STAGE2A of that size.
    fn trials(size: u64, attempts: &[Attempt]) -> Vec<Trial> {
        let of = |&(allotment, peak, was_enough): &Attempt| Trial {
            stage: Stage::Solve,
            job: format!("solve.{size}"),
            size: M(size),
            allotment: M(allotment),
            peak: M(peak),
            was_enough,
        };
        attempts.iter().map(of).collect()
    }

    #[test]
    fn what_was_enough_is_learnt_and_what_was_not_is_none() {
        let table = [
            (&[][..], None),
            (&[(64, 50, true)], Some((55, false))),
            (&[(64, 65, false), (128, 80, true)], Some((128, true))),
            (&[(64, 65, false), (128, 129, false), (200, 150, true)], Some((200, true))),
            // It was enlarged while it lived, and held more than it was given at first.
            (&[(64, 65, false), (80, 100, true)], Some((110, true))),
            // Never enough.
            (&[(64, 65, false), (128, 129, false)], None),
            // A rung of the ladder helped, not memory.
            (&[(64, 65, false), (64, 40, true)], None),
            (&[(64, 65, false), (128, 129, false), (100, 40, true)], None),
        ];
        for (attempts, expected) in table {
            let mut lessons = Lessons::default();
            lessons.learn("r", &trials(40, attempts));
            let found = lessons.of(Stage::Solve, M(40)).map(|lesson| (lesson.enough.0 >> 20, lesson.after_death));
            assert_eq!(found, expected, "{attempts:?}");
        }
    }

    #[test]
    fn the_smaller_teach_the_larger_and_the_much_larger_teach_nobody() {
        let mut lessons = Lessons::default();
        for (run, size, enough) in [("a", 40, 100), ("b", 20, 70), ("c", 80, 90), ("d", 20, 60), ("e", 100, 300)] {
            lessons.learn(run, &trials(size, &[(enough - 10, enough, false), (enough, 1, true)]));
        }
        let known = |size| lessons.of(Stage::Solve, M(size)).map(|lesson| (lesson.run.as_str(), lesson.enough.0 >> 20));
        let table = [
            (10, None),
            (16, Some(("b", 70))),
            (31, Some(("b", 70))),
            (32, Some(("a", 100))),
            (79, Some(("a", 100))),
            (80, Some(("e", 300))),
            (900, Some(("e", 300))),
        ];
        for (size, expected) in table {
            assert_eq!(known(size), expected, "{size}");
        }
        assert_eq!(lessons.of(Stage::Evolve, M(40)), None);
    }

    #[test]
    fn a_lesson_raises_a_need_as_far_as_there_is_memory() {
        let table = [
            // least, wish, enough, most: least, wish
            (50, 88, 10, 500, (50, 88)),
            (50, 88, 70, 500, (70, 88)),
            (50, 88, 120, 500, (120, 120)),
            (50, 88, 120, 100, (100, 100)),
            (50, 88, 120, 40, (50, 88)),
        ];
        for (least, wish, enough, most, expected) in table {
            let need = informed(Need { least: M(least), wish: M(wish) }, M(enough), M(most));
            assert_eq!((need.least.0 >> 20, need.wish.0 >> 20), expected, "{least} {wish} {enough} {most}");
        }
    }
}
