//! What a run came to: `result.json`, for whoever started it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::model::Components;
use shared::wire::Stage;

use super::device::DeviceTale;
use super::gains;
use super::json::{of_changes, of_components, of_sum};
use crate::dispatch::{Ending, Fact};
use crate::engine::Engine;

/// The version of this file's layout.
const SCHEMA: u32 = 1;

/// Gathers what the ending does not say: the instance, the seed, and what each stage did.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    instance: String,
    seed: u64,
    threads: Option<u32>,
    /// Processor time of the workers of this start.
    pub(super) processor: Option<Duration>,
    engine: Engine,
    device: DeviceTale,
    policy: Option<Policies>,
    pub(super) stages: BTreeMap<Stage, StageSummary>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct StageSummary {
    /// Workers that were started.
    pub(super) attempts: u32,
    /// From the start of the first worker to the end of the last.
    pub(super) wall_s: f64,
    pub(super) peak_bytes: u64,
    freed_bytes: u64,
    residual_bytes: u64,
    /// The verdict of the audit, where there was one.
    accepted: Option<bool>,
    skipped: Option<&'static str>,
    /// Workers that were killed: a figure of `--metrics`, for attempts.tsv tells of each.
    #[serde(skip)]
    pub(super) kills: u32,
    #[serde(skip)]
    began: Option<Duration>,
}

impl Gathered {
    /// Takes note of a fact.
    pub(super) fn note(&mut self, at: Duration, fact: &Fact) {
        match fact {
            Fact::Began { instance, seed, threads, .. } => {
                self.instance = instance.to_string_lossy().into_owned();
                self.seed = *seed;
                self.threads = Some(*threads);
            }
            Fact::Spent { processor } => self.processor = Some(*processor),
            Fact::Policies { before, after } => {
                self.policy = Some(Policies { before: before.map(of_sum), after: after.map(of_sum) });
            }
            Fact::Engine(engine) => self.engine = engine.clone(),
            Fact::Device(fact) => self.device.note(fact),
            Fact::Spawned { who, .. } => {
                let stage = self.stages.entry(who.stage).or_default();
                stage.attempts += 1;
                stage.began.get_or_insert(at);
            }
            Fact::Killed { who, .. } => self.stages.entry(who.stage).or_default().kills += 1,
            Fact::Freed { who, freed, residual, peak, .. } => {
                let stage = self.stages.entry(who.stage).or_default();
                stage.wall_s = at.saturating_sub(stage.began.unwrap_or(at)).as_millis() as f64 / 1e3;
                stage.freed_bytes += freed.0;
                stage.residual_bytes = residual.0;
                stage.peak_bytes = stage.peak_bytes.max(peak.0);
            }
            Fact::StageFreed { stage, peak, .. } => {
                // Of all workers of the stage together: that is more than the peak of the largest.
                let stage = self.stages.entry(*stage).or_default();
                stage.peak_bytes = Bytes(stage.peak_bytes).max(*peak).0;
            }
            Fact::Verdict { stage, accepted, .. } => self.stages.entry(*stage).or_default().accepted = Some(*accepted),
            Fact::Skipped { stage, why } => self.stages.entry(*stage).or_default().skipped = Some(why),
            _ => {}
        }
    }

