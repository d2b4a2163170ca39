//! What follows from an out-of-memory, from a checkpoint, and from a worker that cannot be killed.

use shared::bytes::Bytes;
use shared::exit::Exit;
use shared::wire::Report;

use super::event::{Event, Source};
use super::testing::{CAPACITY, MS, Run};
use super::{Fact, KillReason, Next};
use crate::policy::Rung;
use crate::supervise::{Death, Outcome};
use crate::watch::{KernelAccount, KernelKill, PeakSource};

/// The kernel ends the attempt at its limit.
fn out_of_memory(run: &mut Run, job: &str) {
    let key = run.key(job);
    let launch = run.live.remove(&key).unwrap();
    let kernel =
        KernelAccount { kill: Some(KernelKill::OwnLimit), peak: Some(launch.allotment), ..KernelAccount::default() };
    let look = run.seen();
    run.feed(Event::Gone { key, death: Death::Signal(9), residual: Bytes(0), kernel, look });
}

fn rungs(run: &Run) -> Vec<Rung> {
    run.told.iter().filter_map(|fact| if let Fact::Degraded { rung, .. } = fact { Some(*rung) } else { None }).collect()
}

fn checkpoint_of(run: &Run, job: &str) -> Option<String> {
    let input = run.live[&run.key(job)].inputs.iter().find(|(role, _)| *role == "checkpoint")?;
    if let Source::Artifact(name) = &input.1 { Some(name.clone()) } else { None }
}

#[test]
fn first_more_memory_then_less_work_then_none() {
    let mut run = Run::until("solve.0");
    let mut allotments = Vec::new();
    while run.names().contains(&"solve.0") {
        let launch = &run.live[&run.key("solve.0")];
        let settings: Vec<String> = launch.settings.iter().map(|of| format!("{}={}", of.key, of.value)).collect();
        allotments.push((launch.allotment.0 >> 20, settings.join(" ")));
        out_of_memory(&mut run, "solve.0");
    }
    let growing = allotments.windows(2).filter(|pair| pair[1].0 > pair[0].0).count();
    assert_eq!(growing, 3, "as often as retry.memory says, or as there is more: {allotments:?}");
    assert_eq!(rungs(&run), [Rung::Parts(2), Rung::Parts(4)]);
    assert_eq!(allotments.last().unwrap().1, "job=0 solve.parts=2 solve.parts=4");
    assert_eq!(run.last_end(), (Outcome::OomAllotment, Next::GivenUp));
    assert_eq!(run.state.ending(MS(0), CAPACITY).irreproducible_because, Some("degraded"));
}

#[test]
fn what_the_user_allows_a_stage_is_the_most() {
    let mut run = Run::new_with(|rules| {
        rules.stage_memory.insert(shared::wire::Stage::Solve, Bytes::mib(64));
    });
    run.go_to("solve.0");
    out_of_memory(&mut run, "solve.0");
    assert_eq!(rungs(&run), [Rung::Parts(2)]);
    assert_eq!(run.live[&run.key("solve.0")].allotment, Bytes::mib(64));
}

#[test]
fn an_end_by_the_kernel_is_told_as_one() {
    let mut run = Run::until("evolve");
    out_of_memory(&mut run, "evolve");
    let is_kernels = |fact: &Fact| matches!(fact, Fact::Killed { why: KillReason::KernelLimit, .. });
    assert!(run.told.iter().any(is_kernels));
    let is_counted = |fact: &Fact| matches!(fact, Fact::Freed { peak_source: PeakSource::Cgroup, .. });
    assert!(run.told.iter().any(is_counted));
    assert!(run.killed.is_empty(), "it is not killed again");
}

