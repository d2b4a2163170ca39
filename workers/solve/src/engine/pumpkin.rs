//! The built-in engine: lazy clause generation by `pumpkin-core`. The only file that knows that library.
//!
//! Its own optimiser walks down loose slack in hundreds of steps, so it is only ever asked to satisfy: the caller drives the
//! bound. Bounds and fixed Booleans are assumptions, so what it learns under them stays true for later questions. All of it is
//! deterministic: its hash tables have fixed hashers, its random numbers a seed, its budget is counted.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pumpkin_conflict_resolvers::resolvers::ResolutionResolver;
use pumpkin_constraints::less_than_or_equals;
use pumpkin_core::Solver;
use pumpkin_core::branching::branchers::autonomous_search::AutonomousSearch;
use pumpkin_core::branching::{Brancher, BrancherEvent, SelectionContext};
use pumpkin_core::options::{LearningOptions, SolverOptions};
use pumpkin_core::predicates::{Predicate, PredicateConstructor};
use pumpkin_core::proof::ConstraintTag;
use pumpkin_core::rand::SeedableRng;
use pumpkin_core::rand::rngs::SmallRng;
use pumpkin_core::results::{ProblemSolution, SatisfactionResultUnderAssumptions};
use pumpkin_core::termination::TerminationCondition;
use pumpkin_core::variables::{AffineView, DomainId, TransformableVariable};

use super::{Answer, Engine, Pace, Question};
use crate::meter::Meter;
use crate::model::{Constraint, Literal, Model, Term, Var};

/// What one conflict counts, where one decision counts 1: this, and 1 for so many variables. A unit is about 4 µs of a core.
const CONFLICT_WORK: u64 = 10;
const CONFLICT_VARIABLES: u64 = 40;
/// Small steps: what it learns in one question it knows in the next.
const PACE: Pace = Pace { whole: 6_000, neighbourhood: 2_500, courses: 3 };
/// Lectures of a piece of a campus: beyond some of them it stops improving.
pub(super) const PIECE: usize = 40;
/// Booleans of which at most one may hold are told apart pair by pair up to this number; more would cost much memory.
const PAIRS_MOST: usize = 8;
/// Learned clauses of each quality that are kept; the library's own limits are five times as high.
const LEARNED_POOR: usize = 4_000;
const LEARNED_FAIR: usize = 3_000;
const LEARNED_GOOD: usize = 12_000;
/// Megabytes that the library sets aside for learned clauses at once (its default is 50).
const PREALLOCATED: usize = 1;

/// A model inside the library, with what has been learned about it.
#[derive(Debug)]
pub(crate) struct Pumpkin {
    solver: Solver,
    vars: Vec<DomainId>,
    objective: DomainId,
    search: AutonomousSearch<Follow>,
    resolver: ResolutionResolver,
    shared: Rc<Shared>,
    /// The model was found impossible without any assumption.
    impossible: bool,
    /// Which of the Booleans that were fixed the last answer, that it is impossible, follows from.
    core: Vec<Var>,
}

/// What the brancher shares with the engine around it.
#[derive(Debug, Default)]
struct Shared {
    preferred: RefCell<Vec<i32>>,
    conflicts: Cell<u64>,
}

impl Pumpkin {
    /// Hands the model over.
    pub(crate) fn new(model: &Model, seed: u64) -> Self {
        let mut solver = Solver::with_options(options(seed));
        let tag = solver.new_constraint_tag();
        let mut vars: Vec<DomainId> =
            model.uppers().iter().map(|upper| solver.new_bounded_integer(0, *upper as i32)).collect();
        let most = model.objective_most().min(i64::from(i32::MAX / 2)) as i32;
        let objective = solver.new_bounded_integer(0, most);
        for constraint in model.constraints() {
            // What is inconsistent stays so, and takes no more constraints.
            if !solver.is_inconsistent() {
                post(&mut solver, &vars, constraint, tag);
            }
        }
        let mut sum: Vec<AffineView<DomainId>> = terms(&vars, model.objective());
        if !sum.is_empty() && !solver.is_inconsistent() {
            sum.push(objective.scaled(-1));
            post_at_most(&mut solver, sum, 0, tag);
        }
        let shared = Rc::new(Shared::default());
        shared.preferred.borrow_mut().resize(vars.len() + 1, 0);
        vars.push(objective);
        let search = AutonomousSearch::new(Follow { vars: vars.clone(), next: 0, shared: Rc::clone(&shared) });
        let impossible = solver.is_inconsistent();
        Self {
            solver,
            vars,
            objective,
            search,
            resolver: ResolutionResolver::default(),
            shared,
            impossible,
            core: Vec::new(),
        }
    }

