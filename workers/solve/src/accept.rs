//! Which fragments enter the ledger.

use shared::ids::{ClassId, Id};
use shared::model::cost::recount;
use shared::model::partition::Scope;
use shared::model::{Cost, Fragment, Instance, Ledger, Partition, Placement, Timetable};
use shared::wire::{Failure, FailureKind};

use crate::lease::cell;

/// Why a fragment is refused; the assignment of its classes stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("its classes belong to no single job of this wave")]
    Foreign,
    #[error("it names a class twice")]
    Repeated,
    #[error("it uses a cell outside of its lease")]
    OutsideLease,
    #[error("it is no better: {offered:?} instead of {current:?}")]
    Worse { current: Cost, offered: Cost },
}

/// The ledger while the fragments of a wave are offered to it.
#[derive(Debug)]
pub(crate) struct Guard<'a> {
    instance: &'a Instance,
    partition: &'a Partition,
    /// The scopes of the wave with their leases.
    jobs: Vec<(Scope, Vec<u32>)>,
    timetable: Timetable,
    cost: Cost,
}

impl<'a> Guard<'a> {
    /// A guard over the ledger of wave `wave`.
    pub(crate) fn new(
        instance: &'a Instance,
        partition: &'a Partition,
        ledger: Ledger,
        wave: usize,
    ) -> Result<Self, Failure> {
        let scopes: Vec<Scope> = partition.fan_out.wave(wave).map(|(_, job)| job.scope).collect();
        if scopes.len() != ledger.leases.len() {
            return Err(Failure::new(FailureKind::Bug, "the ledger's leases are not those of the wave before"));
        }
        let cost = recount(instance, &ledger.timetable).cost();
        let jobs = scopes.into_iter().zip(ledger.leases).collect();
        Ok(Self { instance, partition, jobs, timetable: ledger.timetable, cost })
    }

    /// Takes the fragment in, or says why not.
    pub(crate) fn offer(&mut self, fragment: &Fragment) -> Result<(), Refusal> {
        let Some((first, _)) = fragment.placements.first() else { return Ok(()) };
        let lease = self.lease_of(*first).ok_or(Refusal::Foreign)?;
        self.check(fragment, *first, lease)?;
        let mut changed = self.timetable.clone();
        fragment.placements.iter().for_each(|(class, placement)| changed.set(*class, *placement));
        let offered = recount(self.instance, &changed).cost();
        if offered.hard > self.cost.hard || offered > self.cost {
            return Err(Refusal::Worse { current: self.cost, offered });
        }
        (self.timetable, self.cost) = (changed, offered);
        Ok(())
    }

    /// The timetable with all that was accepted.
    pub(crate) fn into_timetable(self) -> Timetable {
        self.timetable
    }

    fn lease_of(&self, class: ClassId) -> Option<&[u32]> {
        let job = self.jobs.iter().find(|(scope, _)| self.covers(*scope, class))?;
        Some(&job.1)
    }

    fn covers(&self, scope: Scope, class: ClassId) -> bool {
        match scope {
            Scope::Cluster(number) => {
                self.partition.labels[self.instance.class_courses()[class.index()].index()].0 == number
            }
            Scope::Repair => true,
        }
    }

    fn check(&self, fragment: &Fragment, first: ClassId, lease: &[u32]) -> Result<(), Refusal> {
        let scope = self.jobs.iter().find(|(scope, _)| self.covers(*scope, first)).ok_or(Refusal::Foreign)?.0;
        let mut seen = vec![false; self.instance.class_count()];
        for (class, placement) in &fragment.placements {
            if !self.covers(scope, *class) {
                return Err(Refusal::Foreign);
            }
            if std::mem::replace(&mut seen[class.index()], true) {
                return Err(Refusal::Repeated);
            }
            let leased = |at: &Placement| lease.binary_search(&cell(self.instance, *at)).is_ok();
            if !placement.as_ref().is_none_or(leased) {
                return Err(Refusal::OutsideLease);
            }
        }
        Ok(())
    }
}
