//! What is said to be impossible is impossible, and what is said to be possible is: small instances, all of whose timetables are tried.

use proptest::prelude::*;
use shared::ids::{ClassId, CourseId, GroupId, Id as _, PeriodId, RoomId, SubjectId, TeacherId};
use shared::model::campus::{Blocked, CampusTables, EventRow, GroupRow, Pin, Relation, RuleRow, Who};
use shared::model::instance::CourseRow;
use shared::model::{Instance, InstanceTables, Placement, Timetable, cost};

use crate::case::Case;
use crate::conflict::{Verdict, look};
use crate::ground::Ground;
use crate::remedy::{bought, remedies};
use crate::rows::Rows;

fn case(instance: Instance) -> Case {
    let timetable = Timetable::unplaced(instance.class_count());
    Case { run: "run".into(), instance, timetable, rows: Rows::unknown("it is a test") }
}

/// Whether any timetable of all classes breaks nothing.
fn is_feasible(instance: &Instance, timetable: &mut Timetable, class: usize) -> bool {
    if class == instance.class_count() {
        return cost::recount(instance, timetable).cost().is_feasible();
    }
    let cells = instance.period_count() * instance.room_count();
    (0..cells).any(|cell| {
        let period = PeriodId::new(cell / instance.room_count());
        let at = Placement { period, room: RoomId::new(cell % instance.room_count()) };
        timetable.set(ClassId::new(class), Some(at));
        // In a campus what is broken now stays so with more classes, but for rules between events.
        let counted = cost::recount(instance, timetable);
        let of_rules = counted.hard().find(|(rule, _)| *rule == "H14 rule broken").map_or(0, |(_, count)| count);
        let may_go_on = instance.campus().is_none() || counted.cost().hard == of_rules;
        let found = may_go_on && is_feasible(instance, timetable, class + 1);
        timetable.set(ClassId::new(class), None);
        found
    })
}

fn course(name: usize, lectures: u32, teacher: u32) -> CourseRow {
    CourseRow { name: format!("c{name}"), teacher: TeacherId(teacher), lectures, min_days: 1, students: 10 }
}

/// Three courses in a week of four periods.
fn competition() -> impl Strategy<Value = InstanceTables> {
    let courses = proptest::collection::vec((1..3_u32, 0..2_u32), 3);
    let pairs = proptest::collection::vec((0..3_u32, 0..3_u32), 0..4);
    let away = proptest::collection::vec((0..3_u32, 0..4_u32), 0..6);
    (courses, pairs, away, 1..3_usize).prop_map(|(courses, pairs, away, rooms)| InstanceTables {
        name: "random".to_owned(),
        days: 2,
        slots_per_day: 2,
        courses: courses.iter().enumerate().map(|(name, (count, teacher))| course(name, *count, *teacher)).collect(),
        rooms: (0..rooms).map(|room| (format!("r{room}"), 20)).collect(),
        curricula: pairs.iter().map(|(a, b)| (format!("q{a}{b}"), vec![CourseId(*a), CourseId(*b)])).collect(),
        teachers: vec!["t0".to_owned(), "t1".to_owned()],
        unavailable: away.iter().map(|(course, period)| (CourseId(*course), PeriodId(*period))).collect(),
        campus: None,
        homes: None,
    })
}

