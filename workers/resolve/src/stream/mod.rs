//! One stream of the search: a timetable in motion, its own random numbers and policy, and the best it came through.
//!
//! A stream works in macro-steps: the policy chooses an action, which is called twenty times, each call kept or taken back.

mod saved;

use search::{Grid, Spot, State};

use crate::accept::Heat;
use crate::actions::{ACTIONS, Action, mixed, prior};
use crate::crew::{Streaming, Trail, Use, fall};
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
    trail: Trail,
    state: State,
    random: Random,
    policy: Policy<ACTIONS, FEATURES>,
    emphasis: Emphasis,
    targets: Targets,
    scratch: Scratch,
    log: Log,
    descriptors: Descriptors,
    mix: Mix,
    progress: Progress,
    steps: u64,
    uses: [Use; Operator::ALL.len()],
}

impl<'g> Streaming<'g> for Stream<'g> {
    type Landscape = Grid;

    const EVALUATIONS_PER_CLASS: f64 = 150_000.0;

    fn new(grid: &'g Grid, start: &State, settings: &Settings, number: u64) -> Self {
        let mut state = start.clone();
        let mix = Mix::of(&state.view(grid));
        let cost = (state.hard(), state.soft());
        Self {
            grid,
            trail: Trail::new(number, heat(grid.classes), cost, state.view(grid).spots()),
            random: Random::new(settings.seed, number),
            policy: Policy::new(settings, settings.mix.as_ref().map_or_else(prior, mixed), prior()),
            emphasis: Emphasis::none(grid),
            targets: Targets::default(),
            scratch: Scratch::default(),
            log: Log::default(),
            descriptors: Descriptors::new(grid),
            mix,
            progress: Progress { hard_at_start: state.hard(), ..Progress::default() },
            steps: 0,
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

    fn landscape(&self) -> &'g Grid {
        self.grid
    }

    fn trail(&self) -> &Trail {
        &self.trail
    }

    fn trail_mut(&mut self) -> &mut Trail {
        &mut self.trail
    }

    fn is_broken(&self) -> bool {
        self.state.hard() > 0
    }

    fn macro_step(&mut self, total: u64) {
        (self.progress.used, self.progress.stale) = self.trail.shares(total);
        if self.steps.is_multiple_of(MIX_EVERY) {
            self.mix = Mix::of(&self.state.view(self.grid));
        }
        self.steps += 1;
        let seen = look(&self.state.view(self.grid), &self.progress, &self.descriptors, self.mix);
        let (row, chooser) = self.policy.choose(&seen, &self.open_actions(), &mut self.random);
        let action = Action::new(row);
        let (before, evaluations, best) = (self.cost(), self.trail.evaluations(), self.trail.best());
        self.targets.prepare(action.selector(), &self.state.view(self.grid), &self.emphasis, &mut self.random);
        for _ in 0..CALLS {
            self.call(action.operator());
        }
        let hard_weight = self.grid.weights.hard;
        let outcome = Outcome {
            gain: fall(before, self.cost(), hard_weight),
            new_best: fall(best, self.trail.best(), hard_weight),
            evaluations: self.trail.evaluations() - evaluations,
        };
        self.policy.learn(row, chooser, &seen, &outcome);
    }

    fn return_to_best(&mut self) {
        self.state = State::new(self.grid, &Spot::timetable(self.trail.best_spots()));
        debug_assert_eq!(self.cost(), self.trail.best(), "a best is remembered with its cost");
        self.emphasis.clear();
        self.trail.is_back();
    }

    fn shift(&mut self) {
        self.emphasis.shift(&self.state.view(self.grid));
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
    fn cost(&self) -> (i32, i32) {
        (self.state.hard(), self.state.soft())
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
            limit: self.trail.thresholds().limit(self.random.word()),
            record: weighted(self.trail.best()) - weighted((view.hard(), view.soft())),
            repairing,
            ruin_size: self.trail.ruin_size(),
            thresholds: self.trail.thresholds(),
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
        let led_to = kept.then(|| ((view.hard(), view.soft()), view.spots()));
        let is_record = self.trail.count(evaluations, led_to);
        if repairing && view.hard() == 0 {
            self.emphasis.clear();
        }
        self.account(operator, evaluations, kept, is_record);
    }

    fn account(&mut self, operator: Operator, evaluations: u64, is_kept: bool, is_record: bool) {
        let hit = if is_kept { 1.0 } else { 0.0 };
        self.progress.acceptance += AVERAGE_STEP * (hit - self.progress.acceptance);
        if operator == Operator::Ejection {
            self.progress.ejection_success += AVERAGE_STEP * (hit - self.progress.ejection_success);
        }
        if operator == Operator::Ruin {
            self.trail.resize_ruin(is_kept);
        }
        self.uses[operator as usize].count(evaluations, is_kept, is_record);
    }
}
