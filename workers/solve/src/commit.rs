//! The short-lived process between the waves, the only writer of the ledger.
//!
//! Before the first wave it lets the guide place what it can; before the first wave of a further sweep there is a ledger already,
//! and only the leases are new. After each wave it applies the fragments in the order of their
//! jobs, each only if it keeps to its lease, breaks nothing, and places more or costs no more. Then it leases the cells of the
//! coming wave.

use std::path::Path;

use shared::model::cost::{is_optimal, recount};
use shared::model::timetable::Claim;
use shared::model::{Fragment, Instance, Ledger, Partition, Timetable};
use shared::wire::{Failure, FailureKind};
use shared::worker::{Context, Done};

use crate::accept::Guard;
use crate::engine::Engines;
use crate::meter::Meter;
use crate::repair::{Repair, answer_relief};
use crate::rules::Rules;
use crate::{campus, guide, lease, number, rooms};

/// Work that the engine may do to complete the guide's timetable: a tenth of a second of one core.
const NEAR_WORK: u64 = 25_000;

/// Runs the stage.
pub(crate) fn work(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let partition = Partition::open(context.input("partition")?, &instance)?;
    let wave = number(context, "wave")?;
    if wave > partition.fan_out.waves() {
        return Err(Failure::new(FailureKind::Bug, format!("there is no wave {wave} to commit before")));
    }
    if let Some(campus) = instance.campus() {
        return campus::commit(context, &instance, campus, &partition, wave);
    }
    let (timetable, is_all_read) = match context.input("ledger") {
        Ok(path) => {
            let (timetable, is_all_read) = apply(context, &instance, &partition, path, wave)?;
            (better_seated(&instance, timetable), is_all_read)
        }
        Err(_) => (first(context, &instance)?, true),
    };
    let cost = recount(&instance, &timetable).priced();
    let leases = lease::grant(&instance, &partition, &timetable, wave);
    let claim = Claim { cost, optimal: is_optimal(&instance, cost) };
    context.seal(&Ledger { timetable, leases }.artifact(context.key()?, &claim), "ledger")?;
    context.incumbent(cost);
    // What could not be read will be read another time, and then the ledger is another one.
    Ok(Done { optimal: claim.optimal, reproducible: is_all_read, ..Done::PLAIN })
}

/// The guide's timetable; where it misses lectures, with those that the engine can place close to them.
fn first(context: &Context, instance: &Instance) -> Result<Timetable, Failure> {
    let (rules, seed) = (Rules::new(instance), context.args().seed);
    let timetable = rooms::timetable(instance, &guide::sketch(&rules, seed));
    if timetable.unplaced_count() == 0 {
        return Ok(timetable);
    }
    let mut meter = Meter::with_limit(context, NEAR_WORK);
    let near = Repair::new(instance, &rules, &timetable, &Engines::Pumpkin, seed, 1).complete_near(&mut meter)?;
    answer_relief(context, &mut meter);
    Ok(near.unwrap_or(timetable))
}

/// The same periods in better rooms, where there are such: the jobs of a wave may only use the rooms of their leases.
fn better_seated(instance: &Instance, timetable: Timetable) -> Timetable {
    let seated = rooms::reseat(instance, &timetable);
    if recount(instance, &seated).priced() < recount(instance, &timetable).priced() { seated } else { timetable }
}

/// The timetable of the ledger before, with the accepted fragments of the wave that has ended; and whether all could be read.
pub(crate) fn apply(
    context: &Context,
    instance: &Instance,
    partition: &Partition,
    ledger: &Path,
    wave: usize,
) -> Result<(Timetable, bool), Failure> {
    let ledger = Ledger::open(ledger, instance)?;
    // Before the first wave of a further sweep there is a ledger, and nothing to add to it.
    let Some(ended) = wave.checked_sub(1) else { return Ok((ledger.timetable, true)) };
    let mut guard = Guard::new(instance, partition, ledger, ended)?;
    let mut is_all_read = true;
    for path in context.inputs("fragment") {
        let refusal = match Fragment::open(path, instance) {
            Ok(fragment) => guard.offer(&fragment).err().map(|refusal| refusal.to_string()),
            Err(error) => {
                is_all_read = false;
                Some(format!("failed to {error}"))
            }
        };
        if let Some(why) = refusal {
            let name = path.file_name().map_or_else(|| "a fragment".into(), |name| name.to_string_lossy());
            context.note(format!("{name} is not committed: {why}"));
        }
    }
    Ok((guard.into_timetable(), is_all_read))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::random_tables;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn the_guide_breaks_no_rule(tables in random_tables(), seed in 0..5_u64) {
            let instance = tables.instance().unwrap();
            let rules = Rules::new(&instance);
            let placed = rooms::timetable(&instance, &guide::sketch(&rules, seed));
            let cost = recount(&instance, &placed).cost();
            prop_assert_eq!(cost.hard, 0);
            let seated = better_seated(&instance, placed);
            prop_assert!(recount(&instance, &seated).cost() <= cost);
            let again = rooms::timetable(&instance, &guide::sketch(&rules, seed));
            prop_assert_eq!(better_seated(&instance, again), seated);
        }
    }
}
