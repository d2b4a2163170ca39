//! One stream of the search over a campus: a timetable in motion, its own random numbers and policy, and the best it came through.
//!
//! It works in macro-steps, as the streams of the competition's instances do: the policy chooses an action, which is called
//! several times, each call kept or taken back.

use search::Spot;
use search::campus::{Problem, State};

use super::actions::{ACTIONS, mixed, open, operator, prior};
use super::board::Board;
use super::burden::Burden;
use super::features::{FEATURES, Progress};
use super::operators::{Call, Operator, Scratch};
use super::steps::{Log, Steps};
use crate::accept::{Heat, Schedule, Turn};
use crate::crew::{Streaming, Use};
use crate::operators::Proposal;
use crate::policy::{Outcome, Policy};
use crate::policy_file::Known;
use crate::random::Random;
use crate::settings::Settings;
use crate::shape::{Moment, Shape};
use crate::snapshot::{Loader, Misfit, Saver};

/// Operator calls of a macro-step.
const CALLS: u64 = 10;
/// Temperatures: the soft weights of a campus are of the size of the competition's.
const HEAT: Heat = Heat { repair: 2.0, start: 0.8, end: 0.15, cycle: 0.5 };
/// How many classes ruin takes out, at least and at most.
const RUIN: (f64, f64) = (2.0, 12.0);
/// By how much ruin grows when it is accepted, and shrinks when it is not.
const RUIN_STEPS: (f64, f64) = (0.1, 0.02);
/// Stagnations without a new best before the stream returns to its best.
const SHIFTS: u32 = 12;
/// Random classes that are looked at before one without a soft cost is taken.
const TRIES: usize = 24;

/// What a policy is about here.
pub(crate) const SHAPE: Shape = Shape {
    features: "campus-8-v1",
    columns: FEATURES,
    actions: "campus-12-v1",
    rows: ACTIONS,
    operators: &["walk", "tabu", "chain", "kempe", "swap", "ruin"],
    mix_expected: "NAME:WEIGHT,… of walk, tabu, chain, kempe, swap and ruin",
    builtin: include_str!("../../policies/campus.json"),
    prior: || prior().to_vec(),
    open: |is_repairing| open(is_repairing).to_vec(),
    moments: &[
        Moment { name: "many violations", is_repairing: true, seen: &[1.0, 1.0, 0.6, 0.0, 0.0, 0.1, 0.3, 0.2] },
        Moment { name: "few violations", is_repairing: true, seen: &[1.0, 0.1, 0.2, 1.0, 0.0, 0.3, 0.2, 0.6] },
        Moment { name: "none, gaining", is_repairing: false, seen: &[1.0, 0.0, 0.0, 0.0, 1.0, 0.3, 0.2, 0.1] },
        Moment { name: "none, stuck", is_repairing: false, seen: &[1.0, 0.0, 0.0, 0.0, 1.0, 0.8, 0.1, 1.0] },
    ],
};

/// A timetable in motion.
#[derive(Debug)]
pub(crate) struct Stream<'g> {
    problem: &'g Problem,
    number: u64,
    board: Board<'g>,
    random: Random,
    policy: Policy<ACTIONS, FEATURES>,
    schedule: Schedule,
    burden: Burden,
    scratch: Scratch,
    log: Log,
    progress: Progress,
    best: (i32, i32),
    best_at: u64,
    best_spots: Vec<Spot>,
    evaluations: u64,
    shifts: u32,
    ruin_size: f64,
    uses: [Use; Operator::ALL.len()],
}

fn cost(state: &State) -> (i32, i32) {
    (state.hard(), state.soft())
}

