//! One stream of the search: a timetable in motion, its own random numbers and policy, and the best it came through.
//!
//! A stream works in macro-steps: the policy chooses an action, which is called twenty times, each call kept or taken back.

mod saved;

use search::{Grid, Spot, State};

use crate::accept::{Heat, Schedule, Turn};
use crate::actions::{ACTIONS, Action, mixed, prior};
use crate::crew::{Streaming, Use};
use crate::emphasis::Emphasis;
use crate::features::{Descriptors, FEATURES, Mix, Progress, look};
use crate::operators::{Call, Operator, Proposal, Scratch};
use crate::policy::{Outcome, Policy};
use crate::policy_file::Known;
use crate::random::Random;
use crate::settings::Settings;
use crate::shape::{Moment, Shape};
use crate::snapshot::{Loader, Misfit, Saver};
use crate::target::Targets;
use crate::transaction::{Log, Transaction};

/// Temperatures where there are not many classes.
const HEAT: Heat = Heat { repair: 2.0, start: 0.6, end: 0.2, cycle: 0.2 };
/// From how many classes on it is colder.
const MANY_CLASSES: f64 = 300.0;
/// Operator calls of a macro-step.
const CALLS: u64 = 20;
/// Weight of the newest call in moving averages.
const AVERAGE_STEP: f64 = 0.01;
/// Macro-steps between counts of the mix of penalties.
const MIX_EVERY: u64 = 16;
/// How many classes ruin takes out, at least and at most.
const RUIN: (f64, f64) = (2.0, 12.0);
/// By how much ruin grows when it is accepted, and shrinks when it is not.
const RUIN_STEPS: (f64, f64) = (0.1, 0.02);
/// Weight shifts without a new best before the stream returns to its best.
const SHIFTS: u32 = 12;

/// What a policy is about here.
pub(crate) const SHAPE: Shape = Shape {
    features: "timetable-14-v1",
    columns: FEATURES,
    actions: "timetable-16-v1",
    rows: ACTIONS,
    operators: &["walk", "move", "swap", "kempe", "eject", "match", "gather", "ruin"],
    mix_expected: "NAME:WEIGHT,… of walk, move, swap, kempe, eject, match, gather and ruin",
    builtin: include_str!("../../policies/timetable.json"),
    prior: || prior().to_vec(),
    open: |_| vec![true; ACTIONS],
    moments: &[
        Moment {
            name: "many violations",
            is_repairing: true,
            seen: &[1.0, 1.0, 0.6, 0.0, 0.0, 0.1, 0.3, 0.2, 0.2, 0.2, 0.3, 0.2, 0.7, 0.8],
        },
        Moment {
            name: "few violations",
            is_repairing: true,
            seen: &[1.0, 0.1, 0.2, 1.0, 0.0, 0.3, 0.2, 0.6, 0.2, 0.2, 0.3, 0.2, 0.7, 0.8],
        },
        Moment {
            name: "none, gaining",
            is_repairing: false,
            seen: &[1.0, 0.0, 0.0, 0.0, 1.0, 0.3, 0.2, 0.1, 0.2, 0.2, 0.3, 0.2, 0.7, 0.8],
        },
        Moment {
            name: "none, stuck",
            is_repairing: false,
            seen: &[1.0, 0.0, 0.0, 0.0, 1.0, 0.8, 0.1, 1.0, 0.1, 0.2, 0.3, 0.2, 0.7, 0.8],
        },
    ],
};

/// What boils over the best at one temperature grows with the number of classes, so the more there are, the colder it is: the power
/// was measured on drafts of 200 to 2,300 classes.
fn heat(classes: usize) -> Heat {
    HEAT.times(libm::cbrt(MANY_CLASSES / classes.max(1) as f64).min(1.0))
}

/// A timetable in motion.
#[derive(Debug)]
pub(crate) struct Stream<'g> {
    grid: &'g Grid,
    number: u64,
    state: State,
    random: Random,
    policy: Policy<ACTIONS, FEATURES>,
    schedule: Schedule,
    emphasis: Emphasis,
    targets: Targets,
    scratch: Scratch,
    log: Log,
    descriptors: Descriptors,
    mix: Mix,
    progress: Progress,
    best: (i32, i32),
    best_at: u64,
    best_spots: Vec<Spot>,
    evaluations: u64,
    steps: u64,
    shifts: u32,
    ruin_size: f64,
    uses: [Use; Operator::ALL.len()],
}

