//! States that begin with a past.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::model::partition::{FanOut, Job, Scope};
use shared::wire::Stage;

use super::event::Done;
use super::recall::{Past, PastJob, Remains};
use super::state::{Rules, State};
use crate::config::Settings;
use crate::plan::Shares;
use crate::policy::{Governor, Lessons, Thresholds};

const NOW: Duration = Duration::from_secs(1);

fn fresh(shares: Option<Shares>) -> State {
    let settings = Settings::read(&[], Duration::from_secs(1)).unwrap();
    let rules = Rules {
        threads: 2,
        effort: Some(1.0),
        stage_memory: BTreeMap::new(),
        lessons: Lessons::default(),
        instance_bytes: Bytes(10_000),
        solve_memory: Bytes::mib(64),
        patience: settings.patience,
        retries: settings.retries,
        of_workers: Vec::new(),
        stages: BTreeSet::from([Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Evolve, Stage::Resolve]),
    };
    State::new(rules, shares, Governor::new(Thresholds::default()))
}

fn output(optimal: bool) -> Remains {
    let done = Done { effort: 1.0, steps: 0, reproducible: true, optimal };
    Remains::Output { done, was_relieved: false }
}

/// Two waves: solve.0 and solve.1, then solve.2. `done` are those whose output is there.
fn past(done: &[&str]) -> Past {
    let row = |wave| Job { wave, bytes: 1, threads: 1, scope: Scope::Cluster(0) };
    let known = |remains| PastJob { attempts: 1, was_closed: true, peak: Bytes(7), remains, checkpoint: None };
    Past {
        jobs: done.iter().map(|job| ((*job).to_owned(), known(output(false)))).collect(),
        table: Some(FanOut { jobs: vec![row(0), row(0), row(1)] }),
        was_interrupted: false,
    }
}

fn ready(state: &State) -> Vec<String> {
    state.graph.ready(&state.settled).into_iter().map(|job| state.graph.work(job).name()).collect()
}

fn recalled(past: &Past) -> State {
    let mut state = fresh(None);
    state.recall(NOW, past);
    state
}

const UP_TO_EVOLVE: [&str; 9] =
    ["load", "cluster", "commit.0-0", "gpu-probe", "solve.0", "solve.1", "commit.0-1", "solve.2", "commit.0-2"];

#[test]
fn it_goes_on_behind_what_is_done() {
    let state = recalled(&past(&[]));
    assert_eq!((ready(&state), state.jobs()), (vec!["load".to_owned()], None));
    let state = recalled(&past(&["load", "cluster", "commit.0-0", "gpu-probe", "solve.1"]));
    assert_eq!((ready(&state), state.jobs()), (vec!["solve.0".to_owned()], Some(15)));
    let state = recalled(&past(&UP_TO_EVOLVE));
    assert_eq!(ready(&state), ["evolve"]);
    assert_eq!(state.timetables.accepted.as_deref(), Some("ledger-0-2.art"));
    assert_eq!((state.tally.is_degraded, state.tally.irreproducible), (false, None));
    assert_eq!(state.settled_jobs().len(), UP_TO_EVOLVE.len());
}

#[test]
fn nothing_counts_behind_what_is_lost() {
    let mut past = past(&UP_TO_EVOLVE);
    past.jobs.get_mut("solve.0").unwrap().remains = Remains::Nothing;
    let state = recalled(&past);
    assert_eq!(ready(&state), ["solve.0"]);
    assert_eq!(state.timetables.accepted.as_deref(), Some("ledger-0-0.art"));
}

#[test]
fn only_what_will_be_read_is_needed() {
    let needed = |done: &[&str]| recalled(&past(done)).files_needed().into_keys().collect::<Vec<_>>();
    assert_eq!(needed(&[]), Vec::<String>::new());
    assert_eq!(needed(&UP_TO_EVOLVE), ["instance.art", "ledger-0-2.art"]);
    let in_a_wave = needed(&UP_TO_EVOLVE[..6]);
    assert_eq!(in_a_wave, ["fragment-0-0.art", "fragment-0-1.art", "instance.art", "ledger-0-0.art", "partition.art"]);
}

#[test]
fn a_verdict_moves_the_candidate_forward_or_drops_it() {
    for accepted in [true, false] {
        let mut past = past(&UP_TO_EVOLVE);
        let known = |remains| PastJob { attempts: 1, was_closed: true, peak: Bytes(0), remains, checkpoint: None };
        past.jobs.insert("evolve".to_owned(), known(output(false)));
        past.jobs.insert("audit.evolve".to_owned(), known(Remains::Verdict(accepted)));
        let state = recalled(&past);
        assert_eq!(ready(&state), ["resolve"]);
        let expected = if accepted { "draft.art" } else { "ledger-0-2.art" };
        assert_eq!(state.timetables.accepted.as_deref(), Some(expected));
        assert_eq!(state.tally.is_degraded, !accepted);
    }
}

#[test]
fn what_was_given_up_stays_given_up() {
    let mut past = past(&UP_TO_EVOLVE);
    let remains = Remains::GivenUp { is_loss: true };
    past.jobs.insert(
        "evolve".to_owned(),
        PastJob { attempts: 3, was_closed: true, peak: Bytes(0), remains, checkpoint: None },
    );
    let state = recalled(&past);
    assert_eq!(ready(&state), ["resolve"]);
    assert!(state.tally.is_degraded);
}

#[test]
fn a_job_without_a_trace_was_left_out_if_others_passed_it() {
    let mut past = past(&UP_TO_EVOLVE);
    past.jobs.remove("solve.2");
    let shares = Some(Shares::new(Duration::from_secs(9), 8, 76));
    let mut state = fresh(shares);
    state.recall(NOW, &past);
    assert_eq!(ready(&state), ["evolve"]);
    assert_eq!(state.tally.irreproducible, Some("clock"));
    past.was_interrupted = true;
    assert_eq!(ready(&recalled(&past)), ["solve.2"], "an interrupt passes everything");
}

#[test]
fn nothing_is_searched_behind_an_optimum() {
    let mut past = past(&UP_TO_EVOLVE[..4]);
    past.jobs.get_mut("commit.0-0").unwrap().remains = output(true);
    let state = recalled(&past);
    assert_eq!(ready(&state), ["export"]);
    assert!(state.timetables.is_optimal);
}

#[test]
fn attempts_go_on_counting() {
    let state = recalled(&past(&["load"]));
    assert_eq!((state.attempts_before["load"], state.tally.peak), (1, Bytes(7)));
}
