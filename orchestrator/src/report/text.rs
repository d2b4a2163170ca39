//! Facts in words: the lines of `run.log`. They begin as the original system's lines did, so that what its users search for
//! is there, and go on with what it could not know.
//!
//! "Memory" is the charge of the whole pipeline with its share of the capacity; in the High-memory and After-cleanup lines
//! the share is what everybody uses of the host. `MB` is 2^20 bytes.

use std::fmt::Write as _;
use std::time::Duration;

use shared::model::Cost;
use shared::wire::Stage;

use super::line::{Line, Tone, act, cost, share, tag};
use super::{device, gains};
use crate::dispatch::{Fact, KillReason, Next, Who};
use crate::engine::Engine;
use crate::policy::Situation;
use crate::store::Tidied;
use crate::supervise::{Enforcement, Outcome, Swept};
use crate::watch::cgroup::Version;
use crate::watch::interval;

/// The lines of a fact; most facts of single jobs have none, they are in `events.jsonl`. `limit` is the share of the capacity
/// that the pipeline stays below, in hundredths.
pub(super) fn lines(fact: &Fact, limit: u64) -> Vec<Line> {
    match fact {
        Fact::Began { .. } => return opening(fact, limit),
        Fact::Resumed { .. } => return resumption(fact),
        Fact::Tidied(tidied) => return tidying(tidied),
        Fact::Enforced(enforcement) => return vec![enforced(enforcement)],
        Fact::Engine(engine) => return choosing(engine),
        Fact::Swept(swept) => return sweeping(swept),
        _ => {}
    }
    about_memory(fact).or_else(|| about_work(fact)).into_iter().collect()
}

fn opening(fact: &Fact, limit: u64) -> Vec<Line> {
    let Fact::Began { instance, run_dir, capacity, host, threads, seed } = fact else { return Vec::new() };
    let first = format!(
        "{} → {} · memory {} by {}, limit {limit}% · host {:.1}% used · {threads} threads · seed {seed}",
        instance.display(),
        run_dir.display(),
        capacity.bytes,
        capacity.source,
        host.percent(),
    );
    vec![Line::new(Tone::Plain, first)]
}

fn enforced(enforcement: &Enforcement) -> Line {
    let why = match enforcement {
        Enforcement::Kernel(version) => {
            let number = if *version == Version::One { 1 } else { 2 };
            let words = format!("a control group of version {number} holds each worker at its allotment");
            return Line::new(Tone::Plain, words);
        }
        Enforcement::Sampling(why) => why.as_ref().map_or_else(String::new, |why| format!(" ({why})")),
    };
    let words = format!(
        "no control group holds the workers{why}: memory is sampled every {} to {} ms, and a worker that grows by 1 GiB/s can be \
         {} above its allotment before it is ended",
        interval::SHORTEST.as_millis(),
        interval::LONGEST.as_millis(),
        interval::printed_bound(),
    );
    Line::new(Tone::Warning, words)
}

/// Nothing where nothing but the built-in engine was asked for.
fn choosing(engine: &Engine) -> Vec<Line> {
    match engine {
        Engine::Pumpkin => Vec::new(),
        Engine::InsteadOfOrtools(why) => {
            let words = format!("STAGE2A goes on with {engine}, for OR-Tools is not used: {why}");
            vec![Line::new(Tone::Warning, words)]
        }
        Engine::Ortools { library, .. } => {
            vec![Line::new(Tone::Plain, format!("STAGE2A works with {engine}, {}", library.display()))]
        }
    }
}

fn sweeping(swept: &Swept) -> Vec<Line> {
    let Swept { runs, processes, left } = swept;
    let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let (dead, inside) = (plural(*runs, "dead run", "dead runs"), plural(*processes, "process", "processes"));
    let removed = match (runs, processes) {
        (0, _) => None,
        (_, 0) => Some(format!("removed the control groups of {dead}")),
        _ => Some(format!("removed the control groups of {dead}, and ended {inside} in them")),
    };
    let stays = left.iter().map(|why| format!("a control group of a dead run stays: {why}"));
    removed.into_iter().chain(stays).map(|words| Line::new(Tone::Warning, words)).collect()
}

fn resumption(fact: &Fact) -> Vec<Line> {
    let Fact::Resumed { done, jobs, remarks } = fact else { return Vec::new() };
    let plural = |count: usize| if count == 1 { "job is" } else { "jobs are" };
    let head = match jobs {
        Some(jobs) => format!("resumed: {done} of {jobs} jobs are done already"),
        None => format!("resumed: {done} {} done already", plural(*done)),
    };
    let remarks = remarks.iter().map(|remark| Line::new(Tone::Warning, format!("resumed: {remark}")));
    std::iter::once(Line::new(Tone::Plain, head)).chain(remarks).collect()
}

