//! How far a run is: the stage that it is in, and how that goes. Heard from the facts that everybody hears, and told in one line that fits a
//! screen, or in plain ones.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::model::Cost;
use shared::wire::Stage;

use super::columns::{cut, width};
use super::line::{act, cost, tag};
use super::{Line, Tone};
use crate::dispatch::{Fact, Next};

/// Plain progress is told so often in a stage that lasts.
const PULSE_EVERY: Duration = Duration::from_secs(30);
/// The bar has the columns that are left, between these.
const BAR_LEAST: usize = 6;
const BAR_MOST: usize = 24;
/// The weight of what goes before the bar does.
const LIGHTER_THAN_A_BAR: u8 = 2;
/// From so many columns on a line says what the stage does, in a column of its own.
const ROOMY: usize = 60;
const SEPARATOR: &str = " · ";

/// How far a run is.
#[derive(Debug, Default)]
pub(super) struct View {
    /// `--time-limit`.
    limit: Option<Duration>,
    step: Option<Step>,
    best: Option<Cost>,
    /// What the pipeline holds, and the most that it may.
    memory: Option<(Bytes, Bytes)>,
    /// When progress was last told in a plain line.
    pulsed: Duration,
    /// Whether STAGE2A has begun: what clusters from then on belongs to it.
    has_solved: bool,
}

/// A stage on its way.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    stage: Stage,
    began: Duration,
    /// Which sweep, from 1, and how many jobs of it are done of how many.
    sweep: Option<(u32, usize, usize)>,
    /// When the search began, and the time that it was given.
    search: Option<(Duration, Duration)>,
    peak: Bytes,
    has_given_up: bool,
}

impl View {
    /// Of a run that has so much time, if that is said.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Takes note of a fact. Returns the lines of what is over with it.
    pub(super) fn note(&mut self, at: Duration, fact: &Fact) -> Vec<Line> {
        match fact {
            Fact::MemoryBefore { stage, jobs, .. } => return self.enter(at, *stage, *jobs),
            // What is left of a stage that has begun is left out.
            Fact::Skipped { stage, .. } if self.step.as_ref().is_some_and(|step| step.stage == *stage) => {}
            Fact::Skipped { stage, why } => {
                let settled = self.settle(at);
                let skipped = Line { tone: Tone::Plain, text: format!("{}skipped: {why}", head(*stage)) };
                return settled.into_iter().chain([skipped]).collect();
            }
            Fact::Spawned { who, time, .. } => {
                if let Some(step) = self.step.as_mut().filter(|step| step.stage == who.stage) {
                    step.search = time.map(|time| (at, time)).filter(|_| who.stage != Stage::Solve);
                }
            }
            Fact::Ended { who, next, .. } => {
                let is_over = matches!(next, Next::Accepted | Next::GivenUp);
                if let Some(step) = self.step.as_mut().filter(|step| step.stage == who.stage && is_over) {
                    step.has_given_up |= *next == Next::GivenUp;
                    if let Some((_, done, jobs)) = &mut step.sweep {
                        *done = (*done + 1).min(*jobs);
                    }
                }
            }
            Fact::Verdict { accepted: true, components, .. } | Fact::Exported { components } => {
                self.best = Some(components.cost());
            }
            Fact::SweepEnded { gain, .. } => self.best = Some(gain.after),
            _ => {}
        }
        Vec::new()
    }

    /// Whether a line of that fact says what is in view. What was put up with or lost is shown beside it, and how the run begins.
    pub(super) fn leaves_out(fact: &Fact, line: &Line) -> bool {
        let is_about_the_run = matches!(
            fact,
            Fact::Began { .. } | Fact::Resumed { .. } | Fact::Recalled { .. } | Fact::Engine(_) | Fact::Tidied(_)
        );
        matches!(line.tone, Tone::Plain | Tone::Good) && !is_about_the_run
    }

    /// Takes note of a better timetable.
    pub(super) fn better(&mut self, cost: Cost) {
        self.best = Some(cost);
    }

    /// Takes note of what is held, of how much at the most.
    pub(super) fn held(&mut self, held: Bytes, limit: Bytes) {
        self.memory = Some((held, limit));
        if let Some(step) = &mut self.step {
            step.peak = step.peak.max(held);
        }
    }

    /// Ends the stage that the run is in: its line, as it stays.
    pub(super) fn settle(&mut self, at: Duration) -> Option<Line> {
        let step = self.step.take()?;
        let best = self.best.filter(|_| step.stage >= Stage::Solve).map(cost);
        let took = format!("{:.1} s", at.saturating_sub(step.began).as_secs_f64());
        let parts = best.into_iter().chain([took, format!("peak {}", step.peak)]);
        let (tone, mark) = if step.has_given_up { (Tone::Warning, "!") } else { (Tone::Good, "✓") };
        let text = format!("{}{mark} {}", head(step.stage), parts.collect::<Vec<_>>().join(SEPARATOR));
        Some(Line { tone, text })
    }

