//! Each way in which an attempt can end, for each job of a run: what follows.

use std::time::Duration;

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::wire::{Failure, FailureKind, Order, PROTOCOL_VERSION, Report, Stage};

use super::event::{Done, Event, Source};
use super::testing::{CAPACITY, MS, Run};
use super::{Fact, KillReason, Next};
use crate::plan::Shares;
use crate::signal::Interrupt;
use crate::supervise::{Death, Outcome};

const ALL_JOBS: [&str; 12] = [
    "load",
    "cluster",
    "commit.0-0",
    "solve.0",
    "commit.0-1",
    "solve.2",
    "commit.0-2",
    "evolve",
    "audit.evolve",
    "resolve",
    "audit.resolve",
    "export",
];
/// Without these there is no timetable.
const INDISPENSABLE: [&str; 4] = ["load", "cluster", "commit.0-0", "export"];

#[test]
fn a_crash_is_tried_again_whatever_the_job() {
    for job in ALL_JOBS {
        let mut run = Run::until(job);
        run.gone(job, Death::Signal(9));
        assert_eq!(run.last_end().1, Next::Again { pause: MS(0) }, "{job}: the first time at once");
        assert_eq!(run.live[&run.key(job)].who.attempt, 2, "{job}");
        run.gone(job, Death::Signal(9));
        if job.starts_with("audit") {
            assert_eq!(run.last_end().1, Next::GivenUp, "{job}: what fails twice fails always");
            continue;
        }
        assert_eq!(run.last_end().1, Next::Again { pause: MS(100) }, "{job}");
        if run.names().contains(&"gpu-probe") {
            // It has taken the thread.
            run.done("gpu-probe", false);
        }
        assert!(!run.names().contains(&job), "{job} is started before its pause is over");
        assert_eq!(run.state.wake_at(run.now), Some(MS(100)), "{job}");
        run.now += MS(100);
        run.look();
        assert_eq!(run.live[&run.key(job)].who.attempt, 3, "{job}");
    }
}

#[test]
fn a_driver_that_crashes_or_hangs_is_a_machine_without_a_gpu() {
    for is_stuck in [false, true] {
        let mut run = Run::until("gpu-probe");
        while let Some(other) = run.names().iter().find(|name| **name != "gpu-probe").map(ToString::to_string) {
            run.done(&other, false);
        }
        run.hello("gpu-probe");
        if is_stuck {
            let look_after = |run: &mut Run, seconds: u64| {
                run.now += Duration::from_secs(seconds);
                run.look();
            };
            look_after(&mut run, 6);
            look_after(&mut run, 3);
            assert_eq!(run.killed, [KillReason::Hang]);
        }
        run.gone("gpu-probe", Death::Signal(if is_stuck { 9 } else { 11 }));
        assert_eq!(run.last_end().1, Next::GivenUp);
        while !run.state.has_ended() {
            let next = run.names()[0].to_owned();
            run.done(&next, false);
        }
        assert_eq!(run.state.ending(run.now, CAPACITY).exit, Exit::Complete);
    }
}

#[test]
fn a_recount_that_always_crashes_costs_its_stage_and_not_the_run() {
    let mut run = Run::until("audit.evolve");
    for stage in ["audit.evolve", "audit.resolve"] {
        while !run.names().contains(&stage) {
            let next = run.names()[0].to_owned();
            run.done(&next, false);
        }
        for attempt in 1..=2 {
            run.now += MS(1000);
            run.look();
            assert_eq!(run.live[&run.key(stage)].who.attempt, attempt);
            run.gone(stage, Death::Signal(6));
        }
        assert_eq!(run.last_end().1, Next::GivenUp);
    }
    run.done("export", false);
    assert_eq!(run.state.ending(run.now, CAPACITY).exit, Exit::Degraded);
}

