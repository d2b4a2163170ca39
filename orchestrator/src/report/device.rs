//! Devices in the story, in `events.jsonl` and in `result.json`.

use serde_json::{Value, json};
use shared::bytes::Bytes;
use shared::wire::{Device, Stage};

use super::line::{Line, Tone, act, tag};
use crate::dispatch::{DeviceFact, Who};
use crate::policy::gpu::{By, Gate, Passed};

/// The line of a fact, where it has one.
pub(super) fn line(fact: &DeviceFact) -> Option<Line> {
    let of = |tone, stage: Stage, words: String| Some(Line::new(tone, format!("[{}] {words}", tag(stage))));
    let here = |tone, words| of(tone, Stage::GpuProbe, words);
    match fact {
        DeviceFact::Found { devices, .. } if devices.is_empty() => {
            here(Tone::Plain, "No GPU here: the same work is done on the CPU".to_owned())
        }
        DeviceFact::Found { devices, .. } => {
            here(Tone::Plain, devices.iter().map(found).collect::<Vec<_>>().join(" · "))
        }
        DeviceFact::Unused { why } => here(Tone::Plain, format!("It is not used: {why}")),
        DeviceFact::Passed { device, why } => {
            here(Tone::Warning, format!("⚠️ {} is left alone: {}", named(device), why))
        }
        DeviceFact::Chosen { device, .. } => here(Tone::Plain, format!("STAGE2B gets {}", named(device))),
        DeviceFact::Before { who, device, cap } => {
            let used = device.used.map_or_else(|| "unknown".to_owned(), |used| Bytes(used).to_string());
            let words = format!(
                "GPU memory before {}: {used} of {} · {} · it may allocate {cap}",
                act(who.stage),
                Bytes(device.total),
                device.name
            );
            of(Tone::Plain, who.stage, words)
        }
        DeviceFact::Held { .. } => None,
        DeviceFact::Left { who, peak, held, cap } => {
            let peak = peak.map_or_else(|| "unknown".to_owned(), |peak| peak.to_string());
            let words = format!("GPU memory peak of {}: {peak}, of which it allocated {held} of {cap}", act(who.stage));
            of(Tone::Plain, who.stage, words)
        }
        DeviceFact::Lost { who, checkpoint, .. } => {
            let from =
                checkpoint.map_or_else(|| "from the start".to_owned(), |number| format!("from checkpoint {number}"));
            of(Tone::Warning, who.stage, format!("⚠️ {} leaves the GPU, and goes on with the CPU {from}", who.job))
        }
        DeviceFact::Gate { gate, held, waited, used } => Some(gated(*gate, (*held, *used), waited.as_secs_f64())),
        DeviceFact::Absence { is_absent, processes, used } => {
            let by = |by: &By| match by {
                By::Pids if *processes == Some(0) => "no process is there".to_owned(),
                By::Pids => format!("none of the {} there is of this run", plural(processes.unwrap_or_default())),
                By::Processes => format!("{} there, all of them from before", plural(processes.unwrap_or_default())),
                By::Use => format!("{} used, no more than before", used.unwrap_or_default()),
            };
            match is_absent {
                Some((true, why)) => {
                    of(Tone::Good, Stage::Resolve, format!("✅ No GPU process of this run during RL ({})", by(why)))
                }
                Some((false, _)) => {
                    let words = "❌ A GPU process of this run is there during RL".to_owned();
                    of(Tone::Bad, Stage::Resolve, words)
                }
                None => {
                    let words = "⚠️ Whether a GPU process of this run is there during RL cannot be told: others have come to it";
                    of(Tone::Warning, Stage::Resolve, words.to_owned())
                }
            }
        }
    }
}

fn gated(gate: Gate, (held, used): (Bytes, Option<Bytes>), waited_s: f64) -> Line {
    let (tone, stage, words) = match gate {
        Gate::Clean => {
            let used = used.map_or_else(|| "unknown".to_owned(), |used| used.to_string());
            let words = format!(
                "✅ GPU memory after {}: {used} (residual {held}, STAGE3 waited {waited_s:.1} s)",
                act(Stage::Evolve)
            );
            (Tone::Good, Stage::Evolve, words)
        }
        Gate::Wait => (Tone::Plain, Stage::GpuProbe, format!("The GPU still holds {held}: STAGE3 waits")),
        Gate::Quarantine => {
            let words = format!(
                "⚠️ The GPU still holds {held} after {waited_s:.0} s: it is put under quarantine, and the run goes on without it"
            );
            (Tone::Warning, Stage::GpuProbe, words)
        }
    };
    Line::new(tone, format!("[{}] {words}", tag(stage)))
}

fn plural(count: usize) -> String {
    if count == 1 { "1 process".to_owned() } else { format!("{count} processes") }
}

fn found(device: &Device) -> String {
    match device.used {
        Some(used) => format!("{} {}, {} used", device.name, Bytes(device.total), Bytes(used)),
        None => format!("{} {}", device.name, Bytes(device.total)),
    }
}

fn named(device: &Device) -> String {
    format!("{} ({})", device.name, device.uuid)
}