    fn enter(&mut self, at: Duration, stage: Stage, jobs: usize) -> Vec<Line> {
        let is_fan_out = stage == Stage::Solve;
        let stage = match stage {
            // Between the stages.
            Stage::Audit | Stage::GpuProbe | Stage::Report => return Vec::new(),
            Stage::Cluster if self.has_solved => Stage::Solve,
            Stage::Commit => Stage::Solve,
            stage => stage,
        };
        self.has_solved |= stage == Stage::Solve;
        let is_new = self.step.as_ref().is_none_or(|step| step.stage != stage);
        let settled = if is_new { self.settle(at) } else { None };
        let fresh = Step { stage, began: at, sweep: None, search: None, peak: Bytes(0), has_given_up: false };
        let step = self.step.get_or_insert(fresh);
        if is_fan_out {
            let sweep = step.sweep.map_or(0, |(sweep, ..)| sweep);
            step.sweep = Some((sweep + 1, 0, jobs));
        }
        settled.into_iter().collect()
    }

    /// The line that changes, for that many columns; nothing between the stages.
    pub(super) fn live(&self, now: Duration, columns: usize, is_coloured: bool) -> Option<String> {
        let step = self.step.as_ref()?;
        // Where there is little room the stage's name has to do.
        let head = if columns < ROOMY { format!("{} ", tag(step.stage)) } else { head(step.stage) };
        let mut parts = self.parts(step, now);
        let length = |parts: &[(u8, String)]| {
            let gaps = SEPARATOR.chars().count() * parts.len().saturating_sub(1);
            width(&head) + parts.iter().map(|(_, text)| width(text)).sum::<usize>() + gaps
        };
        let share = step.share(now);
        while let Some(lightest) = parts.iter().map(|(weight, _)| *weight).min().filter(|_| parts.len() > 1) {
            let bar = if share.is_some() && lightest <= LIGHTER_THAN_A_BAR { BAR_LEAST + 1 } else { 0 };
            if length(&parts) + bar <= columns {
                break;
            }
            parts.retain(|(weight, _)| *weight != lightest);
        }
        let left = columns.saturating_sub(length(&parts) + 1).min(BAR_MOST);
        let bar = share.filter(|_| left >= BAR_LEAST).map_or_else(String::new, |share| {
            let bar = bar(share, left);
            if is_coloured { format!("\x1b[36m{bar}\x1b[0m ") } else { format!("{bar} ") }
        });
        let words = parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(SEPARATOR);
        Some(format!("{}{bar}{}", cut(&head, columns), cut(&words, columns.saturating_sub(width(&head)))))
    }

    /// What the line says, each part with its weight: where there is no room the lightest go first.
    fn parts(&self, step: &Step, now: Duration) -> Vec<(u8, String)> {
        let mut parts = Vec::new();
        if let Some((sweep, done, jobs)) = step.sweep {
            parts.push((4, format!("{done}/{jobs}")));
            if sweep > 1 {
                parts.push((1, format!("sweep {sweep}")));
            }
        }
        parts.extend(self.best.map(|best| (6, cost(best))));
        if let Some((held, limit)) = self.memory {
            parts.push((3, format!("{:.0}/{:.0}MB", held.as_mib(), limit.as_mib())));
        }
        parts.push((if self.limit.is_some() { 2 } else { 5 }, lasted(now)));
        if let Some(limit) = self.limit {
            parts.push((5, format!("{} left", lasted(limit.saturating_sub(now)))));
        }
        parts
    }

    /// A plain line of progress, where it is time for one.
    pub(super) fn pulse(&mut self, now: Duration) -> Option<Line> {
        let step = self.step.as_ref()?;
        if !is_due(now, step.began, self.pulsed) {
            return None;
        }
        self.pulsed = now;
        let jobs = step.sweep.map(|(_, done, jobs)| format!("{done} of {jobs} jobs"));
        let best = self.best.map(cost);
        let memory = self.memory.map(|(held, limit)| format!("memory {held} of {limit}"));
        let left = self.limit.map(|limit| format!("{} left", lasted(limit.saturating_sub(now))));
        let parts = jobs.into_iter().chain(best).chain(memory).chain([lasted(now)]).chain(left);
        let text = format!("[{}] {}", tag(step.stage), parts.collect::<Vec<_>>().join(SEPARATOR));
        Some(Line { tone: Tone::Plain, text })
    }
}

impl Step {
    /// How much of it is done, where that is known.
    fn share(&self, now: Duration) -> Option<f64> {
        let of_time = |(began, time): (Duration, Duration)| now.saturating_sub(began).div_duration_f64(time);
        let of_jobs = |(_, done, jobs)| done as f64 / f64::max(jobs as f64, 1.0);
        self.search.map(of_time).or(self.sweep.map(of_jobs)).map(|share| share.clamp(0.0, 1.0))
    }
}

/// Whether a plain line of progress is due in a stage that began then.
fn is_due(now: Duration, began: Duration, pulsed: Duration) -> bool {
    now.saturating_sub(began.max(pulsed)) >= PULSE_EVERY
}

fn head(stage: Stage) -> String {
    // What it does is what it is called.
    let act = match stage {
        Stage::Export => "",
        Stage::Cluster => stage.name(),
        _ => act(stage),
    };
    format!("{:<7} {act:<8}", tag(stage))
}

/// `12 s`, `3:20`, `1:02:05`.
fn lasted(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{} s", time.as_secs()),
        seconds @ 60..3600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        seconds => format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

fn bar(share: f64, columns: usize) -> String {
    let done = (share * columns as f64).round() as usize;
    format!("{}{}", "━".repeat(done), "─".repeat(columns.saturating_sub(done)))
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