fn tidying(tidied: &Tidied) -> Vec<Line> {
    let Tidied { kept, removed, stay } = tidied;
    let gone = format!("kept {kept} verified runs, and removed what is older: {}", removed.join(", "));
    let gone = (!removed.is_empty()).then(|| Line::new(Tone::Plain, gone));
    let stay = stay.iter().map(|why| Line::new(Tone::Warning, format!("⚠️ an old run stays: failed to {why}")));
    gone.into_iter().chain(stay).collect()
}

fn about_memory(fact: &Fact) -> Option<Line> {
    let line = |tone, stage: Stage, words: String| Some(Line::new(tone, format!("[{}] {words}", tag(stage))));
    match fact {
        // The small processes between the stages would only fill the page.
        Fact::MemoryBefore { stage, .. } if stage.label().is_some() => line(Tone::Plain, *stage, before(fact)),
        Fact::StageFreed { stage, .. } if stage.label().is_some() => line(Tone::Good, *stage, freed(fact)),
        Fact::HighMemory { stage, pass, situation } => {
            let used = host(situation);
            line(Tone::Warning, *stage, format!("⚠️ High memory ({used:.1}%), forcing cleanup · pass {pass} of 3"))
        }
        Fact::AfterCleanup { stage, situation, .. } => {
            let (held, used) = (situation.pipeline(), host(situation));
            line(Tone::Plain, *stage, format!("After cleanup: {held} ({used:.1}%)"))
        }
        Fact::Relieved { who, pass, what, before, after } => {
            let words = format!("{} gave memory back, pass {pass}: {what} ({before} → {after})", who.job);
            line(Tone::Plain, who.stage, words)
        }
        Fact::Enlarged { who, to } => line(Tone::Plain, who.stage, format!("{} may now hold {to}", who.job)),
        Fact::Learnt { who, allotment, run } => {
            let words = format!("history: {} starts with {allotment}, as run {run} needed", who.job);
            line(Tone::Plain, who.stage, words)
        }
        Fact::Recalled { jobs } => {
            let words = match &jobs[..] {
                [first, .., last] => format!("{} jobs, from {first} to {last}, need", jobs.len()),
                _ => format!("{} needs", jobs.concat()),
            };
            Some(Line::new(Tone::Good, format!("resumed: {words} not run again: nothing has changed for them")))
        }
        Fact::HistoryIgnored { path, why } => {
            Some(Line::new(Tone::Warning, format!("history: {} is ignored: failed to {why}", path.display())))
        }
        Fact::PressureBegan { situation } => {
            let others = share(situation.others(), situation.host_limit);
            let words =
                format!("⚠️ Others use {others:.1}% of the host's memory: nothing starts until they give it back");
            Some(Line::new(Tone::Warning, words))
        }
        Fact::PressureEnded => Some(Line::new(Tone::Plain, "Others have given memory back: going on".to_owned())),
        Fact::Killed { .. } => killed(fact),
        _ => None,
    }
}

fn before(fact: &Fact) -> String {
    let Fact::MemoryBefore { stage, situation, jobs, waves, at_once, allotment } = fact else { return String::new() };
    let held = situation.pipeline();
    let mut words = format!("Memory before {}: {held} ({:.1}%)", act(*stage), share(held, situation.capacity));
    if *stage == Stage::Solve {
        let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let (jobs, waves) = (plural(*jobs, "cluster"), plural(*waves, "wave"));
        let _ = write!(words, " · {jobs} in {waves} · {at_once} at once · allotment {allotment} each");
    }
    words
}

fn freed(fact: &Fact) -> String {
    let Fact::StageFreed { stage, freed, peak, jobs, longest_release, residual, host_before, host_after } = fact else {
        return String::new();
    };
    let several = if *jobs == 1 { String::new() } else { format!("{jobs} jobs, ") };
    format!(
        "✅ Freed {freed} after {} (peak {peak}, {several}longest release {} ms, residual {residual}, host {:.1}% → {:.1}%)",
        act(*stage),
        longest_release.as_millis(),
        host_before.percent(),
        host_after.percent(),
    )
}

