//! Figures of a run for whoever watches many: always a whole file in the format of Prometheus, whatever the end was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::harness::nightly::{Nightly, text};

/// What a file tells: its figures by name and labels.
#[derive(Debug, Default)]
struct Told(BTreeMap<(String, BTreeMap<String, String>), f64>);

impl Told {
    /// Reads a file as strictly as its format is written down: help, type and figures of a name stand together, once.
    fn read(path: &Path) -> Self {
        let text = text(path);
        assert!(text.ends_with('\n'), "{text}");
        let mut told = Self::default();
        let mut names = BTreeSet::new();
        let mut of = String::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                of = help.split_once(' ').expect("it helps").0.to_owned();
                assert!(names.insert(of.clone()), "{of} comes twice");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                assert_eq!(kind, format!("{of} gauge"));
            } else {
                let (name, rest) = line.split_once('{').unwrap_or_else(|| panic!("{line:?} has no labels"));
                assert_eq!(name, of, "{line}");
                let (labels, rest) = labels(rest);
                let value: f64 = rest.strip_prefix(' ').and_then(|value| value.parse().ok()).expect(line);
                assert_eq!(told.0.insert((of.clone(), labels), value), None, "{line} comes twice");
            }
        }
        told
    }

    /// The figure of a name, and of a value of its own label where it has one.
    fn figure(&self, name: &str, of: Option<&str>) -> Option<f64> {
        let is_it = |labels: &BTreeMap<String, String>| {
            let own: Vec<&str> =
                labels.iter().filter(|(label, _)| *label != "input").map(|(_, v)| v.as_str()).collect();
            own == of.into_iter().collect::<Vec<_>>()
        };
        let name = format!("carillon_{name}");
        self.0.iter().find(|((found, labels), _)| *found == name && is_it(labels)).map(|(_, value)| *value)
    }

    /// Of which input it is.
    fn input(&self) -> &str {
        let inputs: BTreeSet<&str> = self.0.keys().map(|(_, labels)| labels["input"].as_str()).collect();
        assert_eq!(inputs.len(), 1, "{inputs:?}");
        inputs.first().unwrap()
    }
}

/// Labels up to their brace, and what stands behind it.
fn labels(mut rest: &str) -> (BTreeMap<String, String>, &str) {
    let mut labels = BTreeMap::new();
    loop {
        let (name, value) = rest.split_once("=\"").expect("a label has a value");
        let mut text = String::new();
        let mut letters = value.char_indices();
        let end = loop {
            match letters.next().expect("a value ends") {
                (at, '"') => break at + 1,
                (_, '\\') => text.push(match letters.next().map(|(_, letter)| letter) {
                    Some('n') => '\n',
                    Some(letter @ ('\\' | '"')) => letter,
                    other => panic!("{other:?} needs no backslash"),
                }),
                (_, letter) => text.push(letter),
            }
        };
        assert_eq!(labels.insert(name.to_owned(), text), None);
        match value[end..].split_at(1) {
            ("}", behind) => return (labels, behind),
            (",", behind) => rest = behind,
            (other, _) => panic!("{other:?} behind a label"),
        }
    }
}

/// The files in a place that are metrics, whole or not.
fn files(place: &Nightly) -> Vec<String> {
    let names = fs::read_dir(place.path(".")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains(".prom")).collect()
}

