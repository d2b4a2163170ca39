//! Who has to go when the host's memory is in an emergency.

use shared::bytes::Bytes;

use super::{Situation, Thresholds, WorkerView};
use shared::wire::Stage;

/// The worker to kill, if there is an emergency and killing can clear it.
///
/// Those above their allotment are not looked at: they are killed anyway. Nobody is killed while an earlier victim is not
/// reaped, for its memory is still on its way back; nobody who is publishing, for it will be gone at once with its work done;
/// and nobody when even all of ours together would not clear the emergency. Where one alone can clear it, one of those is
/// taken: restartable before not, then the least work that is not saved, then the largest.
pub fn choose(thresholds: &Thresholds, stage: Stage, situation: &Situation, workers: &[WorkerView]) -> Option<u32> {
    let emergency = thresholds.emergency(stage);
    if !situation.is_host_at(emergency) || workers.iter().any(|worker| worker.is_dying) {
        return None;
    }
    let candidates: Vec<&WorkerView> =
        workers.iter().filter(|worker| !worker.is_publishing && worker.charge > Bytes(0)).collect();
    let is_cleared_by = |freed: Bytes| {
        let left = Situation { host_used: situation.host_used.less(freed), ..*situation };
        !left.is_host_at(emergency)
    };
    if !is_cleared_by(candidates.iter().map(|worker| worker.charge).sum()) {
        return None;
    }
    let one_does = candidates.iter().any(|worker| is_cleared_by(worker.charge));
    candidates
        .into_iter()
        .filter(|worker| !one_does || is_cleared_by(worker.charge))
        .min_by_key(|worker| (!worker.is_restartable, worker.unsaved, std::cmp::Reverse(worker.charge), worker.id))
        .map(|worker| worker.id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const M: fn(u64) -> Bytes = Bytes::mib;

    fn worker(id: u32, charge: u64, is_restartable: bool, unsaved: u64) -> WorkerView {
        WorkerView {
            id,
            charge: M(charge),
            allotment: M(500),
            granted: M(500),
            is_restartable,
            unsaved: Duration::from_secs(unsaved),
            is_publishing: false,
            is_dying: false,
        }
    }

    /// 1000 MiB in all, of which the workers hold theirs and others the rest of `used`.
    fn chosen(used: u64, workers: &[WorkerView]) -> Option<u32> {
        let charges = workers.iter().map(|worker| worker.charge).sum();
        let situation = Situation { host_limit: M(1000), host_used: M(used), charges, ..Situation::default() };
        choose(&Thresholds::default(), Stage::Solve, &situation, workers)
    }

    #[test]
    fn victims_in_their_order() {
        let table = [
            ("no emergency", 799, vec![worker(1, 100, true, 0)], None),
            ("the only one", 800, vec![worker(1, 100, true, 0)], Some(1)),
            ("restartable first", 800, vec![worker(1, 100, false, 0), worker(2, 50, true, 9)], Some(2)),
            ("least work at stake", 800, vec![worker(1, 100, true, 5), worker(2, 50, true, 2)], Some(2)),
            ("then the largest", 800, vec![worker(1, 50, true, 2), worker(2, 100, true, 2)], Some(2)),
            ("then any, always the same", 800, vec![worker(2, 50, true, 2), worker(1, 50, true, 2)], Some(1)),
            ("one that is enough", 840, vec![worker(1, 20, true, 0), worker(2, 50, true, 9)], Some(2)),
            ("two that are enough together", 840, vec![worker(1, 30, true, 9), worker(2, 30, true, 2)], Some(2)),
            ("nobody for nothing", 900, vec![worker(1, 50, true, 0), worker(2, 50, true, 0)], None),
            ("nobody there", 900, vec![], None),
        ];
        for (what, used, workers, expected) in table {
            assert_eq!(chosen(used, &workers), expected, "{what}");
        }
    }

    #[test]
    fn the_dying_are_waited_for_and_the_publishing_are_spared() {
        let dying = WorkerView { is_dying: true, ..worker(1, 100, true, 0) };
        assert_eq!(chosen(850, &[dying, worker(2, 100, true, 0)]), None);
        let publishing = WorkerView { is_publishing: true, ..worker(1, 100, true, 0) };
        assert_eq!(chosen(850, &[publishing, worker(2, 100, true, 9)]), Some(2));
        assert_eq!(chosen(850, &[publishing]), None);
    }
}
