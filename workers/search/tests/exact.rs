//! The incremental cost is the cost: after any sequence of moves, on any instance, the totals of a state equal the slow recount
//! of `shared::model::cost`, which shares no line with them.

use proptest::prelude::*;
use search::{Annealer, Grid, Philox, Spot, State, Thresholds, Weights, below};
use shared::ids::{CourseId, Id, PeriodId, RoomId, TeacherId};
use shared::model::instance::CourseRow;
use shared::model::{ChangePrice, Home, HomeTables, Instance, InstanceTables, Rule, Timetable, cost};

const HARD: i32 = 50;

/// A random instance with enough cells for its classes, dense enough that conflicts and isolated classes abound.
fn instances() -> impl Strategy<Value = InstanceTables> {
    (2_u32..5, 1_u32..7, 2_usize..12, 1_usize..6, any::<u64>()).prop_map(
        |(days, slots_per_day, courses, curricula, seed)| {
            let random = Philox::new(seed, 0);
            let draw =
                |what: usize, index: usize, most: usize| below(random.block((what << 32 | index) as u64)[0], most);
            let periods = (days * slots_per_day) as usize;
            let rows: Vec<CourseRow> = (0..courses)
                .map(|index| CourseRow {
                    name: format!("c{index}"),
                    teacher: TeacherId::new(draw(0, index, courses)),
                    lectures: 1 + draw(1, index, periods.min(5)) as u32,
                    min_days: 1 + draw(2, index, days as usize) as u32,
                    students: draw(3, index, 60) as u32,
                })
                .collect();
            let classes: u32 = rows.iter().map(|row| row.lectures).sum();
            let rooms = (classes as usize).div_ceil(periods) + draw(4, 0, 2);
            let members = |curriculum: usize| {
                (0..courses).filter(|course| draw(5, curriculum * 64 + course, 3) == 0).map(CourseId::new).collect()
            };
            let forbidden =
                |index: usize| (CourseId::new(draw(6, index, courses)), PeriodId::new(draw(7, index, periods)));
            // Half of them have had a timetable before, with rooms that are gone among it.
            let home = |course: usize, index: usize| Home {
                period: PeriodId::new(draw(10, course * 8 + index, periods)),
                room: Some(RoomId::new(draw(11, course * 8 + index, rooms))).filter(|room| room.0 != 0),
            };
            let homes = |course: usize| (0..draw(12, course, 4)).map(|index| home(course, index)).collect();
            let before = || HomeTables { price: ChangePrice::of(7), homes: (0..courses).map(homes).collect() };
            InstanceTables {
                name: "random".to_owned(),
                days,
                slots_per_day,
                rooms: (0..rooms).map(|room| (format!("r{room}"), draw(8, room, 60) as u32)).collect(),
                curricula: (0..curricula).map(|index| (format!("q{index}"), members(index))).collect(),
                teachers: (0..courses).map(|index| format!("t{index}")).collect(),
                unavailable: (0..draw(9, 0, periods)).map(forbidden).collect(),
                courses: rows,
                campus: None,
                homes: seed.is_multiple_of(2).then(before),
            }
        },
    )
}

fn counted(instance: &Instance, timetable: &Timetable) -> (i32, i32) {
    let cost = cost::recount(instance, timetable).priced();
    (cost.violations() as i32, cost.soft as i32)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_change_is_what_the_recount_says(tables in instances(), seed in any::<u64>()) {
        let instance = tables.instance().unwrap();
        let grid = Grid::new(&instance, Weights::ud2(HARD)).unwrap();
        let mut state = State::new(&grid, &Timetable::unplaced(grid.classes));
        let mut view = state.view(&grid);
        prop_assert_eq!((view.hard(), view.soft()), counted(&instance, &view.timetable()));
        let random = Philox::new(seed, 1);
        for counter in 0..60 {
            let words = random.block(counter);
            let class = below(words[0], grid.classes);
            let target = Spot::new(below(words[1], grid.periods), below(words[2], grid.rooms));
            let before = (view.hard(), view.soft());
            if let Some(change) = view.evaluate(class, target, i32::MAX / 2) {
                view.apply(class, target, change);
                let after = counted(&instance, &view.timetable());
                prop_assert_eq!((before.0 + change.hard, before.1 + change.soft), after);
                prop_assert_eq!((view.hard(), view.soft()), after);
            }
        }
    }

    #[test]
    fn a_limit_drops_exactly_what_is_above_it(tables in instances(), seed in any::<u64>(), limit in -60_i32..120) {
        let instance = tables.instance().unwrap();
        let grid = Grid::new(&instance, Weights::ud2(HARD)).unwrap();
        let mut state = State::new(&grid, &Timetable::unplaced(grid.classes));
        let view = state.view(&grid);
        for counter in 0..40 {
            let words = Philox::new(seed, 2).block(counter);
            let class = below(words[0], grid.classes);
            let target = Spot::new(below(words[1], grid.periods), below(words[2], grid.rooms));
            let all = view.evaluate(class, target, i32::MAX / 2);
            let limited = view.evaluate(class, target, limit);
            prop_assert_eq!(limited, all.filter(|change| change.weighted(HARD) <= limit));
        }
    }

    #[test]
    fn counters_survive_annealing(tables in instances(), seed in any::<u64>()) {
        let instance = tables.instance().unwrap();
        let grid = Grid::new(&instance, Weights::ud2(HARD)).unwrap();
        let mut state = State::new(&grid, &Timetable::unplaced(grid.classes));
        let mut annealer = Annealer::new(Philox::new(seed, 3), &state.view(&grid));
        annealer.anneal(&mut state.view(&grid), &Thresholds::new(20.0), 500);
        annealer.anneal(&mut state.view(&grid), &Thresholds::new(0.5), 500);
        let timetable = state.timetable(&grid);
        prop_assert_eq!(&state, &State::new(&grid, &timetable));
        prop_assert_eq!((state.hard(), state.soft()), counted(&instance, &timetable));
        prop_assert_eq!(annealer.best(), counted(&instance, &Spot::timetable(annealer.best_spots())));
    }

    #[test]
    fn a_partial_timetable_is_completed_around_what_it_has(tables in instances(), keep in any::<u64>()) {
        let instance = tables.instance().unwrap();
        let grid = Grid::new(&instance, Weights::ud2(HARD)).unwrap();
        let mut partial = State::new(&grid, &Timetable::unplaced(grid.classes)).timetable(&grid);
        for class in (0..grid.classes).filter(|class| keep >> (class % 64) & 1 == 0) {
            partial.set(Id::new(class), None);
        }
        let complete = State::new(&grid, &partial).timetable(&grid);
        prop_assert_eq!(complete.unplaced_count(), 0);
        let components = cost::recount(&instance, &complete);
        prop_assert_eq!((components.get(Rule::Lectures), components.get(Rule::RoomOccupancy)), (0, 0));
    }
}
