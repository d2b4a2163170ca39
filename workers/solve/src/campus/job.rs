//! One job of STAGE2A in a campus: a cluster, piece after piece.

use search::Spot;
use shared::ids::{ClassId, ClusterId, Id};
use shared::model::campus::Campus;
use shared::model::cost::recount;
use shared::model::partition::Scope;
use shared::model::{Fragment, Placement, Timetable};
use shared::wire::Failure;
use shared::worker::{Context, Done};

use super::ground::Ground;
use super::grow::Grower;
use super::lower::lower;
use super::piece::{Piece, movable};
use super::plan::Plan;
use super::seat::Cells;
use super::{is_no_worse, repair};
use crate::bound;
use crate::engine::Engines;
use crate::meter::Meter;
use crate::seed;
use crate::solve::{Found, Inputs, pieces_of, publish};

/// Work of one unit of effort, for each lecture of the cluster.
const WORK_PER_LECTURE: u64 = 1_000;
/// Pairs of courses whose common students are told to the engine; where a piece still misses classes, it is asked without any.
const PAIRS: usize = 200;
/// The least number of pieces that share what is left of the budget.
const SHARES: usize = 6;

/// Runs a job of the stage for a campus.
pub(crate) fn work(
    context: &Context,
    inputs: &Inputs,
    campus: Campus<'_>,
    scope: Scope,
    lease: &[u32],
) -> Result<Done, Failure> {
    let ground = Ground::new(&inputs.instance, campus)?;
    match scope {
        Scope::Cluster(cluster) => solve_cluster(context, inputs, &ground, ClusterId(cluster), lease),
        Scope::Repair => repair::work(context, inputs, &ground),
    }
}

fn solve_cluster(
    context: &Context,
    inputs: &Inputs,
    ground: &Ground<'_>,
    cluster: ClusterId,
    lease: &[u32],
) -> Result<Done, Failure> {
    let Inputs { instance, partition, ledger } = inputs;
    let courses: Vec<usize> = (0..ground.courses()).filter(|course| partition.labels[*course] == cluster).collect();
    let lectures: usize = courses.iter().map(|course| ground.problem.classes_of(*course).len()).sum();
    let unit = WORK_PER_LECTURE * lectures as u64;
    let engines = Engines::of(context)?;
    let mut meter = Meter::new(context, unit).with_portions_of(engines.portion_least());
    let before = recount(instance, &ledger.timetable);
    let mut job = Job::new(ground, &ledger.timetable, lease, &engines, seed(context)?, pieces_of(context)?);
    job.improve_all(context, &movable(ground, &courses), &mut meter);
    let after = recount(instance, &job.timetable);
    let (timetable, cost) = if is_no_worse(&before, &after) {
        (&job.timetable, after.priced())
    } else {
        (&ledger.timetable, before.priced())
    };
    let classes = courses.iter().flat_map(|course| ground.problem.classes_of(*course)).map(ClassId::new);
    let placements = classes.map(|class| (class, timetable.get(class))).collect();
    publish(context, instance, before.priced(), &Found { fragment: Fragment { placements }, cost, unit }, &meter)
}

/// A timetable while pieces of it are improved.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    plan: Plan<'a>,
    pub(crate) timetable: Timetable,
    /// The leased cells that no class takes.
    cells: Cells,
    /// Room class: rooms with leased cells.
    rooms: Vec<Vec<u32>>,
    grower: Grower,
    engines: &'a Engines,
    seed: u64,
}

impl<'a> Job<'a> {
    /// A job from a timetable, under a lease, in pieces that are `parts` times as small as usual.
    pub(crate) fn new(
        ground: &'a Ground<'a>,
        timetable: &Timetable,
        lease: &[u32],
        engines: &'a Engines,
        seed: u64,
        parts: usize,
    ) -> Self {
        let mut cells = Cells::of_lease(ground, lease);
        let count = ground.instance.room_count();
        let mut is_leased = vec![false; count];
        for cell in lease {
            is_leased[*cell as usize % count] = true;
        }
        let rooms = (0..ground.problem.room_class_count())
            .map(|class| {
                ground.problem.rooms_of(class).iter().copied().filter(|room| is_leased[*room as usize]).collect()
            })
            .collect();
        for (class, at) in timetable.placements().iter().enumerate() {
            let length = ground.problem.length(ground.problem.course_of(class));
            if let Some(at) = at {
                cells.set(*at, length, false);
            }
        }
        let plan = Plan::of(ground, timetable);
        Self {
            plan,
            timetable: timetable.clone(),
            cells,
            rooms,
            grower: Grower::new(seed, engines.piece() / parts),
            engines,
            seed,
        }
    }

    /// Improves pieces around the courses that cost most, round after round, until a round gains nothing or the meter is over.
    fn improve_all(&mut self, context: &Context, courses: &[usize], meter: &mut Meter) {
        loop {
            let is_improved = self.round(courses, meter);
            let order = meter.take_order();
            if let Some(pass) = order {
                if meter.is_stopped() {
                    context.relieved(pass, "the search, which ends with the best so far");
                    return;
                }
                self.grower.most = (self.grower.most / 2).max(1);
                context.relieved(
                    pass,
                    format!("what the engine had learned; it goes on with {} lectures at a time", self.grower.most),
                );
            }
            if meter.is_stopped() || !is_improved && order.is_none() {
                return;
            }
        }
    }

