//! One job of STAGE2A: reads the ledger of its wave, improves its cluster, publishes a fragment.

use shared::ids::{ClassId, ClusterId, Id};
use shared::model::cost::{is_optimal, recount};
use shared::model::partition::Scope as JobScope;
use shared::model::timetable::Claim;
use shared::model::{Cost, Fragment, Instance, Ledger, Partition, Timetable};
use shared::wire::{Failure, FailureKind};
use shared::worker::{Context, Done};

use crate::bound::{self, Best};
use crate::engine::Engines;
use crate::lower::Lowered;
use crate::meter::Meter;
use crate::rooms::{self, Halls};
use crate::rules::Rules;
use crate::scope::Scope;
use crate::{campus, number, pieces, repair, seed};

/// Work of one unit of effort, for each lecture of the cluster: about 0.3 s of one core for 40 lectures.
const WORK_PER_LECTURE: u64 = 2_000;

/// What all jobs of this stage read.
pub(crate) struct Inputs {
    pub(crate) instance: Instance,
    pub(crate) partition: Partition,
    pub(crate) ledger: Ledger,
}

/// What a job found, before it is sealed.
pub(crate) struct Found {
    /// The classes that the job may place, with their places.
    pub(crate) fragment: Fragment,
    /// The cost of the whole timetable with them.
    pub(crate) cost: Cost,
    /// Work of one unit of effort.
    pub(crate) unit: u64,
}

/// Runs the stage.
pub(crate) fn work(context: &Context) -> Result<Done, Failure> {
    let instance = Instance::open(context.input("instance")?)?;
    let partition = Partition::open(context.input("partition")?, &instance)?;
    let ledger = Ledger::open(context.input("ledger")?, &instance)?;
    let number = number(context, "job")?;
    let job = partition.fan_out.jobs.get(number);
    let job = *job.ok_or_else(|| Failure::new(FailureKind::Bug, format!("there is no job {number}")))?;
    let place = partition.fan_out.wave(job.wave as usize).position(|(other, _)| other == number);
    let lease = place.and_then(|place| ledger.leases.get(place)).cloned();
    let lease = lease.ok_or_else(|| Failure::new(FailureKind::Bug, "the ledger has no lease for this job"))?;
    let inputs = Inputs { instance, partition, ledger };
    if let Some(campus) = inputs.instance.campus() {
        return campus::solve(context, &inputs, campus, job.scope, &lease);
    }
    match job.scope {
        JobScope::Cluster(cluster) => solve_cluster(context, &inputs, ClusterId(cluster), &lease),
        JobScope::Repair => repair::work(context, &inputs),
    }
}

/// Seals what a job found, and reports it where it is better than the ledger.
pub(crate) fn publish(
    context: &Context,
    instance: &Instance,
    before: Cost,
    found: &Found,
    meter: &Meter,
) -> Result<Done, Failure> {
    if found.cost < before {
        context.incumbent(found.cost);
    }
    // An optimum that the engine has proven is one of the cluster alone.
    let optimal = is_optimal(instance, found.cost);
    let claim = Claim { cost: found.cost, optimal };
    context.seal(&found.fragment.artifact(context.key()?, &claim), "fragment")?;
    Ok(Done {
        effort: meter.done() as f64 / found.unit.max(1) as f64,
        steps: meter.done(),
        reproducible: !meter.was_cut(),
        optimal,
    })
}

fn solve_cluster(context: &Context, inputs: &Inputs, cluster: ClusterId, lease: &[u32]) -> Result<Done, Failure> {
    let Inputs { instance, partition, ledger } = inputs;
    let engines = Engines::of(context)?;
    let rules = Rules::new(instance);
    let courses: Vec<usize> =
        (0..instance.course_count()).filter(|course| partition.labels[*course] == cluster).collect();
    let unit = WORK_PER_LECTURE * u64::from(pieces::lectures(&rules, &courses));
    let mut meter = Meter::new(context, unit).with_portions_of(engines.portion_least());
    let before = recount(instance, &ledger.timetable).priced();
    let mut standing = Standing {
        instance,
        rules: &rules,
        lease,
        engines: &engines,
        seed: seed(context)?,
        timetable: ledger.timetable.clone(),
        cost: before,
    };
    standing.improve_all(context, &courses, pieces_of(context)?, &mut meter)?;
    let Standing { timetable, cost, .. } = standing;
    let classes = courses.iter().flat_map(|course| instance.course_classes(Id::new(*course)));
    let placements = classes.map(ClassId::new).map(|class| (class, timetable.get(class))).collect();
    publish(context, instance, before, &Found { fragment: Fragment { placements }, cost, unit }, &meter)
}

/// `solve.parts`: the pieces that a job is solved in, one after the other. More of them hold less memory, and find less.
pub(crate) fn pieces_of(context: &Context) -> Result<usize, Failure> {
    Ok(context.args().read_count("solve.parts")?.unwrap_or(1) as usize)
}

/// How things stand while the pieces of a cluster are improved.
struct Standing<'a> {
    instance: &'a Instance,
    rules: &'a Rules,
    lease: &'a [u32],
    engines: &'a Engines,
    seed: u64,
    timetable: Timetable,
    cost: Cost,
}

