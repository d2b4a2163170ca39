//! One stream of the search over a campus: a timetable in motion, its own random numbers and policy, and the best it came through.
//!
//! It works in macro-steps, as the streams of the competition's instances do: the policy chooses an action, which is called
//! several times, each call kept or taken back.

use search::campus::{Problem, State};

use super::actions::{ACTIONS, mixed, open, operator, prior};
use super::board::Board;
use super::burden::Burden;
use super::features::{FEATURES, Progress};
use super::operators::{Call, Operator, Scratch};
use super::steps::{Log, Steps};
use crate::accept::Heat;
use crate::crew::{Streaming, Trail, Use, fall};
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
    trail: Trail,
    board: Board<'g>,
    random: Random,
    policy: Policy<ACTIONS, FEATURES>,
    burden: Burden,
    scratch: Scratch,
    log: Log,
    progress: Progress,
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
            trail: Trail::new(number, HEAT, cost(start), start.spots()),
            board: Board::new(problem, start.clone()),
            random: Random::new(settings.seed, number),
            policy: Policy::new(settings, settings.mix.as_ref().map_or_else(prior, mixed), prior()),
            burden: Burden::none(problem.courses),
            scratch: Scratch::default(),
            log: Log::default(),
            progress: Progress::new(start.hard()),
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
        let trail = Trail::restore(HEAT, cost(&best), best.spots(), loader)?;
        let mut stream = Self::new(problem, start, settings, trail.number());
        stream.trail = trail;
        stream.board = Board::new(problem, state);
        let suspects: Vec<u64> = (0..stream.board.suspects().len()).map(|_| loader.word()).collect::<Result<_, _>>()?;
        stream.board.suspect(suspects.into_iter());
        stream.random.restore(loader)?;
        stream.policy.restore(loader)?;
        stream.burden.restore(loader)?;
        stream.progress.restore(loader)?;
        for used in &mut stream.uses {
            *used = Use::restore(loader)?;
        }
        Ok(stream)
    }

    fn save(&mut self, saver: &mut Saver) {
        let Self { problem: _, trail, board, random, policy, burden, scratch: _, log: _, progress, uses } = self;
        saver.spots(board.state().spots());
        trail.save(saver);
        saver.words(board.suspects().iter().copied());
        random.save(saver);
        policy.save(saver);
        burden.save(saver);
        progress.save(saver);
        for used in uses {
            used.save(saver);
        }
    }

    fn landscape(&self) -> &'g Problem {
        self.problem
    }

    fn trail(&self) -> &Trail {
        &self.trail
    }

    fn trail_mut(&mut self) -> &mut Trail {
        &mut self.trail
    }

    fn is_broken(&self) -> bool {
        self.board.state().hard() > 0
    }

    fn macro_step(&mut self, total: u64) {
        let (used, stale) = self.trail.shares(total);
        let seen = self.progress.look(&self.board, used, stale);
        let before = cost(self.board.state());
        let (row, chooser) = self.policy.choose(&seen, &open(before.0 > 0).map(f64::from), &mut self.random);
        let (evaluations, best) = (self.trail.evaluations(), self.trail.best());
        for _ in 0..CALLS {
            if before.0 > 0 && !self.is_broken() {
                break;
            }
            self.call(operator(row));
        }
        let hard_weight = self.problem.hard_weight;
        let outcome = Outcome {
            gain: fall(before, cost(self.board.state()), hard_weight),
            new_best: fall(best, self.trail.best(), hard_weight),
            evaluations: self.trail.evaluations() - evaluations,
        };
        self.policy.learn(row, chooser, &seen, &outcome);
    }

    fn return_to_best(&mut self) {
        let state = State::from_spots(self.problem, self.trail.best_spots()).expect("a state had these spots");
        self.board = Board::new(self.problem, state);
        self.burden.clear();
        self.trail.is_back();
    }

    fn shift(&mut self) {
        self.burden.fade();
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
    /// Calls an operator once and keeps its steps or takes them back.
    fn call(&mut self, operator: Operator) {
        let Some(target) = self.target() else {
            self.trail.count(1, None);
            return;
        };
        let weighted = |(hard, soft): (i32, i32)| hard * self.problem.hard_weight + soft;
        let now = cost(self.board.state());
        let is_repairing = now.0 > 0;
        let limit = self.trail.thresholds().limit(self.random.word());
        let mut call = Call {
            target,
            limit,
            record: weighted(self.trail.best()) - weighted(now),
            ruin_size: self.trail.ruin_size(),
            thresholds: self.trail.thresholds(),
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
        let evaluations = steps.evaluations().max(1);
        self.account(operator, evaluations, is_kept);
    }

    fn account(&mut self, operator: Operator, evaluations: u64, is_kept: bool) {
        let state = self.board.state();
        let is_record = self.trail.count(evaluations, is_kept.then(|| (cost(state), state.spots())));
        self.progress.count(is_kept);
        if operator == Operator::Ruin {
            self.trail.resize_ruin(is_kept);
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
