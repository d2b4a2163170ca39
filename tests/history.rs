//! What one run has found out about memory, the next one knows.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::nightly::{Call, Nightly, text};

/// More than an evolve may ever hold that begins with what it gets at first, and less than there is.
const APPETITE: &str = "300";

/// A short run whose evolve needs more memory than anybody could foresee.
fn hungry(place: &Nightly) -> Call<'_> {
    place.short().flag("--memory", "1G").unruly("evolve", "appetite").variable("UNRULY_APPETITE", APPETITE)
}

fn events(run: &Path, kind: &str) -> Vec<Value> {
    let events = text(&run.join("events.jsonl"));
    let parsed = events.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is an event"));
    parsed.filter(|event| event["event"] == kind).collect()
}

/// How often workers were ended for memory, and what evolve got at its first attempt.
fn deaths_and_first_allotment(run: &Path) -> (usize, u64) {
    let first = events(run, "spawned").into_iter().find(|event| event["job"] == "evolve").expect("evolve was started");
    (events(run, "killed").len(), first["allotment"].as_u64().unwrap())
}

/// A run whose worker died for want of memory spares the next run that death, and the timetable is the same byte for byte,
/// with and without what was learnt.
#[test]
fn no_run_dies_of_what_the_last_one_died_of() {
    let place = Nightly::new();
    let mut found = Vec::new();
    for history in [None, None, Some("off")] {
        let call = hungry(&place);
        let ended = history.into_iter().fold(call, |call, history| call.flag("--history", history)).finish();
        let run = place.path("carillon-runs/college").join(place.latest().unwrap());
        found.push((deaths_and_first_allotment(&run), text(&run.join("solution.sol"))));
        let is_told = ended.expect(0).told.contains("history: evolve starts with ");
        assert_eq!(is_told, found.len() == 2, "{}", ended.told);
        assert_eq!(events(&run, "history").len(), usize::from(is_told));
    }
    let [((first_deaths, first), one), ((second_deaths, second), two), ((off_deaths, off), three)] = &found[..] else {
        panic!("three runs")
    };
    assert!(*first_deaths > 0 && *second_deaths == 0 && *off_deaths > 0, "{found:?}");
    assert!(second > first && off == first, "{first} {second} {off}");
    assert!(one == two && two == three, "what is learnt must not change the timetable");
    place.leaves_nobody();
}

/// A run in a directory of its own learns only where it is told to; a journal that is none is a line, and no obstacle.
#[test]
fn a_run_elsewhere_learns_where_it_is_told_to() {
    let place = Nightly::new();
    hungry(&place).flag("--run-dir", "first").finish().expect(0);
    let strange = place.path("runs/strange");
    fs::create_dir_all(&strange).unwrap();
    fs::write(strange.join("run.journal"), "nobody's journal").unwrap();
    let learns = |run: &str, from: &str| {
        let ended = hungry(&place).flag("--run-dir", run).flag("--history", from).finish();
        ended.expect(0);
        (deaths_and_first_allotment(&place.path(run)).0, ended)
    };
    hungry(&place).flag("--run-dir", "second").finish().expect(0);
    assert!(deaths_and_first_allotment(&place.path("second")).0 > 0, "nobody has told it");
    assert_eq!(learns("third", "first").0, 0);
    let (deaths, ended) = learns("fourth", "runs");
    assert!(deaths > 0, "there is nothing to learn");
    ended.tells(
        "history: runs/strange/run.journal is ignored: failed to read runs/strange/run.journal: it is no journal",
    );
    assert_eq!(text(&place.path("first/solution.sol")), text(&place.path("third/solution.sol")));
}
