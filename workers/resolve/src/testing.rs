//! Instances and timetables for the tests of this crate.

use search::{Grid, State, Weights};
use shared::ids::{CourseId, Id, PeriodId, TeacherId};
use shared::model::instance::CourseRow;
use shared::model::{Instance, InstanceTables, Timetable};

use crate::HARD_WEIGHT;
use crate::random::Random;

/// A random instance: some 20 courses, 5 days of 4 slots, 5 rooms.
pub(crate) fn random_instance(seed: u64) -> Instance {
    random_tables(seed).instance().expect("a well-formed instance")
}

/// The tables of [`random_instance`].
pub(crate) fn random_tables(seed: u64) -> InstanceTables {
    let mut random = Random::new(seed, 99);
    let courses = 14 + random.below(12);
    let row = |index: usize, random: &mut Random| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId::new(random.below(courses)),
        lectures: 1 + random.below(4) as u32,
        min_days: 1 + random.below(4) as u32,
        students: 5 + random.below(60) as u32,
    };
    let rows: Vec<CourseRow> = (0..courses).map(|index| row(index, &mut random)).collect();
    let curriculum = |random: &mut Random| -> Vec<CourseId> {
        (0..2 + random.below(3)).map(|_| CourseId::new(random.below(courses))).collect()
    };
    let barred = |random: &mut Random| (CourseId::new(random.below(courses)), PeriodId::new(random.below(20)));
    InstanceTables {
        name: "random".to_owned(),
        days: 5,
        slots_per_day: 4,
        courses: rows,
        rooms: (0..5).map(|room| (format!("r{room}"), 10 + 12 * room)).collect(),
        curricula: (0..courses / 2).map(|index| (format!("q{index}"), curriculum(&mut random))).collect(),
        teachers: (0..courses).map(|index| format!("t{index}")).collect(),
        unavailable: (0..2 * courses).map(|_| barred(&mut random)).collect(),
    }
}

/// The compiled instance with the weights of the stage.
pub(crate) fn grid(instance: &Instance) -> Grid {
    Grid::new(instance, Weights::ud2(HARD_WEIGHT)).expect("at most 25 courses of 4 classes in 100 cells")
}

/// A complete timetable without any care for its cost.
pub(crate) fn scattered(instance: &Instance, seed: u64) -> Timetable {
    let grid = grid(instance);
    let mut state = State::new(&grid, &Timetable::unplaced(grid.classes));
    let mut view = state.view(&grid);
    let mut random = Random::new(seed, 7);
    for _ in 0..20 * grid.classes {
        let class = random.below(grid.classes);
        let target = search::Spot::new(random.below(grid.periods), random.below(grid.rooms));
        if let Some(change) = view.evaluate(class, target, i32::MAX / 4) {
            view.apply(class, target, change);
        }
    }
    view.timetable()
}
