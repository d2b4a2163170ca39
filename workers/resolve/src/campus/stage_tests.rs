//! The stage on a campus: sealed files in, sealed files out, in one process.

use shared::model::cost::recount;

use super::testing::planted_tables;
use crate::testing::Case;

#[test]
fn the_result_is_never_worse_and_mostly_better() {
    let mut better = 0;
    for seed in 0..16 {
        let mut case = Case::campus(seed);
        case.args.effort = Some(0.05);
        case.run();
        let before = recount(&case.instance, &case.input).cost();
        let after = case.sealed_cost();
        assert!(after <= before, "seed {seed}: {before:?} → {after:?}");
        better += usize::from(after < before);
    }
    assert!(better >= 14, "{better} of 16 were improved");
}

#[test]
fn the_same_arguments_give_the_same_bytes_at_any_number_of_threads() {
    for select in ["learn", "frozen", "greedy", "prior", "uniform"] {
        let mut case = Case::campus(3);
        case.args.effort = Some(0.02);
        case.set(&format!("resolve.select={select}"));
        let once = case.run();
        case.args.threads = 3;
        assert_eq!(case.run(), once, "{select}, with three threads");
        case.args.seed += 1;
        assert_ne!(case.run(), once, "{select}, with another seed");
    }
}

#[test]
fn without_any_time_the_input_goes_on() {
    let mut case = Case::campus(4);
    case.args.effort = None;
    case.args.time_ms = Some(0);
    case.run();
    assert!(case.sealed_cost() <= recount(&case.instance, &case.input).cost());
}

/// Where there is a timetable without violations, it is found or one like it.
#[test]
fn the_last_violations_are_removed() {
    for seed in 0..12 {
        let mut case = Case::of_campus(&planted_tables(seed), seed);
        case.args.effort = Some(1.0);
        case.run();
        let before = recount(&case.instance, &case.input).cost();
        let after = case.sealed_cost();
        assert!(!before.is_feasible() && after.is_feasible(), "seed {seed}: {before:?} → {after:?}");
    }
}

/// A mix is obeyed, and one of an operator that is of no use in a phase gives way to ours there.
#[test]
fn a_mix_of_its_own_operators_is_obeyed() {
    let of = |mix: &str| {
        let mut case = Case::campus(7);
        case.args.effort = Some(0.02);
        case.set(&format!("resolve.mix={mix}"));
        case.run()
    };
    let (ruin, chain) = (of("ruin:1"), of("chain:1"));
    assert_ne!(ruin, chain);
    let mut case = Case::campus(7);
    case.set("resolve.mix=eject:1");
    assert_ne!(crate::main(case.args.clone()), std::process::ExitCode::SUCCESS, "a campus has no such operator");
}
