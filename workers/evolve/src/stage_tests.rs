//! What the population search promises: the same result at any number of threads and after any kill, never worse than its start,
//! and a cost that the slow recount confirms.

use std::fs;
use std::path::{Path, PathBuf};

use search::{State, Thresholds};
use shared::artifact::{ArtifactKey, ArtifactWriter, Column};
use shared::bytes::Bytes;
use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::InstanceTables;
use shared::model::instance::CourseRow;
use shared::wire::{Order, Stage};
use shared::worker::{CHECKPOINT, WorkerArgs, checkpoint_name};

use super::*;
use crate::engine::{CpuEngine, Cross};
use crate::plan::COMPETITION;

/// A small school: 12 courses, 4 days of 4 slots, 4 rooms of different size, overlapping curricula. Some courses fit no room, and
/// one is alone on its days, so that no search ends early because nothing is left to improve or is known to be possible.
fn school() -> Instance {
    school_tables().instance().expect("the tables agree")
}

fn school_tables() -> InstanceTables {
    let course = |index: usize| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId::new(index % 7),
        lectures: 2 + (index % 3) as u32,
        min_days: 2,
        students: 10 * (1 + index as u32 % 5),
    };
    let members = |index: usize| (0..4).map(|step| CourseId::new((index + step * 3) % 12)).collect();
    let alone = ("alone".to_owned(), vec![CourseId(0)]);
    InstanceTables {
        name: "school".to_owned(),
        days: 4,
        slots_per_day: 4,
        courses: (0..12).map(course).collect(),
        rooms: [15, 25, 35, 45].iter().enumerate().map(|(index, seats)| (format!("r{index}"), *seats)).collect(),
        curricula: (0..5).map(|index| (format!("q{index}"), members(index))).chain([alone]).collect(),
        teachers: (0..7).map(|index| format!("t{index}")).collect(),
        unavailable: (0..12).map(|index| (CourseId::new(index), PeriodId::new((index * 5) % 16))).collect(),
        campus: None,
        homes: None,
    }
}

fn context(effort: f64) -> Context {
    let mut args = WorkerArgs::new(Stage::Evolve, "evolve", 1, Path::new("."));
    args.effort = Some(effort);
    Context::alone(args)
}

fn run(threads: usize, seed: u64, start: &Timetable) -> Outcome {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let plan = Plan { seed, population: Some(6) };
    pool.install(|| evolve(&context(0.005), &school(), start, plan)).expect("it is small enough")
}

#[test]
fn threads_do_not_show_in_the_result() {
    let start = Timetable::unplaced(school().class_count());
    let alone = run(1, 3, &start);
    for threads in [2, 3, 5] {
        assert_eq!(run(threads, 3, &start), alone, "{threads} threads");
    }
    assert_ne!(run(1, 4, &start).timetable, alone.timetable, "the seed does show");
}

#[test]
fn the_claim_is_the_recount_and_no_worse_than_the_start() {
    let instance = school();
    let start = Timetable::unplaced(instance.class_count());
    let first = run(1, 1, &start);
    assert_eq!(cost::recount(&instance, &first.timetable).cost(), first.cost);
    assert!(first.cost.is_feasible(), "{:?}", first.cost);
    assert!(!first.cut);
    for seed in 2..6 {
        let again = run(1, seed, &first.timetable);
        assert!(again.cost <= first.cost, "seed {seed}");
        assert_eq!(cost::recount(&instance, &again.timetable).cost(), again.cost);
    }
}

#[test]
fn an_engine_keeps_the_best_of_those_it_drops() {
    let instance = school();
    let grid = Grid::new(&instance, Weights::ud2(1_000)).unwrap();
    let start = State::new(&grid, &Timetable::unplaced(grid.classes));
    let mut engine = CpuEngine::new(&grid, &start, 4, 9);
    engine.anneal(&Thresholds::new(2.0), 20_000).unwrap();
    let best = engine.best().0;
    let standings = engine.standings().unwrap();
    let worst = (0..4).max_by_key(|place| standings[*place]).unwrap();
    engine.gather(&[worst, worst]).unwrap();
    assert_eq!(engine.size(), 2);
    assert_eq!(engine.best().0, best);
}