impl<'g> Streaming<'g> for Stream<'g> {
    type Landscape = Grid;

    const EVALUATIONS_PER_CLASS: f64 = 150_000.0;

    fn new(grid: &'g Grid, start: &State, settings: &Settings, number: u64) -> Self {
        let mut state = start.clone();
        let best_spots = state.view(grid).spots().to_vec();
        let mix = Mix::of(&state.view(grid));
        Self {
            grid,
            number,
            random: Random::new(settings.seed, number),
            policy: Policy::new(settings, settings.mix.as_ref().map_or_else(prior, mixed), prior()),
            schedule: Schedule::new(heat(grid.classes)),
            emphasis: Emphasis::none(grid),
            targets: Targets::default(),
            scratch: Scratch::default(),
            log: Log::default(),
            descriptors: Descriptors::new(grid),
            mix,
            progress: Progress { hard_at_start: state.hard(), ..Progress::default() },
            best: (state.hard(), state.soft()),
            best_at: 0,
            best_spots,
            evaluations: 0,
            steps: 0,
            shifts: 0,
            ruin_size: f64::midpoint(RUIN.0, RUIN.1),
            uses: [Use::default(); Operator::ALL.len()],
            state,
        }
    }

    fn restore(grid: &'g Grid, start: &State, settings: &Settings, loader: &mut Loader<'_>) -> Result<Self, Misfit> {
        Self::restored(grid, start, settings, loader)
    }

    fn save(&mut self, saver: &mut Saver) {
        self.write(saver);
    }

    fn run(&mut self, until: u64, total: u64, pause: &(impl Fn() -> bool + Sync)) {
        while !self.has_reached(until) {
            self.macro_step(total);
            match self.schedule.advance(self.evaluations, total, self.best_at, self.state.hard() > 0) {
                Turn::On => {}
                Turn::Reheat => self.return_to_best(),
                Turn::Shift => self.shift_weights(),
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
        if best.0 == 0 && self.state.hard() > 0 {
            self.return_to_best();
        }
    }

    fn shrink(&mut self) {
        self.scratch.shrink();
        self.log.shrink();
        self.targets.shrink();
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
        self.state = State::new(self.grid, &Spot::timetable(&self.best_spots));
        debug_assert_eq!((self.state.hard(), self.state.soft()), self.best, "a best is remembered with its cost");
        self.emphasis.clear();
        self.shifts = 0;
    }

    fn shift_weights(&mut self) {
        self.shifts += 1;
        if self.shifts > SHIFTS {
            self.return_to_best();
        } else {
            self.emphasis.shift(&self.state.view(self.grid));
        }
    }

    fn macro_step(&mut self, total: u64) {
        let share = |units: u64| units as f64 / total.max(1) as f64;
        self.progress.used = share(self.evaluations);
        self.progress.stale = share(self.evaluations - self.best_at);
        if self.steps.is_multiple_of(MIX_EVERY) {
            self.mix = Mix::of(&self.state.view(self.grid));
        }
        self.steps += 1;
        let seen = look(&self.state.view(self.grid), &self.progress, &self.descriptors, self.mix);
        let (row, chooser) = self.policy.choose(&seen, &self.open_actions(), &mut self.random);
        let action = Action::new(row);
        let (before, evaluations, best) = ((self.state.hard(), self.state.soft()), self.evaluations, self.best);
        self.targets.prepare(action.selector(), &self.state.view(self.grid), &self.emphasis, &mut self.random);
        for _ in 0..CALLS {
            self.call(action.operator());
        }
        let after = (self.state.hard(), self.state.soft());
        let outcome = Outcome {
            gain: self.fall(before, after),
            new_best: self.fall(best, self.best),
            evaluations: self.evaluations - evaluations,
        };
        self.policy.learn(row, chooser, &seen, &outcome);
    }

    /// By how much the objective fell; while there are violations, they alone count.
    fn fall(&self, before: (i32, i32), after: (i32, i32)) -> f64 {
        if before.0 > 0 || after.0 > 0 {
            f64::from((before.0 - after.0) * self.grid.weights.hard)
        } else {
            f64::from(before.1 - after.1)
        }
    }

    /// The mix shares out the work, not the calls: an operator is called the more rarely the more a call of it costs here. Rooms
    /// are not matched while none of the cost is for rooms, nor while something is broken.
    fn open_actions(&self) -> [f64; ACTIONS] {
        std::array::from_fn(|row| match Action::new(row).operator() {
            Operator::PeriodRooms | Operator::CourseRoom if !self.mix.has_rooms() || self.state.hard() > 0 => 0.0,
            operator => 1.0 / self.uses[operator as usize].price(),
        })
    }

    /// Calls an operator once and keeps its steps or takes them back.
    fn call(&mut self, operator: Operator) {
        let mut view = self.state.view(self.grid);
        let repairing = view.hard() > 0;
        let hard_weight = self.grid.weights.hard;
        let weighted = |cost: (i32, i32)| cost.0 * hard_weight + cost.1;
        let mut call = Call {
            target: self.targets.next(&view, &mut self.random),
            limit: self.schedule.thresholds().limit(self.random.word()),
            record: weighted(self.best) - weighted((view.hard(), view.soft())),
            repairing,
            ruin_size: self.ruin_size as usize,
            thresholds: self.schedule.thresholds(),
            random: &mut self.random,
            scratch: &mut self.scratch,
        };
        let limit = call.limit;
        let mut steps = Transaction::new(&mut view, &mut self.log, &self.emphasis);
        let kept = match operator.propose(&mut steps, &mut call) {
            Proposal::Nothing => false,
            Proposal::Whole => steps.worth() <= limit && (repairing || steps.change().hard <= 0),
            Proposal::Settled => true,
        };
        let evaluations = if kept { steps.commit() } else { steps.undo() };
        let record = kept && (view.hard(), view.soft()) < self.best;
        if record {
            self.best = (view.hard(), view.soft());
            self.best_spots.copy_from_slice(view.spots());
        }
        if repairing && view.hard() == 0 {
            self.emphasis.clear();
        }
        self.account(operator, evaluations, kept, record);
    }

    fn account(&mut self, operator: Operator, evaluations: u64, kept: bool, record: bool) {
        // A call that found nothing to look at costs something as well, or a stream could stand still for ever.
        self.evaluations += evaluations.max(1);
        if record {
            self.best_at = self.evaluations;
            self.shifts = 0;
        }
        let hit = if kept { 1.0 } else { 0.0 };
        self.progress.acceptance += AVERAGE_STEP * (hit - self.progress.acceptance);
        if operator == Operator::Ejection {
            self.progress.ejection_success += AVERAGE_STEP * (hit - self.progress.ejection_success);
        }
        if operator == Operator::Ruin {
            let change = if kept { RUIN_STEPS.0 } else { -RUIN_STEPS.1 };
            self.ruin_size = (self.ruin_size + change).clamp(RUIN.0, RUIN.1);
        }
        self.uses[operator as usize].count(evaluations, kept, record);
    }
}