impl<'g> Streaming<'g> for Stream<'g> {
    type Landscape = Problem;

    const EVALUATIONS_PER_CLASS: f64 = 40_000.0;

    fn new(problem: &'g Problem, start: &State, settings: &Settings, number: u64) -> Self {
        Self {
            problem,
            number,
            board: Board::new(problem, start.clone()),
            random: Random::new(settings.seed, number),
            policy: Policy::new(settings, settings.mix.as_ref().map_or_else(prior, mixed), prior()),
            schedule: Schedule::new(HEAT),
            burden: Burden::none(problem.courses),
            scratch: Scratch::default(),
            log: Log::default(),
            progress: Progress::new(start.hard()),
            best: cost(start),
            best_at: 0,
            best_spots: start.spots().to_vec(),
            evaluations: 0,
            shifts: 0,
            ruin_size: f64::midpoint(RUIN.0, RUIN.1),
            uses: [Use::default(); Operator::ALL.len()],
        }
    }

    fn restore(
        problem: &'g Problem,
        start: &State,
        settings: &Settings,
        loader: &mut Loader<'_>,
    ) -> Result<Self, Misfit> {
        let (state, best) = (loader.campus(problem)?, loader.campus(problem)?);
        let mut stream = Self::new(problem, start, settings, loader.count()?);
        stream.board = Board::new(problem, state);
        stream.best = cost(&best);
        stream.best_spots.copy_from_slice(best.spots());
        stream.evaluations = loader.count()?;
        stream.best_at = loader.word_to(stream.evaluations, "evaluations")?;
        stream.shifts = loader.word_to(u64::from(SHIFTS), "stagnations")? as u32;
        stream.ruin_size = loader.real_in(RUIN.0..=RUIN.1, "ruin")?;
        let suspects: Vec<u64> = (0..stream.board.suspects().len()).map(|_| loader.word()).collect::<Result<_, _>>()?;
        stream.board.suspect(suspects.into_iter());
        stream.random.restore(loader)?;
        stream.policy.restore(loader)?;
        stream.schedule.restore(stream.evaluations, loader)?;
        stream.burden.restore(loader)?;
        stream.progress.restore(loader)?;
        for used in &mut stream.uses {
            *used = Use::restore(loader)?;
        }
        Ok(stream)
    }

    fn save(&mut self, saver: &mut Saver) {
        let Self {
            problem: _,
            number,
            board,
            random,
            policy,
            schedule,
            burden,
            scratch: _,
            log: _,
            progress,
            best: _,
            best_at,
            best_spots,
            evaluations,
            shifts,
            ruin_size,
            uses,
        } = self;
        saver.spots(board.state().spots());
        saver.spots(best_spots);
        saver.words([*number, *evaluations, *best_at, u64::from(*shifts)]);
        saver.real(*ruin_size);
        saver.words(board.suspects().iter().copied());
        random.save(saver);
        policy.save(saver);
        schedule.save(saver);
        burden.save(saver);
        progress.save(saver);
        for used in uses {
            used.save(saver);
        }
    }

    fn run(&mut self, until: u64, total: u64, pause: &(impl Fn() -> bool + Sync)) {
        while !self.has_reached(until) {
            self.macro_step(total);
            let is_repairing = self.board.state().hard() > 0;
            match self.schedule.advance(self.evaluations, total, self.best_at, is_repairing) {
                Turn::On => {}
                Turn::Reheat => self.return_to_best(),
                Turn::Shift => self.stagnate(),
            }
            if pause() {
                return;
            }
        }
    }

    fn evaluations(&self) -> u64 {
        self.evaluations
    }

    fn best(&self) -> (i32, i32) {
        self.best
    }

    fn best_spots(&self) -> &[Spot] {
        &self.best_spots
    }

    fn adopt(&mut self, best: (i32, i32), spots: &[Spot]) {
        self.best = best;
        self.best_at = self.evaluations;
        self.best_spots.copy_from_slice(spots);
        if best.0 == 0 && self.board.state().hard() > 0 {
            self.return_to_best();
        }
    }

    fn shrink(&mut self) {
        self.scratch.shrink();
        self.log.shrink();
    }

    fn learn_together(streams: &mut [Self]) {
        let mut policies: Vec<_> = streams.iter_mut().map(|stream| &mut stream.policy).collect();
        Policy::merge(&mut policies);
    }

    fn known(&self, before: Option<&Known>) -> Option<Known> {
        self.policy.known(before)
    }

    fn policy_share(&self) -> Option<(f64, bool)> {
        self.policy.share()
    }

    fn uses(&self) -> impl Iterator<Item = (&'static str, Use)> {
        Operator::ALL.iter().zip(self.uses).map(|(operator, used)| (operator.name(), used))
    }
}