#[test]
fn a_child_keeps_exact_counters() {
    let instance = school();
    let grid = Grid::new(&instance, Weights::ud2(1_000)).unwrap();
    let start = State::new(&grid, &Timetable::unplaced(grid.classes));
    let mut engine = CpuEngine::new(&grid, &start, 2, 5);
    engine.anneal(&Thresholds::new(5.0), 5_000).unwrap();
    engine.cross(&[Cross { child: 0, other: 1, courses: (0..6).collect() }]).unwrap();
    engine.anneal(&Thresholds::new(0.5), 5_000).unwrap();
    let ((hard, soft), spots) = engine.best();
    let counted = cost::recount(&instance, &Spot::timetable(spots)).cost();
    assert_eq!((u64::try_from(hard).unwrap(), u64::try_from(soft).unwrap()), (counted.violations(), counted.soft));
}

/// What is searched while it is interrupted again and again.
#[derive(Clone, Copy)]
struct Case {
    seed: u64,
    effort: f64,
    /// Individuals; fewer, where the effort is too small for them.
    population: usize,
    /// Proposals from pause to pause: short enough that several come in a stretch.
    every: u64,
}

impl Case {
    const SHORT: Self = Self { seed: 2, effort: 0.000_3, population: 5, every: 37 };

    /// Runs on `threads` from the checkpoint `from`, as it would be read from a file, and gives all checkpoints that it made.
    fn run(self, threads: usize, from: Option<&[u8]>) -> (Outcome, Vec<Vec<u8>>) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let instance = school();
        let start = Timetable::unplaced(instance.class_count());
        let from = from.map(|bytes| Artifact::from_bytes(bytes, Kind::Checkpoint).unwrap());
        let plan = Plan { seed: self.seed, population: Some(self.population) };
        pool.install(|| {
            let mut made = Vec::new();
            let mut act = |engine: &mut dyn Engine, position: &Position| {
                // Which costs were told, and when, is a matter of the clock.
                let position = Position { reported: Cost::default(), ..position.clone() };
                made.push(checkpoint::write(ArtifactKey(1), &position, &engine.snapshot()?).to_bytes());
                Ok(())
            };
            let pauses = Pauses { every: self.every, act: &mut act };
            let found = search(&context(self.effort), &instance, &start, plan, from.as_ref(), pauses).unwrap();
            (found, made)
        })
    }
}

/// Wherever the kill comes, the attempt that goes on makes the same checkpoints from there on, and ends with the same timetable:
/// in the pilot and in the cooling, in the middle of a stretch and at its end, on another number of threads.
#[test]
fn an_interrupted_search_ends_like_an_undisturbed_one() {
    let short = |seed| Case { seed, effort: 0.001, ..Case::SHORT };
    // Enough for three individuals that begin in the melt, and have children.
    let long = Case { seed: 3, effort: 0.16, population: 3, every: 3_000 };
    for (case, kills) in [(short(1), 9), (short(2), 9), (long, 4)] {
        let seed = case.seed;
        let (undisturbed, checkpoints) = case.run(1, None);
        assert!(checkpoints.len() > 1_360, "seed {seed}: {} checkpoints", checkpoints.len());
        for at in (0..checkpoints.len()).step_by(checkpoints.len() / kills) {
            let (outcome, behind) = case.run(1 + at % 2, Some(&checkpoints[at]));
            assert_eq!(outcome, undisturbed, "seed {seed}, checkpoint {at}");
            assert!(behind == checkpoints[at + 1..], "seed {seed}, checkpoint {at}: others follow");
        }
        let plan = Plan { seed, population: Some(case.population) };
        let start = Timetable::unplaced(school().class_count());
        let without = evolve(&context(case.effort), &school(), &start, plan).unwrap();
        assert_eq!(without, undisturbed, "seed {seed}: pauses show");
    }
}