/// Name, worker where it is about one, and the rest of an event.
pub(super) fn event(fact: &DeviceFact) -> (&'static str, Option<&Who>, Value) {
    match fact {
        DeviceFact::Found { who, devices } => {
            ("devices", Some(who), json!({ "devices": devices.iter().map(of_device).collect::<Vec<_>>() }))
        }
        DeviceFact::Unused { why } => ("device_unused", None, json!({ "why": why })),
        DeviceFact::Passed { device, why } => passed_event(device, why),
        DeviceFact::Chosen { device, cap } => {
            let mut rest = of_device(device);
            rest["cap"] = json!(cap.0);
            ("device_chosen", None, rest)
        }
        DeviceFact::Before { who, device, cap } => {
            let mut rest = of_device(device);
            rest["cap"] = json!(cap.0);
            ("device_before", Some(who), rest)
        }
        DeviceFact::Held { who, used, share, held, cap } => {
            let rest = json!({ "used": of(*used), "share": of(*share), "held": held.0, "cap": cap.0 });
            ("device_memory", Some(who), rest)
        }
        DeviceFact::Left { who, peak, held, cap } => {
            ("device_left", Some(who), json!({ "peak": of(*peak), "held": held.0, "cap": cap.0 }))
        }
        DeviceFact::Lost { who, why, checkpoint } => {
            ("device_lost", Some(who), json!({ "why": why, "checkpoint": checkpoint }))
        }
        DeviceFact::Gate { gate, held, waited, used } => {
            let waited_ms = waited.as_micros() as f64 / 1e3;
            let rest = json!({ "gate": of_gate(*gate), "held": held.0, "waited_ms": waited_ms, "used": of(*used) });
            ("gpu_gate", None, rest)
        }
        DeviceFact::Absence { is_absent, processes, used } => {
            let (absent, by) = of_absence(*is_absent);
            let rest = json!({ "absent": absent, "by": by, "processes": processes, "used": of(*used) });
            ("gpu_absence", None, rest)
        }
    }
}

fn passed_event<'a>(device: &Device, why: &Passed) -> (&'static str, Option<&'a Who>, Value) {
    let mut rest = of_device(device);
    rest["why"] = json!(why.to_string());
    if let Passed::Busy { most } = why {
        rest["threshold"] = json!(most);
        return ("device_busy", None, rest);
    }
    ("device_passed", None, rest)
}

fn of_device(device: &Device) -> Value {
    let Device { name, uuid, total, used, is_open, processes } = device;
    let processes = processes
        .as_ref()
        .map(|all| all.iter().map(|process| json!({ "pid": process.pid, "used": process.used })).collect::<Vec<_>>());
    json!({ "name": name, "uuid": uuid, "total": total, "used": used, "is_open": is_open, "processes": processes })
}

fn of(bytes: Option<Bytes>) -> Option<u64> {
    bytes.map(|bytes| bytes.0)
}

const fn of_gate(gate: Gate) -> &'static str {
    match gate {
        Gate::Clean => "clean",
        Gate::Wait => "wait",
        Gate::Quarantine => "quarantine",
    }
}

const fn of_absence(is_absent: Option<(bool, By)>) -> (Option<bool>, Option<&'static str>) {
    let Some((absent, by)) = is_absent else { return (None, None) };
    let by = match by {
        By::Pids => "pids",
        By::Processes => "processes",
        By::Use => "use",
    };
    (Some(absent), Some(by))
}

/// Gathers what `result.json` says of the device that STAGE2B had.
#[derive(Debug, Default)]
pub(super) struct DeviceTale {
    gpu: Option<Value>,
}

impl DeviceTale {
    /// Takes note of a fact.
    pub(super) fn note(&mut self, fact: &DeviceFact) {
        if let DeviceFact::Before { device, cap, .. } = fact {
            let Device { name, uuid, total, used, .. } = device;
            let mut fresh = json!({
                "name": name, "uuid": uuid, "total_bytes": total, "cap_bytes": cap.0, "before_bytes": used,
                "peak_bytes": null, "held_bytes": null, "after_bytes": null, "gate": null, "lost": [],
                "absent": null, "absent_by": null,
            });
            if let Some(old) = &self.gpu {
                fresh["lost"] = old["lost"].clone();
            }
            self.gpu = Some(fresh);
        }
        let Some(gpu) = &mut self.gpu else { return };
        match fact {
            DeviceFact::Left { peak, held, .. } => {
                gpu["peak_bytes"] = json!(of(*peak));
                gpu["held_bytes"] = json!(held.0);
            }
            DeviceFact::Lost { who, why, checkpoint } => {
                let lost = json!({ "attempt": who.attempt, "why": why, "checkpoint": checkpoint });
                gpu["lost"].as_array_mut().into_iter().for_each(|all| all.push(lost.clone()));
            }
            DeviceFact::Gate { gate, used, .. } => {
                gpu["after_bytes"] = json!(of(*used));
                gpu["gate"] = json!(of_gate(*gate));
            }
            DeviceFact::Absence { is_absent, .. } => {
                let (absent, by) = of_absence(*is_absent);
                gpu["absent"] = json!(absent);
                gpu["absent_by"] = json!(by);
            }
            _ => {}
        }
    }

    /// What is said; nothing where STAGE2B had no device.
    pub(super) fn value(&self) -> Option<&Value> {
        self.gpu.as_ref()
    }
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