    /// Which of the Booleans that were fixed the last answer follows from, if that was that it is impossible. Others may be as good;
    /// where nobody knows, all of them are there.
    pub(crate) fn core(&self) -> &[Var] {
        &self.core
    }

    fn assumptions(&self, question: &Question) -> Vec<Predicate> {
        let bound =
            question.at_most.map(|most| self.objective.upper_bound_predicate(most.min(i64::from(i32::MAX)) as i32));
        let fixed = question.fixed.iter().map(|var| self.vars[var.index()].lower_bound_predicate(1));
        bound.into_iter().chain(fixed).collect()
    }
}

impl Engine for Pumpkin {
    fn pace(&self) -> Pace {
        PACE
    }

    fn prefer(&mut self, values: &[u32]) {
        let mut preferred = self.shared.preferred.borrow_mut();
        preferred.iter_mut().zip(values).for_each(|(preferred, value)| *preferred = *value as i32);
    }

    fn ask(&mut self, question: Question, meter: &mut Meter) -> Answer {
        self.core = question.fixed.to_vec();
        // An answer under assumptions can leave the solver with a contradiction of the model itself; it takes no question then.
        self.impossible |= self.solver.is_inconsistent();
        if self.impossible || question.at_most.is_some_and(|most| most < 0) {
            return Answer::Impossible;
        }
        if meter.is_slice_over() {
            return Answer::Unknown;
        }
        // The library does not get over an assumption that is false before any decision (its state stays "infeasible under
        // assumptions"), so that is answered here.
        let is_low = question.at_most.is_some_and(|most| most < i64::from(self.solver.lower_bound(&self.objective)));
        if is_low || question.fixed.iter().any(|var| self.solver.upper_bound(&self.vars[var.index()]) < 1) {
            return Answer::Impossible;
        }
        let assumptions = self.assumptions(&question);
        let mut watch = Watch {
            meter,
            shared: Rc::clone(&self.shared),
            conflicts: None,
            conflict_work: CONFLICT_WORK + self.vars.len() as u64 / CONFLICT_VARIABLES,
        };
        let result =
            self.solver.satisfy_under_assumptions(&mut self.search, &mut watch, &mut self.resolver, &assumptions);
        match result {
            SatisfactionResultUnderAssumptions::Satisfiable(found) => {
                let solution = found.solution();
                let model_vars = &self.vars[..self.vars.len() - 1];
                Answer::Solution(model_vars.iter().map(|var| solution.get_integer_value(*var) as u32).collect())
            }
            SatisfactionResultUnderAssumptions::UnsatisfiableUnderAssumptions(mut found) => {
                let core = found.extract_core();
                let is_inside =
                    |var: &Var| core.iter().any(|predicate| predicate.get_domain() == self.vars[var.index()]);
                self.core.retain(is_inside);
                Answer::Impossible
            }
            SatisfactionResultUnderAssumptions::Unsatisfiable(_) => {
                self.impossible = true;
                Answer::Impossible
            }
            SatisfactionResultUnderAssumptions::Unknown(_) => Answer::Unknown,
        }
    }
}

fn options(seed: u64) -> SolverOptions {
    SolverOptions {
        random_generator: SmallRng::seed_from_u64(seed),
        learning_options: LearningOptions {
            max_num_high_lbd_nogoods: LEARNED_POOR,
            max_num_mid_lbd_nogoods: LEARNED_FAIR,
            max_num_low_lbd_nogoods: LEARNED_GOOD,
            ..LearningOptions::default()
        },
        memory_preallocated: PREALLOCATED,
        ..SolverOptions::default()
    }
}