#[test]
fn what_the_kernel_has_left_of_an_attempt_is_ended() {
    let mut run = Run::until("evolve");
    run.hello("evolve");
    let (key, allotment) = (run.key("evolve"), run.live[&run.key("evolve")].allotment);
    run.kernel = Some(KernelKill::OwnLimit);
    run.look();
    run.look();
    assert_eq!(run.killed, [KillReason::KernelLimit], "once");
    run.kernel = None;
    run.live.remove(&key);
    let kernel = KernelAccount { kill: Some(KernelKill::OwnLimit), peak: Some(allotment), ..KernelAccount::default() };
    let look = run.seen();
    run.feed(Event::Gone { key, death: Death::Signal(9), residual: Bytes(0), kernel, look });
    assert!(run.told.iter().all(|fact| !matches!(fact, Fact::Killed { .. })), "it was told with the kill");
    assert!(matches!(run.last_end(), (Outcome::OomAllotment, Next::Again { .. })));
    let is_counted = |fact: &Fact| matches!(fact, Fact::Freed { peak_source: PeakSource::Cgroup, .. });
    assert!(run.told.iter().any(is_counted));
}

#[test]
fn who_died_for_the_whole_host_does_not_get_more_memory() {
    let mut run = Run::until("evolve");
    let (key, launch) = (run.key("evolve"), run.live[&run.key("evolve")].clone());
    run.live.remove(&key);
    let kernel = KernelAccount { kill: Some(KernelKill::Above), peak: Some(Bytes(7)), ..KernelAccount::default() };
    let look = run.seen();
    run.feed(Event::Gone { key, death: Death::Signal(9), residual: Bytes(0), kernel, look });
    assert!(matches!(run.last_end(), (Outcome::OomHost, Next::Again { .. })));
    run.look();
    assert_eq!(run.live[&run.key("evolve")].allotment, launch.allotment);
    let is_counted = |fact: &Fact| matches!(fact, Fact::Freed { peak_source: PeakSource::Cgroup, .. });
    assert!(!run.told.iter().any(is_counted), "that peak may be cache");
}

#[test]
fn the_next_attempt_goes_on_from_the_last_checkpoint() {
    let mut run = Run::until("evolve");
    assert_eq!(checkpoint_of(&run, "evolve"), None);
    run.hello("evolve");
    for number in [1, 2] {
        run.feed(Event::Said(run.key("evolve"), Report::Checkpointed { number }));
    }
    run.gone("evolve", Death::Signal(9));
    assert_eq!(checkpoint_of(&run, "evolve").unwrap(), "evolve.ckpt-2.art");
    run.done("evolve", false);
    assert_eq!(run.discarded, ["evolve.ckpt-2.art"], "nobody will need it");
}

#[test]
fn a_checkpoint_that_nobody_gets_beyond_is_not_gone_on_from_again() {
    let mut run = Run::until("resolve");
    run.hello("resolve");
    run.feed(Event::Said(run.key("resolve"), Report::Checkpointed { number: 1 }));
    run.gone("resolve", Death::Signal(11));
    assert!(checkpoint_of(&run, "resolve").is_some());
    run.gone("resolve", Death::Signal(11));
    run.now += MS(100);
    run.look();
    assert_eq!(checkpoint_of(&run, "resolve"), None);
    assert_eq!(run.discarded, ["resolve.ckpt-1.art"]);
}

#[test]
fn a_worker_that_does_not_end_keeps_its_memory_and_loses_its_job() {
    let mut run = Run::until("evolve");
    run.hello("evolve");
    let stuck = run.key("evolve");
    run.charge = Bytes::mib(900);
    run.look();
    assert_eq!(run.killed, [KillReason::OverAllotment]);
    run.feed(Event::Stuck(stuck));
    run.feed(Event::Stuck(stuck));
    assert_eq!(run.last_end(), (Outcome::Unkillable, Next::GivenUp));
    let held = run.state.allotment(stuck).unwrap();
    assert!(held > Bytes(0), "it still holds what it holds");
    // The run goes on beside it, and its end does not wait for it.
    run.charge = Bytes::mib(1);
    run.look();
    for job in ["resolve", "audit.resolve", "export"] {
        assert!(!run.state.has_ended());
        run.done(job, false);
    }
    assert!(run.state.has_ended());
    assert_eq!(run.state.ending(MS(0), CAPACITY).exit, Exit::Degraded);
    // It may be gone one day.
    run.gone_by_key(stuck, Death::Signal(9));
    assert_eq!(run.state.allotment(stuck), None);
}
