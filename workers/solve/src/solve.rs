//! One job of STAGE2A: reads the ledger of its wave, improves its cluster, publishes a fragment.

use shared::ids::{ClassId, ClusterId, Id};
use shared::model::cost::recount;
use shared::model::partition::Scope as JobScope;
use shared::model::timetable::Claim;
use shared::model::{Cost, Fragment, Instance, Ledger, Partition, Timetable};
use shared::wire::{Failure, FailureKind};
use shared::worker::{Context, Done};

use crate::bound::{self, Best};
use crate::engine::Pumpkin;
use crate::lower::Lowered;
use crate::meter::Meter;
use crate::rooms::{self, Halls};
use crate::rules::Rules;
use crate::scope::Scope;
use crate::{number, repair};

/// Work of one unit of effort, for each lecture of the cluster: about 0.3 s of one core for 40 lectures.
const WORK_PER_LECTURE: u64 = 2_000;

/// What all jobs of this stage read.
pub(crate) struct Inputs {
    pub(crate) instance: Instance,
    partition: Partition,
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
    match job.scope {
        JobScope::Cluster(cluster) => solve_cluster(context, &inputs, ClusterId(cluster), &lease),
        JobScope::Repair => repair::work(context, &inputs),
    }
}

/// Seals what a job found, and reports it where it is better than the ledger.
pub(crate) fn publish(context: &Context, before: Cost, found: &Found, meter: &Meter) -> Result<Done, Failure> {
    if found.cost < before {
        context.incumbent(found.cost);
    }
    // Nothing costs less than nothing; any other optimum here is one of the cluster alone.
    let optimal = found.cost == Cost::default();
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
    let rules = Rules::new(instance);
    let is_free = |course: usize| partition.labels[course] == cluster;
    let scope = Scope::new(instance, &rules, &ledger.timetable, is_free, lease)?;
    let unit = WORK_PER_LECTURE * scope.lectures();
    let mut meter = Meter::new(context, unit);
    let best = improve(&scope, context.args().seed, &mut meter);
    let before = recount(instance, &ledger.timetable).cost();
    let found = seat(instance, &scope, &best.chosen, &ledger.timetable);
    let cost = recount(instance, &found).cost();
    let (timetable, cost) = if cost < before { (&found, cost) } else { (&ledger.timetable, before) };
    let classes = scope.courses.iter().flat_map(|free| instance.course_classes(Id::new(free.course)));
    let placements = classes.map(ClassId::new).map(|class| (class, timetable.get(class))).collect();
    publish(context, before, &Found { fragment: Fragment { placements }, cost, unit }, &meter)
}

/// The best periods that the engine finds within the meter.
fn improve(scope: &Scope, seed: u64, meter: &mut Meter) -> Best {
    let lowered = Lowered::with_costs(scope);
    let mut engine = Pumpkin::new(&lowered.model, seed);
    bound::minimise(&lowered, &mut engine, &scope.start(), &scope.related(), seed, meter)
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
