//! The search of this stage: streams from one start, in rounds, never worse than the start.
//!
//! The number of streams does not depend on the number of threads while work is counted, and streams meet only between
//! rounds, in the order of their numbers: so the result is the same at any number of threads.

use std::time::{Duration, Instant};

use rayon::prelude::*;
use search::{Grid, State};
use shared::model::{Cost, Timetable};
use shared::worker::{Budget, Context};

use crate::policy::Policy;
use crate::settings::Settings;
use crate::story::Story;
use crate::stream::Stream;

/// Streams of a counted search.
const STREAMS: usize = 2;
/// Rounds of a counted search.
const ROUNDS: u64 = 128;
/// Evaluations of the first round of a timed search, which measures the speed.
const FIRST_ROUND: u64 = 20_000;
/// Wall time of the later rounds.
const ROUND_TIME: Duration = Duration::from_millis(30);
/// Time that is left for counting, sealing and syncing.
const SEALING_TIME: Duration = Duration::from_millis(60);
/// Least time between two reports of a better timetable.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);
/// Evaluations of one unit of effort, per class.
const EVALUATIONS_PER_CLASS: f64 = 150_000.0;

/// What the search came to.
#[derive(Debug)]
pub struct Improved {
    /// The best complete timetable.
    pub timetable: Timetable,
    /// What the search counted for it.
    pub cost: Cost,
    /// Evaluations made.
    pub evaluations: u64,
    /// The same in units of effort.
    pub effort: f64,
    /// Whether an order cut it short.
    pub cut: bool,
    /// What happened, in one line.
    pub story: String,
}

/// Evaluations of one unit of effort.
fn unit(grid: &Grid) -> f64 {
    EVALUATIONS_PER_CLASS * grid.classes.max(1) as f64
}

/// Improves `start`, reporting what is better than `floor`.
pub fn improve(context: &Context, grid: &Grid, start: &State, floor: Cost, settings: &Settings) -> Improved {
    let budget = context.budget();
    let threads = context.args().threads.max(1) as usize;
    let count = if matches!(budget, Budget::Time(_)) { threads.max(STREAMS) } else { STREAMS };
    let streams = (0..count).map(|number| Stream::new(grid, start, settings, number as u64)).collect();
    let mut crew = Crew { context, streams, floor, reported: None, rate: None, cut: false };
    match rayon::ThreadPoolBuilder::new().num_threads(threads.min(count)).build() {
        Ok(pool) if threads > 1 => pool.install(|| crew.work(budget, grid)),
        // Without a pool the streams take turns: the same result, later.
        _ => crew.work(budget, grid),
    }
    crew.finish(grid, start)
}

/// The streams and what is common to them.
struct Crew<'c, 'g> {
    context: &'c Context,
    streams: Vec<Stream<'g>>,
    floor: Cost,
    reported: Option<Instant>,
    /// Evaluations a second of one stream, measured.
    rate: Option<f64>,
    cut: bool,
}

impl Crew<'_, '_> {
    fn work(&mut self, budget: Budget, grid: &Grid) {
        let planned = match budget {
            Budget::Effort(effort) | Budget::Both(effort, _) => {
                Some((effort.max(0.0) * unit(grid) / STREAMS as f64) as u64)
            }
            Budget::Time(_) => None,
        };
        let mut spent = 0;
        while planned.is_none_or(|total| spent < total) && self.best() != (0, 0) {
            if self.should_stop() {
                self.cut = true;
                break;
            }
            let (quota, total) = self.plan(spent, planned);
            self.round(spent + quota, total);
            spent += quota;
            self.meet();
        }
    }

