//! The process between the waves of a campus.

use shared::model::campus::Campus;
use shared::model::cost::{Components, is_optimal, recount};
use shared::model::timetable::Claim;
use shared::model::{Instance, Ledger, Partition, Timetable};
use shared::wire::Failure;
use shared::worker::{Context, Done};

use super::ground::{Ground, student_clashes};
use super::plan::Plan;
use super::{guide, is_no_worse, lease, seat};
use crate::commit::apply;

/// Runs the stage for a campus.
pub(crate) fn work(
    context: &Context,
    instance: &Instance,
    campus: Campus<'_>,
    partition: &Partition,
    wave: usize,
) -> Result<Done, Failure> {
    let ground = Ground::new(instance, campus)?;
    let (timetable, is_all_read) = match context.input("ledger") {
        Ok(path) => {
            let before = recount(instance, &Ledger::open(path, instance)?.timetable);
            let (applied, is_all_read) = apply(context, instance, partition, path, wave)?;
            let timetable = better_seated(&ground, applied);
            if wave > 0 {
                tell(context, campus, &before, &recount(instance, &timetable));
            }
            (timetable, is_all_read)
        }
        Err(_) => (first(context, &ground), true),
    };
    let counted = recount(instance, &timetable);
    if context.input("ledger").is_err() {
        let clashes = student_clashes(campus, &counted);
        context.note(format!(
            "the guide leaves {} classes without a place · {clashes} student clashes",
            counted.unplaced()
        ));
    }
    let leases = lease::grant(&ground, partition, &timetable, wave);
    let cost = counted.priced();
    let claim = Claim { cost, optimal: is_optimal(instance, cost) };
    context.seal(&Ledger { timetable, leases }.artifact(context.key()?, &claim), "ledger")?;
    context.incumbent(cost);
    // What could not be read will be read another time, and then the ledger is another one.
    Ok(Done { optimal: claim.optimal, reproducible: is_all_read && !context.is_stopped(), ..Done::PLAIN })
}

/// The guide's timetable.
fn first(context: &Context, ground: &Ground<'_>) -> Timetable {
    let mut beat = || {
        context.beat(1);
        !context.is_stopped()
    };
    seat::seat_all(&guide::plan(ground, context.args().seed, &mut beat))
}

/// The same starts in rooms dealt out anew, where that is better: it also leaves the free cells of a room together.
fn better_seated(ground: &Ground<'_>, timetable: Timetable) -> Timetable {
    let seated = seat::seat_all(&Plan::of(ground, &timetable));
    let (before, after) = (recount(ground.instance, &timetable), recount(ground.instance, &seated));
    if is_no_worse(&before, &after) { seated } else { timetable }
}

/// What a wave has gained.
fn tell(context: &Context, campus: Campus<'_>, before: &Components, after: &Components) {
    let clashes = [before, after].map(|counted| student_clashes(campus, counted));
    let placed = match before.unplaced() {
        0 => String::new(),
        missing => format!(" · without a place {missing} → {}", after.unplaced()),
    };
    context.note(format!("Student clashes {} → {}{placed}", clashes[0], clashes[1]));
}
