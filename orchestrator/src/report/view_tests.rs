//! The exact lines.

use shared::model::{Components, Rule};

use super::*;
use crate::dispatch::Who;
use crate::plan::Gain;
use crate::policy::Situation;
use crate::supervise::Outcome;

const NOW: Duration = Duration::from_secs(42);

fn situation() -> Situation {
    let none = Bytes(0);
    let (capacity, host_limit) = (Bytes::mib(4096), Bytes::mib(4096));
    Situation { capacity, host_limit, host_used: none, orchestrator: none, tmpfs: none, charges: none, kept: none }
}

fn before(stage: Stage, jobs: usize) -> Fact {
    Fact::MemoryBefore { stage, situation: situation(), jobs, waves: 2, at_once: 2, allotment: Bytes::mib(96) }
}

fn who(stage: Stage) -> Who {
    Who { stage, job: "job".to_owned(), attempt: 1 }
}

fn ended(stage: Stage, next: Next) -> Fact {
    Fact::Ended { who: who(stage), outcome: Outcome::Sealed, next }
}

fn spawned(stage: Stage, time: Option<Duration>) -> Fact {
    Fact::Spawned { who: who(stage), pid: 1, allotment: Bytes::mib(96), threads: 1, effort: None, time }
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A view to which that has been told, and the lines that it has settled.
fn told(limit: Option<Duration>, facts: &[(u64, Fact)]) -> (View, Vec<String>) {
    let mut view = View::new(limit);
    view.held(Bytes::mib(31), Bytes::mib(170));
    let mut settled = Vec::new();
    for (seconds, fact) in facts {
        settled.extend(view.note(at(*seconds), fact).into_iter().map(|line| line.text));
        view.held(Bytes::mib(31), Bytes::mib(170));
    }
    (view, settled)
}

fn solving() -> View {
    let (mut view, _) = told(
        Some(at(60)),
        &[
            (0, before(Stage::Solve, 9)),
            (1, ended(Stage::Solve, Next::Accepted)),
            (1, ended(Stage::Solve, Next::Again { pause: at(1) })),
            (2, ended(Stage::Solve, Next::GivenUp)),
        ],
    );
    view.better(Cost { hard: 3, unplaced: 2, soft: 1234 });
    view
}

/// The narrower a screen is, the less is said, and never more than fits.
#[test]
fn a_line_fits_any_screen() {
    let view = solving();
    let line = |columns| view.live(NOW, columns, false).unwrap();
    for (columns, expected) in [
        (
            119,
            "STAGE2A CP-SAT  ━━━━━─────────────────── 2/9 · 3 hard · 2 unplaced · cost 1234 · 31/170MB · 42 s · 18 s left",
        ),
        (91, "STAGE2A CP-SAT  ━━───── 2/9 · 3 hard · 2 unplaced · cost 1234 · 31/170MB · 42 s · 18 s left"),
        (83, "STAGE2A CP-SAT  ━───── 2/9 · 3 hard · 2 unplaced · cost 1234 · 31/170MB · 18 s left"),
        (79, "STAGE2A CP-SAT  2/9 · 3 hard · 2 unplaced · cost 1234 · 31/170MB · 18 s left"),
        (59, "STAGE2A 2/9 · 3 hard · 2 unplaced · cost 1234 · 18 s left"),
        (39, "STAGE2A 3 hard · 2 unplaced · cost 1234"),
        (19, "STAGE2A 3 hard · 2…"),
    ] {
        assert_eq!(line(columns), expected, "{columns} columns");
    }
    for columns in 1..200 {
        assert!(width(&line(columns)) <= columns, "{columns} columns: {:?}", line(columns));
    }
    let bar = "\x1b[36m━━━━━───────────────────\x1b[0m ";
    assert!(view.live(NOW, 119, true).unwrap().starts_with(&format!("{}{bar}2/9", head(Stage::Solve))));
}

/// A stage is settled when the next one begins; what lies between the stages is none, and what clusters a later sweep belongs to STAGE2A.
#[test]
fn each_stage_leaves_one_line() {
    let gain = Gain {
        stage: Stage::Solve,
        sweep: Some(0),
        before: Cost::default(),
        after: Cost { hard: 0, unplaced: 1, soft: 9 },
    };
    let (mut view, settled) = told(
        None,
        &[
            (0, before(Stage::Load, 1)),
            (1, before(Stage::Cluster, 1)),
            (2, before(Stage::Commit, 3)),
            (2, before(Stage::GpuProbe, 1)),
            (3, before(Stage::Solve, 4)),
            (4, Fact::SweepEnded { gain, goes_on: true }),
            (4, before(Stage::Cluster, 1)),
            (5, before(Stage::Solve, 5)),
            (6, ended(Stage::Solve, Next::Accepted)),
            (7, before(Stage::Evolve, 1)),
            (8, Fact::Skipped { stage: Stage::Evolve, why: "its time is over" }),
            (8, ended(Stage::Evolve, Next::GivenUp)),
            (8, before(Stage::Audit, 1)),
            (
                9,
                Fact::Verdict {
                    stage: Stage::Evolve,
                    accepted: true,
                    components: Components::default().with(Rule::RoomCapacity, 5),
                },
            ),
            (10, Fact::Skipped { stage: Stage::Resolve, why: "the timetable is proven optimal" }),
            (11, before(Stage::Export, 1)),
        ],
    );
    let expected = [
        "STAGE0  load    ✓ 1.0 s · peak 31.0MB",
        "STAGE1  cluster ✓ 1.0 s · peak 31.0MB",
        "STAGE2A CP-SAT  ✓ 0 hard · 1 unplaced · cost 9 · 5.0 s · peak 31.0MB",
        "STAGE2B GA      ! 0 hard · cost 5 · 3.0 s · peak 31.0MB",
        "STAGE3  RL      skipped: the timetable is proven optimal",
    ];
    assert_eq!(settled, expected);
    assert!(view.live(NOW, 79, false).unwrap().starts_with("EXPORT          0 hard · cost 5"));
    assert!(view.settle(at(12)).is_some() && view.settle(at(12)).is_none() && view.live(NOW, 79, false).is_none());
}

/// A search that was given a time is as far as that time is.
#[test]
fn a_search_is_as_far_as_its_time() {
    let (mut view, _) = told(None, &[(30, before(Stage::Evolve, 1))]);
    let share = |view: &View| view.step.as_ref().and_then(|step| step.share(NOW));
    assert_eq!(share(&view), None, "nobody knows");
    view.note(at(40), &spawned(Stage::Evolve, Some(at(8))));
    assert_eq!(share(&view), Some(0.25));
    view.note(at(2), &spawned(Stage::Evolve, Some(at(8))));
    assert_eq!(share(&view), Some(1.0), "it is late");
    view.note(at(40), &spawned(Stage::Audit, Some(at(400))));
    assert_eq!(share(&view), Some(1.0), "that is somebody else");
}

/// Plain progress comes each half minute of a stage, and not before.
#[test]
fn plain_progress_comes_each_half_minute_of_a_stage() {
    for (now, began, pulsed, expected) in [
        (29, 0, 0, false),
        (30, 0, 0, true),
        (59, 30, 0, false),
        (60, 30, 0, true),
        (60, 0, 31, false),
        (61, 0, 31, true),
    ] {
        assert_eq!(is_due(at(now), at(began), at(pulsed)), expected, "{now} s, began at {began}, told at {pulsed}");
    }
    let mut view = solving();
    assert_eq!(view.pulse(at(29)), None);
    let line = view.pulse(NOW).unwrap().text;
    let expected =
        "[STAGE2A] 2 of 9 jobs · 3 hard · 2 unplaced · cost 1234 · memory 31.0MB of 170.0MB · 42 s · 18 s left";
    assert_eq!(line, expected);
    assert_eq!(view.pulse(NOW), None);
    // A machine that slept tells once, and not all that was missed.
    assert!(view.pulse(at(4000)).is_some() && view.pulse(at(4001)).is_none());
    assert_eq!(View::default().pulse(NOW), None, "no stage, no progress");
}

#[test]
fn times_are_short() {
    for (seconds, expected) in [(0, "0 s"), (59, "59 s"), (60, "1:00"), (3599, "59:59"), (3725, "1:02:05")] {
        assert_eq!(lasted(at(seconds)), expected);
    }
}