/// Posts that the weighted sum is at most `bound`. What is decided already is left out: the library refuses a propagator that
/// has nothing to watch.
fn post_at_most(solver: &mut Solver, sum: Vec<AffineView<DomainId>>, bound: i32, tag: ConstraintTag) {
    let is_open = |view: &AffineView<DomainId>| solver.lower_bound(view) < solver.upper_bound(view);
    let (open, decided): (Vec<_>, Vec<_>) = sum.into_iter().partition(is_open);
    let left = bound - decided.iter().map(|view| solver.lower_bound(view)).sum::<i32>();
    if !open.is_empty() {
        solver.add_constraint(less_than_or_equals(open, left, tag)).post();
    } else if left < 0 {
        solver.add_clause([Predicate::trivially_false()], tag);
    }
}

fn terms(vars: &[DomainId], terms: &[Term]) -> Vec<AffineView<DomainId>> {
    terms.iter().map(|term| vars[term.var.index()].scaled(term.weight)).collect()
}

fn predicate(vars: &[DomainId], literal: Literal) -> Predicate {
    let var = vars[literal.var.index()];
    if literal.holds { var.lower_bound_predicate(1) } else { var.upper_bound_predicate(0) }
}

fn post(solver: &mut Solver, vars: &[DomainId], constraint: &Constraint, tag: ConstraintTag) {
    match constraint {
        Constraint::AtMostOne(those) if those.len() > PAIRS_MOST => {
            post_at_most(solver, those.iter().map(|var| vars[var.index()].scaled(1)).collect(), 1, tag);
        }
        Constraint::AtMostOne(those) => {
            for (index, one) in those.iter().enumerate() {
                for other in &those[..index] {
                    solver.add_clause([predicate(vars, one.fails()), predicate(vars, other.fails())], tag);
                }
            }
        }
        Constraint::Exactly { vars: those, count } => {
            let sum = |weight: i32| those.iter().map(|var| vars[var.index()].scaled(weight)).collect();
            post_at_most(solver, sum(1), *count as i32, tag);
            post_at_most(solver, sum(-1), -(*count as i32), tag);
        }
        Constraint::Clause(literals) => {
            solver.add_clause(literals.iter().map(|literal| predicate(vars, *literal)).collect::<Vec<_>>(), tag);
        }
        Constraint::AtMost { terms: those, bound } => {
            post_at_most(solver, terms(vars, those), *bound, tag);
        }
    }
}

/// Decides the variables that no conflict has pointed at: each takes its preferred value, or else its least.
#[derive(Debug)]
struct Follow {
    vars: Vec<DomainId>,
    next: usize,
    shared: Rc<Shared>,
}

impl Brancher for Follow {
    fn next_decision(&mut self, context: &mut SelectionContext) -> Option<Predicate> {
        let preferred = self.shared.preferred.borrow();
        while let Some(&var) = self.vars.get(self.next) {
            if !context.is_integer_fixed(var) {
                let (least, most) = (context.lower_bound(var), context.upper_bound(var));
                let wanted = preferred[self.next].clamp(least, most);
                return Some(if wanted == most {
                    var.lower_bound_predicate(most)
                } else {
                    var.upper_bound_predicate(wanted)
                });
            }
            self.next += 1;
        }
        None
    }

    fn on_conflict(&mut self) {
        self.shared.conflicts.set(self.shared.conflicts.get() + 1);
    }

    fn synchronise(&mut self, _context: &mut SelectionContext) {
        self.next = 0;
    }

    fn is_restart_pointless(&mut self) -> bool {
        false
    }

    fn subscribe_to_events(&self) -> Vec<BrancherEvent> {
        vec![BrancherEvent::Conflict, BrancherEvent::Synchronise]
    }
}

/// Counts decisions and conflicts into the meter.
struct Watch<'w, 'c> {
    meter: &'w mut Meter<'c>,
    shared: Rc<Shared>,
    /// Conflicts at the last look; nothing before the first.
    conflicts: Option<u64>,
    conflict_work: u64,
}

impl TerminationCondition for Watch<'_, '_> {
    /// The library takes no further question after it was stopped where nothing is decided: before the first decision, or
    /// where a conflict has led back to the root. So it is stopped only if its last step was a decision. That is soon: steps
    /// are decisions and conflicts, and conflicts in a row are fewer than the decisions before them.
    fn should_stop(&mut self) -> bool {
        let conflicts = self.shared.conflicts.get();
        let before = self.conflicts.replace(conflicts);
        self.meter.count(1 + self.conflict_work * (conflicts - before.unwrap_or(conflicts)));
        before == Some(conflicts) && self.meter.is_slice_over()
    }
}
