//! States that begin with a past.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::model::Cost;
use shared::model::partition::{FanOut, Job, Scope};
use shared::wire::Stage;
use shared::worker::Setting;

use super::Fact;
use super::event::Done;
use super::recall::{Past, PastJob, Remains};
use super::recipe::Recipe;
use super::state::{Rules, State};
use super::testing::{GPU, Run};
use crate::config::Settings;
use crate::plan::Shares;
use crate::policy::gpu::GpuRules;
use crate::policy::{Governor, Lessons, Thresholds};

const NOW: Duration = Duration::from_secs(1);

fn fresh(shares: Option<Shares>) -> State {
    fresh_by(shares, recipe())
}

fn recipe() -> Recipe {
    Recipe { effort: Some(1.0), seed: 1, instance: 1, ..Recipe::default() }
}

fn fresh_by(shares: Option<Shares>, recipe: Recipe) -> State {
    fresh_with(shares, recipe, GPU)
}

fn fresh_with(shares: Option<Shares>, recipe: Recipe, gpu: GpuRules) -> State {
    let settings = Settings::read(&[], Duration::from_secs(1)).unwrap();
    let rules = Rules {
        engine_memory: Bytes(0),
        threads: 2,
        recipe,
        stage_memory: BTreeMap::new(),
        lessons: Lessons::default(),
        instance_bytes: Bytes(10_000),
        solve_memory: Bytes::mib(64),
        sweeps: 3,
        patience: settings.patience,
        retries: settings.retries,
        stages: BTreeSet::from([Stage::Cluster, Stage::Commit, Stage::Solve, Stage::Evolve, Stage::Resolve]),
        gpu,
    };
    State::new(rules, shares, Governor::new(Thresholds::default()))
}

fn output(optimal: bool) -> Remains {
    let done = Done { effort: 1.0, steps: 0, reproducible: true, optimal };
    Remains::Output { done, was_relieved: false, key: 0, content: 0, cost: Some(Cost::default()) }
}

/// Two waves: solve.0 and solve.1, then solve.2. `done` are those whose output is there.
fn past(done: &[&str]) -> Past {
    let row = |wave| Job { wave, bytes: 1, threads: 1, scope: Scope::Cluster(0) };
    let known = |remains| PastJob { attempts: 1, was_closed: true, peak: Bytes(7), remains, checkpoint: None };
    Past {
        jobs: done.iter().map(|job| ((*job).to_owned(), known(output(false)))).collect(),
        tables: vec![FanOut { jobs: vec![row(0), row(0), row(1)] }],
        was_interrupted: false,
        recipe: recipe(),
    }
}

/// With the keys that the outputs would have, as far as each stands behind others that count.
fn with_keys(mut past: Past, fresh: impl Fn() -> State) -> Past {
    loop {
        let mut state = fresh();
        state.recall(NOW, past.clone());
        let ready = state.graph.ready(&state.settled).into_iter();
        let mut named = ready.map(|job| (job, state.graph.work(job).name()));
        let is_output =
            |name: &String| past.jobs.get(name).is_some_and(|known| matches!(known.remains, Remains::Output { .. }));
        let Some((job, name)) = named.find(|(_, name)| is_output(name)) else { return past };
        if let Remains::Output { key, .. } = &mut past.jobs.get_mut(&name).unwrap().remains {
            *key = state.key_by(job, &state.rules.recipe, &[]);
        }
    }
}

fn ready(state: &State) -> Vec<String> {
    state.graph.ready(&state.settled).into_iter().map(|job| state.graph.work(job).name()).collect()
}

fn recalled(past: &Past) -> State {
    let past = with_keys(past.clone(), || fresh(None));
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
    assert_eq!((ready(&state), state.jobs()), (vec!["solve.0".to_owned()], None));
    let state = recalled(&past(&UP_TO_EVOLVE));
    assert_eq!((ready(&state), state.jobs()), (vec!["evolve".to_owned()], Some(15)));
    assert_eq!(state.timetables.accepted.as_deref(), Some("ledger-0-2.art"));
    assert_eq!((state.tally.is_degraded, state.tally.irreproducible), (false, None));
    assert_eq!(state.settled_jobs().len(), UP_TO_EVOLVE.len());
}

/// The lock of a device is gone with the run that had it.
#[test]
fn where_evolve_is_still_to_come_a_device_is_looked_for_again() {
    let wanting = || fresh_with(None, recipe(), GpuRules { is_wanted: true, ..GPU });
    let mut past = past(&UP_TO_EVOLVE);
    past.jobs.get_mut("gpu-probe").unwrap().remains = Remains::Done;
    let past = with_keys(past, wanting);
    let mut state = wanting();
    state.recall(NOW, past);
    assert_eq!(ready(&state), ["gpu-probe"]);
    let mut state = wanting();
    state.recall(NOW, all_but_the_export());
    assert_eq!(ready(&state), ["export"], "nobody needs one any more");
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
    assert_eq!(
        in_a_wave,
        ["fragment-0-0.art", "fragment-0-1.art", "instance.art", "ledger-0-0.art", "partition-0.art"]
    );
}

