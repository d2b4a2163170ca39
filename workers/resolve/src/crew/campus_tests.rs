//! What a pause and a death change in the search of a campus: nothing.

use std::fs;

use search::campus::State;
use shared::artifact::{Artifact, Kind};
use shared::model::Cost;
use shared::worker::{CHECKPOINT, Checkpoints, Context};

use super::{Crew, PATIENCE};
use crate::campus::problem;
use crate::campus::stream::Stream;
use crate::campus::testing::planted_tables;
use crate::settings::Settings;
use crate::testing::Case;

/// Every checkpoint of a search is written again as it was, and the search that goes on from it comes to the same end.
#[test]
fn from_every_checkpoint_it_comes_to_the_same() {
    for (seed, select, threads) in [(0, "learn", 1), (1, "learn", 2), (2, "prior", 2), (3, "uniform", 1)] {
        let mut case = Case::campus(seed);
        case.set(&format!("resolve.select={select}"));
        case.args.threads = threads;
        case.args.effort = Some(0.03);
        let problem = problem(&case.instance).expect("it is small");
        let start = State::new(&problem, &case.input);
        let settings =
            Settings::read(&case.args, &crate::campus::stream::SHAPE).expect("settings of a test can be read");
        let context = Context::alone(case.args.clone());
        let mut args = case.args.clone();
        args.outputs.push((CHECKPOINT.to_owned(), case.folder.path().to_owned()));
        args.checkpoint_ms = Some(0);
        let busy = Context::alone(args);
        let crew = |context| {
            let (checkpoints, key) = (Checkpoints::new(context), case_key(context));
            let floor = Cost { hard: u64::MAX, ..Cost::default() };
            Crew::<Stream<'_>>::new(context, &problem, &start, floor, &settings, (checkpoints, key))
        };
        let mut alone = crew(&context);
        alone.work();
        let undisturbed = told(alone);
        let mut paused = crew(&busy);
        let mut checkpoints = Vec::new();
        while paused.advance() {
            checkpoints.push(paused.save().artifact(paused.key).to_bytes());
        }
        assert_eq!(told(paused), undisturbed, "seed {seed}: pauses");
        assert!(checkpoints.len() > 20, "seed {seed}: {} checkpoints", checkpoints.len());
        for number in (0..checkpoints.len()).step_by(checkpoints.len() / 20) {
            let artifact = Artifact::from_bytes(&checkpoints[number], Kind::Checkpoint).expect("well-formed");
            let mut next = crew(&context);
            next.restore(&start, &settings, &artifact).expect("our own checkpoint");
            let again = next.save().artifact(next.key).to_bytes();
            assert_eq!(again, checkpoints[number], "seed {seed}, {number}: written again");
            next.work();
            assert_eq!(told(next), undisturbed, "seed {seed}, checkpoint {number}");
        }
        assert!(fs::read_dir(case.folder.path()).expect("ours to read").count() > 2, "it sealed some");
    }
}

/// What is planned is planned for the polish; as long as there are violations the work goes on, though not for ever.
#[test]
fn violations_are_worth_more_work_than_polish() {
    let mut late = 0;
    for seed in 0..8 {
        let mut case = Case::of_campus(&planted_tables(seed), seed);
        case.args.effort = Some(0.000_5);
        let problem = problem(&case.instance).expect("it is small");
        let start = State::new(&problem, &case.input);
        let settings =
            Settings::read(&case.args, &crate::campus::stream::SHAPE).expect("settings of a test can be read");
        let context = Context::alone(case.args.clone());
        let (checkpoints, floor) = (Checkpoints::new(&context), Cost { hard: u64::MAX, ..Cost::default() });
        let mut crew =
            Crew::<Stream<'_>>::new(&context, &problem, &start, floor, &settings, (checkpoints, case_key(&context)));
        crew.work();
        let planned = crew.planned.expect("work is counted");
        match crew.repaired {
            None => assert_eq!((crew.best().0 > 0, crew.spent), (true, PATIENCE * planned), "seed {seed}"),
            Some(repaired) if crew.best() != (0, 0) => assert_eq!(crew.spent, repaired + planned, "seed {seed}"),
            Some(_) => {}
        }
        late += usize::from(crew.repaired.is_none_or(|repaired| repaired > planned));
    }
    assert!(late > 0, "none of them needs more than what is planned");
}

fn told<'g>(crew: Crew<'_, 'g, Stream<'g>>) -> String {
    format!("{:?}", crew.finish(None))
}

fn case_key(context: &Context) -> shared::artifact::ArtifactKey {
    context.key().expect("sealed inputs")
}
