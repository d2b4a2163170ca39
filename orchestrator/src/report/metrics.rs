//! What a run came to, as figures for `--metrics`.

use shared::model::Components;
use shared::wire::Stage;

use super::result::{Gathered, StageSummary};
use crate::dispatch::Ending;
use crate::metrics::Family;

impl Gathered {
    /// All that `result.json` tells in numbers, and how many workers were killed.
    pub(super) fn figures(&self, ending: &Ending) -> Vec<Family> {
        let mut families = vec![
            Family::one(
                "duration_seconds",
                "Time of the run, earlier starts of it included.",
                ending.wall.as_secs_f64(),
            ),
            Family::one("peak_bytes", "Most private memory that the whole pipeline held.", ending.peak.0 as f64),
            Family::one("capacity_bytes", "Memory that the run counted on.", ending.capacity.bytes.0 as f64),
        ];
        families.extend(self.processor.map(|processor| {
            let help = "Processor time of all workers of the last start.";
            Family::one("processor_seconds", help, processor.as_secs_f64())
        }));
        families.extend(ending.components.as_ref().into_iter().flat_map(of_components));
        families.extend(self.of_stages());
        families
    }

    fn of_stages(&self) -> [Family; 4] {
        let by = |name, help, figure: fn(&StageSummary) -> f64| {
            let of = |(stage, summary): (&Stage, &StageSummary)| (stage.name(), figure(summary));
            Family::by(name, help, "stage", self.stages.iter().map(of))
        };
        [
            by("stage_seconds", "From the start of the first worker to the end of the last.", |of| of.wall_s),
            by("stage_peak_bytes", "Most private memory that the workers of the stage held.", |of| {
                of.peak_bytes as f64
            }),
            by("stage_attempts", "Workers that were started.", |of| f64::from(of.attempts)),
            by("stage_kills", "Workers that were killed in the last start, by the kernel or by us.", |of| {
                f64::from(of.kills)
            }),
        ]
    }
}

/// What is left, and what it costs, as it was counted from the instance.
fn of_components(components: &Components) -> [Family; 5] {
    let cost = components.cost();
    let counts = |(name, count): (&str, u64)| (name.to_owned(), count as f64);
    let (hard, soft) = (components.hard().map(counts), components.soft().map(counts));
    [
        Family::one("hard_violations", "Hard violations that are left.", cost.hard as f64),
        Family::one("unplaced", "Classes that have no place.", cost.unplaced as f64),
        Family::one("cost", "What the timetable costs.", cost.soft as f64),
        Family::by(
            "hard_violations_by_constraint",
            "What is left of each hard constraint, unplaced classes included.",
            "constraint",
            hard,
        ),
        Family::by("cost_by_constraint", "What each soft constraint costs.", "constraint", soft),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::bytes::Bytes;

    use super::*;
    use crate::dispatch::{Fact, KillReason, Who};

    #[test]
    fn kills_are_counted_for_each_stage() {
        let mut gathered = Gathered::default();
        for (attempt, stage) in [(1, Stage::Solve), (2, Stage::Solve), (1, Stage::Evolve)] {
            let who = Who { stage, job: stage.name().to_owned(), attempt };
            let (pid, allotment) = (1, Bytes(9));
            let spawned = Fact::Spawned { who: who.clone(), pid, allotment, threads: 1, effort: None, time: None };
            gathered.note(Duration::ZERO, &spawned);
            if stage == Stage::Solve {
                let (why, charge) = (KillReason::OverAllotment, Bytes(10));
                let killed = Fact::Killed { who, why, charge, allotment, largest: Vec::new() };
                gathered.note(Duration::ZERO, &killed);
            }
        }
        let [_, _, attempts, kills] = gathered.of_stages();
        let of = |stage: Stage, value| (Some(("stage", stage.name().to_owned())), value);
        assert_eq!(kills.samples, [of(Stage::Solve, 2.0), of(Stage::Evolve, 0.0)]);
        assert_eq!(attempts.samples, [of(Stage::Solve, 2.0), of(Stage::Evolve, 1.0)]);
    }
}
