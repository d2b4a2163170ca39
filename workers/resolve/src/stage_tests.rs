//! The stage as a whole: sealed files in, sealed files out, in one process.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use shared::artifact::{Artifact, ArtifactKey, Kind};
use shared::ids::{ClassId, Id};
use shared::model::cost::recount;
use shared::model::timetable::Claim;
use shared::model::{Cost, Instance, Timetable};
use shared::wire::Stage;
use shared::worker::WorkerArgs;

use crate::random::Random;
use crate::testing::{random_tables, scattered};

/// A folder with an instance and a draft, and the arguments of the stage.
struct Case {
    folder: tempfile::TempDir,
    instance: Instance,
    input: Timetable,
    args: WorkerArgs,
}

impl Case {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let tables = random_tables(seed);
        let instance = tables.instance().expect("a well-formed instance");
        let mut input = scattered(&instance, seed);
        let mut random = Random::new(seed, 11);
        for _ in 0..random.below(6) {
            input.set(ClassId::new(random.below(instance.class_count())), None);
        }
        let path = |name: &str| folder.path().join(name);
        let mut args = WorkerArgs::new(Stage::Resolve, "resolve", 1, folder.path());
        args.inputs = vec![("instance".to_owned(), path("instance.art")), ("timetable".to_owned(), path("draft.art"))];
        args.outputs = vec![("timetable".to_owned(), path("timetable.art"))];
        args.effort = Some(0.002);
        args.seed = seed;
        let seal = |artifact: &shared::artifact::ArtifactWriter, name: &str| {
            artifact.seal(&path("x.partial"), &path(name)).expect("the folder can be written");
        };
        seal(&tables.artifact(ArtifactKey::default()), "instance.art");
        let cost = recount(&instance, &input).cost();
        seal(&input.artifact(Kind::Draft, ArtifactKey::default(), &Claim { cost, optimal: false }), "draft.art");
        Self { folder, instance, input, args }
    }

    fn output(&self) -> &Path {
        &self.args.outputs[0].1
    }

    /// Runs the stage once more; the bytes that it sealed.
    fn run(&self) -> Vec<u8> {
        if self.output().exists() {
            fs::remove_file(self.output()).expect("ours to remove");
        }
        assert_eq!(crate::main(self.args.clone()), ExitCode::SUCCESS, "in {}", self.folder.path().display());
        fs::read(self.output()).expect("sealed")
    }

    /// The cost of what was sealed, which must be what its header claims.
    fn sealed_cost(&self) -> Cost {
        let artifact = Artifact::open(self.output(), Kind::Timetable).expect("sealed");
        let timetable = Timetable::read(&artifact, &self.instance).expect("a timetable of the instance");
        let cost = recount(&self.instance, &timetable).cost();
        assert_eq!(artifact.note::<Claim>().expect("a claim").cost, cost);
        cost
    }
}

#[test]
fn the_result_is_never_worse_and_mostly_better() {
    let mut better = 0;
    for seed in 0..12 {
        let case = Case::new(seed);
        case.run();
        let before = recount(&case.instance, &case.input).cost();
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
        case.args.settings = vec![format!("resolve.select={select}").parse().expect("KEY=VALUE")];
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
    assert!(case.sealed_cost() <= recount(&case.instance, &case.input).cost());
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
    case.args.settings = vec!["resolve.select=luck".parse().expect("KEY=VALUE")];
    assert_ne!(crate::main(case.args.clone()), ExitCode::SUCCESS);
    assert!(!case.output().exists());
}
