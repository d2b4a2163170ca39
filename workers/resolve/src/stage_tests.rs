//! The stage as a whole: sealed files in, sealed files out, in one process.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use shared::artifact::{Artifact, ArtifactKey, Kind};
use shared::model::Timetable;
use shared::model::cost::recount;
use shared::model::timetable::Claim;

use crate::testing::Case;

#[test]
fn the_result_is_never_worse_and_mostly_better() {
    let mut better = 0;
    for seed in 0..12 {
        let case = Case::new(seed);
        case.run();
        let before = recount(&case.instance, &case.input).priced();
        let after = case.sealed_cost();
        assert!(after <= before, "seed {seed}: {before:?} → {after:?}");
        better += usize::from(after < before);
    }
    assert!(better >= 10, "{better} of 12 were improved");
}

#[test]
fn the_same_arguments_give_the_same_bytes_at_any_number_of_threads() {
    for select in ["learn", "frozen", "greedy", "prior", "uniform"] {
        let mut case = Case::new(3);
        case.set(&format!("resolve.select={select}"));
        let once = case.run();
        assert_eq!(case.run(), once, "{select}, again");
        case.args.threads = 3;
        assert_eq!(case.run(), once, "{select}, with three threads");
        case.args.seed += 1;
        assert_ne!(case.run(), once, "{select}, with another seed");
    }
}

#[test]
fn without_any_time_the_input_goes_on() {
    let mut case = Case::new(4);
    case.args.effort = None;
    case.args.time_ms = Some(0);
    case.run();
    assert!(case.sealed_cost() <= recount(&case.instance, &case.input).priced());
}

#[test]
fn what_claims_to_be_optimal_is_passed_on_unchanged() {
    let case = Case::new(5);
    case.run();
    let best = Timetable::open(case.output(), &case.instance).expect("sealed");
    let cost = case.sealed_cost();
    assert!(cost.is_feasible(), "this instance is easy: {cost:?}");
    let draft = &case.args.inputs[1].1;
    fs::remove_file(draft).expect("ours to remove");
    let artifact = best.artifact(Kind::Draft, ArtifactKey::default(), &Claim { cost, optimal: true });
    artifact.seal(&draft.with_extension("partial"), draft).expect("the folder can be written");
    case.run();
    assert_eq!(Timetable::open(case.output(), &case.instance).expect("sealed"), best);
    let sealed = Artifact::open(case.output(), Kind::Timetable).expect("sealed");
    assert!(sealed.note::<Claim>().expect("a claim").optimal);
}

#[test]
fn an_unknown_selection_is_refused() {
    let mut case = Case::new(6);
    case.set("resolve.select=luck");
    assert_ne!(crate::main(case.args.clone()), ExitCode::SUCCESS);
    assert!(!case.output().exists());
}

#[test]
fn the_number_of_streams_is_a_matter_of_the_setting_and_not_of_threads() {
    let mut case = Case::new(7);
    let two = case.run();
    case.set("resolve.streams=1");
    let one = case.run();
    assert_ne!(one, two);
    case.args.threads = 3;
    assert_eq!(case.run(), one, "with three threads");
}

/// A policy that a run of another instance has learned, as a file beside the case.
fn with_policy(case: &mut Case, select: &str) -> PathBuf {
    let mut other = Case::new(20);
    other.set("resolve.select=learn");
    other.set("resolve.policy=none");
    other.args.effort = Some(0.02);
    other.run();
    let path = case.folder.path().join("policy.json");
    fs::write(&path, other.policy().expect("it learns")).expect("the folder can be written");
    case.args.inputs.push(("policy".to_owned(), path.clone()));
    case.set(&format!("resolve.select={select}"));
    path
}

#[test]
fn a_policy_changes_what_is_done_and_always_in_the_same_way() {
    for select in ["learn", "frozen"] {
        let mut cold = Case::new(9);
        cold.set("resolve.policy=none");
        cold.set(&format!("resolve.select={select}"));
        let without = cold.run();
        let mut warm = Case::new(9);
        with_policy(&mut warm, select);
        let once = warm.run();
        assert_ne!(once, without, "{select}: what was learned is used");
        warm.args.threads = 3;
        assert_eq!(warm.run(), once, "{select}");
    }
}

#[test]
fn what_was_learned_is_sealed_with_where_it_comes_from() {
    let mut case = Case::new(10);
    let path = with_policy(&mut case, "learn");
    case.run();
    let text = case.policy().expect("it learns");
    let (before, after) = (fs::read(path).expect("ours"), text.as_bytes());
    let known = |bytes: &[u8]| crate::policy_file::read(bytes, &crate::stream::SHAPE).expect("a policy of ours");
    let (before, after) = (known(&before), known(after));
    assert_eq!(after.parent, before.sum);
    assert!(after.counts.iter().sum::<u64>() > before.counts.iter().sum::<u64>());
    assert_ne!(after.weights, before.weights);
    for select in ["frozen", "prior", "uniform", "greedy"] {
        let mut case = Case::new(10);
        case.set(&format!("resolve.select={select}"));
        case.run();
        assert_eq!(case.policy(), None, "{select}: nothing new is known");
    }
}

/// What is chosen differs from the fixed mix: a policy that is told of, but never heard, would go unnoticed for years.
#[test]
fn choices_leave_the_mix() {
    let mut case = Case::new(11);
    case.set("resolve.select=learn");
    case.args.effort = Some(0.05);
    case.set("resolve.policy=none");
    case.run();
    let text = case.policy().expect("it learns");
    let counts = crate::policy_file::read(text.as_bytes(), &crate::stream::SHAPE).expect("a policy of ours").counts;
    let all = counts.iter().sum::<u64>() as f64;
    let apart = |(count, share): (&u64, f64)| (*count as f64 / all - share).abs();
    let apart: f64 = counts.iter().zip(crate::actions::prior()).map(apart).sum();
    assert!(apart > 0.1, "{counts:?} of {all} are {apart} apart from the mix");
}

/// Whatever is wrong with a policy, the run is the one without it, byte for byte.
#[test]
fn a_policy_that_cannot_be_used_changes_nothing() {
    let without = Case::new(12).run();
    let mut case = Case::new(12);
    let path = with_policy(&mut case, "learn");
    case.args.settings.clear();
    let whole = fs::read_to_string(&path).expect("ours");
    assert_ne!(case.run(), without, "as long as nothing is wrong with it, it is used");
    let damaged = [
        String::new(),
        whole[..whole.len() / 2].to_owned(),
        whole.replacen("[0.", "[1.", 1),
        whole.replacen("[0.", "[NaN, 0.", 1),
        whole.replace("\"schema\": 1", "\"schema\": 2"),
        whole.replace("timetable-14-v1", "campus-8-v1"),
        format!("{whole}{}", " ".repeat(70_000)),
        "[".repeat(60_000),
    ];
    for text in damaged {
        fs::write(&path, &text).expect("ours");
        assert_eq!(case.run(), without, "{}", &text[..text.len().min(200)]);
    }
    fs::remove_file(&path).expect("ours");
    assert_eq!(case.run(), without, "without the file");
}
