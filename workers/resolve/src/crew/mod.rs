//! The streams side by side: they work apart in rounds, and meet only between rounds, in the order of their numbers. So the
//! result is the same at any number of threads.
//!
//! A round is made in pieces, as long as the clock says. Between pieces orders are obeyed and checkpoints sealed; streams go
//! on from a pause as if there had been none, so where the pieces end changes nothing.

#[cfg(test)]
mod campus_tests;
mod saved;
mod streaming;
#[cfg(test)]
mod tests;
mod trail;

use std::time::{Duration, Instant};

use rayon::ThreadPool;
use rayon::prelude::*;
use search::Landscape;
use shared::artifact::ArtifactKey;
use shared::model::Cost;
use shared::worker::{Checkpoints, Context};

use crate::improve::{Improved, out_of_time, plan, unit};
use crate::policy_file::Known;
use crate::settings::Settings;
use crate::story::Story;

pub(crate) use streaming::{Streaming, Use};
pub(crate) use trail::{Trail, fall};

/// Rounds of a counted search, once there is nothing to repair.
const ROUNDS: u64 = 128;
/// As long as there are violations the work may be so many times as much: the last ones take longest, and a timetable with
/// violations is worth little. The second university of `docs/campus.md` needs all of it.
const PATIENCE: u64 = 8;
/// Evaluations of the first round of a timed search, which measures the speed.
const FIRST_ROUND: u64 = 20_000;
/// Wall time of the later rounds.
const ROUND_TIME: Duration = Duration::from_millis(30);
/// The longest time without a look at orders.
const PIECE_TIME: Duration = Duration::from_millis(50);
/// Least time between two reports of a better timetable.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

/// What the streams do until they meet.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// Evaluations of each stream at its end.
    until: u64,
    /// Evaluations of each stream in the whole search, for schedules.
    total: u64,
    /// Evaluations made by all streams, and the time that took, in this attempt.
    made: u64,
    running: Duration,
}

/// The streams and what is common to them.
pub(crate) struct Crew<'c, 'g, S: Streaming<'g>> {
    context: &'c Context,
    landscape: &'g S::Landscape,
    pool: Option<ThreadPool>,
    streams: Vec<S>,
    /// Evaluations of each stream that are planned for a timetable without violations, while work is counted.
    planned: Option<u64>,
    /// Evaluations of each stream at the end of the first round that left no violation.
    repaired: Option<u64>,
    /// Evaluations of each stream in the rounds that are over.
    spent: u64,
    round: Option<Round>,
    /// Evaluations of streams that were given up.
    given_up: u64,
    /// What the start costs, as the search counts: hard violations, then soft cost.
    before: (i32, i32),
    floor: Cost,
    reported: Option<Instant>,
    /// Evaluations a second of one stream, measured.
    rate: Option<f64>,
    cut: bool,
    checkpoints: Checkpoints<'c>,
    key: ArtifactKey,
}

