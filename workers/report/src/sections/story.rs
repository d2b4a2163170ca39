//! What the workers had to say, what happened to them, and which operators found something.

use serde::Serialize;

use super::colour;
use crate::sources::{Event, Sources};
use crate::words;

/// So many lines are told.
const LINES_MAX: usize = 200;

/// Lines, and the operators of STAGE3.
#[derive(Debug, Serialize)]
pub(crate) struct Story {
    lines: Vec<Line>,
    operators: Vec<Operator>,
}

#[derive(Debug, Serialize)]
struct Line {
    at: String,
    stage: String,
    colour: usize,
    text: String,
}

/// What an operator did, in hundredths of what all did.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Operator {
    name: String,
    share: u64,
}

/// The story of a run.
pub(crate) fn story(sources: &Sources) -> Story {
    let told = sources.events.all.iter().filter_map(|event| Some((event, text(event)?)));
    let line = |(event, text): (&Event, String)| {
        let stage = event.stage.clone().unwrap_or_default();
        Line { at: words::time(event.t_ms), colour: colour(&stage), stage, text }
    };
    let notes = sources.events.named("note").filter(|event| event.stage.as_deref() == Some("resolve"));
    let operators = notes.map(|event| operators(event.text("text"))).last().unwrap_or_default();
    Story { lines: told.take(LINES_MAX).map(line).collect(), operators }
}

fn text(event: &Event) -> Option<String> {
    let size = |key: &str| words::size(event.number(key).unwrap_or_default());
    Some(match event.name.as_str() {
        "note" => event.text("text").to_owned(),
        "killed" => {
            let why = event.text("why").replace('_', " ");
            format!(
                "{} was killed ({why}): it held {}, its allotment was {}",
                event.who(),
                size("charge"),
                size("allotment")
            )
        }
        "relief" if event.job.is_some() => {
            format!("{} gave up {}: {} → {}", event.who(), event.text("what"), size("before"), size("after"))
        }
        "high_memory" => "memory was high: relief was asked for".to_owned(),
        "degraded" => format!("{} went on with less: {}", event.who(), event.text("rung")),
        "outcome" if !matches!(event.text("next"), "accepted" | "") => {
            format!("{}: {}, {}", event.who(), event.text("words"), event.text("next").replace('_', " "))
        }
        "device_chosen" => format!("STAGE2B got {}", event.text("name")),
        "device_busy" | "device_passed" => format!("{} was left alone: {}", event.text("name"), event.text("why")),
        "device_lost" => format!("{} left the GPU, and went on with the CPU", event.who()),
        "gpu_gate" => format!("memory of the GPU: {} above what was used before, {}", size("held"), event.text("gate")),
        "gpu_absence" => match event.rest.get("absent").and_then(serde_json::Value::as_bool) {
            Some(true) => "no process of this run was on the GPU".to_owned(),
            Some(false) => "a process of this run was on the GPU".to_owned(),
            None => "whether a process of this run was on the GPU could not be told".to_owned(),
        },
        "skipped" => format!("skipped: {}", event.text("why")),
        "resumed" => "the run was taken up again".to_owned(),
        "interrupted" => format!("{} came", event.text("signal")),
        "pressure_began" => "others held the memory: nothing was started".to_owned(),
        "pressure_ended" => "others had given memory back".to_owned(),
        _ => return None,
    })
}

/// The end of STAGE3's line: `best operators kempe 27 %, eject 24 %`.
fn operators(note: &str) -> Vec<Operator> {
    let Some((_, list)) = note.split_once("best operators ") else { return Vec::new() };
    let operator = |text: &str| {
        let mut words = text.trim().split(' ');
        let name = words.next()?.to_owned();
        Some(Operator { name, share: words.next()?.parse().ok()? })
    };
    list.split(',').filter_map(operator).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_read_from_the_line_of_stage_3() {
        let found = operators("rl: cost 3 → 3, 1.9M evaluations, best operators kempe 27 %, eject 24 %");
        let expected = [("kempe", 27), ("eject", 24)].map(|(name, share)| Operator { name: name.to_owned(), share });
        assert_eq!(found, expected);
        assert_eq!(operators("rl: cost 3 → 3, best operators none"), []);
    }
}