impl Stream<'_> {
    fn return_to_best(&mut self) {
        let state = State::from_spots(self.problem, &self.best_spots).expect("a state had these spots");
        self.board = Board::new(self.problem, state);
        self.burden.clear();
        self.shifts = 0;
    }

    fn stagnate(&mut self) {
        self.shifts += 1;
        if self.shifts > SHIFTS {
            self.return_to_best();
        } else {
            self.burden.fade();
        }
    }

    fn macro_step(&mut self, total: u64) {
        let share = |units: u64| units as f64 / total.max(1) as f64;
        let (used, stale) = (share(self.evaluations), share(self.evaluations - self.best_at));
        let seen = self.progress.look(&self.board, used, stale);
        let before = cost(self.board.state());
        let (row, chooser) = self.policy.choose(&seen, &open(before.0 > 0).map(f64::from), &mut self.random);
        let (evaluations, best) = (self.evaluations, self.best);
        for _ in 0..CALLS {
            if before.0 > 0 && self.board.state().hard() == 0 {
                break;
            }
            self.call(operator(row));
        }
        let outcome = Outcome {
            gain: self.fall(before, cost(self.board.state())),
            new_best: self.fall(best, self.best),
            evaluations: self.evaluations - evaluations,
        };
        self.policy.learn(row, chooser, &seen, &outcome);
    }

    /// By how much the objective fell; while there are violations, they alone count.
    fn fall(&self, before: (i32, i32), after: (i32, i32)) -> f64 {
        if before.0 > 0 || after.0 > 0 {
            f64::from(before.0 - after.0) * f64::from(self.problem.hard_weight)
        } else {
            f64::from(before.1 - after.1)
        }
    }

    /// Calls an operator once and keeps its steps or takes them back.
    fn call(&mut self, operator: Operator) {
        let Some(target) = self.target() else {
            self.evaluations += 1;
            return;
        };
        let weighted = |(hard, soft): (i32, i32)| hard * self.problem.hard_weight + soft;
        let now = cost(self.board.state());
        let is_repairing = now.0 > 0;
        let limit = self.schedule.thresholds().limit(self.random.word());
        let mut call = Call {
            target,
            limit,
            record: weighted(self.best) - weighted(now),
            ruin_size: self.ruin_size as usize,
            thresholds: self.schedule.thresholds(),
            burden: &mut self.burden,
            random: &mut self.random,
            scratch: &mut self.scratch,
        };
        let mut steps = Steps::new(&mut self.board, &mut self.log);
        let is_kept = match operator.propose(&mut steps, &mut call) {
            Proposal::Nothing => false,
            Proposal::Whole => steps.worth() <= limit && (is_repairing || steps.change().hard <= 0),
            Proposal::Settled => true,
        };
        if !is_kept {
            steps.undo_to(0);
        }
        // A call that found nothing to look at costs something as well, or a stream could stand still for ever.
        let evaluations = steps.evaluations().max(1);
        self.account(operator, evaluations, is_kept);
    }

    fn account(&mut self, operator: Operator, evaluations: u64, is_kept: bool) {
        self.evaluations += evaluations;
        let now = cost(self.board.state());
        let is_record = is_kept && now < self.best;
        if is_record {
            self.best = now;
            self.best_spots.copy_from_slice(self.board.state().spots());
            self.best_at = self.evaluations;
            self.shifts = 0;
        }
        self.progress.count(is_kept);
        if operator == Operator::Ruin {
            let change = if is_kept { RUIN_STEPS.0 } else { -RUIN_STEPS.1 };
            self.ruin_size = (self.ruin_size + change).clamp(RUIN.0, RUIN.1);
        }
        self.uses[operator as usize].count(evaluations, is_kept, is_record);
    }

    /// A class to work around: one in violation, or, where there is none, one that has a part in a soft cost.
    fn target(&mut self) -> Option<usize> {
        if let Some(class) = self.board.violated(&mut self.random) {
            return Some(class);
        }
        let movable = self.problem.movable();
        let mut class = None;
        for _ in 0..TRIES.min(TRIES * movable.len()) {
            let any = movable[self.random.below(movable.len())] as usize;
            class = Some(any);
            if self.board.state().price_of(self.problem, any).soft > 0 {
                break;
            }
        }
        class
    }
}