/// The checkpoints of a file system: sealed while it works, and gone on from.
fn in_folder(folder: &Path, from: Option<PathBuf>, settle: impl FnOnce(&mut WorkerArgs)) -> Context {
    let mut args = WorkerArgs::new(Stage::Evolve, "evolve", 1, folder);
    args.effort = Some(0.002);
    args.checkpoint_ms = Some(0);
    args.outputs.push((CHECKPOINT.to_owned(), folder.to_owned()));
    args.inputs.extend(from.map(|path| (CHECKPOINT.to_owned(), path)));
    settle(&mut args);
    Context::alone(args)
}

#[test]
fn the_last_sealed_checkpoint_is_gone_on_from_and_a_strange_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (instance, plan) = (school(), Plan { seed: 5, population: Some(4) });
    let start = Timetable::unplaced(instance.class_count());
    let run = |context: Context| evolve(&context, &instance, &start, plan).unwrap();
    let undisturbed = run(in_folder(folder.path(), None, |_| ()));
    let last = || {
        let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "art")).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    };
    assert_eq!(run(in_folder(folder.path(), Some(last()), |args| args.checkpoint_ms = None)), undisturbed);

    let key = in_folder(folder.path(), None, |_| ()).key().unwrap();
    let strange = folder.path().join(checkpoint_name("evolve", 1));
    let mut writer = ArtifactWriter::new(Kind::Checkpoint, key);
    writer.column(Column::CheckpointSpots, &[Spot::new(0, 0); 9]);
    writer.column(Column::CheckpointWords, &[7_u64; 3]).column(Column::CheckpointReals, &[0_u64]);
    fs::write(&strange, writer.to_bytes()).unwrap();
    assert_eq!(run(in_folder(folder.path(), Some(strange), |args| args.checkpoint_ms = None)), undisturbed);
}

/// Whatever stands in a checkpoint whose sums are right: it is refused with a word, or the work goes on; nothing panics.
#[test]
fn a_checkpoint_with_any_word_changed_does_no_harm() {
    let (undisturbed, checkpoints) = Case::SHORT.run(1, None);
    let middle = Artifact::from_bytes(&checkpoints[checkpoints.len() / 3], Kind::Checkpoint).unwrap();
    let words: &[u64] = middle.column(Column::CheckpointWords).unwrap();
    let reals: &[u64] = middle.column(Column::CheckpointReals).unwrap();
    let spots: &[u32] = middle.column(Column::CheckpointSpots).unwrap();
    let grid = Grid::new(&school(), Weights::ud2(COMPETITION.hard_price)).unwrap();
    let outcome_of = |spots: &[u32], words: &[u64], reals: &[u64]| {
        let mut writer = ArtifactWriter::new(Kind::Checkpoint, ArtifactKey(1));
        writer.column(Column::CheckpointSpots, spots);
        writer.column(Column::CheckpointWords, words).column(Column::CheckpointReals, reals);
        let artifact = Artifact::from_bytes(&writer.to_bytes(), Kind::Checkpoint).unwrap();
        checkpoint::read(&artifact, grid.classes).is_ok().then(|| Case::SHORT.run(1, Some(&writer.to_bytes())).0)
    };
    assert_eq!(outcome_of(spots, words, reals), Some(undisturbed.clone()));
    for at in (0..words.len()).filter(|at| ![2, 3].contains(at)) {
        for value in [words[at] ^ 1, u64::MAX] {
            let mut changed = words.to_vec();
            changed[at] = value;
            let _ = outcome_of(spots, &changed, reals);
        }
    }
    for at in (0..spots.len()).step_by(15) {
        let mut changed = spots.to_vec();
        changed[at] = if at % 2 == 0 { u32::MAX } else { spots[at ^ 1] };
        let outcome = outcome_of(&changed, words, reals);
        assert_eq!(outcome.as_ref(), Some(&undisturbed), "place {at}: begun anew");
    }
    assert_eq!(outcome_of(&spots[1..], words, reals), None);
    assert_eq!(outcome_of(spots, &words[1..], reals), None);
    assert_eq!(outcome_of(spots, words, &reals[1..]), None);
}

