//! Instances for engines to agree on: small, odd ones, drawn from a seed, and the project's own.

use std::path::Path;

use search::{Philox, below};
use shared::ids::{CourseId, Id, PeriodId, RoomId, TeacherId};
use shared::model::homes::{ChangePrice, Home, HomeTables};
use shared::model::instance::CourseRow;
use shared::model::{InstanceTables, campus};

use crate::harness::college;

/// Draws from the stream of one instance.
struct Dice {
    stream: Philox,
    counter: u64,
}

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.counter += 1;
        below(self.stream.block(self.counter)[0], limit)
    }

    fn list<T>(&mut self, length: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..length).map(|_| one(self)).collect()
    }
}

/// The college of the examples.
pub(super) fn of_the_college() -> InstanceTables {
    of_a_file(&college())
}

/// An instance in the form of the competition.
pub(super) fn of_a_file(path: &Path) -> InstanceTables {
    load::load(path, campus::Weights::default()).unwrap_or_else(|error| panic!("{}: {error:?}", path.display())).tables
}

/// A small instance. Few seats, teachers and periods make everything meet everything, and forbidden periods leave no timetable
/// without violations. Some have one teacher for everything, some days with more slots than the narrow state has room for, or
/// more rooms, some more lectures than a warp has lanes, and in some a timetable was there before.
pub(super) fn random(seed: u64) -> InstanceTables {
    let mut dice = Dice { stream: Philox::new(seed, 7), counter: 0 };
    let (is_large, is_tight, is_wide) = (matches!(seed % 8, 2 | 3), matches!(seed % 8, 5 | 7), seed % 4 == 3);
    let days = match (is_large, is_tight) {
        (true, _) => 5,
        (_, true) => 1,
        _ => 1 + dice.below(5),
    };
    let slots = match (is_wide, is_tight) {
        (true, _) => 12 + dice.below(5),
        (_, true) => 6 + dice.below(6),
        _ => 1 + dice.below(6),
    };
    let periods = days * slots;
    let rooms = if seed % 5 == 4 { 130 } else { 1 + dice.below(5) + 3 * usize::from(is_large || is_tight) };
    let courses =
        if is_large || is_tight { 14.min(periods * rooms) } else { 1 + dice.below((periods * rooms).min(10)) };
    // Lectures of one teacher are in each other's way.
    let teachers = if is_tight { 1 } else { 1 + dice.below(courses.div_ceil(2)) };
    let row = |dice: &mut Dice, index: usize| CourseRow {
        name: format!("c{index}"),
        teacher: TeacherId::new(dice.below(teachers)),
        // All together have a place.
        lectures: 1 + dice.below((periods * rooms / courses).clamp(1, 5)) as u32,
        min_days: 1 + dice.below(days) as u32,
        students: 5 + dice.below(60) as u32,
    };
    let courses_of = |dice: &mut Dice| {
        let length = 1 + dice.below(4);
        dice.list(length, |dice| CourseId::new(dice.below(courses)))
    };
    let rows: Vec<CourseRow> = (0..courses).map(|index| row(&mut dice, index)).collect();
    let home = |dice: &mut Dice| Home {
        period: PeriodId::new(dice.below(periods)),
        room: (dice.below(4) > 0).then(|| RoomId::new(dice.below(rooms))),
    };
    let homes = rows.iter().map(|row| dice.list(row.lectures as usize, home)).collect();
    let curricula = if is_large { 8 } else { 1 + dice.below(5) };
    let forbidden = dice.below(1 + courses * periods / 2);
    // Of some courses all periods are forbidden.
    let barred = (0..courses).step_by(3).filter(|_| is_large);
    let nowhere =
        barred.flat_map(|course| (0..periods).map(move |period| (CourseId::new(course), PeriodId::new(period))));
    InstanceTables {
        name: format!("random{seed}"),
        days: days as u32,
        slots_per_day: slots as u32,
        rooms: (0..rooms).map(|room| (format!("r{room}"), 10 + dice.below(50) as u32)).collect(),
        curricula: (0..curricula).map(|index| (format!("q{index}"), courses_of(&mut dice))).collect(),
        teachers: (0..teachers).map(|index| format!("t{index}")).collect(),
        unavailable: dice
            .list(forbidden, |dice| (CourseId::new(dice.below(courses)), PeriodId::new(dice.below(periods))))
            .into_iter()
            .chain(nowhere)
            .collect(),
        campus: None,
        homes: (seed % 3 == 2).then_some(HomeTables { price: ChangePrice::of(9), homes }),
        courses: rows,
    }
}
