//! Facts as objects: the lines of `events.jsonl`. Every event has `t_ms` and `event`, and where they apply `stage`, `job` and
//! `attempt`. Sizes are bytes, times milliseconds; keys are never renamed, new ones may come.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::model::{Changes, Components, Cost};
use shared::wire::Stage;

use super::{device, gains};
use crate::dispatch::{Ending, Fact, Next, Who};
use crate::engine::Engine;
use crate::origin::Origin;
use crate::policy::Situation;
use crate::store::Tidied;
use crate::supervise::{Enforcement, Swept};
use crate::watch::cgroup::Version;
use crate::watch::{Host, LargeProcess, interval};

#[derive(Serialize)]
struct Event<'a> {
    t_ms: u64,
    #[serde(rename = "event")]
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The line of a fact.
pub(super) fn event(at: Duration, fact: &Fact) -> String {
    let (name, subject, rest) = parts(fact);
    let who = match subject {
        Subject::Worker(who) => Some(who),
        Subject::Run | Subject::Stage(_) => None,
    };
    let stage = match subject {
        Subject::Run => None,
        Subject::Stage(stage) => Some(stage.name()),
        Subject::Worker(who) => Some(who.stage.name()),
    };
    line(&Event {
        t_ms: at.as_millis() as u64,
        name,
        stage,
        job: who.map(|who| who.job.as_str()),
        attempt: who.map(|who| who.attempt),
        rest: object(rest),
    })
}

/// The line of the end.
pub(super) fn finished(at: Duration, ending: &Ending) -> String {
    let rest = json!({
        "exit_code": ending.exit.code(),
        "reason": ending.reason,
        "peak_bytes": ending.peak.0,
        "capacity_bytes": ending.capacity.bytes.0,
        "reproducible": ending.reproducible,
    });
    let rest = object(rest);
    line(&Event { t_ms: at.as_millis() as u64, name: "finished", stage: None, job: None, attempt: None, rest })
}

/// The line for whoever did not read in time, of events that went without him.
pub(super) fn missed(at: Duration, count: u64) -> String {
    let rest = object(json!({ "count": count }));
    line(&Event { t_ms: at.as_millis() as u64, name: "missed", stage: None, job: None, attempt: None, rest })
}