/// Three events of a campus of two days and two slots, with everything that a rule can be about.
fn campus() -> impl Strategy<Value = InstanceTables> {
    let events = proptest::collection::vec((1..3_u32, 0..2_u32, 0..3_u32, 1..3_u32), 3);
    let blocked = proptest::collection::vec((0..3_u32, 0..4_u32), 0..6);
    let rules = proptest::collection::vec((0..6_usize, 0..3_u32, 1..3_u32), 0..3);
    let pins = proptest::option::of(0..4_u32);
    (events, blocked, rules, pins).prop_map(|(events, blocked, rules, pin)| {
        let who = |kind: u32| match kind {
            0 => Who::Teacher(TeacherId(0)),
            1 => Who::Group(GroupId(0)),
            _ => Who::Room(RoomId(0)),
        };
        let rule = |(kind, one, step): &(usize, u32, u32)| RuleRow {
            relation: Relation::ALL[*kind].0,
            weight: None,
            courses: vec![CourseId(*one), CourseId((one + step) % 3)],
        };
        let row = |(index, (_, teacher, group, length)): (usize, &(u32, u32, u32, u32))| EventRow {
            subject: SubjectId(index as u32),
            teachers: vec![TeacherId(*teacher)],
            groups: vec![GroupId(*group)],
            periods: *length,
            rooms: if *group == 2 { vec![RoomId(0)] } else { Vec::new() },
            max_per_day: 1 + length % 2,
            ..EventRow::default()
        };
        let group = |name: &str, part_of: &[u32]| GroupRow {
            name: name.to_owned(),
            size: 10,
            part_of: part_of.iter().copied().map(GroupId).collect(),
        };
        let subjects = (0..3_u32).map(|subject| (format!("s{subject}"), vec![shared::ids::StudentId(subject / 2)]));
        let periods = |(kind, period): &(u32, u32)| Blocked { who: who(*kind), period: PeriodId(*period), hard: true };
        let start = |period: u32| if events[0].3 == 2 { period / 2 * 2 } else { period };
        let pinned = |period| Pin { class: ClassId(0), period: PeriodId(start(period)), room: None };
        let campus = CampusTables {
            day_names: vec!["Mon".to_owned(), "Tue".to_owned()],
            slot_times: vec![(String::new(), String::new()); 2],
            events: events.iter().enumerate().map(row).collect(),
            subjects: subjects.collect(),
            students: vec!["ann".to_owned(), "ben".to_owned()],
            groups: vec![group("Y", &[]), group("Y1", &[0]), group("Z", &[])],
            teacher_max: vec![Some(2), None],
            room_features: vec![Vec::new(); 2],
            blocked: blocked.iter().map(periods).collect(),
            pins: pin.into_iter().map(pinned).collect(),
            rules: rules.iter().map(rule).collect(),
            ..CampusTables::default()
        };
        InstanceTables {
            name: "random".to_owned(),
            days: 2,
            slots_per_day: 2,
            courses: events.iter().enumerate().map(|(name, (count, ..))| course(name, *count, 0)).collect(),
            rooms: vec![("r0".to_owned(), 20), ("r1".to_owned(), 20)],
            teachers: vec!["t0".to_owned(), "t1".to_owned()],
            campus: Some(campus),
            ..InstanceTables::default()
        }
    })
}

fn agrees(tables: &InstanceTables) -> Result<(), TestCaseError> {
    let case = case(tables.instance().unwrap());
    let ground = Ground::of(&case.instance);
    let is_feasible = is_feasible(&case.instance, &mut case.timetable.clone(), 0);
    for course in case.instance.courses() {
        match look(&case, &ground, course) {
            Verdict::Impossible { demands, puzzle } => {
                prop_assert!(!is_feasible, "{:?} are not impossible", demands);
                for remedy in remedies(&case, &ground, &demands, &puzzle) {
                    prop_assert!(demands.contains(&remedy.demand));
                }
            }
            Verdict::Possible { puzzle, values } => {
                let found = bought(&case, &ground, &puzzle.chosen(&values), None);
                // In the competition any room will do, so what can be counted can be seated.
                prop_assert!(case.instance.campus().is_some() || found.violations_after == 0);
                prop_assert!(case.instance.campus().is_some() || is_feasible);
            }
            Verdict::NotFound | Verdict::Unknown => prop_assert!(false, "so few events can be looked at"),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_verdict_is_that_of_all_timetables_of_a_competition(tables in competition()) {
        agrees(&tables)?;
    }

    #[test]
    fn the_verdict_is_that_of_all_timetables_of_a_campus(tables in campus()) {
        agrees(&tables)?;
    }
}
