//! What is planned behind a sweep: step by step, and again from a past.

use shared::model::Cost;

use super::super::Fact;
use super::super::event::{Event, Source};
use super::super::testing::{MS, Run};
use crate::plan::{Gain, Shares};
use crate::signal::Interrupt;
use crate::supervise::Death;

fn soft(soft: u64) -> Cost {
    Cost { soft, ..Cost::default() }
}

/// Does one sweep, whose ledgers cost so much before and after it.
fn sweep(run: &mut Run, before: u64, after: u64) {
    run.cost = soft(before);
    let number = run.state.graph.sweeps().saturating_sub(u32::from(run.state.graph.open_end().is_some()));
    let commit = |wave: u32| format!("commit.{number}-{wave}");
    run.go_to(&commit(0));
    run.done(&commit(0), false);
    run.go_to(&commit(2));
    run.cost = soft(after);
    run.done(&commit(2), false);
}

/// A run whose first sweep has gained so much.
fn behind_a_sweep(before: u64, after: u64) -> Run {
    let mut run = Run::until("commit.0-0");
    sweep(&mut run, before, after);
    run
}

fn gains(run: &Run) -> Vec<(Gain, bool)> {
    let of = |fact: &Fact| match fact {
        Fact::SweepEnded { gain, goes_on } => Some((*gain, *goes_on)),
        _ => None,
    };
    run.told.iter().filter_map(of).collect()
}

#[test]
fn a_sweep_that_gains_enough_is_followed_by_another_and_one_that_does_not_is_the_last() {
    let mut run = behind_a_sweep(100, 80);
    assert_eq!(run.names(), ["cluster.1"]);
    let launch = &run.live[&run.key("cluster.1")];
    let names: Vec<&str> = launch.inputs.iter().map(|(role, _)| *role).collect();
    assert_eq!(names, ["instance", "before"]);
    assert!(launch.settings.iter().any(|setting| setting.key == "sweep" && setting.value == "1"));
    assert!(launch.settings.iter().all(|setting| setting.key != "failed"));
    run.done("cluster.1", false);
    assert_eq!(run.names(), ["commit.1-0"]);
    run.done("commit.1-0", false);
    assert_eq!(run.names(), ["solve.1-0", "solve.1-1"]);
    let inputs = &run.live[&run.key("solve.1-0")].inputs;
    assert!(inputs.contains(&("ledger", Source::Artifact("ledger-1-0.art".to_owned()))), "{inputs:?}");
    run.go_to("commit.1-2");
    run.cost = soft(78);
    run.done("commit.1-2", false);
    assert_eq!(run.names(), ["evolve"]);
    let told: Vec<_> = gains(&run).into_iter().map(|(gain, goes_on)| (gain.sweep, gain.after.soft, goes_on)).collect();
    assert_eq!(told, [(Some(0), 80, true), (Some(1), 78, false)]);
}

#[test]
fn there_are_no_more_sweeps_than_allowed() {
    let mut run = Run::new_with(|rules| rules.sweeps = 2);
    run.go_to("commit.0-0");
    sweep(&mut run, 100, 50);
    run.go_to("commit.1-2");
    run.cost = soft(25);
    run.done("commit.1-2", false);
    assert_eq!(run.names(), ["evolve"]);
    let mut run = Run::new_with(|rules| rules.sweeps = 1);
    run.go_to("commit.0-0");
    sweep(&mut run, 100, 50);
    assert_eq!(run.names(), ["evolve"]);
}

#[test]
fn a_cluster_that_was_given_up_is_named_to_the_next_clustering() {
    let mut run = Run::until("solve.0");
    run.state.timetables.before_sweep = Some(soft(100));
    for _ in 0..3 {
        run.gone("solve.0", Death::Signal(11));
        run.now += MS(20_000);
        run.look();
    }
    run.go_to("commit.0-2");
    run.cost = soft(60);
    run.done("commit.0-2", false);
    let settings = &run.live[&run.key("cluster.1")].settings;
    assert!(settings.iter().any(|setting| setting.key == "failed" && setting.value == "0"), "{settings:?}");
}

#[test]
fn what_a_further_clustering_cannot_do_is_left_undone() {
    let mut run = behind_a_sweep(100, 80);
    for _ in 0..3 {
        run.gone("cluster.1", Death::Signal(11));
        run.now += MS(20_000);
        run.look();
    }
    assert_eq!(run.names(), ["evolve"]);
    assert_eq!(run.state.timetables.accepted.as_deref(), Some("ledger-0-2.art"));
    assert!(run.state.tally.is_degraded);
}

#[test]
fn an_interrupt_between_two_sweeps_leads_to_the_export() {
    let mut run = behind_a_sweep(100, 80);
    run.feed(Event::Interrupted(Interrupt::Term));
    run.done("cluster.1", false);
    assert_eq!(run.names(), ["export"]);
}

#[test]
fn where_the_time_of_stage2a_is_over_there_is_no_other_sweep() {
    let mut run = Run::new(Some(Shares::new(MS(10_000), 8, 76)));
    run.go_to("commit.0-0");
    run.cost = soft(100);
    run.done("commit.0-0", false);
    run.now = MS(750);
    run.go_to("commit.0-2");
    run.cost = soft(50);
    run.done("commit.0-2", false);
    assert_eq!(run.names(), ["evolve"]);
}