fn line(event: &Event) -> String {
    serde_json::to_string(event).expect("texts, numbers and lists can be written as JSON")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Whom an event is about.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Run,
    Stage(Stage),
    Worker(&'a Who),
}

fn parts(fact: &Fact) -> (&'static str, Subject<'_>, Value) {
    about_run(fact).or_else(|| about_memory(fact)).unwrap_or_else(|| about_worker(fact))
}

fn about_run(fact: &Fact) -> Option<(&'static str, Subject<'_>, Value)> {
    Some(match fact {
        Fact::Began { instance, run_dir, capacity, host, threads, seed } => {
            let rest = json!({
                "instance": instance.to_string_lossy(), "run_dir": run_dir.to_string_lossy(),
                "capacity": capacity.bytes.0, "capacity_source": capacity.source.to_string(),
                "host": of_host(*host), "threads": threads, "seed": seed,
            });
            ("began", Subject::Run, rest)
        }
        Fact::Origin(origin) => ("origin", Subject::Run, of_origin(origin)),
        Fact::Spent { processor } => ("spent", Subject::Run, json!({ "processor_ms": of_time(*processor) })),
        Fact::PolicyIgnored { path, why } => {
            ("policy_ignored", Subject::Run, json!({ "path": path.to_string_lossy(), "why": why }))
        }
        Fact::Policies { before, after } => {
            ("policies", Subject::Run, json!({ "before": before.map(of_sum), "after": after.map(of_sum) }))
        }
        Fact::Unreported { why } => ("unreported", Subject::Run, json!({ "why": why })),
        Fact::Enforced(enforcement) => ("enforcement", Subject::Run, of_enforcement(enforcement)),
        Fact::Engine(engine) => ("engine", Subject::Run, of_engine(engine)),
        Fact::Swept(Swept { runs, processes, left }) => {
            ("swept", Subject::Run, json!({ "runs": runs, "processes": processes, "left": left }))
        }
        Fact::GroupLeft { why } => ("group_left", Subject::Run, json!({ "why": why })),
        Fact::Resumed { done, jobs, remarks } => {
            ("resumed", Subject::Run, json!({ "done": done, "jobs": jobs, "remarks": remarks }))
        }
        Fact::Recalled { jobs } => ("recalled", Subject::Run, json!({ "jobs": jobs })),
        Fact::HistoryIgnored { path, why } => {
            ("history_ignored", Subject::Run, json!({ "path": path.to_string_lossy(), "why": why }))
        }
        Fact::SweepEnded { gain, goes_on } => {
            let mut rest = object(gains::object(gain));
            rest.retain(|key, _| ["sweep", "before", "after"].contains(&key.as_str()));
            rest.insert("goes_on".to_owned(), json!(goes_on));
            ("sweep_ended", Subject::Stage(gain.stage), rest.into())
        }
        Fact::Skipped { stage, why } => ("skipped", Subject::Stage(*stage), json!({ "why": why })),
        Fact::Verdict { stage, accepted, components } => {
            let mut rest = of_cost(components.cost());
            rest.insert("accepted".to_owned(), json!(accepted));
            rest.insert("components".to_owned(), of_components(components));
            ("verdict", Subject::Stage(*stage), rest.into())
        }
        Fact::Exported { components } => {
            let mut rest = of_cost(components.cost());
            rest.insert("components".to_owned(), of_components(components));
            ("exported", Subject::Run, rest.into())
        }
        Fact::Tidied(Tidied { kept, removed, stay }) => {
            ("tidied", Subject::Run, json!({ "kept": kept, "removed": removed, "stay": stay }))
        }
        Fact::Interrupted { signal } => ("interrupted", Subject::Run, json!({ "signal": signal })),
        Fact::PressureBegan { situation } => ("pressure_began", Subject::Run, of_situation(situation)),
        Fact::PressureEnded => ("pressure_ended", Subject::Run, Value::Null),
        _ => return None,
    })
}

fn about_memory(fact: &Fact) -> Option<(&'static str, Subject<'_>, Value)> {
    Some(match fact {
        Fact::Learnt { who, allotment, run } => {
            ("history", Subject::Worker(who), json!({ "allotment": allotment.0, "run": run }))
        }
        Fact::MemoryBefore { stage, situation, jobs, waves, at_once, allotment } => {
            let mut rest = object(of_situation(situation));
            rest.append(&mut object(
                json!({ "jobs": jobs, "waves": waves, "at_once": at_once, "allotment": allotment.0 }),
            ));
            ("memory_before", Subject::Stage(*stage), rest.into())
        }
        Fact::HighMemory { stage, pass, situation } => {
            let mut rest = object(of_situation(situation));
            rest.insert("pass".to_owned(), json!(pass));
            ("high_memory", Subject::Stage(*stage), rest.into())
        }
        Fact::AfterCleanup { stage, pass, before, situation } => {
            let mut rest = object(of_situation(situation));
            rest.append(&mut object(json!({ "pass": pass, "before": before.0, "after": situation.pipeline().0 })));
            ("relief", Subject::Stage(*stage), rest.into())
        }
        Fact::StageFreed { stage, freed, peak, jobs, longest_release, residual, host_before, host_after } => {
            let rest = json!({
                "freed": freed.0, "peak": peak.0, "jobs": jobs, "longest_release_ms": of_time(*longest_release),
                "residual": residual.0, "host_before": of_host(*host_before), "host_after": of_host(*host_after),
            });
            ("stage_freed", Subject::Stage(*stage), rest)
        }
        Fact::ReliefOrdered { who, pass, before } => {
            ("relief_ordered", Subject::Worker(who), json!({ "pass": pass, "before": before.0 }))
        }
        Fact::Relieved { who, pass, what, before, after } => {
            let rest = json!({ "pass": pass, "what": what, "before": before.0, "after": after.0 });
            ("relief", Subject::Worker(who), rest)
        }
        Fact::Enlarged { who, to } => ("enlarged", Subject::Worker(who), json!({ "allotment": to.0 })),
        Fact::Killed { who, why, charge, allotment, largest } => {
            let rest = json!({
                "who": why.killer(), "why": why.name(), "charge": charge.0, "allotment": allotment.0,
                "largest": largest.iter().map(of_process).collect::<Vec<_>>(),
            });
            ("killed", Subject::Worker(who), rest)
        }
        Fact::Freed { who, freed, residual, peak, peak_source, took, lasted, host_before, host_after } => {
            let rest = json!({
                "freed": freed.0, "residual": residual.0, "peak": peak.0,
                "peak_source": peak_source.name(), "took_ms": of_time(*took),
                "lasted_ms": of_time(*lasted), "host_before": of_host(*host_before), "host_after": of_host(*host_after),
            });
            ("freed", Subject::Worker(who), rest)
        }
        _ => return None,
    })
}

fn about_worker(fact: &Fact) -> (&'static str, Subject<'_>, Value) {
    match fact {
        Fact::Spawned { who, pid, allotment, threads, effort, time } => {
            let rest = json!({
                "pid": pid, "allotment": allotment.0, "threads": threads, "effort": effort,
                "time_ms": time.map(of_time),
            });
            ("spawned", Subject::Worker(who), rest)
        }
        Fact::Hello { who, pid } => ("hello", Subject::Worker(who), json!({ "pid": pid })),
        Fact::Incumbent { who, cost } => ("incumbent", Subject::Worker(who), of_cost(*cost).into()),
        Fact::Note { who, text } => ("note", Subject::Worker(who), json!({ "text": text })),
        Fact::Device(fact) => {
            let (name, who, rest) = device::event(fact);
            (name, who.map_or(Subject::Stage(Stage::GpuProbe), Subject::Worker), rest)
        }
        Fact::Checkpointed { who, number } => ("checkpoint", Subject::Worker(who), json!({ "number": number })),
        Fact::Degraded { who, rung } => ("degraded", Subject::Worker(who), json!({ "rung": rung.to_string() })),
        Fact::Unkillable { who, charge } => ("unkillable", Subject::Worker(who), json!({ "charge": charge.0 })),
        Fact::Unheld { who, why } => ("unheld", Subject::Worker(who), json!({ "why": why })),
        Fact::Left { who, pid } => ("left", Subject::Worker(who), json!({ "pid": pid })),
        Fact::Published { who, effort, steps, reproducible, optimal, charge, peak } => {
            let rest = json!({
                "effort": effort, "steps": steps, "reproducible": reproducible, "optimal": optimal,
                "charge": charge.0, "peak": peak.0,
            });
            ("published", Subject::Worker(who), rest)
        }
        Fact::Ended { who, outcome, next } => {
            let mut rest = json!({ "outcome": outcome.name(), "words": outcome.to_string() });
            match next {
                Next::Accepted => rest["next"] = json!("accepted"),
                Next::Again { pause } => {
                    rest["next"] = json!("again");
                    rest["pause_ms"] = json!(of_time(*pause));
                }
                Next::GivenUp => rest["next"] = json!("given_up"),
                Next::RunEnds(exit) => {
                    rest["next"] = json!("run_ends");
                    rest["exit_code"] = json!(exit.code());
                }
            }
            ("outcome", Subject::Worker(who), rest)
        }
        Fact::Sealed { who, artifact, bytes } => {
            ("sealed", Subject::Worker(who), json!({ "artifact": artifact, "bytes": bytes }))
        }
        // Named one by one, so that a new fact is missed by the compiler and not by a reader.
        Fact::Began { .. }
        | Fact::Origin(_)
        | Fact::Spent { .. }
        | Fact::PolicyIgnored { .. }
        | Fact::Policies { .. }
        | Fact::Unreported { .. }
        | Fact::Enforced(_)
        | Fact::Engine(_)
        | Fact::Swept(_)
        | Fact::GroupLeft { .. }
        | Fact::Resumed { .. }
        | Fact::Recalled { .. }
        | Fact::HistoryIgnored { .. }
        | Fact::Learnt { .. }
        | Fact::SweepEnded { .. }
        | Fact::Skipped { .. }
        | Fact::Verdict { .. }
        | Fact::Exported { .. }
        | Fact::Tidied(_)
        | Fact::Interrupted { .. }
        | Fact::PressureBegan { .. }
        | Fact::PressureEnded
        | Fact::MemoryBefore { .. }
        | Fact::HighMemory { .. }
        | Fact::AfterCleanup { .. }
        | Fact::StageFreed { .. }
        | Fact::ReliefOrdered { .. }
        | Fact::Relieved { .. }
        | Fact::Enlarged { .. }
        | Fact::Killed { .. }
        | Fact::Freed { .. } => unreachable!("told by about_run or by about_memory"),
    }
}

/// The sum of a policy, as the policies that come from it spell it.
pub(super) fn of_sum(sum: u128) -> String {
    format!("xxh3:{sum:032x}")
}

fn of_origin(origin: &Origin) -> Value {
    let Origin { run, version, command, machine, instance_sum } = origin;
    let sum = format!("{instance_sum:032x}");
    json!({ "run": run, "version": version, "command": command, "machine": machine, "instance_sum": sum })
}

fn of_engine(engine: &Engine) -> Value {
    let (library, why) = match engine {
        Engine::Pumpkin => (None, None),
        Engine::InsteadOfOrtools(why) => (None, Some(why)),
        Engine::Ortools { library, .. } => (Some(library.to_string_lossy()), None),
    };
    json!({ "engine": engine.to_string(), "library": library, "why": why })
}

fn of_cost(cost: Cost) -> Map<String, Value> {
    object(json!({ "hard": cost.hard, "unplaced": cost.unplaced, "cost": cost.soft }))
}

/// How a timetable differs from the one before.
pub(super) fn of_changes(changes: Changes) -> Value {
    let Changes { compared, period, room, unplaced, added, gone } = changes;
    json!({
        "meetings": changes.moved(),
        "compared": compared,
        "period": period,
        "room": room,
        "unplaced": unplaced,
        "new": added,
        "gone": gone,
    })
}

/// The counts by the names of the competition.
pub(super) fn of_components(components: &Components) -> Value {
    let named = components.hard().chain(components.soft());
    named.map(|(name, count)| (name.to_owned(), json!(count))).collect::<Map<_, _>>().into()
}

fn of_situation(situation: &Situation) -> Value {
    let host = Host { limit: situation.host_limit, used: situation.host_used };
    json!({
        "pipeline": situation.pipeline().0, "workers": situation.charges.0, "orchestrator": situation.orchestrator.0,
        "tmpfs": situation.tmpfs.0, "capacity": situation.capacity.0, "host": of_host(host),
    })
}

fn of_host(host: Host) -> Value {
    json!({ "limit": host.limit.0, "used": host.used.0, "percent": (host.percent() * 10.0).round() / 10.0 })
}

fn of_process(process: &LargeProcess) -> Value {
    json!({ "pid": process.pid, "name": process.name, "resident": process.resident.0 })
}

fn of_enforcement(enforcement: &Enforcement) -> Value {
    match enforcement {
        Enforcement::Kernel(version) => json!({ "by": if *version == Version::One { "cgroup1" } else { "cgroup2" } }),
        Enforcement::Sampling(why) => json!({ "by": "sampling", "why": why, "bound": interval::printed_bound().0 }),
    }
}

/// Milliseconds, to the microsecond.
fn of_time(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