#[test]
fn what_no_attempt_can_mend_is_given_up_or_ends_the_run() {
    let table = [
        (FailureKind::BadInput, Exit::BadInput),
        (FailureKind::NoInput, Exit::NoInput),
        (FailureKind::Infeasible, Exit::Infeasible),
        (FailureKind::Io, Exit::Io),
        (FailureKind::DiskFull, Exit::Io),
    ];
    for job in ALL_JOBS {
        for (kind, exit) in table {
            let mut run = Run::until(job);
            run.hello(job);
            run.feed(Event::Said(run.key(job), Report::Failed(Failure::new(kind, "so it is"))));
            run.gone(job, Death::Code(1));
            let is_needed = INDISPENSABLE.contains(&job);
            let expected = if is_needed { Next::RunEnds(exit) } else { Next::GivenUp };
            assert_eq!(run.last_end().1, expected, "{job} {kind:?}");
            assert_eq!(run.state.has_ended(), is_needed, "{job} {kind:?}");
        }
    }
}

#[test]
fn a_job_over_its_allotment_is_killed_and_gets_more() {
    for job in ALL_JOBS {
        let mut run = Run::until(job);
        run.hello(job);
        let first = run.live[&run.key(job)].allotment;
        run.charge = Bytes(first.0 + 1);
        // Others of its wave hold as much; each is judged by its own line.
        run.look();
        assert!(run.killed.contains(&KillReason::OverAllotment), "{job}");
        run.gone(job, Death::Signal(9));
        assert_eq!(run.last_end(), (Outcome::OomAllotment, Next::Again { pause: MS(0) }), "{job}");
        run.charge = Bytes::mib(1);
        while run.names().iter().any(|name| *name != job) && !run.names().contains(&job) {
            let other = run.names()[0].to_owned();
            run.gone(&other, Death::Signal(9));
        }
        assert!(run.live[&run.key(job)].allotment > first, "{job}");
    }
}

#[test]
fn silence_is_a_hang_and_a_beating_heart_is_not() {
    let mut run = Run::until("evolve");
    run.now += MS(5_000);
    run.look();
    assert_eq!(run.killed, [KillReason::NoHello]);
    run.gone("evolve", Death::Signal(9));
    assert_eq!(run.last_end(), (Outcome::Hang, Next::Again { pause: MS(0) }));
    run.hello("evolve");
    for beat in 1..10 {
        run.now += MS(20_000);
        run.feed(Event::Said(run.key("evolve"), Report::Beat { ticks: beat }));
        run.look();
    }
    assert_eq!(run.killed.len(), 1, "it beats");
    run.now += MS(30_000);
    run.feed(Event::Said(run.key("evolve"), Report::Beat { ticks: 9 }));
    run.look();
    assert_eq!(run.killed.last(), Some(&KillReason::Hang), "the same ticks again are no work");
    run.gone("evolve", Death::Signal(9));
    assert_eq!(run.last_end(), (Outcome::Hang, Next::GivenUp));
    assert_eq!(run.names(), ["resolve"], "what went into evolve goes forward");
}

#[test]
fn a_lie_is_a_crash() {
    let mut run = Run::until("cluster");
    run.hello("cluster");
    let done = Done { effort: 1.0, steps: 1, reproducible: true, optimal: false };
    let (key, look, seal) = (run.key("cluster"), run.seen(), Err("there is no such file".to_owned()));
    run.feed(Event::Published { key, done, seal, look });
    assert_eq!(run.killed, [KillReason::Untrustworthy]);
    run.gone("cluster", Death::Signal(9));
    let words = "there is no such file".to_owned();
    assert_eq!(run.last_end().0, Outcome::Crash { death: Death::Signal(9), words });
}

#[test]
fn a_foreign_protocol_is_refused() {
    let mut run = Run::until("load");
    run.feed(Event::Said(run.key("load"), Report::Hello { protocol: PROTOCOL_VERSION + 1, pid: 7 }));
    assert_eq!(run.killed, [KillReason::Untrustworthy]);
}

