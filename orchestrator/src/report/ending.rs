//! How a run ended, in words: its last lines, and the one line of a run that is to say no more.

use std::path::Path;

use shared::exit::Exit;
use shared::model::{Changes, Components};

use super::gains;
use super::line::{Line, Tone, cost, share};
use crate::dispatch::Ending;

/// The last lines.
pub(super) fn lines(ending: &Ending, limit: u64) -> Vec<Line> {
    let because = ending.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    let (tone, head) = headline(ending.exit, &because);
    let found = ending.components.as_ref().map_or_else(String::new, found);
    let changed = ending.components.as_ref().and_then(Components::changes).map_or_else(String::new, changed);
    let capacity = ending.capacity.bytes;
    let memory = format!(
        "peak of the whole pipeline {} ({:.1}% of {:.0}MB, limit {limit}%)",
        ending.peak,
        share(ending.peak, capacity),
        capacity.as_mib(),
    );
    let repeat = match ending.irreproducible_because {
        _ if ending.reproducible => format!("reproducible: yes, with --effort {:.2}", ending.effort),
        Some(why) => format!("reproducible: no ({why}), --effort {:.2} comes nearest", ending.effort),
        None => format!("reproducible: no, --effort {:.2} comes nearest", ending.effort),
    };
    let way = gains::chains(&ending.gains).into_iter().map(|words| Line::new(Tone::Plain, words));
    let mut lines: Vec<Line> = way.chain([Line::new(tone, format!("{head}{found}{changed} · {memory}"))]).collect();
    if ending.components.is_some() {
        lines.push(Line::new(Tone::Plain, format!("{repeat} · {:.1} s", ending.wall.as_secs_f64())));
    }
    lines
}

fn headline(exit: Exit, because: &str) -> (Tone, String) {
    match exit {
        Exit::Complete => (Tone::Good, "✅ Completed successfully".to_owned()),
        Exit::Degraded => (Tone::Warning, format!("⚠️ Completed, degraded{because}")),
        Exit::Incomplete => (Tone::Warning, format!("⚠️ Incomplete{because}")),
        Exit::Infeasible => (Tone::Bad, format!("❌ Infeasible{because}")),
        exit => (Tone::Bad, format!("❌ Ended with exit code {}{because}", exit.code())),
    }
}

/// The one line of a run that is to say no more: how it ended, and where to look.
pub(super) fn verdict(ending: &Ending, run_dir: &Path) -> Line {
    let because = ending.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    let (tone, head) = headline(ending.exit, &because);
    let found = ending.components.as_ref().map_or_else(String::new, found);
    let place = match ending.exit {
        Exit::Complete => run_dir.display().to_string(),
        _ => format!("see {}", run_dir.join("run.log").display()),
    };
    Line::new(tone, format!("{head}{found} · {:.1} s · {place}", ending.wall.as_secs_f64()))
}

/// ` · 0 hard · cost 36`, and that nothing costs less where that is known.
fn found(counted: &Components) -> String {
    let optimal = if counted.is_optimal() { " (proven optimal)" } else { "" };
    format!(" · {}{optimal}", cost(counted.cost()))
}

/// ` · 12 of 8305 meetings moved`, and what cannot be compared.
fn changed(changes: Changes) -> String {
    let beside = |count: u64, what: &str| if count > 0 { format!(" · {count} {what}") } else { String::new() };
    let moved = format!(" · {} of {} meetings moved", changes.moved(), changes.compared);
    moved + &beside(changes.added, "new") + &beside(changes.gone, "gone")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::bytes::Bytes;
    use shared::model::Rule;

    use super::*;
    use crate::watch::{Capacity, CapacitySource};

    fn ended(exit: Exit, reason: Option<&str>, components: Option<Components>) -> Ending {
        Ending {
            exit,
            reason: reason.map(str::to_owned),
            components,
            reproducible: false,
            irreproducible_because: Some("clock"),
            effort: 2.314,
            wall: Duration::from_millis(29_940),
            peak: Bytes((158.2 * 1024.0 * 1024.0) as u64),
            capacity: Capacity { bytes: Bytes::mib(4096), source: CapacitySource::Machine },
            gains: Vec::new(),
        }
    }

    #[test]
    fn the_last_lines() {
        let of = |ended: &Ending| lines(ended, 70).into_iter().map(|line| line.text).collect::<Vec<_>>();
        let counted = Some(Components::default().with(Rule::RoomCapacity, 36));
        let peak = "peak of the whole pipeline 158.2MB (3.9% of 4096MB, limit 70%)";
        let repeat = "reproducible: no (clock), --effort 2.31 comes nearest · 29.9 s";
        assert_eq!(
            of(&ended(Exit::Complete, None, counted.clone())),
            [&format!("✅ Completed successfully · 0 hard · cost 36 · {peak}"), repeat]
        );
        assert_eq!(
            of(&ended(Exit::Degraded, Some("evolve was given up"), counted.clone())),
            [&format!("⚠️ Completed, degraded: evolve was given up · 0 hard · cost 36 · {peak}"), repeat]
        );
        let optimal = counted.clone().map(|counted| counted.with_bound(36));
        assert_eq!(
            of(&ended(Exit::Complete, None, optimal))[0],
            format!("✅ Completed successfully · 0 hard · cost 36 (proven optimal) · {peak}")
        );
        let missing = Some(Components::default().with(Rule::Lectures, 3).with_unplaced(2));
        assert_eq!(
            of(&ended(Exit::Incomplete, None, missing))[0],
            format!("⚠️ Incomplete · 1 hard · 2 unplaced · cost 0 · {peak}")
        );
        assert_eq!(
            of(&ended(Exit::CannotFit, Some("load needs 13.0MB"), None)),
            [format!("❌ Ended with exit code 102: load needs 13.0MB · {peak}")]
        );
        let repeatable = Ending { reproducible: true, ..ended(Exit::Complete, None, counted) };
        assert_eq!(of(&repeatable)[1], "reproducible: yes, with --effort 2.31 · 29.9 s");
    }
}
