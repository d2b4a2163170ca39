//! Which fragments enter the ledger.

use shared::ids::{ClassId, Id};
use shared::model::cost::{Components, recount};
use shared::model::partition::Scope;
use shared::model::{Cost, Fragment, Instance, Ledger, Partition, Placement, Timetable};
use shared::wire::{Failure, FailureKind};

use crate::campus;
use crate::lease::cells;

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
    counted: Components,
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
        let counted = recount(instance, &ledger.timetable);
        let jobs = scopes.into_iter().zip(ledger.leases).collect();
        Ok(Self { instance, partition, jobs, timetable: ledger.timetable, counted })
    }

    /// Takes the fragment in, or says why not.
    pub(crate) fn offer(&mut self, fragment: &Fragment) -> Result<(), Refusal> {
        let Some((first, _)) = fragment.placements.first() else { return Ok(()) };
        let lease = self.lease_of(*first).ok_or(Refusal::Foreign)?;
        self.check(fragment, *first, lease)?;
        let mut changed = self.timetable.clone();
        fragment.placements.iter().for_each(|(class, placement)| changed.set(*class, *placement));
        let offered = recount(self.instance, &changed);
        if !self.may_follow(&offered) {
            return Err(Refusal::Worse { current: self.counted.priced(), offered: offered.priced() });
        }
        (self.timetable, self.counted) = (changed, offered);
        Ok(())
    }

    fn may_follow(&self, offered: &Components) -> bool {
        if self.instance.campus().is_some() {
            return campus::is_no_worse(&self.counted, offered);
        }
        offered.cost().hard <= self.counted.cost().hard && offered.priced() <= self.counted.priced()
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
            let leased =
                |at: &Placement| cells(self.instance, *class, *at).all(|cell| lease.binary_search(&cell).is_ok());
            if !placement.as_ref().is_none_or(leased) {
                return Err(Refusal::OutsideLease);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::ids::{CourseId, PeriodId, RoomId};

    use super::*;
    use crate::rules::Rules;
    use crate::testing::{halves, random_tables};
    use crate::{guide, lease, rooms};

    /// A guided ledger of the first wave of two clusters.
    fn ledger(instance: &Instance, partition: &Partition) -> Ledger {
        let timetable = rooms::timetable(instance, &guide::sketch(&Rules::new(instance), 1));
        let leases = lease::grant(instance, partition, &timetable, 0);
        Ledger { timetable, leases }
    }

    fn instance() -> Instance {
        let mut tables = shared::model::InstanceTables {
            name: "two".to_owned(),
            days: 1,
            slots_per_day: 3,
            rooms: vec![("r0".to_owned(), 30), ("r1".to_owned(), 30)],
            teachers: vec!["t0".to_owned(), "t1".to_owned()],
            ..Default::default()
        };
        let course = |index: u32| shared::model::instance::CourseRow {
            name: format!("c{index}"),
            teacher: shared::ids::TeacherId(index),
            lectures: 2,
            min_days: 1,
            students: 20,
        };
        tables.courses = (0..2).map(course).collect();
        tables.curricula = vec![("q".to_owned(), vec![CourseId(0)])];
        tables.instance().unwrap()
    }

    fn at(period: u32, room: u32) -> Placement {
        Placement { period: PeriodId(period), room: RoomId(room) }
    }

    /// Course 0 in periods 0 and 1 of room 0, course 1 in the same periods of room 1; course 0 may use room 0 only.
    fn guard<'a>(instance: &'a Instance, partition: &'a Partition) -> Guard<'a> {
        let mut timetable = Timetable::unplaced(4);
        for (class, period, room) in [(0, 0, 0), (1, 1, 0), (2, 0, 1), (3, 1, 1)] {
            timetable.set(ClassId(class), Some(at(period, room)));
        }
        Guard::new(instance, partition, Ledger { timetable, leases: vec![vec![0, 2, 4]] }, 0).unwrap()
    }

    fn refusal(placements: &[(u32, Option<Placement>)]) -> Option<Refusal> {
        let instance = instance();
        let partition = halves(&instance);
        let placements = placements.iter().map(|(class, at)| (ClassId(*class), *at)).collect();
        guard(&instance, &partition).offer(&Fragment { placements }).err()
    }

    #[test]
    fn only_what_keeps_to_the_lease_and_breaks_nothing_is_accepted() {
        assert_eq!(refusal(&[]), None);
        assert_eq!(refusal(&[(0, Some(at(1, 0))), (1, Some(at(2, 0)))]), None, "a move of equal cost");
        assert_eq!(refusal(&[(1, Some(at(2, 1)))]), Some(Refusal::OutsideLease));
        assert_eq!(refusal(&[(2, Some(at(2, 0)))]), Some(Refusal::Foreign), "the other cluster's class");
        assert_eq!(refusal(&[(0, Some(at(2, 0))), (2, Some(at(0, 0)))]), Some(Refusal::Foreign));
        assert_eq!(refusal(&[(0, Some(at(2, 0))), (0, Some(at(0, 0)))]), Some(Refusal::Repeated));
        assert!(matches!(refusal(&[(0, None)]), Some(Refusal::Worse { .. })), "places less");
        assert!(matches!(refusal(&[(0, Some(at(1, 0)))]), Some(Refusal::Worse { .. })), "two classes in a cell");
        assert!(matches!(refusal(&[(1, Some(at(2, 0)))]), Some(Refusal::Worse { .. })), "costs more");
    }

    #[test]
    fn a_ledger_of_another_wave_is_a_bug() {
        let instance = instance();
        let partition = halves(&instance);
        let ledger = Ledger { timetable: Timetable::unplaced(4), leases: Vec::new() };
        assert_eq!(Guard::new(&instance, &partition, ledger, 0).unwrap_err().kind, FailureKind::Bug);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn whatever_is_offered_nothing_breaks(
            tables in random_tables(),
            moves in proptest::collection::vec((any::<u32>(), any::<u32>(), any::<u32>()), 1..40),
        ) {
            let instance = tables.instance().unwrap();
            let partition = halves(&instance);
            let mut guard = Guard::new(&instance, &partition, ledger(&instance, &partition), 0).unwrap();
            let mut cost = guard.counted.cost();
            for (class, period, room) in moves {
                let class = ClassId(class % instance.class_count() as u32);
                let to = at(period % instance.period_count() as u32, room % instance.room_count() as u32);
                let _ = guard.offer(&Fragment { placements: vec![(class, Some(to))] });
                let now = recount(&instance, &guard.timetable).cost();
                prop_assert!(now.hard == 0 && now <= cost);
                prop_assert_eq!(now, guard.counted.cost());
                cost = now;
            }
        }
    }
}
