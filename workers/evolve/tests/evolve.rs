//! What the population search promises: the same result at any number of threads, never worse than its start, and a cost that
//! the slow recount confirms.

use std::path::Path;

use evolve::engine::{CpuEngine, Cross, Engine};
use evolve::{Outcome, Plan, evolve};
use search::{Grid, State, Thresholds, Weights};
use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::instance::CourseRow;
use shared::model::{Instance, InstanceTables, Timetable, cost};
use shared::wire::Stage;
use shared::worker::{Context, WorkerArgs};

/// A small school: 12 courses, 4 days of 4 slots, 4 rooms of different size, overlapping curricula.
fn school() -> Instance {
    let course = |index: usize| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId::new(index % 7),
        lectures: 2 + (index % 3) as u32,
        min_days: 2,
        students: 10 * (1 + index as u32 % 5),
    };
    let members = |index: usize| (0..4).map(|step| CourseId::new((index + step * 3) % 12)).collect();
    InstanceTables {
        name: "school".to_owned(),
        days: 4,
        slots_per_day: 4,
        courses: (0..12).map(course).collect(),
        rooms: [15, 25, 35, 60].iter().enumerate().map(|(index, seats)| (format!("r{index}"), *seats)).collect(),
        curricula: (0..5).map(|index| (format!("q{index}"), members(index))).collect(),
        teachers: (0..7).map(|index| format!("t{index}")).collect(),
        unavailable: (0..12).map(|index| (CourseId::new(index), PeriodId::new((index * 5) % 16))).collect(),
    }
    .instance()
    .expect("the tables agree")
}

fn context(effort: f64) -> Context {
    let mut args = WorkerArgs::new(Stage::Evolve, "evolve", 1, Path::new("."));
    args.effort = Some(effort);
    Context::alone(args)
}

fn run(threads: usize, seed: u64, start: &Timetable) -> Outcome {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let plan = Plan { seed, population: 6 };
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
    engine.anneal(&Thresholds::new(2.0), 20_000);
    let best = engine.best().0;
    let worst = (0..4).max_by_key(|place| engine.standings()[*place]).unwrap();
    engine.gather(&[worst, worst]);
    assert_eq!(engine.size(), 2);
    assert_eq!(engine.best().0, best);
}

#[test]
fn a_child_keeps_exact_counters() {
    let instance = school();
    let grid = Grid::new(&instance, Weights::ud2(1_000)).unwrap();
    let start = State::new(&grid, &Timetable::unplaced(grid.classes));
    let mut engine = CpuEngine::new(&grid, &start, 2, 5);
    engine.anneal(&Thresholds::new(5.0), 5_000);
    engine.cross(&[Cross { child: 0, other: 1, courses: (0..6).collect() }]);
    engine.anneal(&Thresholds::new(0.5), 5_000);
    let ((hard, soft), spots) = engine.best();
    let counted = cost::recount(&instance, &search::Spot::timetable(spots)).cost();
    assert_eq!((u64::try_from(hard).unwrap(), u64::try_from(soft).unwrap()), (counted.violations(), counted.soft));
}
