//! The governor's decisions, one situation at a time.

use super::*;

const M: fn(u64) -> Bytes = Bytes::mib;
const WORKER: WorkerView = WorkerView {
    id: 1,
    charge: Bytes::mib(50),
    allotment: Bytes::mib(100),
    granted: Bytes::mib(100),
    is_restartable: true,
    unsaved: Duration::ZERO,
    is_publishing: false,
    is_dying: false,
};
const NEED: Need = Need { least: Bytes::mib(20), wish: Bytes::mib(40) };

/// A host of 1000 MiB, all of it ours to count on; the orchestrator holds 10.
fn observe(governor: &mut Governor, ms: u64, used: u64, workers: &[WorkerView], queue: &[Need]) -> Vec<Action> {
    governor.observe(&seen(ms, used, workers, queue))
}

fn seen<'a>(ms: u64, used: u64, workers: &'a [WorkerView], queue: &'a [Need]) -> Observation<'a> {
    let now = Duration::from_millis(ms);
    let situation = Situation {
        kept: Bytes(0),
        capacity: M(1000),
        host_limit: M(1000),
        host_used: M(used),
        orchestrator: M(10),
        tmpfs: M(0),
        charges: workers.iter().map(|worker| worker.charge).sum(),
    };
    Observation { now, stage: Stage::Solve, situation, host_read_at: now, workers, queue }
}

#[test]
fn above_the_allotment_is_death_and_at_it_is_not() {
    let mut governor = Governor::new(Thresholds::default());
    let at = |charge| WorkerView { charge, allotment: M(100), granted: M(50), ..WORKER };
    assert_eq!(observe(&mut governor, 0, 200, &[at(M(100))], &[]), [Action::Relieve { worker: 1, pass: 1 }]);
    let over = at(M(100) + Bytes(1));
    let kill = [Action::Kill { worker: 1, why: Why::OverAllotment }];
    assert_eq!(observe(&mut governor, 1, 200, &[over], &[]), kill);
    let publishing = WorkerView { is_publishing: true, ..over };
    assert_eq!(observe(&mut governor, 2, 200, &[publishing], &[]), kill, "publishing does not excuse it");
    assert_eq!(observe(&mut governor, 3, 200, &[WorkerView { is_dying: true, ..over }], &[]), [], "killed once");
}

#[test]
fn near_its_line_a_worker_gets_more_before_it_has_to_give() {
    let mut governor = Governor::new(Thresholds::default());
    let near = WorkerView { charge: M(90), ..WORKER };
    assert_eq!(observe(&mut governor, 0, 100, &[near], &[]), [Action::Enlarge { worker: 1, to: M(150) }]);
    let again = WorkerView { charge: M(140), allotment: M(150), ..WORKER };
    assert_eq!(observe(&mut governor, 1, 150, &[again], &[]), [Action::Enlarge { worker: 1, to: M(200) }]);
    let most = WorkerView { charge: M(190), allotment: M(200), ..WORKER };
    let relieve = |pass| vec![Action::Relieve { worker: 1, pass }];
    for (ms, expected) in [(2, relieve(1)), (301, vec![]), (302, relieve(2)), (602, relieve(3)), (999, vec![])] {
        assert_eq!(observe(&mut governor, ms, 200, &[most], &[]), expected, "{ms} ms");
    }
    let calm = WorkerView { charge: M(150), ..most };
    assert_eq!(observe(&mut governor, 1000, 200, &[calm], &[]), []);
    assert_eq!(observe(&mut governor, 2000, 200, &[calm], &[]), [], "calm for a second: it is over");
    assert_eq!(observe(&mut governor, 2001, 200, &[most], &[]), relieve(1));
}

#[test]
fn without_room_for_it_nobody_is_enlarged() {
    let mut governor = Governor::new(Thresholds::default());
    let big = WorkerView { id: 2, charge: M(400), allotment: M(580), granted: M(580), ..WORKER };
    let near = WorkerView { charge: M(90), ..WORKER };
    // 700 less 10 less 4 less 680: there are 6 left.
    assert_eq!(observe(&mut governor, 0, 500, &[near, big], &[]), [Action::Relieve { worker: 1, pass: 1 }]);
}

#[test]
fn high_memory_is_relieved_in_three_passes_and_then_left_alone() {
    let mut governor = Governor::new(Thresholds::default());
    let worker = WorkerView { charge: M(60), ..WORKER };
    let begin = |pass| [Action::HighMemory { pass }, Action::Relieve { worker: 1, pass }];
    assert_eq!(observe(&mut governor, 0, 749, &[worker], &[]), []);
    assert_eq!(observe(&mut governor, 10, 750, &[worker], &[]), begin(1));
    assert_eq!(observe(&mut governor, 309, 760, &[worker], &[]), []);
    assert_eq!(
        observe(&mut governor, 310, 760, &[worker], &[])[..],
        [&[Action::AfterCleanup { pass: 1 }], &begin(2)[..]].concat()
    );
    assert_eq!(
        observe(&mut governor, 610, 760, &[worker], &[])[..],
        [&[Action::AfterCleanup { pass: 2 }], &begin(3)[..]].concat()
    );
    assert_eq!(observe(&mut governor, 910, 760, &[worker], &[]), [Action::AfterCleanup { pass: 3 }]);
    for ms in [911, 1500, 9000] {
        assert_eq!(observe(&mut governor, ms, 790, &[worker], &[]), []);
    }
    for ms in [9001, 11_001] {
        assert_eq!(observe(&mut governor, ms, 690, &[worker], &[]), []);
    }
    assert_eq!(observe(&mut governor, 11_002, 750, &[worker], &[]), begin(1));
}