#[test]
fn more_crashes_than_make_sense_end_the_run() {
    let mut run = Run::until("solve.0");
    for count in 1..=6 {
        assert!(!run.state.has_ended(), "after {} crashes", count - 1);
        let job = run.names()[0].to_owned();
        run.gone(&job, Death::Signal(11));
        run.now += MS(1000);
        run.look();
    }
    while let Some(job) = run.names().first().map(ToString::to_string) {
        run.gone(&job, Death::Signal(9));
    }
    assert!(run.state.has_ended());
    assert_eq!(run.last_end().1, Next::RunEnds(Exit::CrashLoop));
}

#[test]
fn fragments_are_committed_in_the_order_of_their_jobs_and_only_those_there_are() {
    let mut run = Run::until("solve.0");
    assert_eq!(run.names(), ["solve.0", "solve.1"]);
    run.done("solve.1", false);
    run.hello("solve.0");
    run.done("solve.0", false);
    let artifact = |name: &str| Source::Artifact(name.to_owned());
    let fragments = |run: &Run, job: &str| -> Vec<Source> {
        let inputs = run.live[&run.key(job)].inputs.clone();
        inputs.into_iter().filter(|(role, _)| *role == "fragment").map(|(_, source)| source).collect()
    };
    assert_eq!(fragments(&run, "commit.0-1"), [artifact("fragment-0-0.art"), artifact("fragment-0-1.art")]);
    run.done("commit.0-1", false);
    run.done("solve.2", false);
    assert_eq!(fragments(&run, "commit.0-2"), [artifact("fragment-0-2.art")]);
}

#[test]
fn an_optimal_timetable_is_not_searched_any_further() {
    let mut run = Run::until("evolve");
    run.done("evolve", true);
    run.done("audit.evolve", false);
    assert_eq!(run.names(), ["export"]);
    assert!(run.told.iter().any(|fact| matches!(fact, Fact::Skipped { stage: Stage::Resolve, .. })));
    let export = &run.live[&run.key("export")];
    assert!(export.inputs.contains(&("timetable", Source::Artifact("draft.art".to_owned()))));
}

#[test]
fn an_interrupt_stops_the_search_and_exports() {
    let mut run = Run::until("evolve");
    run.hello("evolve");
    run.feed(Event::Interrupted(Interrupt::Term));
    assert_eq!(run.orders.last(), Some(&Order::Stop));
    run.now += MS(2_000);
    run.look();
    assert_eq!(run.killed, [KillReason::NotStopped]);
    run.gone("evolve", Death::Signal(9));
    assert_eq!(run.names(), ["export"]);
    run.feed(Event::Interrupted(Interrupt::Int));
    assert_eq!(run.killed.last(), Some(&KillReason::RunEnds), "the second one waits for nothing");
}

#[test]
fn another_attempt_has_only_the_time_that_is_left() {
    let mut run = Run::new(Some(Shares::new(MS(10_000), 8, 76)));
    while run.names() != ["evolve"] {
        let next = run.names()[0].to_owned();
        run.done(&next, false);
    }
    let first = run.live[&run.key("evolve")].time.unwrap();
    run.now += MS(3_000);
    run.gone("evolve", Death::Signal(9));
    assert_eq!(run.live[&run.key("evolve")].time, Some(first.saturating_sub(MS(3_000))));
}

#[test]
fn pressure_from_outside_is_told_from_being_slow() {
    for (others, exit) in [(Bytes::mib(100), Exit::Deadline), (Bytes::mib(3400), Exit::PressureOutside)] {
        let mut run = Run::new(Some(Shares::new(MS(900), 8, 76)));
        run.done("load", false);
        if exit == Exit::PressureOutside {
            // The next worker was started in time; it crashes, and there is no room for another one.
            run.others = others;
            run.gone("cluster", Death::Signal(9));
        }
        for _ in 0..10 {
            run.now += MS(100);
            run.look();
        }
        while let Some(job) = run.names().first().map(ToString::to_string) {
            run.gone(&job, Death::Signal(9));
        }
        assert!(run.state.has_ended());
        assert_eq!(run.state.ending(run.now, CAPACITY).exit, exit);
    }
}
