//! The stage as a whole: sealed files in, sealed files out, in one process.

use std::fs;
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
    for select in ["learn", "prior", "uniform"] {
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