#[test]
fn the_host_is_measured_after_the_pass_and_not_before() {
    let mut governor = Governor::new(Thresholds::default());
    observe(&mut governor, 0, 760, &[], &[]);
    let mut stale = seen(400, 760, &[], &[]);
    stale.host_read_at = Duration::ZERO;
    assert_eq!(governor.observe(&stale), []);
    assert_eq!(observe(&mut governor, 401, 600, &[], &[]), [Action::AfterCleanup { pass: 1 }]);
}

#[test]
fn resolve_may_use_more_of_the_host() {
    let mut governor = Governor::new(Thresholds::default());
    let mut look = seen(0, 790, &[], &[]);
    look.stage = Stage::Resolve;
    assert_eq!(governor.observe(&look), []);
    look.situation.host_used = M(800);
    assert_eq!(governor.observe(&look), [Action::HighMemory { pass: 1 }]);
}

#[test]
fn between_high_and_emergency_one_job_runs() {
    let mut governor = Governor::new(Thresholds::default());
    let large = WorkerView { charge: M(200), allotment: M(210), granted: M(210), ..WORKER };
    assert!(matches!(governor.admit(&seen(0, 600, &[large], &[NEED])), Admission::Granted(_)));
    observe(&mut governor, 0, 760, &[large], &[NEED]);
    assert_eq!(governor.admit(&seen(1, 600, &[large], &[NEED])), Admission::Busy, "not cleared yet");
    assert!(matches!(governor.admit(&seen(1, 600, &[], &[NEED])), Admission::Granted(_)), "one may always run");
}

#[test]
fn an_emergency_takes_one_victim_at_a_time() {
    let mut governor = Governor::new(Thresholds::default());
    let old = WorkerView { charge: M(90), allotment: M(200), unsaved: Duration::from_secs(9), ..WORKER };
    let young = WorkerView { id: 2, unsaved: Duration::from_secs(1), ..old };
    let kill = |worker| Action::Kill { worker, why: Why::HostEmergency };
    assert!(observe(&mut governor, 0, 880, &[old, young], &[]).contains(&kill(2)));
    let dying = WorkerView { is_dying: true, ..young };
    for ms in [10, 20] {
        assert!(!observe(&mut governor, ms, 880, &[old, dying], &[]).contains(&kill(1)));
    }
    let mut stale = seen(30, 880, &[], &[]);
    let left = [old];
    (stale.workers, stale.situation.charges, stale.host_read_at) = (&left, M(90), Duration::from_millis(20));
    assert!(!governor.observe(&stale).contains(&kill(1)), "the host was read before the victim was reaped");
    assert!(observe(&mut governor, 31, 880, &[old], &[]).contains(&kill(1)));
}

#[test]
fn a_worker_killed_at_its_line_delays_the_emergency() {
    let mut governor = Governor::new(Thresholds::default());
    let over = WorkerView { charge: M(101), ..WORKER };
    let other = WorkerView { id: 2, ..WORKER };
    let kills: Vec<Action> = observe(&mut governor, 0, 810, &[over, other], &[])
        .into_iter()
        .filter(|action| matches!(action, Action::Kill { .. }))
        .collect();
    assert_eq!(kills, [Action::Kill { worker: 1, why: Why::OverAllotment }]);
}

#[test]
fn pressure_from_outside_kills_nobody_waits_and_gives_way() {
    let mut governor = Governor::new(Thresholds::default());
    let mut all = observe(&mut governor, 0, 900, &[WORKER], &[NEED]);
    assert_eq!(all, [Action::HighMemory { pass: 1 }], "neither relief nor death of ours could help");
    assert_eq!(governor.admit(&seen(0, 900, &[WORKER], &[NEED])), Admission::Busy);
    for second in 1..=62 {
        all.extend(observe(&mut governor, second * 1000, 850, &[], &[NEED]));
    }
    all.retain(|action| !matches!(action, Action::HighMemory { .. } | Action::AfterCleanup { .. }));
    assert_eq!(all, [Action::PressureBegan, Action::GiveWay], "once, after a minute without a worker");
    let mut waited = Governor::new(Thresholds::default());
    assert!(observe(&mut waited, 0, 850, &[], &[NEED]).contains(&Action::PressureBegan));
    assert!(observe(&mut waited, 59_000, 400, &[], &[NEED]).contains(&Action::PressureEnded));
    assert!(matches!(waited.admit(&seen(62_000, 400, &[], &[NEED])), Admission::Granted(_)));
}