    /// Evaluations of the coming round and of the whole search, for each stream.
    fn plan(&self, spent: u64, planned: Option<u64>) -> (u64, u64) {
        if let Some(total) = planned {
            return (total.div_ceil(ROUNDS).min(total - spent), total);
        }
        let Some(rate) = self.rate else { return (FIRST_ROUND, FIRST_ROUND * ROUNDS) };
        let left = self.context.time_left().unwrap_or_default();
        let quota = (rate * ROUND_TIME.min(left).as_secs_f64()) as u64;
        (quota.max(1), spent + (rate * left.as_secs_f64()) as u64)
    }

    fn round(&mut self, until: u64, total: u64) {
        let before: u64 = self.streams.iter().map(Stream::evaluations).sum();
        let started = Instant::now();
        let context = self.context;
        let stop = || out_of_time(context);
        if rayon::current_thread_index().is_some() {
            self.streams.par_iter_mut().for_each(|stream| stream.run(until, total, &stop));
        } else {
            self.streams.iter_mut().for_each(|stream| stream.run(until, total, &stop));
        }
        let made = self.streams.iter().map(Stream::evaluations).sum::<u64>() - before;
        let seconds = started.elapsed().as_secs_f64().max(1e-6);
        self.rate = Some(made as f64 / self.streams.len() as f64 / seconds);
        self.context.beat(made);
    }

    /// Between rounds: streams learn from one another, the best is shared and reported, orders are obeyed.
    fn meet(&mut self) {
        let mut policies: Vec<&mut Policy> = self.streams.iter_mut().map(|stream| &mut stream.policy).collect();
        Policy::merge(&mut policies);
        let leader = self.leader();
        let (best, spots) = (self.streams[leader].best(), self.streams[leader].best_spots().to_vec());
        for stream in self.streams.iter_mut().filter(|stream| stream.best() > best) {
            stream.adopt(best, &spots);
        }
        self.report();
        self.relieve();
    }

    fn leader(&self) -> usize {
        (0..self.streams.len()).min_by_key(|index| (self.streams[*index].best(), *index)).unwrap_or(0)
    }

    fn best(&self) -> (i32, i32) {
        self.streams[self.leader()].best()
    }

    fn report(&mut self) {
        let cost = self.streams[self.leader()].best_cost();
        if cost < self.floor && self.reported.is_none_or(|last| last.elapsed() >= REPORT_INTERVAL) {
            self.floor = cost;
            self.reported = Some(Instant::now());
            self.context.incumbent(cost);
        }
    }

    /// Gives memory back: buffers at first, then every stream but the best.
    fn relieve(&mut self) {
        let pass = self.context.take_relief();
        if pass == 0 {
            return;
        }
        self.cut = true;
        self.streams.iter_mut().for_each(Stream::shrink);
        let leader = self.leader();
        let dropped = if pass > 1 { self.streams.len() - 1 } else { 0 };
        if dropped > 0 {
            self.streams.swap(0, leader);
            self.streams.truncate(1);
        }
        self.context.relieved(pass, format!("buffers and {dropped} of the streams"));
    }

    fn should_stop(&self) -> bool {
        out_of_time(self.context)
    }

    fn finish(mut self, grid: &Grid, start: &State) -> Improved {
        self.reported = None;
        self.report();
        let best = &self.streams[self.leader()];
        let evaluations: u64 = self.streams.iter().map(Stream::evaluations).sum();
        let story = Story { before: (start.hard(), start.soft()), after: best.best(), evaluations };
        Improved {
            timetable: best.best_timetable(),
            cost: best.best_cost(),
            evaluations,
            effort: evaluations as f64 / unit(grid),
            cut: self.cut,
            story: story.tell(&self.streams),
        }
    }
}

fn out_of_time(context: &Context) -> bool {
    context.is_stopped() || context.time_left().is_some_and(|left| left <= sealing_time(context))
}

/// A short stage cannot spare as much for sealing as a long one.
fn sealing_time(context: &Context) -> Duration {
    let (Budget::Time(time) | Budget::Both(_, time)) = context.budget() else { return Duration::ZERO };
    SEALING_TIME.min(time / 10)
}