impl<'c, 'g, S: Streaming<'g>> Crew<'c, 'g, S> {
    /// Streams at `start`.
    pub(crate) fn new(
        context: &'c Context,
        landscape: &'g S::Landscape,
        start: &<S::Landscape as Landscape>::State,
        floor: Cost,
        settings: &Settings,
        (checkpoints, key): (Checkpoints<'c>, ArtifactKey),
    ) -> Self {
        let (count, planned) = plan(context, unit::<S>(landscape), settings);
        let threads = count.min(context.args().threads as usize);
        let before = landscape.cost_of(start);
        // Without a pool the streams take turns: the same result, later.
        let pool = (threads > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()).flatten();
        Self {
            context,
            landscape,
            pool,
            streams: (0..count as u64).map(|number| S::new(landscape, start, settings, number)).collect(),
            planned,
            repaired: (before.0 == 0).then_some(0),
            spent: 0,
            round: None,
            given_up: 0,
            before,
            floor,
            reported: None,
            rate: None,
            cut: false,
            checkpoints,
            key,
        }
    }

    /// Works until there is nothing left to do.
    pub(crate) fn work(&mut self) {
        while self.advance() {}
    }

    /// Makes one piece of a round; false when there is nothing left to do.
    fn advance(&mut self) -> bool {
        let round = match self.round {
            Some(round) => round,
            None if self.is_done() => return false,
            None => self.next_round(),
        };
        self.round = Some(round);
        if out_of_time(self.context) {
            self.cut = true;
            return false;
        }
        self.attend();
        let round = self.piece(round);
        if self.streams.iter().all(|stream| stream.has_reached(round.until)) {
            self.end(round);
        } else {
            self.round = Some(round);
        }
        true
    }

    fn is_done(&self) -> bool {
        let (hard, soft) = self.best();
        self.goal().is_some_and(|goal| self.spent >= goal) || hard == 0 && soft <= self.landscape.bound()
    }

    /// Evaluations of each stream after which the search is over, while work is counted.
    fn goal(&self) -> Option<u64> {
        let planned = self.planned?;
        Some(self.repaired.map_or(PATIENCE.saturating_mul(planned), |repaired| repaired.saturating_add(planned)))
    }

    fn next_round(&self) -> Round {
        let (quota, total) = self.quota();
        Round { until: self.spent + quota, total, made: 0, running: Duration::ZERO }
    }

    /// Evaluations of the coming round and of the whole repair or the whole polish, for each stream.
    fn quota(&self) -> (u64, u64) {
        if let (Some(planned), Some(goal)) = (self.planned, self.goal()) {
            let quota = planned.div_ceil(ROUNDS).min(goal.saturating_sub(self.spent));
            return (quota, if self.repaired.is_some() { planned } else { goal });
        }
        let Some(rate) = self.rate else { return (FIRST_ROUND, FIRST_ROUND * ROUNDS) };
        let left = self.context.time_left().unwrap_or_default();
        let quota = (rate * ROUND_TIME.min(left).as_secs_f64()) as u64;
        (quota.max(1), self.spent + (rate * left.as_secs_f64()) as u64)
    }

    /// Between pieces: what is better is reported, orders are obeyed, and what is due is sealed.
    fn attend(&mut self) {
        self.report();
        self.relieve();
        if self.checkpoints.is_due() {
            let saver = self.save();
            self.checkpoints.seal(&saver.artifact(self.key));
        }
    }

    /// Lets all streams work at the round until somebody has to be attended to.
    fn piece(&mut self, round: Round) -> Round {
        let (before, started) = (self.evaluations(), Instant::now());
        let Self { context, streams, checkpoints, .. } = self;
        let pause = || started.elapsed() >= PIECE_TIME || checkpoints.is_due() || out_of_time(context);
        let work = |stream: &mut S| stream.run(round.until, round.total, &pause);
        match &self.pool {
            Some(pool) => pool.install(|| streams.par_iter_mut().for_each(work)),
            None => streams.iter_mut().for_each(work),
        }
        let made = self.evaluations() - before;
        self.context.beat(made);
        Round { made: round.made + made, running: round.running + started.elapsed(), ..round }
    }

    /// Ends a round: streams learn from one another and share the best.
    fn end(&mut self, round: Round) {
        if round.made > 0 {
            let seconds = round.running.as_secs_f64().max(1e-6);
            self.rate = Some(round.made as f64 / self.streams.len() as f64 / seconds);
        }
        self.spent = round.until;
        self.round = None;
        if self.best().0 == 0 {
            self.repaired.get_or_insert(self.spent);
        }
        S::learn_together(&mut self.streams);
        let leader = self.leader();
        let (best, spots) = (self.best(), self.streams[leader].trail().best_spots().to_vec());
        for stream in self.streams.iter_mut().filter(|stream| stream.trail().best() > best) {
            stream.adopt(best, &spots);
        }
    }

    fn leader(&self) -> usize {
        (0..self.streams.len()).min_by_key(|index| (self.streams[*index].trail().best(), *index)).unwrap_or(0)
    }

    fn best(&self) -> (i32, i32) {
        self.streams[self.leader()].trail().best()
    }

    /// Evaluations made so far.
    pub(crate) fn evaluations(&self) -> u64 {
        self.given_up + self.streams.iter().map(|stream| stream.trail().evaluations()).sum::<u64>()
    }

    fn report(&mut self) {
        let cost = self.streams[self.leader()].trail().best_cost();
        if cost < self.floor && self.reported.is_none_or(|last| last.elapsed() >= REPORT_INTERVAL) {
            self.floor = cost;
            self.reported = Some(Instant::now());
            self.context.incumbent(cost);
        }
    }

    fn relieve(&mut self) {
        let pass = self.context.take_relief();
        if pass > 0 {
            let what = self.give_up(pass);
            self.context.relieved(pass, what);
        }
    }

    /// Gives memory up: at first buffers, then every stream but the best, then the threads that are not needed for one.
    fn give_up(&mut self, pass: u8) -> String {
        self.cut = true;
        self.streams.iter_mut().for_each(S::shrink);
        if pass == 1 {
            return "buffers".to_owned();
        }
        let dropped = self.keep_best(1);
        if pass == 2 {
            return format!("buffers and {dropped} of the streams");
        }
        let threads = self.pool.take().map_or(0, |pool| pool.current_num_threads());
        format!("buffers, {dropped} of the streams and {threads} threads")
    }

    /// Keeps `count` streams, the best among them; says how many are gone.
    fn keep_best(&mut self, count: usize) -> usize {
        if self.streams.len() <= count {
            return 0;
        }
        let leader = self.leader();
        self.streams.swap(0, leader);
        let gone = self.streams.split_off(count);
        self.streams.shrink_to_fit();
        self.given_up += gone.iter().map(|stream| stream.trail().evaluations()).sum::<u64>();
        gone.len()
    }

    /// What it all came to; `begun` is what the policy began with.
    pub(crate) fn finish(mut self, begun: Option<&Known>) -> Improved {
        self.reported = None;
        self.report();
        S::learn_together(&mut self.streams);
        let (leader, evaluations) = (&self.streams[self.leader()], self.evaluations());
        let trail = leader.trail();
        let story = Story { before: self.before, after: trail.best(), evaluations };
        Improved {
            timetable: self.landscape.timetable(trail.best_spots()),
            cost: trail.best_cost(),
            evaluations,
            effort: evaluations as f64 / unit::<S>(self.landscape),
            cut: self.cut,
            known: leader.known(begun),
            story: story.tell(&self.streams),
        }
    }
}
