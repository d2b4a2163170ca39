//! A line of the story, and the words that many lines have in common.

use shared::bytes::Bytes;
use shared::model::Cost;
use shared::wire::Stage;

use crate::watch::Host;

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Plain,
    /// Something was reached.
    Good,
    /// Something was put up with.
    Warning,
    /// Something was lost.
    Bad,
}

/// One line of the story, without the line feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

impl Line {
    pub(super) fn new(tone: Tone, mut text: String) -> Self {
        // A worker's words may hold line feeds, or what makes a terminal misbehave: a line is a line.
        if text.contains(char::is_control) {
            text = text.replace(char::is_control, " ");
        }
        Self { tone, text }
    }
}

/// The original system's name of what a stage does, as in "Memory before RL".
pub(super) const fn act(stage: Stage) -> &'static str {
    match stage {
        Stage::Load => "load",
        Stage::Cluster => "clustering",
        Stage::Solve => "CP-SAT",
        Stage::Evolve => "GA",
        Stage::Resolve => "RL",
        Stage::Commit => "commit",
        Stage::Audit => "audit",
        Stage::Export => "export",
        Stage::GpuProbe => "GPU probe",
        Stage::Report => "report",
    }
}

/// The stage at the head of a line; `commit` belongs to STAGE2A.
pub(super) const fn tag(stage: Stage) -> &'static str {
    match stage {
        Stage::Load => "STAGE0",
        Stage::Cluster => "STAGE1",
        Stage::Commit | Stage::Solve => "STAGE2A",
        Stage::Evolve => "STAGE2B",
        Stage::Resolve => "STAGE3",
        Stage::Audit => "AUDIT",
        Stage::Export => "EXPORT",
        Stage::GpuProbe => "GPU",
        Stage::Report => "REPORT",
    }
}

/// `0 hard · cost 36`, and what is not placed where there is any.
pub(super) fn cost(cost: Cost) -> String {
    match cost.unplaced {
        0 => format!("{} hard · cost {}", cost.hard, cost.soft),
        unplaced => format!("{} hard · {unplaced} unplaced · cost {}", cost.hard, cost.soft),
    }
}

/// In hundredths.
pub(super) fn share(part: Bytes, whole: Bytes) -> f64 {
    Host { limit: whole, used: part }.percent()
}
