//! The search of this stage, from its start or from a checkpoint to what it came to.

use std::time::Duration;

use search::Landscape;
use shared::artifact::ArtifactKey;
use shared::model::{Cost, Timetable};
use shared::worker::{Budget, Checkpoints, Context};

use crate::crew::{Crew, Streaming};
use crate::policy_file::Known;
use crate::settings::Settings;

/// Streams of a counted search, where nothing else is set. Not a matter of threads, as the result depends on it.
const STREAMS: usize = 2;
/// Time that is left for counting, sealing and syncing.
const SEALING_TIME: Duration = Duration::from_millis(60);

/// What the search came to.
#[derive(Debug)]
pub(crate) struct Improved {
    /// The best complete timetable.
    pub(crate) timetable: Timetable,
    /// What the search counted for it.
    pub(crate) cost: Cost,
    /// Evaluations made.
    pub(crate) evaluations: u64,
    /// The same in units of effort.
    pub(crate) effort: f64,
    /// Whether an order cut it short.
    pub(crate) cut: bool,
    /// What the policy has learned, where it learns.
    pub(crate) known: Option<Known>,
    /// What happened, in one line.
    pub(crate) story: String,
}

/// Evaluations of one unit of effort.
pub(crate) fn unit<'g, S: Streaming<'g>>(landscape: &S::Landscape) -> f64 {
    S::EVALUATIONS_PER_CLASS * landscape.classes().max(1) as f64
}

/// Improves `start`, reporting what is better than `floor`. Checkpoints bear `key`.
pub(crate) fn improve<'g, S: Streaming<'g>>(
    context: &Context,
    landscape: &'g S::Landscape,
    start: <S::Landscape as Landscape>::State,
    floor: Cost,
    settings: &Settings,
    key: ArtifactKey,
) -> Improved {
    let checkpoints = Checkpoints::new(context);
    let last = checkpoints.begin();
    let mut crew = Crew::<S>::new(context, landscape, &start, floor, settings, (checkpoints, key));
    if let Some(last) = last {
        match crew.restore(&start, settings, &last) {
            Ok(()) => context.note(format!("rl: goes on after {:.1}M evaluations", crew.evaluations() as f64 / 1e6)),
            Err(error) => context.note(format!("rl: begun anew: failed to {error}")),
        }
    }
    drop(start);
    crew.work();
    crew.finish(settings.known.as_ref())
}

/// Streams side by side, and the evaluations that are planned for each of them while work is counted in units of `unit`.
pub(crate) fn plan(context: &Context, unit: f64, settings: &Settings) -> (usize, Option<u64>) {
    let threads = context.args().threads.max(1) as usize;
    match context.budget() {
        Budget::Effort(effort) | Budget::Both(effort, _) => {
            let streams = settings.streams.unwrap_or(STREAMS);
            (streams, Some((effort.max(0.0) * unit / streams as f64) as u64))
        }
        Budget::Time(_) => (settings.streams.unwrap_or(threads.max(STREAMS)), None),
    }
}

/// Whether what there is should be sealed now.
pub(crate) fn out_of_time(context: &Context) -> bool {
    context.is_stopped() || context.time_left().is_some_and(|left| left <= sealing_time(context))
}

/// A short stage cannot spare as much for sealing as a long one.
fn sealing_time(context: &Context) -> Duration {
    let (Budget::Time(time) | Budget::Both(_, time)) = context.budget() else { return Duration::ZERO };
    SEALING_TIME.min(time / 10)
}
