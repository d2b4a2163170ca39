//! The exact keys.

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::model::Rule;

use super::*;
use crate::dispatch::KillReason;
use crate::supervise::{Death, Outcome};
use crate::watch::{Capacity, CapacitySource};

const AT: Duration = Duration::from_millis(12);

fn who() -> Who {
    Who { stage: Stage::Solve, job: "solve.3".to_owned(), attempt: 2 }
}

fn situation() -> Situation {
    Situation {
        kept: Bytes(0),
        capacity: Bytes(1000),
        host_limit: Bytes(2000),
        host_used: Bytes(901),
        orchestrator: Bytes(10),
        tmpfs: Bytes(5),
        charges: Bytes(85),
    }
}

#[test]
fn an_incumbent_tells_hard_unplaced_and_cost() {
    let fact = Fact::Incumbent { who: who(), cost: Cost { hard: 1, unplaced: 2, soft: 30 } };
    assert_eq!(
        event(AT, &fact),
        r#"{"t_ms":12,"event":"incumbent","stage":"solve","job":"solve.3","attempt":2,"cost":30,"hard":1,"unplaced":2}"#
    );
}

#[test]
fn a_stage_has_no_job_and_a_run_no_stage() {
    let fact = Fact::Skipped { stage: Stage::Evolve, why: "it was asked for" };
    assert_eq!(event(AT, &fact), r#"{"t_ms":12,"event":"skipped","stage":"evolve","why":"it was asked for"}"#);
    assert_eq!(event(AT, &Fact::PressureEnded), r#"{"t_ms":12,"event":"pressure_ended"}"#);
}

#[test]
fn a_resumed_run_tells_what_is_done_already() {
    let fact = Fact::Resumed { done: 7, jobs: Some(19), remarks: vec!["so it is".to_owned()] };
    assert_eq!(event(AT, &fact), r#"{"t_ms":12,"event":"resumed","done":7,"jobs":19,"remarks":["so it is"]}"#);
}

#[test]
fn relief_tells_before_and_after_of_the_pipeline_or_of_a_worker() {
    let fact = Fact::AfterCleanup { stage: Stage::Resolve, pass: 2, before: Bytes(150), situation: situation() };
    assert_eq!(
        event(AT, &fact),
        r#"{"t_ms":12,"event":"relief","stage":"resolve","after":100,"before":150,"capacity":1000,"host":{"limit":2000,"percent":45.1,"used":901},"orchestrator":10,"pass":2,"pipeline":100,"tmpfs":5,"workers":85}"#
    );
    let what = "half the batch".to_owned();
    let fact = Fact::Relieved { who: who(), pass: 1, what, before: Bytes(9), after: Bytes(4) };
    assert_eq!(
        event(AT, &fact),
        r#"{"t_ms":12,"event":"relief","stage":"solve","job":"solve.3","attempt":2,"after":4,"before":9,"pass":1,"what":"half the batch"}"#
    );
}

#[test]
fn a_kill_names_the_reason_and_the_largest() {
    let largest = vec![LargeProcess { pid: 7, name: "python3".to_owned(), resident: Bytes(99) }];
    let (charge, allotment) = (Bytes(97), Bytes(96));
    let fact = Fact::Killed { who: who(), why: KillReason::OverAllotment, charge, allotment, largest };
    assert_eq!(
        event(AT, &fact),
        r#"{"t_ms":12,"event":"killed","stage":"solve","job":"solve.3","attempt":2,"allotment":96,"charge":97,"largest":[{"name":"python3","pid":7,"resident":99}],"who":"orchestrator","why":"over_allotment"}"#
    );
}

#[test]
fn an_outcome_tells_what_follows() {
    let outcome = Outcome::Crash { death: Death::Signal(9), words: "\u{1}\"\n".to_owned() };
    let next = Next::Again { pause: Duration::from_micros(1500) };
    let line = event(AT, &Fact::Ended { who: who(), outcome, next });
    assert!(!line.contains('\n'), "one event, one line: {line}");
    let read: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read["words"], "crashed (SIGKILL): \u{1}\"\n");
    assert_eq!((&read["outcome"], &read["next"], &read["pause_ms"]), (&json!("crash"), &json!("again"), &json!(1.5)));
    let next = Next::RunEnds(Exit::BadInput);
    let read: Value =
        serde_json::from_str(&event(AT, &Fact::Ended { who: who(), outcome: Outcome::BadInput, next })).unwrap();
    assert_eq!((&read["next"], &read["exit_code"]), (&json!("run_ends"), &json!(65)));
}

#[test]
fn a_verdict_has_the_components_by_the_names_of_the_competition() {
    let components = Components::default().with(Rule::RoomStability, 3).with(Rule::Conflicts, 1);
    let line = event(AT, &Fact::Verdict { stage: Stage::Evolve, accepted: false, components });
    let read: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&read["hard"], &read["cost"], &read["accepted"]), (&json!(1), &json!(3), &json!(false)));
    assert_eq!(read["components"]["RoomStability"], 3);
    assert_eq!(read["components"].as_object().unwrap().len(), 8);
}

#[test]
fn the_end_is_the_last_event() {
    let ending = Ending {
        exit: Exit::CannotFit,
        reason: Some("fit".to_owned()),
        components: None,
        reproducible: true,
        irreproducible_because: None,
        effort: 1.0,
        wall: AT,
        peak: Bytes(7),
        capacity: Capacity { bytes: Bytes(9), source: CapacitySource::Machine },
        gains: Vec::new(),
    };
    assert_eq!(
        finished(AT, &ending),
        r#"{"t_ms":12,"event":"finished","capacity_bytes":9,"exit_code":102,"peak_bytes":7,"reason":"fit","reproducible":true}"#
    );
}