    fn round(&mut self, courses: &[usize], meter: &mut Meter) -> bool {
        let mut due: Vec<(i32, usize)> = courses.iter().map(|course| (self.price(*course), *course)).collect();
        due.retain(|(price, _)| *price > 0);
        due.sort_unstable_by_key(|(price, course)| (std::cmp::Reverse(*price), *course));
        let mut is_done = vec![false; self.plan.ground.courses()];
        let mut is_improved = false;
        for (index, (_, course)) in due.iter().enumerate() {
            if is_done[*course] {
                continue;
            }
            meter.portion((due.len() - index).max(SHARES));
            if meter.is_over() {
                break;
            }
            is_improved |= self.improve_around(courses, *course, &mut is_done, meter);
        }
        is_improved
    }

    /// Improves a piece around a course.
    pub(crate) fn improve_around(
        &mut self,
        among: &[usize],
        course: usize,
        is_done: &mut [bool],
        meter: &mut Meter,
    ) -> bool {
        let piece = self.grower.grow(&self.plan, among, course);
        for course in &piece {
            is_done[*course] = true;
        }
        self.improve(&piece, meter)
    }

    /// What the loose classes of a course cost, more than anything where one has no place.
    fn price(&self, course: usize) -> i32 {
        let (problem, state) = (&self.plan.ground.problem, &self.plan.state);
        let of = |class: usize| state.spot(class).map_or(i32::MAX / 64, |_| state.price_of(problem, class).soft.max(0));
        self.plan.ground.loose(course).map(of).fold(0, i32::saturating_add)
    }

    /// Gives the loose classes of some courses the best places that the engine finds; says whether that is better.
    fn improve(&mut self, courses: &[usize], meter: &mut Meter) -> bool {
        let before = (self.plan.unplaced(), self.plan.state.soft());
        let old: Vec<(usize, Option<Placement>)> = courses
            .iter()
            .flat_map(|course| self.plan.ground.loose(*course))
            .map(|class| (class, self.timetable.get(ClassId::new(class))))
            .collect();
        self.take_out(&old);
        let found = self.best(courses, &old, meter);
        let Some(found) = found else {
            self.put_back(&old);
            return false;
        };
        let new: Vec<(usize, Option<Placement>)> = found.into_iter().map(|(class, at)| (class, Some(at))).collect();
        self.put_back(&new);
        let after = (self.plan.unplaced(), self.plan.state.soft());
        if self.plan.state.hard() == 0 && after < before {
            return true;
        }
        self.take_out(&old);
        self.put_back(&old);
        false
    }

    /// The best places of the loose classes of some courses, which have been taken out.
    fn best(
        &self,
        courses: &[usize],
        old: &[(usize, Option<Placement>)],
        meter: &mut Meter,
    ) -> Option<Vec<(usize, Placement)>> {
        let now = |course: usize| {
            let of = old.iter().filter(|(class, _)| self.plan.ground.problem.course_of(*class) == course);
            let mut starts: Vec<usize> = of.filter_map(|(_, at)| Some(at.as_ref()?.period.index())).collect();
            starts.sort_unstable();
            starts
        };
        let piece = Piece::new(&self.plan, &self.cells, &self.rooms, courses, now);
        if !piece.is_sound() {
            return None;
        }
        let start = piece.now();
        let placed = |chosen: &[Vec<usize>]| chosen.iter().map(Vec::len).sum::<usize>();
        let is_whole = placed(&start) == old.len();
        let mut chosen = self.ask(&piece, &start, PAIRS, meter);
        if !is_whole && placed(&chosen) == placed(&start) {
            chosen = self.ask(&piece, &start, 0, meter);
        }
        if chosen == start { None } else { piece.seat(&chosen) }
    }

    fn ask(&self, piece: &Piece<'_, '_>, start: &[Vec<usize>], pairs: usize, meter: &mut Meter) -> Vec<Vec<usize>> {
        let lowered = lower(piece, pairs);
        let mut engine = self.engines.load(&lowered.model, self.seed);
        bound::minimise(&lowered, engine.as_mut(), start, &piece.related(), self.seed, meter).chosen
    }

    fn take_out(&mut self, classes: &[(usize, Option<Placement>)]) {
        for (class, _) in classes {
            let length = self.plan.ground.problem.length(self.plan.ground.problem.course_of(*class));
            if let Some(at) = self.timetable.get(ClassId::new(*class)) {
                self.cells.set(at, length, true);
            }
            self.plan.remove(*class);
            self.timetable.set(ClassId::new(*class), None);
        }
    }

    fn put_back(&mut self, classes: &[(usize, Option<Placement>)]) {
        for (class, at) in classes {
            let Some(at) = *at else { continue };
            let problem = &self.plan.ground.problem;
            self.cells.set(at, problem.length(problem.course_of(*class)), false);
            let spot = Spot::new(at.period.index(), problem.room_class_of(at.room));
            self.plan.place(*class, spot);
            self.timetable.set(ClassId::new(*class), Some(at));
        }
    }
}
