//! What a pause, a death and a relief change: nothing, nothing and what was given up.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use search::{Grid, Spot, State};
use shared::artifact::{Artifact, ArtifactWriter, Column, Kind};
use shared::model::cost::recount;
use shared::worker::{CHECKPOINT, Checkpoints, Context, WorkerArgs};

use super::Crew;
use crate::begin::begin;
use crate::improve::Improved;
use crate::settings::Settings;
use crate::snapshot::Misfit;
use crate::stream::Stream;
use crate::testing::{Case, grid};

/// One attempt at the search of a case, in this process.
struct Attempt {
    context: Context,
    grid: Grid,
    start: State,
    settings: Settings,
}

impl Attempt {
    fn new(case: &Case, args: &WorkerArgs) -> Self {
        let grid = grid(&case.instance);
        let start = State::new(&grid, &case.input);
        let context = Context::alone(args.clone());
        let settings = Settings::read(args, &crate::stream::SHAPE).expect("settings of a test can be read");
        let settings = begin(&context, settings, &crate::stream::SHAPE);
        Self { context, grid, start, settings }
    }

    /// The crew, gone on from the checkpoint among the inputs if there is one.
    fn crew(&self) -> Crew<'_, '_, Stream<'_>> {
        let (checkpoints, key) = (Checkpoints::new(&self.context), self.context.key().expect("sealed inputs"));
        let last = checkpoints.begin();
        let floor = shared::model::Cost { hard: u64::MAX, ..Default::default() };
        let mut crew = Crew::new(&self.context, &self.grid, &self.start, floor, &self.settings, (checkpoints, key));
        if let Some(last) = last {
            crew.restore(&self.start, &self.settings, &last).expect("our own checkpoint");
        }
        crew
    }

    fn restored(&self, bytes: &[u8]) -> Result<Crew<'_, '_, Stream<'_>>, Misfit> {
        let mut crew = self.crew();
        let artifact = Artifact::from_bytes(bytes, Kind::Checkpoint).expect("well-formed");
        crew.restore(&self.start, &self.settings, &artifact)?;
        Ok(crew)
    }
}

/// Arguments with which every macro-step ends a piece.
fn with_checkpoints(case: &Case, from: Option<PathBuf>) -> WorkerArgs {
    let mut args = case.args.clone();
    args.outputs.push((CHECKPOINT.to_owned(), case.folder.path().to_owned()));
    args.inputs.extend(from.map(|path| (CHECKPOINT.to_owned(), path)));
    args.checkpoint_ms = Some(0);
    args
}

fn told(improved: &Improved) -> String {
    format!("{improved:?}")
}

/// Every checkpoint of a search, and what the search came to.
fn every_checkpoint(case: &Case) -> (Vec<Vec<u8>>, String) {
    let attempt = Attempt::new(case, &with_checkpoints(case, None));
    let mut crew = attempt.crew();
    let mut checkpoints = Vec::new();
    while crew.advance() {
        checkpoints.push(crew.save().artifact(crew.key).to_bytes());
    }
    (checkpoints, told(&crew.finish(None)))
}

#[test]
fn from_every_checkpoint_it_comes_to_the_same() {
    for (seed, select, threads) in [(0, "learn", 1), (1, "learn", 2), (2, "prior", 2), (3, "uniform", 1)] {
        let mut case = Case::new(seed);
        case.set(&format!("resolve.select={select}"));
        let mut crew_alone = Attempt::new(&case, &case.args);
        let undisturbed = {
            let mut crew = crew_alone.crew();
            crew.work();
            told(&crew.finish(None))
        };
        case.args.threads = threads;
        crew_alone = Attempt::new(&case, &case.args);
        let (checkpoints, paused) = every_checkpoint(&case);
        assert_eq!(paused, undisturbed, "seed {seed}: pauses");
        assert!(checkpoints.len() > 20, "seed {seed}: {} checkpoints", checkpoints.len());
        for (number, bytes) in checkpoints.iter().enumerate() {
            let mut crew = crew_alone.restored(bytes).expect("our own checkpoint");
            assert_eq!(crew.save().artifact(crew.key).to_bytes(), *bytes, "seed {seed}, {number}: written again");
            crew.work();
            assert_eq!(told(&crew.finish(None)), undisturbed, "seed {seed}, checkpoint {number}");
        }
    }
}

/// The checkpoint that an attempt leaves when it is killed after so many pieces.
fn killed_after(case: &Case, pieces: usize, from: Option<PathBuf>) -> Option<PathBuf> {
    let attempt = Attempt::new(case, &with_checkpoints(case, from));
    let mut crew = attempt.crew();
    (0..pieces).for_each(|_| {
        crew.advance();
    });
    let files = fs::read_dir(case.folder.path()).expect("ours to read");
    let mut paths = files.map(|entry| entry.expect("ours to read").path());
    paths.find(|path| path.to_string_lossy().contains(".ckpt-"))
}

