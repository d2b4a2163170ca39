//! The last job in a campus: what the waves could not place. Every class free to move if need be, but for pinned ones.
//!
//! First ejection, with far more steps than the guide has; then the engine, around each course that still misses a class.

use shared::ids::{ClassId, Id};
use shared::model::cost::recount;
use shared::model::{Fragment, Timetable};
use shared::wire::Failure;
use shared::worker::{Context, Done};

use super::ground::Ground;
use super::job::Job;
use super::piece::movable;
use super::plan::Plan;
use super::{guide, is_no_worse, seat};
use crate::engine::Engines;
use crate::meter::Meter;
use crate::repair::answer_relief;
use crate::solve::{Found, Inputs, pieces_of, publish};

/// Work of one unit of effort, some seconds of one core; only what is needed is done.
const WORK: u64 = 3_000_000;
/// What a step of the ejection counts.
const STEP_WORK: u64 = 60;
/// Parts of the work that the ejection gets.
const EJECTION: usize = 2;

/// Runs the repair.
pub(crate) fn work(context: &Context, inputs: &Inputs, ground: &Ground<'_>) -> Result<Done, Failure> {
    let Inputs { instance, ledger, .. } = inputs;
    let before = recount(instance, &ledger.timetable);
    let engines = Engines::of(context)?;
    let mut meter = Meter::new(context, WORK).with_portions_of(engines.portion_least());
    let mut found = Found { fragment: Fragment { placements: Vec::new() }, cost: before.priced(), unit: WORK };
    if before.unplaced() > 0 {
        let ejected = eject(context, ground, &ledger.timetable, &mut meter);
        let best = if is_no_worse(&before, &recount(instance, &ejected)) { ejected } else { ledger.timetable.clone() };
        let completed = complete(context, ground, &best, &engines, pieces_of(context)?, &mut meter);
        let after = recount(instance, &completed);
        if is_no_worse(&before, &after) {
            let classes = (0..instance.class_count()).map(ClassId::new);
            found.fragment.placements = classes.map(|class| (class, completed.get(class))).collect();
            found.cost = after.priced();
        }
        answer_relief(context, &mut meter);
    }
    publish(context, instance, before.priced(), &found, &meter)
}

fn eject(context: &Context, ground: &Ground<'_>, timetable: &Timetable, meter: &mut Meter) -> Timetable {
    meter.portion(EJECTION);
    let mut beat = || {
        context.beat(1);
        meter.count(STEP_WORK);
        !meter.is_over()
    };
    let plan = guide::eject(Plan::of(ground, timetable), context.args().seed, usize::MAX, &mut beat);
    let plan = guide::descend(plan, 1, &mut beat);
    seat::seat_all(&plan)
}

/// Asks the engine around each course that misses a class, all cells free.
fn complete(
    context: &Context,
    ground: &Ground<'_>,
    timetable: &Timetable,
    engines: &Engines,
    parts: usize,
    meter: &mut Meter,
) -> Timetable {
    let all: Vec<u32> = (0..(ground.problem.periods * ground.instance.room_count()) as u32).collect();
    let courses: Vec<usize> = (0..ground.courses()).collect();
    let among = movable(ground, &courses);
    let misses = |course: &usize| ground.loose(*course).any(|class| timetable.get(ClassId::new(class)).is_none());
    let missing: Vec<usize> = among.iter().copied().filter(misses).collect();
    let mut job = Job::new(ground, timetable, &all, engines, context.args().seed, parts);
    let mut is_done = vec![false; ground.courses()];
    for (index, course) in missing.iter().enumerate() {
        meter.portion(missing.len() - index);
        if meter.is_over() {
            break;
        }
        job.improve_around(&among, *course, &mut is_done, meter);
    }
    job.timetable
}
