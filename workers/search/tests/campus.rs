//! The campus in motion counts what the slow recount counts, move by move.

use proptest::prelude::*;
use search::campus::{Problem, State, seat};
use search::{Annealer, Landscape, Philox, Spot, Thresholds, below};
use shared::ids::{ClassId, CourseId, GroupId, Id, PeriodId, RoomId, StudentId, SubjectId, TeacherId};
use shared::model::campus::{Blocked, CampusTables, EventRow, GroupRow, Pin, Relation, RuleRow, Weights, Who};
use shared::model::instance::CourseRow;
use shared::model::{ChangePrice, Home, HomeTables, Instance, InstanceTables, Rule, Timetable, cost};

const DAYS: u32 = 3;
const SLOTS: u32 = 5;

/// A small campus in which everything meets everything, drawn from one number.
fn campus(seed: u64, students_are_hard: bool) -> Instance {
    let (random, mut counter) = (Philox::new(seed, 7), 0);
    let mut draw = |bound: usize| {
        counter += 1;
        below(random.block(counter)[0], bound)
    };
    let courses = 4 + draw(6);
    let rooms: Vec<(String, u32)> =
        (0..2 + draw(4)).map(|room| (format!("r{room}"), 10 * (1 + draw(3)) as u32)).collect();
    let mut rows = Vec::new();
    let mut events = Vec::new();
    for course in 0..courses {
        let lectures = 1 + draw(3) as u32;
        rows.push(CourseRow {
            name: format!("c{course}"),
            teacher: TeacherId(0),
            lectures,
            min_days: draw(4) as u32,
            students: 5 + draw(15) as u32,
        });
        events.push(EventRow {
            subject: SubjectId::new(draw(4)),
            teachers: (0..draw(3)).map(|_| TeacherId::new(draw(4))).collect(),
            groups: (0..draw(3)).map(|_| GroupId::new(draw(5))).collect(),
            periods: 1 + u32::from(draw(4) == 0),
            features: if draw(4) == 0 { vec![0] } else { Vec::new() },
            rooms: if draw(5) == 0 { vec![RoomId::new(draw(rooms.len()))] } else { Vec::new() },
            max_per_day: 1 + draw(2) as u32,
        });
    }
    let students = 6;
    let mut subjects = Vec::new();
    for subject in 0..4 {
        let attending = (0..students).filter(|_| draw(2) == 0).map(StudentId).collect();
        subjects.push((format!("S{subject}"), attending));
    }
    let groups = [vec![], vec![0], vec![0], vec![1], vec![1, 2]];
    let group = |(index, above): (usize, Vec<u32>)| GroupRow {
        name: format!("g{index}"),
        size: 10,
        part_of: above.into_iter().map(GroupId).collect(),
    };
    let mut blocked = Vec::new();
    for _ in 0..6 {
        let who = match draw(3) {
            0 => Who::Room(RoomId::new(draw(rooms.len()))),
            1 => Who::Teacher(TeacherId::new(draw(4))),
            _ => Who::Group(GroupId::new(draw(5))),
        };
        blocked.push(Blocked { who, period: PeriodId::new(draw((DAYS * SLOTS) as usize)), hard: draw(2) == 0 });
    }
    let mut rules = Vec::new();
    for _ in 0..draw(4) {
        let first = draw(courses);
        let courses = vec![CourseId::new(first), CourseId::new((first + 1 + draw(courses - 1)) % courses)];
        let weight = (draw(2) == 0).then_some(3);
        rules.push(RuleRow { relation: Relation::ALL[draw(6)].0, weight, courses });
    }
    let pins = if draw(2) == 0 { vec![Pin { class: ClassId(0), period: PeriodId(2), room: None }] } else { Vec::new() };
    // Half of them have had a timetable before.
    let mut homes = Vec::new();
    for _ in 0..courses {
        let mut home = || Home {
            period: PeriodId::new(draw((DAYS * SLOTS) as usize)),
            room: Some(RoomId::new(draw(rooms.len()))),
        };
        homes.push(vec![home(), home()]);
    }
    let before = HomeTables { price: ChangePrice::of(5), homes };
    let table = InstanceTables {
        name: format!("campus {seed}"),
        days: DAYS,
        slots_per_day: SLOTS,
        courses: rows,
        teachers: (0..4).map(|teacher| format!("t{teacher}")).collect(),
        homes: seed.is_multiple_of(2).then_some(before),
        campus: Some(CampusTables {
            weeks: 1,
            day_names: (0..DAYS).map(|day| format!("d{day}")).collect(),
            slot_times: (0..SLOTS).map(|slot| (format!("{slot}"), format!("{slot}"))).collect(),
            features: vec!["f".to_owned()],
            weights: Weights {
                student_clash: (!students_are_hard).then_some(2),
                last_period: 1,
                seats: u32::from(seed.is_multiple_of(3)),
                ..Weights::default()
            },
            events,
            subjects,
            students: (0..students).map(|student| format!("{student}")).collect(),
            groups: groups.into_iter().enumerate().map(group).collect(),
            teacher_max: vec![None, Some(2), Some(3), None],
            room_features: (0..rooms.len()).map(|room| if room % 2 == 0 { vec![0] } else { Vec::new() }).collect(),
            blocked,
            pins,
            rules,
            ..CampusTables::default()
        }),
        rooms,
        ..InstanceTables::default()
    };
    with_open_starts(table).instance().expect("the tables fit")
}