    /// The content of `result.json`.
    pub(super) fn text(&self, ending: &Ending) -> String {
        let cost = ending.components.as_ref().map(Components::cost);
        let stages: Vec<Value> = self.stages.iter().map(|(stage, summary)| of_stage(*stage, summary)).collect();
        let result = Result {
            schema: SCHEMA,
            instance: &self.instance,
            verdict: verdict(ending.exit),
            exit_code: ending.exit.code(),
            reason: ending.reason.as_deref(),
            hard: cost.map(|cost| cost.hard),
            unplaced: cost.map(|cost| cost.unplaced),
            cost: cost.map(|cost| cost.soft),
            bound: ending.components.as_ref().and_then(Components::bound),
            optimal: ending.components.as_ref().is_some_and(Components::is_optimal),
            components: ending.components.as_ref().map(of_components),
            changed: ending.components.as_ref().and_then(Components::changes).map(of_changes),
            reproducible: ending.reproducible,
            irreproducible_because: ending.irreproducible_because,
            seed: self.seed,
            engine: self.engine.to_string(),
            gpu: self.device.value(),
            policy: self.policy.as_ref(),
            effort: ending.effort,
            wall_s: ending.wall.as_millis() as f64 / 1e3,
            threads: self.threads,
            cpu_s: self.processor.map(|processor| processor.as_millis() as f64 / 1e3),
            peak_bytes: ending.peak.0,
            capacity_bytes: ending.capacity.bytes.0,
            stages,
            gains: ending.gains.iter().map(gains::object).collect(),
        };
        let mut text = serde_json::to_string_pretty(&result).expect("texts, numbers and lists can be written as JSON");
        text.push('\n');
        text
    }
}

/// Sums of the policies that STAGE3 began and ended with.
#[derive(Debug, Serialize)]
struct Policies {
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct Result<'a> {
    schema: u32,
    instance: &'a str,
    verdict: &'static str,
    exit_code: u8,
    reason: Option<&'a str>,
    hard: Option<u64>,
    unplaced: Option<u64>,
    cost: Option<u64>,
    bound: Option<u64>,
    optimal: bool,
    components: Option<Value>,
    changed: Option<Value>,
    reproducible: bool,
    irreproducible_because: Option<&'static str>,
    seed: u64,
    engine: String,
    gpu: Option<&'a Value>,
    policy: Option<&'a Policies>,
    effort: f64,
    wall_s: f64,
    threads: Option<u32>,
    cpu_s: Option<f64>,
    peak_bytes: u64,
    capacity_bytes: u64,
    stages: Vec<Value>,
    gains: Vec<Value>,
}

fn of_stage(stage: Stage, summary: &StageSummary) -> Value {
    let mut value = json!(summary);
    value["stage"] = json!(stage.name());
    value["label"] = json!(stage.label());
    value
}