#[test]
fn killed_again_and_again_it_seals_the_same_bytes() {
    for (seed, select) in [(4, "learn"), (5, "prior"), (6, "learn")] {
        let mut case = Case::new(seed);
        case.set(&format!("resolve.select={select}"));
        let undisturbed = case.run();
        let mut last = None;
        for (attempt, pieces) in [2, 9, 1, 4].into_iter().enumerate() {
            case.args.threads = 1 + attempt as u32 % 2;
            last = killed_after(&case, pieces, last);
            assert!(last.is_some(), "seed {seed}: attempt {attempt} left no checkpoint");
        }
        case.args = with_checkpoints(&case, last);
        assert_eq!(case.run(), undisturbed, "seed {seed}");
    }
}

#[test]
fn a_damaged_checkpoint_begins_anew() {
    let mut case = Case::new(8);
    let undisturbed = case.run();
    let last = killed_after(&case, 5, None).expect("a checkpoint");
    let bytes = fs::read(&last).expect("ours to read");
    let of_another_order = {
        let mut writer =
            ArtifactWriter::new(Kind::Checkpoint, Context::alone(case.args.clone()).key().expect("inputs"));
        writer.column(Column::CheckpointWords, &[u64::MAX]);
        writer.to_bytes()
    };
    for damaged in [&bytes[..bytes.len() / 2], b"what is this?", &of_another_order] {
        fs::remove_file(&last).expect("ours to remove");
        fs::write(&last, damaged).expect("ours to write");
        let mut args = case.args.clone();
        args.inputs.push((CHECKPOINT.to_owned(), last.clone()));
        let whole = std::mem::replace(&mut case.args, args);
        assert_eq!(case.run(), undisturbed);
        case.args = whole;
    }
}

#[test]
fn with_a_time_budget_it_goes_on_from_what_was_done() {
    let mut case = Case::new(9);
    case.args.effort = None;
    case.args.time_ms = Some(60_000);
    let last = killed_after(&case, 6, None);
    case.args.time_ms = Some(1);
    let attempt = Attempt::new(&case, &with_checkpoints(&case, last));
    let mut crew = attempt.crew();
    let before = crew.evaluations();
    assert!(before > 0);
    crew.work();
    assert!(crew.finish(None).evaluations >= before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A checkpoint in which anything has changed is refused, or gone on from to some end: it never breaks the search.
    #[test]
    fn no_number_in_a_checkpoint_breaks_the_search(column in 0..3, at in any::<prop::sample::Index>(), word in any::<u64>(), near in any::<bool>()) {
        let case = Case::new(10);
        let attempt = Attempt::new(&case, &case.args);
        let mut crew = attempt.crew();
        crew.advance();
        let whole = Artifact::from_bytes(&crew.save().artifact(crew.key).to_bytes(), Kind::Checkpoint).expect("ours");
        let mut spots = whole.column::<Spot>(Column::CheckpointSpots).expect("ours").to_vec();
        let mut words = whole.column::<u64>(Column::CheckpointWords).expect("ours").to_vec();
        let mut reals = whole.column::<u64>(Column::CheckpointReals).expect("ours").to_vec();
        let changed = |old: u64| if near { old.wrapping_add(word % 5).wrapping_sub(2) } else { word };
        match column {
            0 => *at.get_mut(&mut spots) = Spot::new(word as usize % 40, (word >> 32) as usize % 12),
            1 => { let word = at.get_mut(&mut words); *word = changed(*word); }
            _ => { let real = at.get_mut(&mut reals); *real = changed(*real); }
        }
        let mut writer = ArtifactWriter::new(Kind::Checkpoint, crew.key);
        writer.column(Column::CheckpointSpots, &spots);
        writer.column(Column::CheckpointWords, &words);
        writer.column(Column::CheckpointReals, &reals);
        if let Ok(mut crew) = attempt.restored(&writer.to_bytes()) {
            crew.work();
            let improved = crew.finish(None);
            let counted = recount(&case.instance, &improved.timetable).priced();
            prop_assert_eq!(counted, improved.cost);
        }
    }
}

#[test]
fn relief_gives_up_more_at_each_pass_and_the_search_goes_on() {
    let mut case = Case::new(11);
    case.args.threads = 2;
    let attempt = Attempt::new(&case, &case.args);
    let mut crew = attempt.crew();
    crew.advance();
    let (evaluations, best) = (crew.evaluations(), crew.best());
    assert_eq!(crew.give_up(1), "buffers");
    assert_eq!((crew.streams.len(), crew.pool.is_some()), (2, true));
    assert_eq!(crew.give_up(2), "buffers and 1 of the streams");
    assert_eq!((crew.streams.len(), crew.pool.is_some()), (1, true));
    assert_eq!(crew.give_up(3), "buffers, 0 of the streams and 2 threads");
    assert!(crew.pool.is_none());
    assert_eq!((crew.evaluations(), crew.best()), (evaluations, best), "what was found and done is kept");

    let kept = crew.save().artifact(crew.key).to_bytes();
    crew.work();
    let improved = crew.finish(None);
    assert!(improved.cut, "the result depends on when relief was ordered");
    let mut next = attempt.restored(&kept).expect("our own checkpoint");
    next.work();
    assert_eq!(told(&next.finish(None)), told(&improved), "the next attempt has one stream as well");
}