/// A course may start where none of its periods leaves the day and nobody is missing, as `load` would say.
fn with_open_starts(mut tables: InstanceTables) -> InstanceTables {
    let instance = tables.instance().expect("the tables fit");
    let campus = instance.campus().expect("it is one");
    let kin = campus.kin();
    for course in instance.courses() {
        let related = campus.groups(course).iter().flat_map(|group| &kin.related[group.index()]);
        let people: Vec<Who> = related
            .map(|group| Who::Group(*group))
            .chain(campus.teachers(course).iter().map(|teacher| Who::Teacher(*teacher)))
            .collect();
        for period in 0..DAYS * SLOTS {
            let slots = period % SLOTS..period % SLOTS + campus.length(course) as u32;
            let is_away = |who: &Who| {
                slots.clone().any(|slot| campus.blocked(*who)[0] >> (period - period % SLOTS + slot) & 1 == 1)
            };
            if slots.end > SLOTS || people.iter().any(is_away) {
                tables.unavailable.push((course, PeriodId(period)));
            }
        }
    }
    tables
}

/// What is counted, and how much of it the search may count less: it takes a room class for one room, and two meetings of a group
/// at once for one. (It counts students pair by pair, which is as much where there is none too many.)
fn counted(instance: &Instance, timetable: &Timetable) -> (bool, u64, u64) {
    let counted = cost::recount(instance, timetable);
    let at_home = instance.homes().map_or(0, |homes| homes.price().room as usize * instance.class_count()) as u64;
    let hoped = counted.get(Rule::Rooms) + counted.get(Rule::SoftUnavailable) + counted.get(Rule::Isolated) + at_home;
    (counted.cost().is_feasible(), counted.priced().soft, hoped)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_move_changes_the_totals_as_it_said(seed in 0..5_000_u64, hard: bool) {
        let instance = campus(seed, hard);
        let problem = Problem::new(&instance, 50).unwrap();
        let mut state = State::new(&problem, &Timetable::unplaced(instance.class_count()));
        let random = Philox::new(seed, 1);
        for step in 0..300 {
            let Some((class, target)) = state.proposal(&problem, random.block(step)) else { continue };
            let before = (state.hard(), state.soft());
            let change = state.evaluate(&problem, class, target, i32::MAX).unwrap();
            if step % 3 == 0 {
                let limit = change.weighted(50) - 1;
                prop_assert_eq!(state.evaluate(&problem, class, target, limit), None);
                prop_assert_eq!(state.evaluate(&problem, class, target, limit + 1), Some(change));
            }
            state.apply(&problem, class, target, change);
            prop_assert_eq!((state.hard(), state.soft()), (before.0 + change.hard, before.1 + change.soft));
            if step % 20 == 0 {
                let spots: Vec<Spot> = state.spots().to_vec();
                let again = State::from_spots(&problem, &spots).unwrap();
                prop_assert_eq!(&again, &state, "a state remembers nothing of how it came about");
            }
        }
    }

    #[test]
    fn without_violations_the_search_counts_what_the_recount_does(seed in 0..5_000_u64) {
        let instance = campus(seed, true);
        let problem = Problem::new(&instance, 50).unwrap();
        let mut state = State::new(&problem, &Timetable::unplaced(instance.class_count()));
        let mut annealer = Annealer::new(Philox::new(seed, 2), &problem.view(&mut state));
        for temperature in [20.0, 5.0, 1.0, 0.2] {
            annealer.anneal(&mut problem.view(&mut state), &Thresholds::new(temperature), 3_000);
            let (feasible, soft, hoped) = counted(&instance, &seat(&problem, state.spots()));
            let hopeless = (0..problem.classes).any(|class| problem.is_hopeless(class));
            if !hopeless {
                prop_assert_eq!(feasible, state.hard() == 0);
            }
            if feasible {
                // Rooms of one class can be one room or several, and so on: the search hopes for the best.
                let told = state.soft() as u64;
                prop_assert!(told <= soft && soft <= told + hoped, "{told} told, {soft} counted, {hoped} of them hoped for");
            }
        }
    }
}