/// A run that ends well tells what `result.json` tells, and one that fails keeps when it last went well.
#[test]
fn a_failure_is_told_and_the_last_success_kept() {
    let place = Nightly::new();
    let file = place.path("fall.prom");
    place.short().flag("--metrics", "fall.prom").finish().expect(0);
    let good = Told::read(&file);
    let result: Value = serde_json::from_str(&text(&place.path("carillon-runs/college/latest/result.json"))).unwrap();
    assert_eq!(good.figure("exit_code", None), Some(0.0));
    for (name, key) in [
        ("cost", "cost"),
        ("hard_violations", "hard"),
        ("unplaced", "unplaced"),
        ("peak_bytes", "peak_bytes"),
        ("capacity_bytes", "capacity_bytes"),
    ] {
        assert_eq!(good.figure(name, None), result[key].as_f64(), "{name}");
    }
    assert!(good.figure("duration_seconds", None).is_some_and(|seconds| seconds > 0.0));
    for (constraint, count) in result["components"].as_object().unwrap() {
        let names = ["hard_violations_by_constraint", "cost_by_constraint"];
        let found: Vec<f64> = names.iter().filter_map(|name| good.figure(name, Some(constraint))).collect();
        assert_eq!(found, [count.as_f64().unwrap()], "{constraint}");
    }
    for stage in result["stages"].as_array().unwrap() {
        let name = stage["stage"].as_str();
        for (family, key) in [("attempts", "attempts"), ("peak_bytes", "peak_bytes"), ("seconds", "wall_s")] {
            assert_eq!(good.figure(&format!("stage_{family}"), name), stage[key].as_f64(), "{name:?} {family}");
        }
        assert!(good.figure("stage_kills", name).is_some());
    }
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);

    let last = good.figure("last_success_timestamp_seconds", None);
    assert!(last.is_some() && last == good.figure("last_run_timestamp_seconds", None));
    place.short().flag("--metrics", &file).unruly("load", "exit").finish().expect(100);
    let bad = Told::read(&file);
    assert_eq!((bad.figure("exit_code", None), bad.figure("cost", None)), (Some(100.0), None));
    assert_eq!(bad.figure("last_success_timestamp_seconds", None), last);
    assert!(bad.figure("last_run_timestamp_seconds", None) >= last);
    assert!(bad.figure("stage_attempts", Some("load")).is_some_and(|attempts| attempts > 1.0));
    assert_eq!(bad.input(), good.input());
    assert_eq!(files(&place), ["fall.prom"]);
    place.leaves_nobody();
}

/// What never became a run is told as well: a missing instance, a lock that others hold, a setting that is none.
#[test]
fn what_does_not_begin_is_told() {
    let place = Nightly::new();
    let file = place.path("fall.prom");
    let code = |expected: i32| {
        let told = Told::read(&file);
        assert_eq!(told.figure("exit_code", None), Some(f64::from(expected)));
        assert_eq!(told.figure("last_success_timestamp_seconds", None), None);
    };
    place.call(["run", "missing.ctt", "--metrics", "fall.prom"]).finish().expect(66);
    code(66);
    place.short().flag("--set", "no.such=key").flag("--metrics", "fall.prom").finish().expect(2);
    code(2);
    let first = place.endless().flag("--metrics", "fall.prom").start();
    place.worker("evolve");
    place.short().flag("--metrics", "fall.prom").finish().expect(75);
    code(75);
    first.signal(Signal::SIGTERM);
    first.finish().expect(143);
    code(143);
    assert_eq!(files(&place), ["fall.prom"]);
    place.leaves_nobody();
}

/// Where they cannot be written, a warning says so, and the run is what it was.
#[test]
fn an_unwritable_place_is_a_warning() {
    let place = Nightly::new();
    fs::create_dir(place.path("taken.prom")).unwrap();
    for path in ["missing/fall.prom", "taken.prom"] {
        let ended = place.short().flag("--metrics", path).finish();
        ended.expect(0).tells("warning: failed to ").tells(&format!("the metrics {path}: "));
    }
    let ended = place.short().flag("--metrics", "missing/fall.prom").unruly("load", "exit").finish();
    ended.expect(100).tells("warning: failed to create the metrics missing/fall.prom: ");
    assert_eq!(files(&place), ["taken.prom"], "nothing is left aside");
}

/// A run that is gone on with tells of the same input as one that was not, and a name with every odd letter is a label.
#[test]
fn the_input_is_the_same_after_a_resumption_whatever_it_is_called() {
    let place = Nightly::new();
    let name = "fa\"ll\\n\n{}.ctt";
    fs::copy(place.path("college.ctt"), place.path(name)).unwrap();
    let file = place.path("fall.prom");
    let run = || place.call(["run", name, "--effort", "0.02", "--run-dir", "run", "--metrics", "fall.prom"]);
    let killed = run().unruly("evolve", "deaf").start();
    place.worker("evolve");
    killed.signal(Signal::SIGINT);
    killed.finish().expect(130);
    let interrupted = Told::read(&file);
    assert!(interrupted.input().ends_with(&format!("/{name}")), "{}", interrupted.input());
    assert_eq!(interrupted.figure("exit_code", None), Some(130.0));
    place.call(["resume", "run", "--metrics", "fall.prom"]).variable("UNRULY_ATTEMPTS", "0").finish();
    assert_eq!(Told::read(&file).input(), interrupted.input());
    fs::remove_file(&file).unwrap();
    place.call(["resume", "nowhere", "--metrics", "fall.prom"]).finish().expect(66);
    assert!(!file.exists(), "there is no run to tell of");
}