impl Standing<'_> {
    /// Improves the courses in so many pieces; in twice as many whenever memory is short.
    fn improve_all(
        &mut self,
        context: &Context,
        courses: &[usize],
        mut count: usize,
        meter: &mut Meter,
    ) -> Result<(), Failure> {
        loop {
            let pieces = pieces::split(self.rules, courses, count);
            for (index, piece) in pieces.iter().enumerate() {
                meter.portion(pieces.len() - index);
                self.improve(piece, meter)?;
            }
            let Some(pass) = meter.take_order() else { return Ok(()) };
            if meter.is_stopped() {
                context.relieved(pass, "the search, which ends with the best so far");
                return Ok(());
            }
            count = (2 * pieces.len()).min(courses.len());
            context.relieved(pass, format!("what the engine had learned; it goes on in {count} pieces"));
        }
    }

    /// The best places for some courses that the engine finds within the meter, all others fixed.
    fn improve(&mut self, courses: &[usize], meter: &mut Meter) -> Result<(), Failure> {
        if meter.is_over() {
            return Ok(());
        }
        let is_free = |course: usize| courses.binary_search(&course).is_ok();
        let scope = Scope::new(self.instance, self.rules, &self.timetable, is_free, self.lease)?;
        let best = best_periods(&scope, self.engines, self.seed, meter);
        let found = seat(self.instance, &scope, &best.chosen, &self.timetable);
        let cost = recount(self.instance, &found).priced();
        if cost < self.cost {
            (self.timetable, self.cost) = (found, cost);
        }
        Ok(())
    }
}

/// The best periods that the engine finds within the meter. The engine and its model are gone when this returns.
fn best_periods(scope: &Scope, engines: &Engines, seed: u64, meter: &mut Meter) -> Best {
    let lowered = Lowered::with_costs(scope);
    let mut engine = engines.load(&lowered.model, seed);
    bound::minimise(&lowered, engine.as_mut(), &scope.start(), &scope.related(), seed, meter)
}

/// The ledger's timetable with the free lectures in these periods, in the best leased rooms.
pub(crate) fn seat(instance: &Instance, scope: &Scope, chosen: &[Vec<usize>], ledger: &Timetable) -> Timetable {
    let halls = Halls::by_size(instance, scope.by_period(chosen), scope.rooms.clone()).settle();
    let mut timetable = ledger.clone();
    for free in &scope.courses {
        instance.course_classes(Id::new(free.course)).for_each(|class| timetable.set(ClassId::new(class), None));
    }
    for (class, at) in rooms::placements(instance, &halls) {
        timetable.set(class, Some(at));
    }
    timetable
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::wire::Order;

    use super::*;
    use crate::guide;
    use crate::testing::{context, random_tables};

    /// Improves all courses from the guide's timetable, after this relief order: the costs before and after, and the meter.
    fn improved<'c>(
        context: &'c Context,
        instance: &Instance,
        pieces: usize,
        pass: Option<u8>,
    ) -> ([Cost; 2], Meter<'c>) {
        let rules = Rules::new(instance);
        let timetable = rooms::timetable(instance, &guide::sketch(&rules, 1));
        let lease: Vec<u32> = (0..(rules.periods * rules.rooms()) as u32).collect();
        let cost = recount(instance, &timetable).cost();
        let mut meter = Meter::new(context, 4_000);
        let engines = Engines::Pumpkin;
        let mut standing =
            Standing { instance, rules: &rules, lease: &lease, engines: &engines, seed: 1, timetable, cost };
        if let Some(pass) = pass {
            context.obey(Order::Relieve { pass });
        }
        let courses: Vec<usize> = (0..rules.courses()).collect();
        standing.improve_all(context, &courses, pieces, &mut meter).unwrap();
        assert_eq!(recount(instance, &standing.timetable).cost(), standing.cost);
        ([cost, standing.cost], meter)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn in_any_number_of_pieces_nothing_gets_worse_and_a_repetition_is_equal(
            tables in random_tables(),
            pieces in 1_usize..5,
        ) {
            let instance = tables.instance().unwrap();
            let context = context(1.0);
            let (costs, meter) = improved(&context, &instance, pieces, None);
            prop_assert!(costs[1] <= costs[0] && costs[1].hard == 0);
            prop_assert!(!meter.was_cut());
            let (again, other) = improved(&context, &instance, pieces, None);
            prop_assert_eq!((again, other.done()), (costs, meter.done()));
        }

        #[test]
        fn relief_shrinks_the_search_before_it_ends_it(tables in random_tables()) {
            let instance = tables.instance().unwrap();
            let all = context(1.0);
            let (_, undisturbed) = improved(&all, &instance, 1, None);
            // A search that is over before it looks for orders shows nothing.
            prop_assume!(undisturbed.done() > 1_000);
            for (pass, goes_on, is_cut) in [(1, true, false), (2, true, true), (3, false, true)] {
                let context = context(1.0);
                let (costs, meter) = improved(&context, &instance, 1, Some(pass));
                prop_assert!(costs[1] <= costs[0]);
                prop_assert_eq!(meter.was_cut(), is_cut, "pass {}", pass);
                prop_assert!(goes_on || meter.done() < 1_000, "{} units after pass {}", meter.done(), pass);
                prop_assert_eq!(context.take_relief(), 0, "pass {} is taken", pass);
            }
        }
    }
}