/// Each relief pass gives individuals back until one is left, and the rest of the work goes on with it; it is marked as cut.
#[test]
fn relief_leaves_one_individual_that_goes_on() {
    let (instance, context) = (school(), context(0.41));
    let start = Timetable::unplaced(instance.class_count());
    let (mut pause, mut sizes) = (0, Vec::new());
    let mut act = |engine: &mut dyn Engine, _: &Position| {
        pause += 1;
        let pass = match pause {
            10 => 1,
            20 => 2,
            30 | 40 => 3,
            _ => 0,
        };
        if pass > 0 {
            context.obey(Order::Relieve { pass });
        }
        sizes.push(engine.size());
        assert!(engine.snapshot()?.individuals.len() == engine.size());
        Ok(())
    };
    let pauses = Pauses { every: 1_000, act: &mut act };
    let outcome = search(&context, &instance, &start, Plan { seed: 1, population: Some(8) }, None, pauses).unwrap();
    sizes.dedup();
    assert_eq!(sizes, [8, 4, 2, 1]);
    assert!(outcome.cut);
    assert_eq!(cost::recount(&instance, &outcome.timetable).cost(), outcome.cost);
}

#[test]
fn a_stop_right_after_relief_still_has_a_timetable() {
    let (instance, context) = (school(), context(1.0));
    let start = Timetable::unplaced(instance.class_count());
    let mut act = |_: &mut dyn Engine, _: &Position| {
        context.obey(Order::Relieve { pass: 3 });
        context.obey(Order::Stop);
        Ok(())
    };
    let pauses = Pauses { every: 1_000, act: &mut act };
    let outcome = search(&context, &instance, &start, Plan { seed: 1, population: Some(8) }, None, pauses).unwrap();
    assert!(outcome.cut && outcome.proposals < 100_000, "{outcome:?}");
    assert_eq!(cost::recount(&instance, &outcome.timetable).cost(), outcome.cost);
}

#[test]
fn an_ordinary_allotment_does_not_show() {
    let run = |memory: Option<u64>| {
        let mut args = WorkerArgs::new(Stage::Evolve, "evolve", 1, Path::new("."));
        args.effort = Some(0.005);
        args.memory = memory;
        let start = Timetable::unplaced(school().class_count());
        evolve(&Context::alone(args), &school(), &start, Plan { seed: 1, population: Some(2) }).unwrap()
    };
    assert_eq!(run(Some(Bytes::mib(24).0)), run(None), "an ordinary allotment does not show");
    assert!(run(Some(Bytes::mib(1).0)).cut, "a small one says that it did");
}

/// One teacher for everything cannot be everywhere: where so many violations freeze, the cooling ends, unless it is told not to.
#[test]
fn a_cooling_ends_where_many_violations_are_frozen() {
    let mut tables = school_tables();
    tables.courses.iter_mut().for_each(|course| course.teacher = TeacherId(0));
    let instance = tables.instance().unwrap();
    let grid = Grid::new(&instance, Weights::ud2(COMPETITION.hard_price)).unwrap();
    let start = Timetable::unplaced(instance.class_count());
    let given = cost::recount(&instance, &start).cost();
    let context = context(0.02);
    let proposals = |frozen_below: f64| {
        let suited = Suited { frozen_below, ..COMPETITION };
        let (plan, unit) = (Plan { seed: 1, population: Some(2) }, suited.unit(&instance));
        let work = Work { context: &context, start: &start, given, plan, from: None, unit, suited };
        let found = work.on(&grid, Pauses { every: CHUNK, act: &mut |_, _| Ok(()) }).unwrap();
        assert!(found.cost.hard > 1 && !found.cut, "{:?}", found.cost);
        found.proposals
    };
    let whole = proposals(0.0);
    assert_eq!(whole, (0.02 * COMPETITION.unit(&instance) as f64) as u64 / 2 * 2);
    assert!(proposals(2.0) < whole);
    assert!(proposals(4.0) < proposals(2.0), "the earlier, the sooner it is cold enough");
}