#[test]
fn a_verdict_moves_the_candidate_forward_or_drops_it() {
    for accepted in [true, false] {
        let mut past = past(&UP_TO_EVOLVE);
        let known = |remains| PastJob { attempts: 1, was_closed: true, peak: Bytes(0), remains, checkpoint: None };
        past.jobs.insert("evolve".to_owned(), known(output(false)));
        past.jobs.insert("audit.evolve".to_owned(), known(Remains::Verdict { accepted, cost: Cost::default() }));
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
    state.recall(NOW, with_keys(past.clone(), || fresh(shares)));
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

/// Everything is done but the export.
fn all_but_the_export() -> Past {
    let all = ["evolve", "resolve"];
    let mut past = past(&[&UP_TO_EVOLVE[..], &all[..]].concat());
    past.jobs.get_mut("gpu-probe").unwrap().remains = Remains::Done;
    for (job, remains) in [
        ("audit.evolve", Remains::Verdict { accepted: true, cost: Cost::default() }),
        ("audit.resolve", Remains::Verdict { accepted: true, cost: Cost::default() }),
        ("gpu-gate", Remains::Done),
    ] {
        let known = PastJob { attempts: 1, was_closed: true, peak: Bytes(0), remains, checkpoint: None };
        past.jobs.insert(job.to_owned(), known);
    }
    with_keys(past, || fresh(None))
}

fn set(key: &str, stage: Stage) -> Recipe {
    let of_workers = vec![(stage, Setting { key: key.to_owned(), value: "3".to_owned() })];
    Recipe { of_workers, ..recipe() }
}

#[test]
fn exactly_what_depends_on_a_change_runs_again() {
    let planted = |stage| Recipe { planted: BTreeMap::from([(stage, 7)]), ..recipe() };
    let table: [(&str, Recipe, &[&str]); 11] = [
        ("nothing", recipe(), &["export"]),
        ("the instance", Recipe { instance: 2, ..recipe() }, &["load"]),
        ("the seed", Recipe { seed: 2, ..recipe() }, &["cluster"]),
        ("the effort", Recipe { effort: Some(2.0), ..recipe() }, &["solve.0", "solve.1"]),
        ("solve by the clock", Recipe { effort: None, ..recipe() }, &["solve.0", "solve.1"]),
        ("cluster.waves", set("cluster.waves", Stage::Cluster), &["cluster"]),
        ("solve.parts", set("solve.parts", Stage::Solve), &["solve.0", "solve.1"]),
        ("evolve.population", set("evolve.population", Stage::Evolve), &["evolve"]),
        ("resolve.streams", set("resolve.streams", Stage::Resolve), &["resolve"]),
        ("the program of commit", planted(Stage::Commit), &["commit.0-0"]),
        ("the program of export", planted(Stage::Export), &["export"]),
    ];
    for (what, recipe, expected) in table {
        let mut state = fresh_by(None, recipe);
        state.recall(NOW, all_but_the_export());
        assert_eq!(ready(&state), expected, "{what}");
    }
}

/// The jobs that run once more when everything was done, the instance has changed, and load seals something that holds `content`.
fn run_again(content: u128) -> (Vec<String>, Vec<String>) {
    let mut past = all_but_the_export();
    if let Remains::Output { content: of_load, .. } = &mut past.jobs.get_mut("load").unwrap().remains {
        *of_load = content;
    }
    // What stands behind load was made from that.
    let past = with_keys(past, || fresh(None));
    let mut run = Run::new(None);
    run.state = fresh_by(None, Recipe { instance: 2, ..recipe() });
    run.state.recall(NOW, past);
    run.live.clear();
    run.told.clear();
    run.look();
    let mut done = Vec::new();
    while let Some(job) = run.names().first().map(|job| (*job).to_owned()) {
        run.done(&job, false);
        done.push(job);
    }
    let recalled =
        run.told.into_iter().filter_map(|fact| if let Fact::Recalled { jobs } = fact { Some(jobs) } else { None });
    (done, recalled.flatten().collect())
}

#[test]
fn a_job_that_makes_again_what_it_had_made_ends_the_repetition() {
    // What runs in these tests holds nothing: 0.
    let (done, recalled) = run_again(0);
    assert_eq!(done, ["load", "export"]);
    assert_eq!(recalled.len(), all_but_the_export().jobs.len() - 1, "all the others: {recalled:?}");
    let (done, recalled) = run_again(9);
    assert!(done.contains(&"cluster".to_owned()), "{done:?}");
    assert!(!recalled.contains(&"cluster".to_owned()), "{recalled:?}");
}

#[test]
fn an_output_of_a_smaller_job_counts_and_says_so() {
    let mut past = with_keys(past(&UP_TO_EVOLVE), || fresh(None));
    let mut state = fresh(None);
    state.recall(NOW, with_keys(self::past(&UP_TO_EVOLVE[..4]), || fresh(None)));
    let job = state.graph.find(crate::plan::Work::Solve { sweep: 0, job: 0, wave: 0 }).unwrap();
    let smaller = state.key_by(job, &recipe(), &[crate::policy::Rung::Parts(2)]);
    if let Remains::Output { key, .. } = &mut past.jobs.get_mut("solve.0").unwrap().remains {
        *key = smaller;
    }
    let mut state = fresh(None);
    state.recall(NOW, past);
    assert_eq!((ready(&state), state.tally.irreproducible), (vec!["evolve".to_owned()], Some("degraded")));
}