/// One word for how the run ended.
const fn verdict(exit: Exit) -> &'static str {
    match exit {
        Exit::Complete => "complete",
        Exit::Degraded => "degraded",
        Exit::Incomplete => "incomplete",
        Exit::Infeasible => "infeasible",
        Exit::BadInput | Exit::NoInput => "refused",
        Exit::Hangup | Exit::Interrupted | Exit::Terminated => "interrupted",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use shared::model::{Changes, Cost, Rule};

    use super::*;
    use crate::dispatch::Who;
    use crate::plan::Gain;
    use crate::watch::{Capacity, CapacitySource, Host, PeakSource};

    fn ending(exit: Exit, components: Option<Components>) -> Ending {
        Ending {
            exit,
            reason: None,
            components,
            reproducible: false,
            irreproducible_because: Some("clock"),
            effort: 1.5,
            wall: Duration::from_millis(2500),
            peak: Bytes(77),
            capacity: Capacity { bytes: Bytes(99), source: CapacitySource::Asked },
            gains: vec![Gain { stage: Stage::Solve, sweep: Some(0), before: Cost::default(), after: Cost::default() }],
        }
    }

    #[test]
    fn every_promised_key_is_there_and_in_order() {
        let text = Gathered::default().text(&ending(Exit::Complete, Some(Components::default())));
        let keys = [
            "schema",
            "instance",
            "verdict",
            "exit_code",
            "hard",
            "unplaced",
            "cost",
            "bound",
            "optimal",
            "components",
            "changed",
            "reproducible",
            "seed",
            "engine",
            "gpu",
            "policy",
            "effort",
            "wall_s",
            "peak_bytes",
            "capacity_bytes",
            "stages",
            "gains",
        ];
        let places: Vec<_> = keys.iter().map(|key| text.find(&format!("\n  \"{key}\": "))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
    }

    #[test]
    fn the_figures_are_those_of_the_run() {
        let mut gathered = Gathered::default();
        let who = Who { stage: Stage::Evolve, job: "evolve".to_owned(), attempt: 1 };
        let facts = [
            Fact::Began {
                instance: PathBuf::from("comp01.ctt"),
                run_dir: PathBuf::new(),
                capacity: Capacity { bytes: Bytes(99), source: CapacitySource::Asked },
                host: Host::default(),
                threads: 1,
                seed: 7,
            },
            Fact::Skipped { stage: Stage::Resolve, why: "it was asked for" },
            Fact::Spawned { who: who.clone(), pid: 1, allotment: Bytes(9), threads: 1, effort: None, time: None },
            Fact::Freed {
                peak_source: PeakSource::Sampled,
                who,
                freed: Bytes(40),
                residual: Bytes(0),
                peak: Bytes(50),
                took: Duration::ZERO,
                lasted: Duration::ZERO,
                host_before: Host::default(),
                host_after: Host::default(),
            },
            Fact::Verdict { stage: Stage::Evolve, accepted: true, components: Components::default() },
            Fact::Spent { processor: Duration::from_millis(2250) },
        ];
        facts
            .iter()
            .zip([0, 1, 2, 1502, 1600, 1700])
            .for_each(|(fact, ms)| gathered.note(Duration::from_millis(ms), fact));
        let counted = Components::default().with(Rule::Lectures, 3).with_unplaced(2).with(Rule::RoomCapacity, 36);
        let changes = Changes { compared: 50, period: 3, room: 2, unplaced: 1, added: 4, gone: 5 };
        let counted = counted.with_price(45).with_changes(Some(changes)).with_bound(36);
        let text = gathered.text(&ending(Exit::Incomplete, Some(counted)));
        let read: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "schema": 1, "instance": "comp01.ctt", "verdict": "incomplete", "exit_code": 10, "reason": null,
            "hard": 1, "unplaced": 2, "cost": 36, "bound": 36, "optimal": false,
            "components": {
                "Lectures": 3, "Conflicts": 0, "Availability": 0, "RoomOccupancy": 0,
                "RoomCapacity": 36, "MinimumWorkingDays": 0, "CurriculumCompactness": 0, "RoomStability": 0,
            },
            "changed": {
                "meetings": 6, "compared": 50, "period": 3, "room": 2, "unplaced": 1, "new": 4, "gone": 5,
            },
            "reproducible": false, "irreproducible_because": "clock", "seed": 7, "engine": "pumpkin", "gpu": null, "policy": null, "effort": 1.5, "wall_s": 2.5,
            "threads": 1, "cpu_s": 2.25, "peak_bytes": 77, "capacity_bytes": 99,
            "stages": [
                {
                    "stage": "evolve", "label": "STAGE2B", "attempts": 1, "wall_s": 1.5, "peak_bytes": 50, "freed_bytes": 40,
                    "residual_bytes": 0, "accepted": true, "skipped": null,
                },
                {
                    "stage": "resolve", "label": "STAGE3", "attempts": 0, "wall_s": 0.0, "peak_bytes": 0, "freed_bytes": 0,
                    "residual_bytes": 0, "accepted": null, "skipped": "it was asked for",
                },
            ],
            "gains": [
                {
                    "stage": "solve", "label": "STAGE2A", "sweep": 1, "before": { "hard": 0, "unplaced": 0, "cost": 0 },
                    "after": { "hard": 0, "unplaced": 0, "cost": 0 },
                },
            ],
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn without_a_timetable_there_is_no_cost() {
        let text = Gathered::default().text(&ending(Exit::PressureOutside, None));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&read["hard"], &read["components"], &read["verdict"]),
            (&Value::Null, &Value::Null, &json!("failed"))
        );
    }
}