fn killed(fact: &Fact) -> Option<Line> {
    let Fact::Killed { who, why, charge, allotment, largest } = fact else { return None };
    let reason = match why {
        KillReason::OverAllotment => format!("it held {charge}, its allotment is {allotment}"),
        KillReason::HostEmergency => format!("the host was running out of memory, it held {charge} of its {allotment}"),
        KillReason::NoHello => "it never said hello".to_owned(),
        KillReason::Hang => "its heart stood still".to_owned(),
        KillReason::NotStopped => "it was asked to stop and did not".to_owned(),
        KillReason::RunEnds => return None,
        KillReason::Untrustworthy => "what it says cannot be trusted".to_owned(),
        KillReason::OverDevice => "it held more of its GPU than it may".to_owned(),
        KillReason::KernelLimit => format!("the kernel ended it at the limit of its allotment, {allotment}"),
        KillReason::KernelEmergency => {
            format!("the kernel ended it because the host had no memory left, it held {charge} of its {allotment}")
        }
    };
    let mut text = format!("[{}] ❌ Killed {}: {reason}", tag(who.stage), named(who));
    let named: Vec<String> = largest
        .iter()
        .take(3)
        .map(|process| format!("{} ({}) {}", process.name, process.pid, process.resident))
        .collect();
    if !named.is_empty() {
        let _ = write!(text, " · largest on this host: {}", named.join(", "));
    }
    Some(Line::new(Tone::Bad, text))
}

fn about_work(fact: &Fact) -> Option<Line> {
    let line = |tone, stage: Stage, words: String| Some(Line::new(tone, format!("[{}] {words}", tag(stage))));
    match fact {
        Fact::Note { who, text } => line(Tone::Plain, who.stage, text.clone()),
        Fact::Device(fact) => device::line(fact),
        Fact::Degraded { who, rung } => {
            let words = format!("⚠️ There is no more memory for {}: it goes on with {rung}", who.job);
            line(Tone::Warning, who.stage, words)
        }
        Fact::Unkillable { who, charge } => {
            let words = format!("❌ {} was killed and does not end: it keeps its {charge}", named(who));
            line(Tone::Bad, who.stage, words)
        }
        Fact::Left { who, pid } => {
            let words = format!("❌ process {pid} ({}) is left: it ends when the kernel lets go of it", named(who));
            line(Tone::Bad, who.stage, words)
        }
        Fact::Unheld { who, why } => {
            let words = format!("⚠️ No control group holds {} ({why}): its memory is sampled", named(who));
            line(Tone::Warning, who.stage, words)
        }
        Fact::GroupLeft { why } => {
            let words = format!("❌ A control group of the run is left ({why}): the next run removes it");
            Some(Line::new(Tone::Bad, words))
        }
        Fact::PolicyIgnored { path, why } => {
            let words = format!("⚠️ The policy {} is ignored ({why}): STAGE3 selects by the fixed mix", path.display());
            Some(Line::new(Tone::Warning, words))
        }
        Fact::Unreported { why } => Some(Line::new(Tone::Warning, format!("⚠️ There is no report: {why}"))),
        // A look at a device is repeated without a fault of anybody.
        Fact::Ended { outcome: Outcome::Sealed, .. } => None,
        Fact::Ended { who, outcome, next } => {
            let then = match next {
                Next::Accepted => return None,
                Next::Again { pause } if pause.is_zero() => "trying again".to_owned(),
                Next::Again { pause } => format!("trying again in {} ms", pause.as_millis()),
                Next::GivenUp => "given up, what it got goes forward".to_owned(),
                Next::RunEnds(_) => "the run cannot go on".to_owned(),
            };
            let tone = if matches!(next, Next::Again { .. }) { Tone::Warning } else { Tone::Bad };
            line(tone, who.stage, format!("⚠️ {} {outcome}: {then}", named(who)))
        }
        Fact::SweepEnded { gain, goes_on } => line(Tone::Good, gain.stage, gains::of_sweep(gain, *goes_on)),
        Fact::Skipped { stage, why } => line(Tone::Plain, *stage, format!("Skipped: {why}")),
        Fact::Verdict { stage, accepted: true, components } => {
            line(Tone::Good, *stage, format!("Recounted: {}", cost(components.cost())))
        }
        Fact::Verdict { stage, accepted: false, components } => {
            let words =
                format!("⚠️ Rejected: its timetable is worse than the one it got ({})", cost(components.cost()));
            line(Tone::Warning, *stage, words)
        }
        Fact::Interrupted { signal } => {
            Some(Line::new(Tone::Warning, format!("⚠️ {signal}: stopping, the best timetable so far is exported")))
        }
        _ => None,
    }
}

/// The line of the first timetable without a violation.
pub(super) fn first_feasible(stage: Stage, after: Duration, found: Cost) -> Line {
    let text =
        format!("[{}] First feasible timetable after {} ms · cost {}", tag(stage), after.as_millis(), found.soft);
    Line::new(Tone::Good, text)
}

fn named(who: &Who) -> String {
    if who.attempt == 1 { who.job.clone() } else { format!("{} (attempt {})", who.job, who.attempt) }
}

fn host(situation: &Situation) -> f64 {
    share(situation.host_used, situation.host_limit)
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
